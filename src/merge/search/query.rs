//! A new complaint, weighed with the corpus as it is now.

use std::cell::OnceCell;

use super::super::reading::{FORMS, Profile, Shingle, Token, fingerprint, mix, token_of_pair, tokens_of};
use super::corpus::{Corpus, Rarity};
use super::document::Document;
use super::sketch::Sketch;

/// Shingles by which a new complaint looks for others.
pub(super) const MAX_KEYS: usize = 128;

/// Weight of the title's rare words when candidates are ranked; the text has 1.
const TITLE_PROMISE: f32 = 0.5;
/// Weight of a shingle of the title, as a multiple of one of the text.
const TITLE_FACTOR: f32 = 1.5;
/// Fingerprints with these leading bits in common share a place of [`Query::heads`].
const HEAD_BITS: u32 = 12;

/// One token of a query.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) struct Weighed {
    pub fingerprint: u16,
    /// It stands in the title.
    pub titled: bool,
    pub token: Token,
    pub rarity: Rarity,
}

impl Weighed {
    /// The weight of a rare token of the title, else 0.
    fn in_title(&self) -> f32 {
        if self.titled && self.rarity.rare { self.rarity.weight } else { 0.0 }
    }
}

/// A shingle chosen as key, with its weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub forms: [u32; FORMS],
    pub weight: f32,
}

/// A new complaint, weighed with the corpus as it is now.
#[derive(Debug)]
pub(in crate::merge) struct Query<'a> {
    pub profile: &'a Profile,
    /// By fingerprint.
    pub tokens: Vec<Weighed>,
    /// By the leading bits of a fingerprint: one more than the place of the first token that has them, or 0.
    heads: Box<[u16]>,
    /// Sum of the weights of the title's rare tokens.
    pub rare_title: f32,
    /// Root of the sum of squared rarities.
    pub norm: f32,
    /// Sum of the rarities.
    pub total: f32,
    /// What the title's tokens tell, in their order; nothing for breaks.
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
        let mut heads = vec![0_u16; 1 << HEAD_BITS].into_boxed_slice();
        for (at, token) in tokens.iter().enumerate().rev() {
            if let (Some(head), Ok(at)) = (heads.get_mut(head_of(token.fingerprint)), u16::try_from(at + 1)) {
                *head = at;
            }
        }
        let rare_title = tokens.iter().map(Weighed::in_title).sum();
        let norm = tokens.iter().map(|token| token.rarity.weight * token.rarity.weight).sum::<f32>().sqrt();
        let total = tokens.iter().map(|token| token.rarity.weight).sum();
        let name_tokens = profile.facts.names.iter().map(|name| tokens_of(name.called())).collect();
        let title = Vec::with_capacity(profile.title.len());
        let keys = OnceCell::new();
        let mut query = Self { profile, tokens, heads, rare_title, norm, total, title, name_tokens, keys };
        for token in &profile.title {
            let rarity = query.find(*token).map(|known| known.rarity).unwrap_or_default();
            query.title.push(rarity);
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
                let [short, ..] = shingle.forms;
                let key = Key { forms: shingle.forms, weight };
                (weight > 0.0).then(|| (exponential(short) / weight, key))
            })
            .collect();
        let order = |a: &(f32, Key), b: &(f32, Key)| a.0.total_cmp(&b.0).then(a.1.forms.cmp(&b.1.forms));
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

    /// The token as this complaint has it.
    pub(in crate::merge) fn find(&self, token: Token) -> Option<&Weighed> {
        self.with_fingerprint(fingerprint(token)).find(|known| known.token == token)
    }

    fn with_fingerprint(&self, fingerprint: u16) -> impl Iterator<Item = &Weighed> {
        let head = self.heads.get(head_of(fingerprint)).copied().unwrap_or_default();
        let from = if head == 0 { self.tokens.len() } else { usize::from(head) - 1 };
        let near = self.tokens.get(from..).unwrap_or_default().iter();
        near.take_while(move |token| token.fingerprint <= fingerprint)
            .filter(move |token| token.fingerprint == fingerprint)
    }

    /// Its tokens in one cache line.
    pub(super) fn sketch(&self) -> Sketch {
        Sketch::new(self.tokens.iter().map(|token| token.fingerprint))
    }

    /// Cosine of the tokens weighted by rarity, each counted once, 0 to 1.
    pub(in crate::merge) fn cosine<'b>(&self, document: &Document, shared: impl Iterator<Item = &'b Weighed>) -> f32 {
        self.cosine_of(document, shared.map(|token| token.rarity.weight * token.rarity.weight).sum())
    }

    fn cosine_of(&self, document: &Document, dot: f32) -> f32 {
        let both = self.norm * document.norm;
        if both > 0.0 { (dot / both).min(1.0) } else { 0.0 }
    }

    /// The tokens that a document has too.
    pub(in crate::merge) fn shared_with(&self, document: &Document) -> impl Iterator<Item = &Weighed> {
        document.grams.iter().flat_map(|gram| self.with_fingerprint(*gram))
    }

    /// What a candidate is ranked by: the cosine of the texts, and the share of the title's rare words that it has.
    pub(super) fn promise(&self, document: &Document) -> f32 {
        let (mut dot, mut found) = (0.0, 0.0);
        for token in self.shared_with(document) {
            dot += token.rarity.weight * token.rarity.weight;
            found += token.in_title();
        }
        let cosine = self.cosine_of(document, dot);
        if self.rare_title > 0.0 { cosine + TITLE_PROMISE * found / self.rare_title } else { cosine }
    }
}

fn head_of(fingerprint: u16) -> usize {
    usize::from(fingerprint >> (u16::BITS - HEAD_BITS))
}

/// Most passages shown of one pair.
const MAX_PASSAGES: usize = 4;
/// Shortest passage shown, in characters.
const MIN_PASSAGE: usize = 3;

/// The heaviest passages of Chinese characters that both complaints have, as far as the tokens tell.
pub(in crate::merge) fn passages(query: &Query<'_>, document: &Document) -> Vec<String> {
    let chars: Vec<char> = query.profile.flat.chars().collect();
    let rarity = |token: Token| query.find(token).map(|known| known.rarity.weight);
    let mut found: Vec<(f32, String)> = Vec::new();
    let (mut passage, mut weight) = (String::new(), 0.0);
    for pair in chars.windows(2) {
        let shared = token_of_pair(pair).filter(|token| document.mentions(std::slice::from_ref(token)));
        match (shared.and_then(rarity), pair) {
            (Some(rarity), [a, b]) => {
                if passage.is_empty() {
                    passage.push(*a);
                }
                passage.push(*b);
                weight += rarity;
            }
            _ => found.push((std::mem::take(&mut weight), std::mem::take(&mut passage))),
        }
    }
    found.push((weight, passage));
    found.retain(|(_, passage)| passage.chars().count() >= MIN_PASSAGE);
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut shown: Vec<String> = Vec::new();
    for (_, passage) in found {
        if shown.len() < MAX_PASSAGES && !shown.iter().any(|known| known.contains(&passage)) {
            shown.push(passage);
        }
    }
    shown
}

/// A draw from the exponential distribution that depends on the shingle only.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "24 bits are kept on purpose")]
fn exponential(shingle: u32) -> f32 {
    let uniform = ((mix(u64::from(shingle)) >> 40) as f64 + 0.5) / 16_777_216.0;
    -(uniform.ln() as f32)
}
