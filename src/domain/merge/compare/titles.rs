//! The titles of a pair: what each covers of the other complaint, and what it insists on.

use std::borrow::Cow;

use super::super::comparison::Comparison;
use super::super::finding::{Finding, Shown};
use super::super::reading::{BREAK, MAX_TITLE, Token};
use super::super::search::{Corpus, Document, Query, Rarity};
use super::super::weights::Weights;

/// Shares of the titles, and of their rare words, from which two titles say the same.
const AGREE_BOTH: f32 = 0.6;
const AGREE_RARE: f32 = 0.4;

/// One side's title, token by token, against the other complaint.
struct Title<'a> {
    tokens: &'a [Token],
    rarities: Cow<'a, [Rarity]>,
    /// Whether the other complaint has the token.
    found: Vec<bool>,
    /// Bit i is set when token i stands in its own text too.
    repeated: u64,
}

impl Title<'_> {
    /// Share of the title, by rarity, that the other complaint has; of the tokens that `counts` lets through.
    fn covered(&self, counts: impl Fn(Token, Rarity) -> bool) -> Option<f32> {
        let (mut whole, mut found) = (0.0, 0.0);
        for ((token, rarity), has) in self.tokens.iter().zip(&*self.rarities).zip(&self.found) {
            if *token != BREAK && counts(*token, *rarity) {
                whole += rarity.weight;
                found += if *has { rarity.weight } else { 0.0 };
            }
        }
        (whole > 0.0).then(|| found / whole)
    }

    /// The heaviest run of neighbouring tokens that the other complaint has, or has not: from, to, sum of rarities.
    fn run(&self, has: bool) -> (usize, usize, f32) {
        let (mut best, mut start, mut sum) = ((0, 0, 0.0), 0, 0.0);
        for (at, (token, rarity)) in self.tokens.iter().zip(&*self.rarities).enumerate() {
            if *token == BREAK || self.found.get(at) != Some(&has) {
                (start, sum) = (at + 1, 0.0);
                continue;
            }
            sum += rarity.weight;
            if sum > best.2 {
                best = (start, at + 1, sum);
            }
        }
        best
    }

    /// Whether something of the title that the other complaint lacks is what the text itself is about.
    fn insists(&self) -> bool {
        self.found.iter().take(MAX_TITLE).enumerate().any(|(at, found)| !found && self.repeated & (1 << at) != 0)
    }
}

/// What the two titles say of each other.
pub(super) struct Titles {
    /// Smaller share of a title that the other complaint has.
    both: Option<f32>,
    /// Larger share of the rare part of a title that the other complaint has.
    rare: Option<f32>,
    /// Smaller share of what is left of the titles without the name that they share.
    rest: Option<f32>,
    /// Smaller of the two heaviest runs that the other complaint lacks.
    foreign: Option<f32>,
    /// Each title insists on something that the other complaint lacks.
    pub swapped: bool,
}

impl Titles {
    pub(super) fn new(query: &Query<'_>, document: &Document, corpus: &Corpus) -> Self {
        let has = |token: &Token| document.mentions(std::slice::from_ref(token));
        let ours = Title {
            tokens: &query.profile.title,
            rarities: Cow::Borrowed(&query.title),
            found: query.profile.title.iter().map(has).collect(),
            repeated: query.profile.repeated,
        };
        let known: Vec<Option<Rarity>> = document.title().iter().map(|token| query.rarity(*token)).collect();
        let rarity = |(token, known): (&Token, &Option<Rarity>)| match known {
            Some(known) => *known,
            None if *token == BREAK => Rarity::default(),
            None => corpus.weigh(*token),
        };
        let theirs = Title {
            tokens: document.title(),
            rarities: document.title().iter().zip(&known).map(rarity).collect(),
            found: known.iter().map(Option::is_some).collect(),
            repeated: document.repeated,
        };
        let all = |_: Token, _: Rarity| true;
        let both = ours.covered(all).zip(theirs.covered(all)).map(|(a, b)| a.min(b));
        let is_rare = |_: Token, rarity: Rarity| rarity.rare;
        let rare = [ours.covered(is_rare), theirs.covered(is_rare)].into_iter().flatten().reduce(f32::max);
        // Beyond the name that both have, is it the same problem?
        let (our_name, their_name) = (ours.run(true), theirs.run(true));
        let named: Vec<Token> =
            [ours.tokens.get(our_name.0..our_name.1), theirs.tokens.get(their_name.0..their_name.1)]
                .into_iter()
                .flatten()
                .flatten()
                .copied()
                .collect();
        let beyond = |token: Token, _: Rarity| !named.contains(&token);
        let rest = [ours.covered(beyond), theirs.covered(beyond)].into_iter().flatten().reduce(f32::min);
        let foreign =
            (!ours.tokens.is_empty() && !theirs.tokens.is_empty()).then(|| ours.run(false).2.min(theirs.run(false).2));
        Self { both, rare, rest, foreign, swapped: ours.insists() && theirs.insists() }
    }
}

impl Titles {
    /// Whether the titles say the same in rare words: as good as a name.
    pub(super) fn agree(&self) -> bool {
        self.both.is_some_and(|share| share >= AGREE_BOTH) && self.rare.is_some_and(|share| share >= AGREE_RARE)
    }

    /// What is found of both titles, of what is left without the name, of rare words, and of what is foreign.
    pub(super) fn findings(&self, weights: &Weights) -> impl Iterator<Item = Finding> {
        let share = |comparison: Comparison, share: Option<f32>| {
            Finding::measured(comparison, f64::from(share?), weights, Shown::Share(share?))
        };
        let foreign = |sum| Finding::measured(Comparison::TitleForeign, f64::from(sum), weights, Shown::Nothing);
        [
            share(Comparison::TitleBoth, self.both),
            share(Comparison::TitleRest, self.rest),
            share(Comparison::TitleRare, self.rare),
            self.foreign.and_then(foreign),
        ]
        .into_iter()
        .flatten()
    }
}
