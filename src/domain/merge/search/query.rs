//! A new complaint, weighed by the document frequencies of now.

use std::cell::{Cell, OnceCell};

use super::super::reading::{Profile, Shingle, Token, fingerprint, mix, tokens_of};
use super::corpus::{Corpus, Rarity};
use super::document::{Document, halves};
use super::postings::Key;
use super::sketch::Sketch;

/// Blocking keys drawn of one complaint.
pub(super) const MAX_KEYS: usize = 128;

/// Weight of the title's rare words in a candidate's rank score; the cosine has 1.
const TITLE_RANK_WEIGHT: f32 = 0.5;
/// Weight of a shingle of the title, as a multiple of one of the text.
const TITLE_FACTOR: f32 = 1.5;
/// Numbers that a fingerprint can be.
const FINGERPRINTS: usize = 1 << u16::BITS;

/// One token of a query.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighed {
    pub fingerprint: u16,
    /// It stands in the title.
    titled: bool,
    token: Token,
    pub rarity: Rarity,
}

impl Weighed {
    /// What it adds when another complaint has it too.
    fn shared(&self) -> Shared {
        let Rarity { weight, rare } = self.rarity;
        let in_title = if self.titled && rare { weight } else { 0.0 };
        Shared { squared: weight * weight, weight, in_title, rare: u32::from(rare) }
    }
}

/// What a complaint shares with another, summed up over the tokens that both have.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::merge) struct Shared {
    /// Squared rarities.
    pub squared: f32,
    /// Rarities.
    pub weight: f32,
    /// Rarities of rare tokens of the title.
    pub in_title: f32,
    /// Rare tokens.
    pub rare: u32,
}

impl Shared {
    fn plus(self, other: Self) -> Self {
        Self {
            squared: self.squared + other.squared,
            weight: self.weight + other.weight,
            in_title: self.in_title + other.in_title,
            rare: self.rare + other.rare,
        }
    }
}

/// By fingerprint: one more than the place of the first token that has it, or 0. A table of all fingerprints, which is filled with
/// zeros once a thread and not once a complaint.
#[derive(Debug)]
struct Heads {
    table: Vec<u16>,
    noted: Vec<u16>,
}

thread_local! {
    /// A table without notes, or none.
    static BLANK: Cell<Vec<u16>> = const { Cell::new(Vec::new()) };
}

impl Heads {
    /// A table without notes: the thread's, unless that is in use.
    fn blank() -> Self {
        let mut table = BLANK.take();
        table.resize(FINGERPRINTS, 0);
        Self { table, noted: Vec::new() }
    }

    /// Sets the head of a fingerprint unless it has one, and returns the one that it has.
    fn note(&mut self, fingerprint: u16, at: u16) -> u16 {
        match self.table.get_mut(usize::from(fingerprint)) {
            Some(head) if *head == 0 => {
                *head = at;
                self.noted.push(fingerprint);
                at
            }
            Some(head) => *head,
            None => 0,
        }
    }

    fn get(&self, fingerprint: u16) -> u16 {
        self.table.get(usize::from(fingerprint)).copied().unwrap_or_default()
    }
}

impl Drop for Heads {
    fn drop(&mut self) {
        for fingerprint in self.noted.drain(..) {
            if let Some(head) = self.table.get_mut(usize::from(fingerprint)) {
                *head = 0;
            }
        }
        BLANK.set(std::mem::take(&mut self.table));
    }
}

/// A new complaint, weighed with the corpus as it is now.
#[derive(Debug)]
pub(in crate::merge) struct Query<'a> {
    pub profile: &'a Profile,
    /// By fingerprint.
    pub(super) tokens: Vec<Weighed>,
    heads: Heads,
    /// By heads: what all tokens with that fingerprint add to what is shared; nothing at 0.
    adds: Vec<Shared>,
    /// Sum of the weights of the title's rare tokens.
    pub rare_title: f32,
    /// Root of the sum of squared rarities.
    pub norm: f32,
    /// Sum of the rarities.
    pub total: f32,
    /// Rarities of the title's tokens, in their order; 0 for breaks.
    pub title: Vec<Rarity>,
    /// Tokens of what its names are called by, in their order.
    pub name_tokens: Vec<Vec<Token>>,
    keys: OnceCell<Vec<Key>>,
}

impl<'a> Query<'a> {
    pub(in crate::merge) fn new(profile: &'a Profile, corpus: &Corpus) -> Self {
        let mut titled: Vec<Token> = profile.title.clone();
        titled.sort_unstable();
        let weighed = |token: &Token| Weighed {
            fingerprint: fingerprint(*token),
            titled: titled.binary_search(token).is_ok(),
            token: *token,
            rarity: corpus.weigh(*token),
        };
        let mut tokens: Vec<Weighed> = profile.tokens.iter().map(weighed).collect();
        tokens.sort_unstable_by_key(|token| (token.fingerprint, token.token));
        let mut heads = Heads::blank();
        let mut adds = vec![Shared::default(); tokens.len() + 1];
        for (at, token) in (1..=u16::MAX).zip(&tokens) {
            if let Some(adds) = adds.get_mut(usize::from(heads.note(token.fingerprint, at))) {
                *adds = adds.plus(token.shared());
            }
        }
        let all = tokens.iter().fold(Shared::default(), |sum, token| sum.plus(token.shared()));
        let (rare_title, norm, total) = (all.in_title, all.squared.sqrt(), all.weight);
        let name_tokens = profile.facts.names.iter().map(|name| tokens_of(name.called())).collect();
        let title = Vec::with_capacity(profile.title.len());
        let keys = OnceCell::new();
        let mut query = Self { profile, tokens, heads, adds, rare_title, norm, total, title, name_tokens, keys };
        for token in &profile.title {
            query.title.push(query.rarity(*token).unwrap_or_default());
        }
        query
    }

    /// The [`MAX_KEYS`] shingles by which a complaint is found, drawn once. They are drawn by weight with a fixed hash (the
    /// bottom-k sketch of Cohen and Kaplan, 2007), so that two versions of a text draw mostly the same ones, whatever else
    /// they contain.
    pub(super) fn keys(&self, corpus: &Corpus) -> &[Key] {
        self.keys.get_or_init(|| self.draw_keys(corpus))
    }

    fn draw_keys(&self, corpus: &Corpus) -> Vec<Key> {
        let mut drawn: Vec<(f32, Key)> = self
            .profile
            .shingles
            .iter()
            .filter_map(|shingle| {
                let weight = self.shingle_weight(shingle, corpus);
                let [short, ..] = shingle.prefixes;
                let key = Key { prefixes: shingle.prefixes, weight };
                (weight > 0.0).then(|| (exponential(short) / weight, key))
            })
            .collect();
        let order = |a: &(f32, Key), b: &(f32, Key)| a.0.total_cmp(&b.0).then(a.1.prefixes.cmp(&b.1.prefixes));
        if drawn.len() > MAX_KEYS {
            drawn.select_nth_unstable_by(MAX_KEYS, order);
            drawn.truncate(MAX_KEYS);
        }
        drawn.sort_unstable_by(order);
        drawn.into_iter().map(|(_, key)| key).collect()
    }

    /// Mean rarity of the two bigrams, times [`TITLE_FACTOR`] in the title. Letters and digits count as half as rare as what was never seen.
    fn shingle_weight(&self, shingle: &Shingle, corpus: &Corpus) -> f32 {
        let [a, b] = shingle.pairs.map(|pair| if pair == 0 { None } else { self.find(pair) });
        let weight = |known: Option<&Weighed>| known.map_or(corpus.weigh(0).weight / 2.0, |known| known.rarity.weight);
        let mean = f32::midpoint(weight(a), weight(b));
        let in_title = (a.is_some() || b.is_some()) && [a, b].into_iter().flatten().all(|known| known.titled);
        if in_title { mean * TITLE_FACTOR } else { mean }
    }

    /// Rarity of a token, if this complaint has it.
    pub(in crate::merge) fn rarity(&self, token: Token) -> Option<Rarity> {
        self.find(token).map(|known| known.rarity)
    }

    /// The token as this complaint has it.
    fn find(&self, token: Token) -> Option<&Weighed> {
        let wanted = fingerprint(token);
        let head = self.heads.get(wanted);
        let same = self.tokens.get(usize::from(head.checked_sub(1)?)..)?;
        same.iter().take_while(|known| known.fingerprint == wanted).find(|known| known.token == token)
    }

    /// Its signature.
    pub(super) fn sketch(&self) -> Sketch {
        Sketch::new(self.tokens.iter().map(|token| token.fingerprint))
    }

    /// What a document has of it. Without a branch that depends on the tokens: one in a few is shared, in no order that a
    /// processor could guess.
    pub(in crate::merge) fn shared_with(&self, document: &Document) -> Shared {
        let add = |sum: Shared, gram: u16| {
            sum.plus(self.adds.get(usize::from(self.heads.get(gram))).copied().unwrap_or_default())
        };
        let (pairs, odd) = document.grams();
        let shared = pairs.iter().fold(Shared::default(), |sum, pair| {
            let (low, high) = halves(*pair);
            add(add(sum, low), high)
        });
        odd.into_iter().fold(shared, add)
    }

    /// Cosine of the tokens weighted by rarity, each counted once, 0 to 1.
    pub(in crate::merge) fn cosine(&self, document: &Document, shared: &Shared) -> f32 {
        let both = self.norm * document.norm;
        if both > 0.0 { (shared.squared / both).min(1.0) } else { 0.0 }
    }

    /// Rank score of a candidate: cosine of the texts, and share of the title's rare words that it has.
    pub(super) fn rank_score(&self, document: &Document, shared: &Shared) -> f32 {
        let cosine = self.cosine(document, shared);
        if self.rare_title > 0.0 { cosine + TITLE_RANK_WEIGHT * shared.in_title / self.rare_title } else { cosine }
    }
}

/// A draw from the exponential distribution that depends on the shingle only.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "24 bits are kept on purpose")]
fn exponential(shingle: u32) -> f32 {
    let uniform = ((mix(u64::from(shingle)) >> 40) as f64 + 0.5) / 16_777_216.0;
    -(uniform.ln() as f32)
}

#[cfg(test)]
mod tests {
    use super::super::super::reading::ProfileInput;
    use super::super::index::MergeIndex;
    use super::*;
    use crate::key::{ComplaintKey, TicketKey};

    fn complaint(chars: impl Iterator<Item = char>) -> Profile {
        let chars: Vec<char> = chars.collect();
        let (title, text) = chars.split_at(20);
        let [title, text] = [title, text].map(|part| part.iter().collect::<String>());
        Profile::new(&ProfileInput { title: &title, text: &text, ..ProfileInput::default() })
    }

    /// Of three thousand tokens dozens have a fingerprint that another one has too.
    #[test]
    fn what_is_shared_is_what_both_have() {
        let mut index = MergeIndex::new();
        let (asked, other) = (complaint(('一'..'龥').step_by(6)), complaint(('一'..'嘠').step_by(6)));
        index.learn(&other);
        let (query, document) =
            (Query::new(&asked, &index.corpus), index.document_of(ComplaintKey(1), TicketKey(1), &other));
        let alike =
            query.tokens.windows(2).filter(|pair| matches!(pair, [a, b] if a.fingerprint == b.fingerprint)).count();
        assert!(query.tokens.len() > 3_000 && alike > 20, "{} tokens, {alike} alike", query.tokens.len());
        let both = query.tokens.iter().filter(|token| document.has(token.fingerprint));
        let (expected, found) =
            (both.fold(Shared::default(), |sum, token| sum.plus(token.shared())), query.shared_with(&document));
        assert_eq!(found.rare, expected.rare);
        assert!(found.rare >= 200 && found.in_title > 0.0);
        for (found, expected) in
            [(found.squared, expected.squared), (found.weight, expected.weight), (found.in_title, expected.in_title)]
        {
            assert!((found - expected).abs() < expected / 1_000.0, "{found} {expected}");
        }
        let tokens = asked.tokens.iter().all(|token| query.find(*token).is_some_and(|known| known.token == *token));
        assert!(tokens, "each token is found, also behind another one of its fingerprint");
    }
}
