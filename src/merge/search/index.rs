//! The open complaints in memory: what is compared of each, the lists by which they are found, the tickets they belong to.
//!
//! Inserting and removing are incremental. A complaint's length (norm) is frozen when it arrives; the rarity of shared
//! tokens is that of the moment when they are compared.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use super::super::reading::{FORMS, Profile};
use super::bands::bands;
use super::corpus::{Corpus, NumberMap};
use super::document::{ComplaintKey, Document, Draft, TicketKey};
use super::grid::{cell, cell_key};
use super::postings::{Postings, Slot, low, place};
use super::query::Query;
use super::sketch::Sketch;
use super::tally::Tally;

/// Shingles under which a complaint is listed.
pub(super) const LISTED_KEYS: usize = 64;
/// Most distinct tokens kept of one complaint; the commonest are left out.
pub(super) const MAX_GRAMS: usize = 256;

/// A ticket in the index.
#[derive(Debug, Default)]
pub(in crate::merge) struct TicketEntry {
    /// Its complaints in order of arrival; the first five are its core.
    pub members: Vec<ComplaintKey>,
    /// Nothing joins it by itself.
    pub pinned: bool,
    /// When it was finished, in seconds since 1970: nothing joins it any more, but a recurrence is recognized.
    pub finished: Option<i64>,
}

/// Complaints that are gone and still stand in the order of arrival, besides as many as are there.
const MAX_GONE: usize = 4_096;

/// The open complaints and what is known of the corpus.
#[derive(Debug, Default)]
pub struct MergeIndex {
    pub(in crate::merge) corpus: Corpus,
    documents: Vec<Option<Document>>,
    /// What the documents' tokens are, roughly; place by place as the documents.
    pub(super) sketches: Vec<Sketch>,
    free: Vec<Slot>,
    pub(super) slots: NumberMap<ComplaintKey, Slot>,
    pub(in crate::merge) tickets: NumberMap<TicketKey, TicketEntry>,
    pub(super) shingles: Postings,
    pub(super) reporters: Postings,
    pub(super) numbers: Postings,
    pub(super) cells: Postings,
    finished: BTreeSet<(i64, TicketKey)>,
    /// The complaints in the order in which they came; some of them are gone since.
    arrived: VecDeque<ComplaintKey>,
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

    /// Bytes of memory, counted from what each part has reserved.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let documents = self.documents.capacity() * size_of::<Option<Document>>()
            + self.documents.iter().flatten().map(Document::heap).sum::<usize>();
        let slots = self.slots.capacity() * (size_of::<(ComplaintKey, Slot)>() + 1);
        let tickets = self.tickets.capacity() * (size_of::<(TicketKey, TicketEntry)>() + 1)
            + self.tickets.values().map(|ticket| ticket.members.capacity() * size_of::<ComplaintKey>()).sum::<usize>();
        let search = self.tally.heap()
            + self.sketches.capacity() * size_of::<Sketch>()
            + self.arrived.capacity() * size_of::<ComplaintKey>();
        let lists = self.shingles.heap() + self.reporters.heap() + self.numbers.heap() + self.cells.heap();
        documents + slots + tickets + search + lists + self.corpus.heap()
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
            keys: query.keys(&self.corpus).iter().map(|key| key.forms).collect(),
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
            let (keys, sketch) = (index.list(&draft.keys, slot), draft.sketch);
            (Document::new(key, ticket, profile, draft, keys), sketch)
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
        let before = self.tickets.get(&ticket).map(|entry| (entry.pinned, entry.finished));
        if !self.slots.contains_key(&key) {
            self.arrived.push_back(key);
        }
        self.remove(key);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.documents.push(None);
            self.sketches.push(Sketch::default());
            Slot::try_from(self.documents.len() - 1).unwrap_or(Slot::MAX)
        });
        let (document, sketch) = make(self, slot);
        for reporter in &*document.facts.reporters {
            self.reporters.insert(low(*reporter), slot);
        }
        self.numbers.insert(low(document.facts.number), slot);
        if let Some(point) = document.facts.point {
            self.cells.insert(cell_key(cell(point)), slot);
        }
        self.tickets
            .entry(ticket)
            .or_insert_with(|| TicketEntry { members: Vec::with_capacity(1), ..TicketEntry::default() })
            .members
            .push(key);
        if let Some((pinned, finished)) = before
            && let Some(entry) = self.tickets.get_mut(&ticket)
        {
            (entry.pinned, entry.finished) = (pinned, finished);
            self.finished.extend(finished.map(|at| (at, ticket)));
        }
        self.slots.insert(key, slot);
        if let Some(place) = self.sketches.get_mut(place(slot)) {
            *place = sketch;
        }
        if let Some(place) = self.documents.get_mut(place(slot)) {
            *place = Some(document);
        }
    }

    /// Lists a complaint under each of its first keys, in the shortest form whose list has room: what is common is told apart by
    /// what follows. What is so common that no form has room is listed together.
    fn list(&mut self, keys: &[[u32; FORMS]], slot: Slot) -> Box<[u32]> {
        let (mut listed, mut common) = (Vec::with_capacity(LISTED_KEYS), Vec::new());
        for forms in keys.iter().take(LISTED_KEYS) {
            match self.shingles.insert_first(forms, slot) {
                Some(key) => listed.push(key),
                None => common.push(*forms),
            }
        }
        common.extend(keys.iter().skip(LISTED_KEYS).filter(|forms| self.shingles.all_full(*forms)));
        let together = bands(&common, LISTED_KEYS - listed.len());
        listed.extend(together.iter().filter_map(|forms| self.shingles.insert_first(forms, slot)));
        listed.into()
    }

    /// Takes a complaint out of the candidates; the corpus keeps counting it.
    pub fn remove(&mut self, key: ComplaintKey) {
        let Some(slot) = self.slots.remove(&key) else { return };
        let Some(document) = self.documents.get_mut(place(slot)).and_then(Option::take) else { return };
        for key in &*document.keys {
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
        self.leave_ticket(key, document.ticket);
    }

    fn leave_ticket(&mut self, key: ComplaintKey, ticket: TicketKey) {
        if let Some(entry) = self.tickets.get_mut(&ticket) {
            entry.members.retain(|member| *member != key);
            if entry.members.is_empty() {
                if let Some(at) = entry.finished {
                    self.finished.remove(&(at, ticket));
                }
                self.tickets.remove(&ticket);
            }
        }
    }

    /// Nothing joins a ticket any more; until it is forgotten, what would have joined it is recognized as a recurrence.
    pub fn finish_ticket(&mut self, ticket: TicketKey, at: Timestamp) {
        if let Some(entry) = self.tickets.get_mut(&ticket) {
            entry.finished = Some(at.as_second());
            self.finished.insert((at.as_second(), ticket));
        }
    }

    /// A finished ticket may be joined again.
    pub fn reopen_ticket(&mut self, ticket: TicketKey) {
        let finished = self.tickets.get_mut(&ticket).and_then(|entry| entry.finished.take());
        if let Some(at) = finished {
            self.finished.remove(&(at, ticket));
        }
    }

    /// Forgets the tickets that were finished before a time.
    pub fn forget_finished(&mut self, before: Timestamp) {
        while let Some((at, ticket)) = self.finished.first().copied().filter(|(at, _)| *at < before.as_second()) {
            self.finished.remove(&(at, ticket));
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
        let members = self.tickets.get(&ticket).map(|entry| entry.members.clone()).unwrap_or_default();
        members.into_iter().for_each(|member| self.remove(member));
    }

    /// Moves a complaint to another ticket.
    pub fn reassign(&mut self, key: ComplaintKey, ticket: TicketKey) {
        let Some(document) = self.slots.get(&key).and_then(|slot| self.documents.get_mut(place(*slot))?.as_mut())
        else {
            return;
        };
        let before = std::mem::replace(&mut document.ticket, ticket);
        self.leave_ticket(key, before);
        let members = &mut self.tickets.entry(ticket).or_default().members;
        members.push(key);
        members.sort_unstable();
    }

    /// Pins or unpins a ticket.
    pub fn pin(&mut self, ticket: TicketKey, pinned: bool) {
        if let Some(entry) = self.tickets.get_mut(&ticket) {
            entry.pinned = pinned;
        }
    }

    /// Notes that two complaints never belong together by themselves.
    pub fn forbid(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.cannot_link.insert((a.min(b), a.max(b)));
    }

    /// Takes back [`MergeIndex::forbid`].
    pub fn allow(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.cannot_link.remove(&(a.min(b), a.max(b)));
    }

    pub(in crate::merge) fn is_forbidden(&self, a: ComplaintKey, b: ComplaintKey) -> bool {
        self.cannot_link.contains(&(a.min(b), a.max(b)))
    }

    /// A complaint as it would be in the index, without putting it there.
    pub(in crate::merge) fn document_of(&self, key: ComplaintKey, ticket: TicketKey, profile: &Profile) -> Document {
        let draft = self.draft(&Query::new(profile, &self.corpus));
        Document::new(key, ticket, profile, draft, Box::default())
    }

    pub(in crate::merge) fn document(&self, key: ComplaintKey) -> Option<&Document> {
        self.at(*self.slots.get(&key)?)
    }

    pub(super) fn at(&self, slot: Slot) -> Option<&Document> {
        self.documents.get(place(slot))?.as_ref()
    }
}

fn grams(query: &Query<'_>) -> Box<[u16]> {
    let mut tokens: Vec<(f32, u16)> =
        query.tokens.iter().map(|token| (token.rarity.weight, token.fingerprint)).collect();
    if tokens.len() > MAX_GRAMS {
        tokens.select_nth_unstable_by(MAX_GRAMS, |a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        tokens.truncate(MAX_GRAMS);
    }
    let mut grams: Vec<u16> = tokens.into_iter().map(|(_, fingerprint)| fingerprint).collect();
    grams.sort_unstable();
    grams.dedup();
    grams.into()
}
