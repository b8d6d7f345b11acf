//! A new complaint, weighed with the corpus as it is now.

use super::super::reading::{BREAK, FORMS, Profile, Shingle, Token, fingerprint, mix, tokens_of};
use super::corpus::Corpus;
use super::index::Document;

/// One token of a query.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) struct Weighed {
    pub fingerprint: u16,
    pub token: Token,
    pub rarity: f32,
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
    /// Root of the sum of squared rarities.
    pub norm: f32,
    /// Sum of the rarities.
    pub total: f32,
    /// Rarities of the title's tokens, in their order; 0 for breaks.
    pub title: Vec<f32>,
    /// Tokens of what its names are called by, in their order.
    pub name_tokens: Vec<Vec<Token>>,
}

impl<'a> Query<'a> {
    pub(in crate::merge) fn new(profile: &'a Profile, corpus: &Corpus) -> Self {
        let mut tokens: Vec<Weighed> = profile
            .tokens
            .iter()
            .map(|token| Weighed { fingerprint: fingerprint(*token), token: *token, rarity: corpus.rarity(*token) })
            .collect();
        tokens.sort_unstable_by_key(|token| (token.fingerprint, token.token));
        let norm = tokens.iter().map(|token| token.rarity * token.rarity).sum::<f32>().sqrt();
        let total = tokens.iter().map(|token| token.rarity).sum();
        let rarity = |token: &Token| if *token == BREAK { 0.0 } else { corpus.rarity(*token) };
        let title = profile.title.iter().map(rarity).collect();
        let name_tokens = profile.facts.names.iter().map(|name| tokens_of(name.called())).collect();
        Self { profile, tokens, norm, total, title, name_tokens }
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
                let [short, ..] = shingle.forms;
                let key = Key { forms: shingle.forms, weight };
                (weight > 0.0).then(|| (exponential(short) / (weight * weight), key))
            })
            .collect();
        if drawn.len() > most {
            drawn.select_nth_unstable_by(most, |a, b| a.0.total_cmp(&b.0));
            drawn.truncate(most);
        }
        drawn.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.forms.cmp(&b.1.forms)));
        drawn.into_iter().map(|(_, key)| key).collect()
    }

    /// Cosine of the tokens weighted by rarity, each counted once, 0 to 1.
    pub(in crate::merge) fn cosine(&self, document: &Document, shared: &[Weighed]) -> f32 {
        let both = self.norm * document.norm;
        let dot: f32 = shared.iter().map(|token| token.rarity * token.rarity).sum();
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

/// Weight of a shingle of the title, as a multiple of one of the text.
const TITLE_FACTOR: f32 = 2.0;

/// Mean rarity of the two bigrams, doubled in the title. Letters and digits count as half as rare as what was never seen.
fn shingle_weight(shingle: &Shingle, profile: &Profile, corpus: &Corpus) -> f32 {
    let [a, b] = shingle.pairs;
    let rarity = |token: Token| if token == 0 { corpus.rarity(0) / 2.0 } else { corpus.rarity(token) };
    let mean = f32::midpoint(rarity(a), rarity(b));
    let in_title = profile.title.contains(&a) && profile.title.contains(&b);
    if in_title { mean * TITLE_FACTOR } else { mean }
}

/// A draw from the exponential distribution that depends on the shingle only.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "24 bits are kept on purpose")]
fn exponential(shingle: u32) -> f32 {
    let uniform = ((mix(u64::from(shingle)) >> 40) as f64 + 0.5) / 16_777_216.0;
    -(uniform.ln() as f32)
}
