//! The open complaints in memory: their documents, the posting lists by which they are found, the tickets they belong to.
//!
//! Inserting and removing are incremental. A complaint's length (norm) is frozen when it arrives; the rarity of shared
//! tokens is that of the moment when they are compared.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use super::super::reading::Profile;
use super::bands::bands;
use super::corpus::{Corpus, NumberMap};
use super::document::{Document, Draft};
use super::grid::{cell, cell_key};
use super::memory::Chunked;
use super::postings::{Key, Postings, Slot, low};
use super::query::Query;
use super::sketch::Sketch;
use super::tally::Tally;
use super::tickets::Tickets;
use crate::key::{ComplaintKey, TicketKey};

/// Most posting lists that hold a complaint: one for each of its first keys, then bands.
pub(super) const MAX_LISTED_KEYS: usize = 64;
/// Most distinct tokens kept of one complaint; the commonest are left out.
pub(super) const MAX_GRAMS: usize = 256;

/// Removed complaints that may remain in the queue of arrivals, besides as many as the index holds.
const MAX_STALE: usize = 4_096;

/// The open complaints and what is known of the corpus.
#[derive(Debug, Default)]
pub struct MergeIndex {
    pub(in crate::merge) corpus: Corpus,
    documents: Chunked<Option<Document>>,
    /// The documents' signatures, slot by slot.
    pub(super) sketches: Chunked<Sketch>,
    free: Vec<Slot>,
    pub(super) slots: NumberMap<ComplaintKey, Slot>,
    pub(in crate::merge) tickets: Tickets,
    pub(super) shingles: Postings,
    pub(super) reporters: Postings,
    pub(super) numbers: Postings,
    pub(super) cells: Postings,
    /// Keys in the order of arrival; some may have been removed since.
    arrived: VecDeque<ComplaintKey>,
    /// Each pair both ways round.
    cannot_link: BTreeSet<(ComplaintKey, ComplaintKey)>,
    /// Score table of a search, kept for the next.
    pub(in crate::merge) tally: Tally,
}

impl MergeIndex {
    /// An empty index.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many open complaints it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes of memory, about, counted from what each part has reserved.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let documents = self.documents.heap() + self.documents.iter().flatten().map(Document::heap).sum::<usize>();
        let slots = self.slots.capacity() * (size_of::<(ComplaintKey, Slot)>() + 1);
        let search = self.tally.heap() + self.sketches.heap() + self.arrived.capacity() * size_of::<ComplaintKey>();
        let lists = self.shingles.heap() + self.reporters.heap() + self.numbers.heap() + self.cells.heap();
        documents + slots + self.tickets.heap() + search + lists + self.corpus.heap()
    }

    /// Counts a complaint's tokens in the corpus without making it a candidate.
    pub fn learn(&mut self, profile: &Profile) {
        self.corpus.learn(&profile.tokens);
    }

    /// Adds an open complaint that [`MergeIndex::learn`] has counted.
    pub fn insert(&mut self, key: ComplaintKey, ticket: TicketKey, profile: &Profile) {
        let draft = self.draft(&Query::new(profile, &self.corpus));
        self.insert_draft(key, ticket, profile, draft);
    }

    pub(in crate::merge) fn draft(&self, query: &Query<'_>) -> Draft {
        Draft {
            norm: query.norm,
            total: query.total,
            keys: query.keys(&self.corpus).to_vec(),
            grams: grams(query),
            sketch: query.sketch(),
        }
    }

    pub(in crate::merge) fn insert_draft(
        &mut self,
        key: ComplaintKey,
        ticket: TicketKey,
        profile: &Profile,
        draft: Draft,
    ) {
        self.insert_at(key, ticket, |index, slot| {
            let keys = index.list(&draft.keys, slot);
            (Document::new(key, ticket, profile, &draft, &keys), draft.sketch)
        });
    }

    /// Takes a free slot for a complaint, and fills it with what `make` makes for it.
    pub(super) fn insert_at(
        &mut self,
        key: ComplaintKey,
        ticket: TicketKey,
        make: impl FnOnce(&mut Self, Slot) -> (Document, Sketch),
    ) {
        // Inserting a complaint again with other content must not unpin or reopen its ticket.
        let before = self.tickets.standing(ticket);
        if !self.slots.contains_key(&key) {
            self.arrived.push_back(key);
        }
        self.remove(key);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.sketches.push(Sketch::default());
            self.documents.push(None)
        });
        let (document, sketch) = make(self, slot);
        for reporter in &*document.facts.reporters {
            self.reporters.insert(low(*reporter), slot);
        }
        self.numbers.insert(low(document.facts.number), slot);
        if let Some(point) = document.facts.point {
            self.cells.insert(cell_key(cell(point)), slot);
        }
        self.tickets.join(ticket, key);
        self.tickets.restore(ticket, before);
        self.slots.insert(key, slot);
        if let Some(place) = self.sketches.get_mut(slot) {
            *place = sketch;
        }
        if let Some(place) = self.documents.get_mut(slot) {
            *place = Some(document);
        }
    }

    /// Adds a complaint to a posting list for each of its first keys: that of the shortest prefix whose list has capacity left. For
    /// keys so common that the lists of all their prefixes are full, bands are listed instead.
    fn list(&mut self, keys: &[Key], slot: Slot) -> Vec<u32> {
        let (first, others) = keys.split_at(keys.len().min(MAX_LISTED_KEYS));
        let mut listed = Vec::with_capacity(MAX_LISTED_KEYS);
        listed.extend(first.iter().filter_map(|key| self.shingles.insert_first(&key.prefixes, slot)));
        let full = first.len() - listed.len();
        let full = full + others.iter().filter(|key| self.shingles.all_full(&key.prefixes)).count();
        let together = bands(keys, full, MAX_LISTED_KEYS - listed.len());
        listed.extend(together.iter().filter_map(|prefixes| self.shingles.insert_first(prefixes, slot)));
        listed
    }

    /// Removes a complaint from the candidates; the corpus keeps counting it.
    pub fn remove(&mut self, key: ComplaintKey) {
        let Some(slot) = self.slots.remove(&key) else { return };
        let Some(document) = self.documents.get_mut(slot).and_then(Option::take) else { return };
        for key in document.keys() {
            self.shingles.remove(*key, slot);
        }
        for reporter in &*document.facts.reporters {
            self.reporters.remove(low(*reporter), slot);
        }
        self.numbers.remove(low(document.facts.number), slot);
        if let Some(point) = document.facts.point {
            self.cells.remove(cell_key(cell(point)), slot);
        }
        self.free.push(slot);
        self.tickets.leave(document.ticket, key);
    }

    /// Nothing joins a ticket any more; until it is forgotten, what would have joined it is recognized as a recurrence.
    pub fn finish_ticket(&mut self, ticket: TicketKey, at: Timestamp) {
        self.tickets.finish(ticket, at.as_second());
    }

    /// A finished ticket may be joined again.
    pub fn reopen_ticket(&mut self, ticket: TicketKey) {
        self.tickets.reopen(ticket);
    }

    /// Forgets the tickets that were finished before a time.
    pub fn forget_finished(&mut self, before: Timestamp) {
        while let Some(ticket) = self.tickets.finished_before(before.as_second()) {
            self.remove_ticket(ticket);
        }
    }

    /// Removes the complaints that arrived first until at most `most` are left.
    pub fn forget_beyond(&mut self, most: usize) {
        while self.slots.len() > most {
            let Some(oldest) = self.arrived.pop_front() else { return };
            self.remove(oldest);
        }
        if self.arrived.len() > 2 * self.slots.len() + MAX_STALE {
            self.arrived.retain(|key| self.slots.contains_key(key));
        }
    }

    /// Removes all complaints of a ticket from the candidates.
    pub fn remove_ticket(&mut self, ticket: TicketKey) {
        // All at once: removing them one by one would search the ticket's members each time.
        self.tickets.forget(ticket).into_iter().for_each(|member| self.remove(member));
    }

    /// Moves a complaint to another ticket.
    pub fn reassign(&mut self, key: ComplaintKey, ticket: TicketKey) {
        let Some(document) = self.slots.get(&key).and_then(|slot| self.documents.get_mut(*slot)?.as_mut()) else {
            return;
        };
        // A ticket whose only complaint leaves and joins again would lose its pin.
        if document.ticket == ticket {
            return;
        }
        let before = std::mem::replace(&mut document.ticket, ticket);
        self.tickets.leave(before, key);
        self.tickets.join(ticket, key);
    }

    /// Pins or unpins a ticket.
    pub fn pin(&mut self, ticket: TicketKey, pinned: bool) {
        self.tickets.pin(ticket, pinned);
    }

    /// Notes that two complaints never belong together by themselves.
    pub fn forbid(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.cannot_link.extend([(a, b), (b, a)]);
    }

    /// Takes back [`MergeIndex::forbid`].
    pub fn allow(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.cannot_link.remove(&(a, b));
        self.cannot_link.remove(&(b, a));
    }

    /// The tickets with a complaint that this one never belongs to by itself.
    pub(in crate::merge) fn apart_from(&self, key: ComplaintKey) -> BTreeSet<TicketKey> {
        let links = self.cannot_link.range((key, ComplaintKey::MIN)..=(key, ComplaintKey::MAX));
        links.into_iter().filter_map(|(_, other)| Some(self.document(*other)?.ticket)).collect()
    }

    /// A complaint as it would be in the index, without putting it there.
    pub(in crate::merge) fn document_of(&self, key: ComplaintKey, ticket: TicketKey, profile: &Profile) -> Document {
        let draft = self.draft(&Query::new(profile, &self.corpus));
        Document::new(key, ticket, profile, &draft, &[])
    }

    pub(in crate::merge) fn document(&self, key: ComplaintKey) -> Option<&Document> {
        self.at(*self.slots.get(&key)?)
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Document> {
        self.documents.get(slot)?.as_ref()
    }
}

fn grams(query: &Query<'_>) -> Vec<u16> {
    let mut tokens: Vec<(f32, u16)> =
        query.tokens.iter().map(|token| (token.rarity.weight, token.fingerprint)).collect();
    if tokens.len() > MAX_GRAMS {
        tokens.select_nth_unstable_by(MAX_GRAMS, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        tokens.truncate(MAX_GRAMS);
    }
    let mut grams: Vec<u16> = tokens.into_iter().map(|(_, fingerprint)| fingerprint).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}
