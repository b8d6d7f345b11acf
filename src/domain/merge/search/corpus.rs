//! Document frequencies of tokens, which follow the data as it flows.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::super::reading::{Token, mix};

/// Most tokens that are counted; a token first seen beyond that has document frequency 0.
const MAX_TOKENS: usize = 4_000_000;

/// Complaints assumed before the first, none of which has any of the tokens: without them everything that the first two
/// complaints share would count as common.
const PRIOR_COMPLAINTS: f64 = 100.0;

/// Hashes whole numbers; the keys are tokens and hashes already, none chosen by a sender alone to collide.
#[derive(Debug, Default, Clone)]
pub(in crate::merge) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.0 = mix(self.0 ^ u64::from(*byte)));
    }

    fn write_u32(&mut self, value: u32) {
        self.0 = mix(self.0 ^ u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = mix(self.0 ^ value);
    }

    fn write_i64(&mut self, value: i64) {
        self.write_u64(value.cast_unsigned());
    }
}

/// A map whose keys are numbers.
pub(in crate::merge) type NumberMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// Rarity of a token.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::merge) struct Rarity {
    /// Inverse document frequency, not below 0.
    pub weight: f32,
    /// At most one complaint in a hundred has it.
    pub rare: bool,
}

/// Document frequencies over all complaints seen, open or not.
#[derive(Debug, Default)]
pub(in crate::merge) struct Corpus {
    document_frequency: NumberMap<Token, u32>,
    documents: u64,
}

impl Corpus {
    /// Counts the distinct tokens of one complaint.
    pub(super) fn learn(&mut self, tokens: &[Token]) {
        self.documents += 1;
        for token in tokens {
            if let Some(count) = self.document_frequency.get_mut(token) {
                *count = count.saturating_add(1);
            } else if self.document_frequency.len() < MAX_TOKENS {
                self.document_frequency.insert(*token, 1);
            }
        }
    }

    /// Rarity of a token now.
    pub(in crate::merge) fn weigh(&self, token: Token) -> Rarity {
        let count = self.document_frequency.get(&token).copied().unwrap_or_default();
        Rarity { weight: self.rarity(count), rare: u64::from(count) <= (self.documents / 100).max(3) }
    }

    /// Inverse document frequency: ln((N + [`PRIOR_COMPLAINTS`]) / (df + 0.5)), not below 0.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "counts stay far below 2^52; weights need no more than 24 bits"
    )]
    fn rarity(&self, count: u32) -> f32 {
        ((self.documents as f64 + PRIOR_COMPLAINTS) / (f64::from(count) + 0.5)).ln().max(0.0) as f32
    }

    /// Heap bytes, about.
    pub(super) fn heap(&self) -> usize {
        self.document_frequency.capacity() * (size_of::<(Token, u32)>() + 1)
    }
}
