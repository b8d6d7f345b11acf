//! The open complaints in memory: what is compared of each, the lists by which they are found, the tickets they belong to.
//!
//! Inserting and removing are incremental. A complaint's length (norm) is frozen when it arrives; the rarity of shared
//! tokens is that of the moment when they are compared.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use super::super::reading::Profile;
use super::bands::bands;
use super::corpus::{Corpus, NumberMap};
use super::document::{ComplaintKey, Document, Draft, TicketKey};
use super::grid::{cell, cell_key};
use super::memory::Chunked;
use super::postings::{Key, Postings, Slot, low};
use super::query::Query;
use super::sketch::Sketch;
use super::tally::Tally;
use super::tickets::Tickets;

/// Shingles under which a complaint is listed.
pub(super) const LISTED_KEYS: usize = 64;
/// Most distinct tokens kept of one complaint; the commonest are left out.
pub(super) const MAX_GRAMS: usize = 256;

/// Complaints that are gone and still stand in the order of arrival, besides as many as are there.
const MAX_GONE: usize = 4_096;

/// The open complaints and what is known of the corpus.
#[derive(Debug, Default)]
pub struct MergeIndex {
    pub(in crate::merge) corpus: Corpus,
    documents: Chunked<Option<Document>>,
    /// What the documents' tokens are, roughly; place by place as the documents.
    pub(super) sketches: Chunked<Sketch>,
    free: Vec<Slot>,
    pub(super) slots: NumberMap<ComplaintKey, Slot>,
    pub(in crate::merge) tickets: Tickets,
    pub(super) shingles: Postings,
    pub(super) reporters: Postings,
    pub(super) numbers: Postings,
    pub(super) cells: Postings,
    /// The complaints in the order in which they came; some of them are gone since.
    arrived: VecDeque<ComplaintKey>,
    /// Each pair both ways round.
    cannot_link: BTreeSet<(ComplaintKey, ComplaintKey)>,
    /// Memory for one search, used again for the next.
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

    /// Finds a place for a complaint, and puts what is made for this place there.
    pub(super) fn insert_at(
        &mut self,
        key: ComplaintKey,
        ticket: TicketKey,
        make: impl FnOnce(&mut Self, Slot) -> (Document, Sketch),
    ) {
        // A complaint that comes again with other content leaves its ticket pinned and finished as it was.
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

    /// Lists a complaint under each of its first keys, in the shortest form whose list has room: what is common is told apart by
    /// what follows. What is so common that no form has room is listed together.
    fn list(&mut self, keys: &[Key], slot: Slot) -> Vec<u32> {
        let (first, others) = keys.split_at(keys.len().min(LISTED_KEYS));
        let mut listed = Vec::with_capacity(LISTED_KEYS);
        listed.extend(first.iter().filter_map(|key| self.shingles.insert_first(&key.forms, slot)));
        let without_room = first.len() - listed.len();
        let without_room = without_room + others.iter().filter(|key| self.shingles.all_full(&key.forms)).count();
        let together = bands(keys, without_room, LISTED_KEYS - listed.len());
        listed.extend(together.iter().filter_map(|forms| self.shingles.insert_first(forms, slot)));
        listed
    }

    /// Takes a complaint out of the candidates; the corpus keeps counting it.
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

    /// Forgets those that came first until at most `most` are left.
    pub fn forget_beyond(&mut self, most: usize) {
        while self.slots.len() > most {
            let Some(oldest) = self.arrived.pop_front() else { return };
            self.remove(oldest);
        }
        if self.arrived.len() > 2 * self.slots.len() + MAX_GONE {
            self.arrived.retain(|key| self.slots.contains_key(key));
        }
    }

    /// Takes all complaints of a ticket out of the candidates.
    pub fn remove_ticket(&mut self, ticket: TicketKey) {
        // Forgotten at once: each of many that left alone would be looked for among all others.
        self.tickets.forget(ticket).into_iter().for_each(|member| self.remove(member));
    }

    /// Moves a complaint to another ticket.
    pub fn reassign(&mut self, key: ComplaintKey, ticket: TicketKey) {
        let Some(document) = self.slots.get(&key).and_then(|slot| self.documents.get_mut(*slot)?.as_mut()) else {
            return;
        };
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
