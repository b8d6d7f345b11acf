//! What an index lists, for comparing two of them: the live one and one that was made again from the store.

use std::collections::BTreeMap;

use super::MergeIndex;
use crate::key::{ComplaintKey, TicketKey};

/// A complaint as it is listed: where it stands, and what would be compared of it. Which lists it stands in depends on what came
/// before it, and is left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// Its ticket.
    pub ticket: TicketKey,
    /// Nothing joins its ticket any more.
    pub finished: bool,
    /// Nothing joins its ticket by itself.
    pub pinned: bool,
    /// Fingerprints of its tokens, and the tokens of its title.
    pub words: (Vec<u16>, Vec<u32>),
    /// Names, numbers, topics, reporters, place and time.
    pub facts: String,
}

impl MergeIndex {
    /// Everything that is listed.
    #[must_use]
    pub fn listings(&self) -> BTreeMap<ComplaintKey, Listing> {
        self.slots.keys().filter_map(|key| Some((*key, self.listing(*key)?))).collect()
    }

    /// Whether a complaint is listed.
    #[must_use]
    pub fn holds(&self, key: ComplaintKey) -> bool {
        self.document(key).is_some()
    }

    /// One complaint, if it is listed.
    #[must_use]
    pub fn listing(&self, key: ComplaintKey) -> Option<Listing> {
        let document = self.document(key)?;
        let (pairs, odd) = document.grams();
        let halves = |pair: &u32| [*pair & 0xFFFF, *pair >> 16].map(|half| u16::try_from(half).unwrap_or_default());
        Some(Listing {
            ticket: document.ticket,
            finished: self.tickets.is_finished(document.ticket),
            pinned: self.tickets.is_pinned(document.ticket),
            words: (pairs.iter().flat_map(halves).chain(odd).collect(), document.title().to_vec()),
            facts: format!("{:?}", document.facts),
        })
    }
}
