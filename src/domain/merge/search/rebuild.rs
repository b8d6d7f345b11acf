//! The index made again from what is stored.

use jiff::Timestamp;

use super::imprint::{Imprint, imprint_of};
use super::index::MergeIndex;
use super::postings::Pending;
use crate::key::{ComplaintKey, TicketKey};
use crate::merge::Profile;

/// How far the index may exceed its limit before the oldest complaints are removed: removing needs all pending postings added.
const EXCESS: usize = 1 << 16;

/// An index that is being made again, complaint after complaint in the order of arrival.
#[derive(Debug)]
pub struct Rebuild {
    index: MergeIndex,
    /// Postings that are not added yet.
    pending: Pending,
    most_open: usize,
}

impl Rebuild {
    /// An empty index that will hold at most `most_open` complaints, the newest.
    #[must_use]
    pub fn new(most_open: usize) -> Self {
        Self { index: MergeIndex::new(), pending: Pending::default(), most_open }
    }

    /// Counts a complaint in the corpus and, when it is a candidate, puts it into the index as it stood there before.
    pub fn add(&mut self, imprint: Imprint, is_candidate: bool) {
        let Imprint { tokens, sketch, document, .. } = imprint;
        self.index.corpus.learn(&tokens);
        if !is_candidate {
            return;
        }
        let pending = &mut self.pending;
        self.index.insert_at(document.key, document.ticket, |_, slot| {
            document.keys().iter().for_each(|key| pending.push(*key, slot));
            (document, sketch)
        });
        if self.pending.is_full() {
            self.list();
        }
        self.forget_beyond(EXCESS);
    }

    /// The same for a complaint that has no imprint; gives the imprint that it has now.
    pub fn add_profile(
        &mut self,
        key: ComplaintKey,
        ticket: TicketKey,
        profile: &Profile,
        is_candidate: bool,
    ) -> Option<Vec<u8>> {
        self.index.learn(profile);
        if !is_candidate {
            return Some(imprint_of(&self.index.document_of(key, ticket, profile), profile, false));
        }
        self.list();
        self.index.insert(key, ticket, profile);
        let imprint = self.index.imprint(key, profile);
        self.forget_beyond(EXCESS);
        imprint
    }

    /// As [`MergeIndex::finish_ticket`].
    pub fn finish_ticket(&mut self, ticket: TicketKey, at: Timestamp) {
        self.index.finish_ticket(ticket, at);
    }

    /// As [`MergeIndex::pin`].
    pub fn pin(&mut self, ticket: TicketKey) {
        self.index.pin(ticket, true);
    }

    /// The index.
    #[must_use]
    pub fn finish(mut self) -> MergeIndex {
        self.list();
        self.forget_beyond(0);
        self.index
    }

    fn list(&mut self) {
        self.index.shingles.insert_all(&mut self.pending);
    }

    fn forget_beyond(&mut self, beyond: usize) {
        if self.index.len() > self.most_open.saturating_add(beyond) {
            self.list();
            self.index.forget_beyond(self.most_open);
        }
    }
}
