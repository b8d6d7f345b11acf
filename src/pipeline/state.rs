//! What the desk keeps in memory: the merge index and the next free numbers. Rebuilt from the store at the start and
//! whenever a commit has failed.

use std::sync::mpsc::sync_channel;

use jiff::{SignedDuration, Timestamp};

use super::threads::on_threads;
use crate::complaint::Complaint;
use crate::mapping::Pack;
use crate::merge::{MergeIndex, Profile};
use crate::store::{ComplaintView, Corpus, Counters, Store, StoreError, Vault};

/// Most complaints, counted from the newest, that the merge index is rebuilt from.
pub const MAX_CORPUS: usize = 2_000_000;

/// Complaints that are read together.
const CHUNK: usize = 512;
/// Chunks that wait to be put into the index.
const CHUNKS_AHEAD: usize = 2;

/// The desk's memory.
#[derive(Debug)]
pub struct DeskState {
    pub(super) index: MergeIndex,
    pub(super) counters: Counters,
    pub(super) vault: Vault,
    /// Holds what a failed commit did not store.
    stale: bool,
}

/// Keyed hashes of a reporter.
#[derive(Debug)]
pub(super) struct ReporterHashes {
    pub phone: Option<u64>,
    pub id_number: Option<u64>,
    pub account: Option<u64>,
}

impl ReporterHashes {
    pub(super) fn of(complaint: &Complaint, vault: &Vault) -> Self {
        let reporter = &complaint.reporter;
        let hash = |kind: &str, value: &Option<String>| value.as_ref().map(|value| vault.hash(kind, value));
        let account = reporter.account.as_ref().map(|account| format!("{}\u{0}{account}", complaint.channel));
        Self {
            phone: hash("phone", &reporter.phone),
            id_number: hash("id", &reporter.id_number),
            account: hash("account", &account),
        }
    }

    pub(super) fn all(&self) -> Vec<u64> {
        [self.phone, self.id_number, self.account].into_iter().flatten().collect()
    }
}

impl DeskState {
    /// Reads the store.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn rebuild(store: &mut dyn Store, vault: Vault, pack: &Pack, now: Timestamp) -> Result<Self, StoreError> {
        let (index, counters) = read_again(store, pack, now)?;
        Ok(Self { index, counters, vault, stale: false })
    }

    /// After a commit that failed.
    pub(super) fn mark_stale(&mut self) {
        self.stale = true;
    }

    /// Whether the store has to be read again before anything else.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Reads the store again after a commit that failed, if it can be written to: reading takes long in a large city, and is
    /// of no use while the disk is full.
    pub(super) fn rebuild_in_place(
        &mut self,
        store: &mut dyn Store,
        pack: &Pack,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        store.probe()?;
        (self.index, self.counters) = read_again(store, pack, now)?;
        self.stale = false;
        Ok(())
    }

    /// Lets go of tickets that were finished too long ago for a recurrence, and of complaints beyond the number that is kept.
    pub(super) fn forget(&mut self, pack: &Pack, now: Timestamp) {
        self.index.forget_finished(forgotten_before(pack, now));
        self.index.forget_beyond(pack.city.merge.most_open);
    }

    /// How many open complaints can be merged with.
    #[must_use]
    pub fn open_complaints(&self) -> usize {
        self.index.len()
    }

    /// What merging knows of a stored complaint.
    pub(super) fn profile_of_view(&self, view: &ComplaintView, pack: &Pack) -> Profile {
        let district = pack.routing.known_district(&view.complaint);
        let route = pack.routing.route_in(district.as_ref(), &view.complaint, view.received_at);
        let hashes = ReporterHashes::of(&view.complaint, &self.vault);
        let district = district.as_ref().map(|(code, _)| code.as_str());
        profile(&view.complaint, &hashes, district, &route.category, pack, view.received_at)
    }
}

/// What merging knows of a complaint that was routed.
pub(super) fn profile(
    complaint: &Complaint,
    hashes: &ReporterHashes,
    district: Option<&str>,
    category: &str,
    pack: &Pack,
    received_at: Timestamp,
) -> Profile {
    let category = (category != pack.routing.default_category()).then_some(category);
    Profile::of(complaint, district, category, hashes.all(), received_at, &pack.areas)
}

/// Tickets that were finished before this time are no longer recognized.
fn forgotten_before(pack: &Pack, now: Timestamp) -> Timestamp {
    let days = i64::from(pack.city.merge.recurrence_days);
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}

/// Reads the store once more. Rows are opened here, read by merging on several threads, and put into the index on a thread of its
/// own, in their order.
fn read_again(store: &mut dyn Store, pack: &Pack, now: Timestamp) -> Result<(MergeIndex, Counters), StoreError> {
    let mut index = std::thread::scope(|scope| {
        let (read, ready) = sync_channel::<Vec<(Corpus, Profile)>>(CHUNKS_AHEAD);
        let indexing = scope.spawn(move || {
            let mut index = MergeIndex::new();
            for (row, profile) in ready.into_iter().flatten() {
                restore(&mut index, &row, &profile, pack, now);
            }
            index
        });
        let mut chunk = Vec::with_capacity(CHUNK);
        let rows = store.corpus(MAX_CORPUS, &mut |row| {
            chunk.push(row);
            if chunk.len() == CHUNK {
                drop(read.send(profiles(std::mem::take(&mut chunk), pack)));
            }
        });
        drop(read.send(profiles(chunk, pack)));
        drop(read);
        let index = indexing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        rows.map(|()| index)
    })?;
    index.forget_beyond(pack.city.merge.most_open);
    for (a, b) in store.cannot_links()? {
        index.forbid(a, b);
    }
    Ok((index, store.counters()?))
}

/// What merging knows of stored complaints, in their order.
fn profiles(rows: Vec<Corpus>, pack: &Pack) -> Vec<(Corpus, Profile)> {
    let read = |row: &Corpus| {
        let category = (row.category != pack.routing.default_category()).then_some(row.category.as_str());
        let (district, hashes) = (row.district.as_deref(), row.reporter_hashes.clone());
        Profile::of(&row.complaint, district, category, hashes, row.received_at, &pack.areas)
    };
    let profiles = on_threads(&rows, read);
    rows.into_iter().zip(profiles).collect()
}

fn restore(index: &mut MergeIndex, row: &Corpus, profile: &Profile, pack: &Pack, now: Timestamp) {
    index.learn(profile);
    let recent = row.finished_at.filter(|at| *at >= forgotten_before(pack, now));
    if row.open || recent.is_some() {
        index.insert(row.id, row.ticket, profile);
        if let Some(at) = recent {
            index.finish_ticket(row.ticket, at);
        }
        if row.pinned {
            index.pin(row.ticket, true);
        }
    }
}
