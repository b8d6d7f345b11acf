//! What the index keeps of one complaint.

use std::sync::Arc;

use super::super::reading::{Facts, Profile, Token, fingerprint};
use super::postings::{Key, low};
use super::sketch::Sketch;
use crate::key::{ComplaintKey, TicketKey};

/// A complaint in the index. What is compared of a text lies in one piece: a million of them are far apart in memory.
#[derive(Debug)]
#[repr(align(64))]
pub(in crate::merge) struct Document {
    pub key: ComplaintKey,
    pub ticket: TicketKey,
    pub facts: Arc<Facts>,
    /// Its fingerprints, two in a word, the lower half first; the tokens of its title; the keys of its lists.
    words: Box<[u32]>,
    /// How many fingerprints; when they are odd, the last one stands in both halves of its word.
    grams: u16,
    /// How many tokens of the title.
    titled: u16,
    /// Root of the sum of the squared rarities of its tokens, when it came.
    pub norm: f32,
    /// Sum of the rarities of its tokens, when it came.
    pub total: f32,
    /// Bit i is set when the title's token i stands in the text too.
    pub repeated: u64,
}

impl Document {
    pub(super) fn new(key: ComplaintKey, ticket: TicketKey, profile: &Profile, draft: &Draft, keys: &[u32]) -> Self {
        let parts = Parts { grams: &draft.grams, title: &profile.title, keys };
        let facts = Arc::clone(&profile.facts);
        Self::packed(key, ticket, facts, &parts, profile.repeated, (draft.norm, draft.total))
    }

    /// A document from its parts; the last are `norm` and `total`.
    pub(super) fn packed(
        key: ComplaintKey,
        ticket: TicketKey,
        facts: Arc<Facts>,
        parts: &Parts<'_>,
        repeated: u64,
        (norm, total): (f32, f32),
    ) -> Self {
        let count = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        let pair = |pair: &[u16]| match *pair {
            [low, high] => u32::from(low) | u32::from(high) << u16::BITS,
            [last, ..] => u32::from(last) | u32::from(last) << u16::BITS,
            [] => 0,
        };
        let words = parts.grams.chunks(2).map(pair).chain(parts.title.iter().chain(parts.keys).copied());
        let (grams, titled) = (count(parts.grams.len()), count(parts.title.len()));
        Self { key, ticket, facts, words: words.collect(), grams, titled, norm, total, repeated }
    }

    /// Fingerprints of its tokens, sorted, in pairs; and the last, when they are odd.
    pub(in crate::merge) fn grams(&self) -> (&[u32], Option<u16>) {
        let (pairs, rest) = self.words.split_at_checked(usize::from(self.grams / 2)).unwrap_or_default();
        let odd = (self.grams % 2 == 1).then(|| rest.first().map(|word| halves(*word).0)).flatten();
        (pairs, odd)
    }

    /// Tokens of its title, in order, with breaks.
    pub(in crate::merge) fn title(&self) -> &[Token] {
        let from = usize::from(self.grams.div_ceil(2));
        self.words.get(from..from + usize::from(self.titled)).unwrap_or_default()
    }

    /// Keys of the lists that it stands in.
    pub(super) fn keys(&self) -> &[u32] {
        self.words.get(usize::from(self.grams.div_ceil(2)) + usize::from(self.titled)..).unwrap_or_default()
    }

    /// Whether the text has a token with this fingerprint.
    pub(super) fn has(&self, fingerprint: u16) -> bool {
        let words = self.words.get(..usize::from(self.grams.div_ceil(2))).unwrap_or_default();
        let word = words.get(words.partition_point(|word| halves(*word).1 < fingerprint));
        word.is_some_and(|word| halves(*word).0 == fingerprint || halves(*word).1 == fingerprint)
    }

    /// Whether the text has all bigrams of a name: with the fingerprints of two or more, as good as the name itself.
    pub(in crate::merge) fn mentions(&self, tokens: &[Token]) -> bool {
        !tokens.is_empty() && tokens.iter().all(|token| self.has(fingerprint(*token)))
    }

    /// A sum of a word from about each cache line of what is compared.
    pub(super) fn touch(&self) -> u32 {
        let words = self
            .words
            .iter()
            .step_by(16)
            .take((usize::from(self.grams.div_ceil(2)) + usize::from(self.titled)) / 16 + 1);
        words.fold(low(self.facts.number), |sum, word| sum.wrapping_add(*word))
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        size_of_val(&*self.words) + size_of::<Facts>() + 16 + self.facts.heap()
    }
}

/// The lower and the upper half of a word.
pub(super) fn halves(word: u32) -> (u16, u16) {
    let [a, b, c, d] = word.to_le_bytes();
    (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
}

/// What a document holds of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts<'a> {
    /// Fingerprints of its tokens, sorted.
    pub grams: &'a [u16],
    /// Tokens of its title, in order, with breaks.
    pub title: &'a [Token],
    /// Keys of the lists that it stands in.
    pub keys: &'a [u32],
}

/// What deciding on a complaint has computed and inserting it needs again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::merge) struct Draft {
    pub(super) norm: f32,
    pub(super) total: f32,
    pub(super) keys: Vec<Key>,
    /// Fingerprints of its tokens, sorted.
    pub(super) grams: Vec<u16>,
    pub(super) sketch: Sketch,
}

#[cfg(test)]
mod tests {
    use super::super::super::reading::ProfileInput;
    use super::*;

    #[test]
    fn a_document_gives_its_parts_back() {
        let facts = Profile::new(&ProfileInput::default()).facts;
        for count in [0, 1, 2, 5, 256] {
            let grams: Vec<u16> = (0..count).map(|number| number * 255 + 1).collect();
            for (title, keys) in [(&[][..], &[][..]), (&[7, 0, 9], &[]), (&[7], &[u32::MAX, 3])] {
                let parts = Parts { grams: &grams, title, keys };
                let document =
                    Document::packed(ComplaintKey(1), TicketKey(2), Arc::clone(&facts), &parts, 5, (1.0, 2.0));
                let (pairs, odd) = document.grams();
                let given: Vec<u16> =
                    pairs.iter().flat_map(|pair| <[u16; 2]>::from(halves(*pair))).chain(odd).collect();
                assert_eq!((given.as_slice(), document.title(), document.keys()), (grams.as_slice(), title, keys));
                for fingerprint in 0..=u16::MAX {
                    assert_eq!(document.has(fingerprint), grams.binary_search(&fingerprint).is_ok(), "{fingerprint}");
                }
            }
        }
    }
}
