//! A new complaint, weighed with the corpus as it is now.

use std::cell::OnceCell;

use super::super::reading::{BREAK, FORMS, Profile, Shingle, Token, fingerprint, mix, token_of_pair, tokens_of};
use super::corpus::Corpus;
use super::document::Document;

/// Shingles by which a new complaint looks for others.
pub(super) const MAX_KEYS: usize = 128;

/// One token of a query.
#[derive(Debug, Clone, Copy)]
pub(in crate::merge) struct Weighed {
    pub fingerprint: u16,
    pub token: Token,
    pub rarity: f32,
    /// The rarity again where it is a rare token of the title, else 0.
    pub in_title: f32,
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
    /// Bit i is set when a token has the fingerprint i.
    bits: Vec<u64>,
    /// Sum of `in_title`.
    pub rare_title: f32,
    /// Root of the sum of squared rarities.
    pub norm: f32,
    /// Sum of the rarities.
    pub total: f32,
    /// Rarities of the title's tokens, in their order; 0 for breaks.
    pub title: Vec<f32>,
    /// Tokens of what its names are called by, in their order.
    pub name_tokens: Vec<Vec<Token>>,
    keys: OnceCell<Vec<Key>>,
}

impl<'a> Query<'a> {
    pub(in crate::merge) fn new(profile: &'a Profile, corpus: &Corpus) -> Self {
        let weighed = |token: &Token| {
            let rarity = corpus.rarity(*token);
            let in_title = if profile.title.contains(token) && corpus.is_rare(*token) { rarity } else { 0.0 };
            Weighed { fingerprint: fingerprint(*token), token: *token, rarity, in_title }
        };
        let mut tokens: Vec<Weighed> = profile.tokens.iter().map(weighed).collect();
        tokens.sort_unstable_by_key(|token| (token.fingerprint, token.token));
        let mut bits = vec![0_u64; 1 << 10];
        for token in &tokens {
            if let Some(word) = bits.get_mut(usize::from(token.fingerprint >> 6)) {
                *word |= 1 << (token.fingerprint & 63);
            }
        }
        let rare_title = tokens.iter().map(|token| token.in_title).sum();
        let norm = tokens.iter().map(|token| token.rarity * token.rarity).sum::<f32>().sqrt();
        let total = tokens.iter().map(|token| token.rarity).sum();
        let rarity = |token: &Token| if *token == BREAK { 0.0 } else { corpus.rarity(*token) };
        let title = profile.title.iter().map(rarity).collect();
        let name_tokens = profile.facts.names.iter().map(|name| tokens_of(name.called())).collect();
        Self { profile, tokens, bits, rare_title, norm, total, title, name_tokens, keys: OnceCell::new() }
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
                let weight = shingle_weight(shingle, self.profile, corpus);
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

    /// Cosine of the tokens weighted by rarity, each counted once, 0 to 1.
    pub(in crate::merge) fn cosine(&self, document: &Document, shared: &[Weighed]) -> f32 {
        let both = self.norm * document.norm;
        let dot: f32 = shared.iter().map(|token| token.rarity * token.rarity).sum();
        if both > 0.0 { (dot / both).min(1.0) } else { 0.0 }
    }

    /// The tokens that a document has too.
    pub(in crate::merge) fn shared_with(&self, document: &Document) -> Vec<Weighed> {
        let has =
            |gram: &&u16| self.bits.get(usize::from(**gram >> 6)).is_some_and(|word| word & (1 << (**gram & 63)) != 0);
        let mut shared = Vec::with_capacity(32);
        for gram in document.grams.iter().filter(has) {
            let from = self.tokens.partition_point(|token| token.fingerprint < *gram);
            let same = self.tokens.get(from..).unwrap_or_default();
            shared.extend(same.iter().take_while(|token| token.fingerprint == *gram));
        }
        shared
    }
}

/// Most passages shown of one pair.
const MAX_PASSAGES: usize = 4;
/// Shortest passage shown, in characters.
const MIN_PASSAGE: usize = 3;

/// The heaviest passages of Chinese characters that both complaints have, as far as the tokens tell.
pub(in crate::merge) fn passages(query: &Query<'_>, document: &Document) -> Vec<String> {
    let chars: Vec<char> = query.profile.flat.chars().collect();
    let rarity = |token: Token| {
        let from = query.tokens.partition_point(|known| known.fingerprint < fingerprint(token));
        let same = query.tokens.iter().skip(from).take_while(|known| known.fingerprint == fingerprint(token));
        same.filter(|known| known.token == token).map(|known| known.rarity).next()
    };
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

/// Weight of a shingle of the title, as a multiple of one of the text.
const TITLE_FACTOR: f32 = 1.5;

/// Mean rarity of the two bigrams, times [`TITLE_FACTOR`] in the title. Letters and digits count as half as rare as what was never seen.
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
