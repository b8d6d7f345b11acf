//! The open complaints in memory: what is compared of each, the lists by which they are found, the tickets they belong to.
//!
//! Inserting and removing are incremental. A complaint's length (norm) is frozen when it arrives; the rarity of shared
//! tokens is that of the moment when they are compared.

use std::collections::{BTreeSet, VecDeque};

use jiff::Timestamp;

use super::super::reading::{Profile, mix};
use super::corpus::{Corpus, NumberMap};
use super::document::{ComplaintKey, Document, Draft, TicketKey};
use super::postings::{MAX_LIST, Postings, Slot};
use super::query::{Key, MAX_KEYS, Query};
use crate::complaint::Point;

/// Shingles under which a complaint is listed.
const LISTED_KEYS: usize = 64;
/// Most entries read from the lists for one complaint; the shortest lists are read first.
const MAX_READ: usize = 16_384;
/// Complaints whose cosine is computed, best lists first.
const RESCORED: usize = 64;
/// Most distinct tokens kept of one complaint; the commonest are left out.
const MAX_GRAMS: usize = 256;
/// What a full list tells: hardly anything, for it holds whoever came first.
const FULL_LIST_TELLS: f32 = 0.5;
/// Side of a cell of the grid in which points are found, in degrees: about 220 m from south to north.
const CELL_DEGREES: f64 = 0.002;
/// Most candidates from the neighbourhood, the nearest first.
const MAX_NEAR_CANDIDATES: usize = 10;
/// Most candidates from one reporter.
const MAX_REPORTER_CANDIDATES: usize = 10;

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

/// Memory for one search, used again for the next.
#[derive(Debug, Default)]
pub(in crate::merge) struct Scratch {
    scores: Vec<f32>,
    touched: Vec<Slot>,
}

/// The open complaints and what is known of the corpus.
#[derive(Debug, Default)]
pub struct MergeIndex {
    pub(in crate::merge) corpus: Corpus,
    documents: Vec<Option<Document>>,
    free: Vec<Slot>,
    slots: NumberMap<ComplaintKey, Slot>,
    pub(in crate::merge) tickets: NumberMap<TicketKey, TicketEntry>,
    shingles: Postings,
    reporters: Postings,
    numbers: Postings,
    cells: Postings,
    finished: BTreeSet<(i64, TicketKey)>,
    /// The complaints in the order in which they came; some of them are gone since.
    arrived: VecDeque<ComplaintKey>,
    cannot_link: BTreeSet<(ComplaintKey, ComplaintKey)>,
    pub(in crate::merge) scratch: Scratch,
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
        let scratch = (self.scratch.scores.capacity() + self.scratch.touched.capacity()) * size_of::<f32>()
            + self.arrived.capacity() * size_of::<ComplaintKey>();
        let lists = self.shingles.heap() + self.reporters.heap() + self.numbers.heap() + self.cells.heap();
        documents + slots + tickets + scratch + lists + self.corpus.heap()
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
        let keys = query.keys(&self.corpus).iter().take(LISTED_KEYS).map(|key| key.forms).collect();
        Draft { norm: query.norm, total: query.total, keys, grams: grams(query) }
    }

    pub(in crate::merge) fn insert_draft(
        &mut self,
        key: ComplaintKey,
        ticket: TicketKey,
        profile: &Profile,
        draft: Draft,
    ) {
        // A complaint that comes again with other content leaves its ticket pinned and finished as it was.
        let before = self.tickets.get(&ticket).map(|entry| (entry.pinned, entry.finished));
        if !self.slots.contains_key(&key) {
            self.arrived.push_back(key);
        }
        self.remove(key);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.documents.push(None);
            Slot::try_from(self.documents.len() - 1).unwrap_or(Slot::MAX)
        });
        // The shortest form whose list has room: what is common is told apart by what follows.
        let keys = draft.keys.iter().filter_map(|forms| {
            forms.iter().copied().take_while(|form| *form != 0).find(|form| self.shingles.insert(*form, slot))
        });
        let keys: Box<[u32]> = keys.collect();
        for reporter in &*profile.facts.reporters {
            self.reporters.insert(low(*reporter), slot);
        }
        self.numbers.insert(low(profile.facts.number), slot);
        if let Some(point) = profile.facts.point {
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
        let document = Document::new(key, ticket, profile, draft, keys);
        if let Some(place) = self.documents.get_mut(place(slot)) {
            *place = Some(document);
        }
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

    fn at(&self, slot: Slot) -> Option<&Document> {
        self.documents.get(place(slot))?.as_ref()
    }

    /// Blocking: the open complaints that a new one is compared with, best text match first, ties to the older one; then
    /// those of the same reporter and the one that the source marks.
    pub(in crate::merge) fn candidates(
        &self,
        query: &Query<'_>,
        limit: usize,
        scratch: &mut Scratch,
    ) -> Vec<&Document> {
        let found = self.found_by_shingles(query, scratch);
        let mut best: Vec<(f32, &Document)> = found
            .into_iter()
            .filter_map(|slot| self.at(slot))
            .map(|document| (query.promise(document), document))
            .collect();
        best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.key.cmp(&b.1.key)));
        best.truncate(limit);
        let mut best: Vec<&Document> = best.into_iter().map(|(_, document)| document).collect();
        for document in self.found_by_key(query.profile) {
            if !best.iter().any(|known| known.key == document.key) {
                best.push(document);
            }
        }
        best
    }

    fn found_by_shingles(&self, query: &Query<'_>, scratch: &mut Scratch) -> Vec<Slot> {
        let mut lists: Vec<(&[Slot], f32)> = Vec::with_capacity(MAX_KEYS * 2);
        let open = length(self.slots.len() + 1);
        for Key { forms, weight } in query.keys(&self.corpus) {
            for form in forms.iter().take_while(|form| **form != 0) {
                let list = self.shingles.get(*form);
                // What few complaints have tells more: ln(N / n) on top of the rarity of the bigrams.
                let tells = if list.len() < MAX_LIST { (open / length(list.len())).ln() } else { FULL_LIST_TELLS };
                lists.push((list, weight * tells));
                // A list that was full may have lost a few since; what came meanwhile stands under the longer form.
                if list.len() < MAX_LIST / 2 {
                    break;
                }
            }
        }
        // Stable: lists of one length stay in the order of the draw.
        lists.sort_by_key(|(list, _)| list.len());
        scratch.scores.resize(self.documents.len(), 0.0);
        let mut read = 0;
        for (list, weight) in lists {
            read += list.len();
            if read > MAX_READ {
                break;
            }
            for slot in list {
                let Some(score) = scratch.scores.get_mut(place(*slot)) else { continue };
                if *score == 0.0 {
                    scratch.touched.push(*slot);
                }
                *score += weight;
            }
        }
        let mut found: Vec<(f32, Slot)> = Vec::with_capacity(scratch.touched.len());
        for slot in scratch.touched.drain(..) {
            if let Some(score) = scratch.scores.get_mut(place(slot)) {
                found.push((std::mem::take(score), slot));
            }
        }
        let order = |a: &(f32, Slot), b: &(f32, Slot)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > RESCORED {
            found.select_nth_unstable_by(RESCORED, order);
            found.truncate(RESCORED);
        }
        found.into_iter().map(|(_, slot)| slot).collect()
    }

    /// The nearest complaints of the cells around a point; photographs with a place have hardly any words.
    fn found_nearby(&self, profile: &Profile) -> Vec<&Document> {
        let Some(here) = profile.facts.point else { return Vec::new() };
        let (row, column) = cell(here);
        let mut near: Vec<(f64, &Document)> = Vec::new();
        for (rows, columns) in (-1..=1).flat_map(|rows| (-1..=1).map(move |columns| (rows, columns))) {
            let list = self.cells.get(cell_key((row.saturating_add(rows), column.saturating_add(columns))));
            for document in list.iter().filter_map(|slot| self.at(*slot)) {
                if let Some(there) = document.facts.point {
                    near.push((here.metres_to(there), document));
                }
            }
        }
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.key.cmp(&a.1.key)));
        near.truncate(MAX_NEAR_CANDIDATES);
        near.into_iter().map(|(_, document)| document).collect()
    }

    fn found_by_key(&self, profile: &Profile) -> Vec<&Document> {
        let same_reporter = profile.facts.reporters.iter().flat_map(|reporter| {
            let list = self.reporters.get(low(*reporter)).iter().filter_map(|slot| self.at(*slot));
            let mut documents: Vec<&Document> =
                list.filter(|document| document.facts.reporters.contains(reporter)).collect();
            documents.sort_unstable_by_key(|document| std::cmp::Reverse(document.key));
            documents.truncate(MAX_REPORTER_CANDIDATES);
            documents
        });
        let marked = profile.repeat_of.into_iter().flat_map(|number| {
            let list = self.numbers.get(low(number)).iter().filter_map(|slot| self.at(*slot));
            list.filter(move |document| document.facts.number == number)
        });
        let mut documents: Vec<&Document> = same_reporter.chain(marked).chain(self.found_nearby(profile)).collect();
        documents.sort_unstable_by_key(|document| document.key);
        documents.dedup_by_key(|document| document.key);
        documents
    }
}

/// The cell of a point: rows from south to north, columns from west to east.
#[expect(clippy::cast_possible_truncation, reason = "degrees over a small step fit into 32 bits")]
fn cell(point: Point) -> (i32, i32) {
    ((point.lat / CELL_DEGREES).floor() as i32, (point.lng / CELL_DEGREES).floor() as i32)
}

fn cell_key((row, column): (i32, i32)) -> u32 {
    low(mix((u64::from(row.cast_unsigned()) << 32) | u64::from(column.cast_unsigned())))
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

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than 24 bits")]
fn length(count: usize) -> f32 {
    count.max(1) as f32
}

fn place(slot: Slot) -> usize {
    usize::try_from(slot).unwrap_or(usize::MAX)
}

fn low(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}
