//! What the index keeps of one complaint.

use std::sync::Arc;

use super::super::reading::{FORMS, Facts, Profile, Token, fingerprint};
use super::sketch::Sketch;

/// The store's number of a complaint.
pub type ComplaintKey = i64;
/// The store's number of a ticket.
pub type TicketKey = i64;

/// A complaint in the index.
#[derive(Debug)]
pub(in crate::merge) struct Document {
    pub key: ComplaintKey,
    pub ticket: TicketKey,
    pub facts: Arc<Facts>,
    /// Fingerprints of its tokens, sorted.
    pub grams: Box<[u16]>,
    /// Tokens of its title, in order, with breaks.
    pub title: Box<[Token]>,
    /// Bit i is set when the title's token i stands in the text too.
    pub repeated: u64,
    /// Root of the sum of the squared rarities of its tokens, when it came.
    pub norm: f32,
    /// Sum of the rarities of its tokens, when it came.
    pub total: f32,
    /// Keys of the lists that it stands in.
    pub(super) keys: Box<[u32]>,
}

impl Document {
    /// Whether the text has all bigrams of a name: with the fingerprints of two or more, as good as the name itself.
    pub(in crate::merge) fn mentions(&self, tokens: &[Token]) -> bool {
        !tokens.is_empty() && tokens.iter().all(|token| self.grams.binary_search(&fingerprint(*token)).is_ok())
    }

    pub(super) fn new(key: ComplaintKey, ticket: TicketKey, profile: &Profile, draft: Draft, keys: Box<[u32]>) -> Self {
        Self {
            key,
            ticket,
            facts: Arc::clone(&profile.facts),
            grams: draft.grams,
            title: profile.title.clone().into(),
            repeated: profile.repeated,
            norm: draft.norm,
            total: draft.total,
            keys,
        }
    }

    pub(super) fn heap(&self) -> usize {
        let facts = size_of::<Facts>() + 16 + self.facts.heap();
        size_of_val(&*self.grams) + size_of_val(&*self.title) + size_of_val(&*self.keys) + facts
    }
}

/// What deciding on a complaint has computed and inserting it needs again.
#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::merge) struct Draft {
    pub(super) norm: f32,
    pub(super) total: f32,
    pub(super) keys: Vec<[u32; FORMS]>,
    pub(super) grams: Box<[u16]>,
    pub(super) sketch: Sketch,
}
