//! A new complaint, weighed with the corpus as it is now.

use super::super::reading::{Profile, Shingle, Token, fingerprint, mix, tokens_of};
use super::corpus::Corpus;
use super::index::Document;

/// Weight of a token of the title, as a multiple of one of the text.
pub(super) const TITLE_FACTOR: f32 = 2.0;

/// One token of a query.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) struct Weighed {
    pub fingerprint: u16,
    pub token: Token,
    pub rarity: f32,
    /// Rarity, times the factor of the title where it stands there.
    pub weight: f32,
}

/// A shingle chosen as key, with its weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub short: u32,
    pub long: u32,
    pub weight: f32,
}

/// A new complaint, weighed with the corpus as it is now.
#[derive(Debug)]
pub(in crate::merge) struct Query<'a> {
    pub profile: &'a Profile,
    /// By fingerprint.
    pub tokens: Vec<Weighed>,
    pub norm: f32,
    /// Sum of the rarities of the title's tokens.
    pub title_rarity: f32,
    /// Tokens of what its names are called by, in their order.
    pub name_tokens: Vec<Vec<Token>>,
}

impl<'a> Query<'a> {
    pub(in crate::merge) fn new(profile: &'a Profile, corpus: &Corpus) -> Self {
        let mut tokens: Vec<Weighed> = profile
            .tokens
            .iter()
            .map(|token| {
                let rarity = corpus.rarity(*token);
                let in_title = profile.title.binary_search(token).is_ok();
                let weight = if in_title { rarity * TITLE_FACTOR } else { rarity };
                Weighed { fingerprint: fingerprint(*token), token: *token, rarity, weight }
            })
            .collect();
        tokens.sort_unstable_by_key(|token| (token.fingerprint, token.token));
        let norm = tokens.iter().map(|token| token.weight * token.weight).sum::<f32>().sqrt();
        let title_rarity = profile.title.iter().map(|token| corpus.rarity(*token)).sum();
        let name_tokens = profile.facts.names.iter().map(|name| tokens_of(name.called())).collect();
        Self { profile, tokens, norm, title_rarity, name_tokens }
    }

    /// The `most` shingles by which a complaint is found. They are drawn by weight with a fixed hash (the bottom-k sketch of
    /// Cohen and Kaplan, 2007), so that two versions of a text draw mostly the same ones, whatever else they contain.
    pub(super) fn keys(&self, most: usize, corpus: &Corpus) -> Vec<Key> {
        let mut drawn: Vec<(f32, Key)> = self
            .profile
            .shingles
            .iter()
            .filter_map(|shingle| {
                let weight = shingle_weight(shingle, self.profile, corpus);
                let key = Key { short: shingle.short, long: shingle.long, weight };
                (weight > 0.0).then(|| (exponential(shingle.short) / (weight * weight), key))
            })
            .collect();
        if drawn.len() > most {
            drawn.select_nth_unstable_by(most, |a, b| a.0.total_cmp(&b.0));
            drawn.truncate(most);
        }
        drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.short.cmp(&b.1.short)));
        drawn.into_iter().map(|(_, key)| key).collect()
    }

    /// Cosine of the weighted tokens, 0 to 1.
    pub(in crate::merge) fn cosine(&self, document: &Document, shared: &[Weighed]) -> f32 {
        let both = self.norm * document.norm;
        let dot: f32 = shared
            .iter()
            .map(|token| {
                let other = if document.title.binary_search(&token.token).is_ok() { TITLE_FACTOR } else { 1.0 };
                token.weight * token.rarity * other
            })
            .sum();
        if both > 0.0 { (dot / both).min(1.0) } else { 0.0 }
    }

    /// The tokens that a document has too.
    pub(in crate::merge) fn shared_with(&self, document: &Document) -> Vec<Weighed> {
        let mut others = document.grams.iter().copied().peekable();
        let mut shared = Vec::with_capacity(32);
        for token in &self.tokens {
            while others.next_if(|other| *other < token.fingerprint).is_some() {}
            if others.peek() == Some(&token.fingerprint) {
                shared.push(*token);
            }
        }
        shared
    }
}

/// Mean rarity of the two bigrams, doubled in the title. Letters and digits count as half as rare as what was never seen.
fn shingle_weight(shingle: &Shingle, profile: &Profile, corpus: &Corpus) -> f32 {
    let [a, b] = shingle.pairs;
    let rarity = |token: Token| if token == 0 { corpus.rarity(0) / 2.0 } else { corpus.rarity(token) };
    let mean = f32::midpoint(rarity(a), rarity(b));
    let in_title = profile.title.binary_search(&a).is_ok() && profile.title.binary_search(&b).is_ok();
    if in_title { mean * TITLE_FACTOR } else { mean }
}

/// A draw from the exponential distribution that depends on the shingle only.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "24 bits are kept on purpose")]
fn exponential(shingle: u32) -> f32 {
    let uniform = ((mix(u64::from(shingle)) >> 40) as f64 + 0.5) / 16_777_216.0;
    -(uniform.ln() as f32)
}
