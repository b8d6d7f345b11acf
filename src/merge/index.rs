//! The open complaints in memory: an inverted index of weighted bigrams, corpus counts, and the tickets they belong to.
//!
//! Inserting and removing are incremental. A complaint's weights are frozen when it arrives: later arrivals change the
//! corpus counts, not the past.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Profile;

/// The store's number of a complaint.
pub type ComplaintKey = i64;
/// The store's number of a ticket.
pub type TicketKey = i64;

/// Most postings read for one query; the rarest tokens are read first.
const MAX_POSTINGS_READ: usize = 400_000;
/// Most candidates from one reporter.
const MAX_REPORTER_CANDIDATES: usize = 10;

/// A complaint in the index.
#[derive(Debug)]
pub(super) struct Document {
    pub ticket: TicketKey,
    pub profile: Profile,
    pub vector: BTreeMap<u32, f64>,
    pub idf: HashMap<u32, f64>,
    pub title: Vec<u32>,
}

/// A ticket in the index.
#[derive(Debug, Default)]
pub(super) struct TicketEntry {
    /// Its complaints in order of arrival; the first five are its core.
    pub members: Vec<ComplaintKey>,
    /// Nothing joins it by itself.
    pub pinned: bool,
}

/// The open complaints and what is known of the corpus.
#[derive(Debug, Default)]
pub struct MergeIndex {
    token_ids: HashMap<String, u32>,
    document_frequency: Vec<u32>,
    seen: u64,
    postings: Vec<Vec<(ComplaintKey, f64)>>,
    pub(super) documents: HashMap<ComplaintKey, Document>,
    pub(super) tickets: HashMap<TicketKey, TicketEntry>,
    by_reporter: HashMap<u64, BTreeSet<ComplaintKey>>,
    by_number: HashMap<(String, String), ComplaintKey>,
    cannot_link: BTreeSet<(ComplaintKey, ComplaintKey)>,
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
        self.documents.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// Counts a complaint's tokens in the corpus without making it a candidate.
    pub fn learn(&mut self, profile: &Profile) {
        self.seen += 1;
        for token in profile.tokens.keys() {
            let id = self.token_id(token);
            if let Some(count) = slot(&mut self.document_frequency, id) {
                *count += 1;
            }
        }
    }

    /// A profile as a document: its weights with the corpus as it is now. To be called after [`MergeIndex::learn`].
    pub(super) fn document(&mut self, ticket: TicketKey, profile: Profile) -> Document {
        let mut idf = HashMap::with_capacity(profile.tokens.len());
        let mut vector = BTreeMap::new();
        for (token, count) in &profile.tokens {
            let id = self.token_id(token);
            let rarity = self.rarity(id);
            idf.insert(id, rarity);
            vector.insert(id, (1.0 + f64::from(*count).ln()) * rarity);
        }
        let norm = vector.values().map(|weight| weight * weight).sum::<f64>().sqrt();
        if norm > 0.0 {
            vector.values_mut().for_each(|weight| *weight /= norm);
        }
        let title = profile.title_tokens.iter().map(|token| self.token_id(token)).collect();
        Document { ticket, profile, vector, idf, title }
    }

    /// Adds an open complaint that [`MergeIndex::learn`] has counted.
    pub fn insert(&mut self, key: ComplaintKey, ticket: TicketKey, profile: Profile) {
        self.remove(key);
        let document = self.document(ticket, profile);
        self.insert_document(key, document);
    }

    pub(super) fn insert_document(&mut self, key: ComplaintKey, document: Document) {
        for (id, weight) in &document.vector {
            if let Some(list) = slot(&mut self.postings, *id) {
                list.push((key, *weight));
            }
        }
        for hash in &document.profile.reporter_hashes {
            self.by_reporter.entry(*hash).or_default().insert(key);
        }
        self.by_number.insert(document.profile.number.clone(), key);
        self.tickets.entry(document.ticket).or_default().members.push(key);
        self.documents.insert(key, document);
    }

    /// Takes a complaint out of the candidates; the corpus keeps counting it.
    pub fn remove(&mut self, key: ComplaintKey) {
        let Some(document) = self.documents.remove(&key) else { return };
        for id in document.vector.keys() {
            if let Some(list) = slot(&mut self.postings, *id) {
                list.retain(|(other, _)| *other != key);
            }
        }
        for hash in &document.profile.reporter_hashes {
            if let Some(keys) = self.by_reporter.get_mut(hash) {
                keys.remove(&key);
            }
        }
        self.by_number.remove(&document.profile.number);
        if let Some(ticket) = self.tickets.get_mut(&document.ticket) {
            ticket.members.retain(|member| *member != key);
            if ticket.members.is_empty() {
                self.tickets.remove(&document.ticket);
            }
        }
    }

    /// Takes all complaints of a ticket out of the candidates.
    pub fn remove_ticket(&mut self, ticket: TicketKey) {
        let members = self.tickets.get(&ticket).map(|entry| entry.members.clone()).unwrap_or_default();
        members.into_iter().for_each(|member| self.remove(member));
    }

    /// Moves a complaint to another ticket.
    pub fn reassign(&mut self, key: ComplaintKey, ticket: TicketKey) {
        let Some(document) = self.documents.get_mut(&key) else { return };
        let before = std::mem::replace(&mut document.ticket, ticket);
        if let Some(entry) = self.tickets.get_mut(&before) {
            entry.members.retain(|member| *member != key);
            if entry.members.is_empty() {
                self.tickets.remove(&before);
            }
        }
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

    pub(super) fn is_forbidden(&self, a: ComplaintKey, b: ComplaintKey) -> bool {
        self.cannot_link.contains(&(a.min(b), a.max(b)))
    }

    /// Blocking: the open complaints that a document is compared with, best text match first, ties to the older one.
    pub(super) fn candidates(&self, document: &Document, limit: usize) -> Vec<(ComplaintKey, f64)> {
        let mut tokens: Vec<(&u32, &f64)> = document.vector.iter().collect();
        let length = |id: u32| self.postings.get(index(id)).map_or(0, Vec::len);
        tokens.sort_by_key(|(id, _)| (length(**id), **id));
        let mut scores: HashMap<ComplaintKey, f64> = HashMap::new();
        let mut read = 0;
        for (id, weight) in tokens {
            let list = self.postings.get(index(*id)).map(Vec::as_slice).unwrap_or_default();
            read += list.len();
            if read > MAX_POSTINGS_READ {
                break;
            }
            for (key, other) in list {
                *scores.entry(*key).or_default() += weight * other;
            }
        }
        let mut best: Vec<(ComplaintKey, f64)> = scores.into_iter().filter(|(_, score)| *score > 0.0).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(limit);
        for key in self.candidates_by_key(document) {
            if !best.iter().any(|(known, _)| *known == key) {
                best.push((key, self.cosine(document, key)));
            }
        }
        best
    }

    fn candidates_by_key(&self, document: &Document) -> Vec<ComplaintKey> {
        let profile = &document.profile;
        let by_reporter = profile.reporter_hashes.iter().filter_map(|hash| self.by_reporter.get(hash));
        let mut keys: Vec<ComplaintKey> =
            by_reporter.flat_map(|keys| keys.iter().rev().take(MAX_REPORTER_CANDIDATES)).copied().collect();
        if let Some(mark) = &profile.duplicate_mark {
            keys.extend(self.by_number.get(&(profile.number.0.clone(), mark.clone())));
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    pub(super) fn cosine(&self, document: &Document, key: ComplaintKey) -> f64 {
        let Some(other) = self.documents.get(&key) else { return 0.0 };
        document.vector.iter().filter_map(|(id, weight)| other.vector.get(id).map(|found| found * weight)).sum()
    }

    fn token_id(&mut self, token: &str) -> u32 {
        if let Some(id) = self.token_ids.get(token) {
            return *id;
        }
        let id = u32::try_from(self.token_ids.len()).unwrap_or(u32::MAX);
        self.token_ids.insert(token.to_owned(), id);
        self.document_frequency.push(0);
        self.postings.push(Vec::new());
        id
    }

    /// Inverse document frequency: ln((N + 1) / (df + 0.5)), not below 0.
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
    fn rarity(&self, id: u32) -> f64 {
        let df = self.document_frequency.get(index(id)).copied().unwrap_or_default();
        ((self.seen as f64 + 1.0) / (f64::from(df) + 0.5)).ln().max(0.0)
    }
}

fn index(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

fn slot<T>(list: &mut [T], id: u32) -> Option<&mut T> {
    list.get_mut(index(id))
}
