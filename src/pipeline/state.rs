//! What the desk keeps in memory: the merge index and the next free numbers. Rebuilt from the store at the start and
//! whenever a commit has failed.

use jiff::{SignedDuration, Timestamp};

use crate::complaint::Complaint;
use crate::mapping::Pack;
use crate::merge::{MergeIndex, Profile};
use crate::store::{ComplaintView, Corpus, Counters, Store, StoreError, Vault};

/// Most complaints, counted from the newest, that the merge index is rebuilt from.
pub const MAX_CORPUS: usize = 2_000_000;

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

fn read_again(store: &mut dyn Store, pack: &Pack, now: Timestamp) -> Result<(MergeIndex, Counters), StoreError> {
    let mut index = MergeIndex::new();
    store.corpus(MAX_CORPUS, &mut |row| restore(&mut index, row, pack, now))?;
    index.forget_beyond(pack.city.merge.most_open);
    for (a, b) in store.cannot_links()? {
        index.forbid(a, b);
    }
    Ok((index, store.counters()?))
}

fn restore(index: &mut MergeIndex, row: Corpus, pack: &Pack, now: Timestamp) {
    let category = (row.category != pack.routing.default_category()).then_some(row.category.as_str());
    let profile = Profile::of(
        &row.complaint,
        row.district.as_deref(),
        category,
        row.reporter_hashes,
        row.received_at,
        &pack.areas,
    );
    index.learn(&profile);
    let recent = row.finished_at.filter(|at| *at >= forgotten_before(pack, now));
    if row.open || recent.is_some() {
        index.insert(row.id, row.ticket, &profile);
        if let Some(at) = recent {
            index.finish_ticket(row.ticket, at);
        }
        if row.pinned {
            index.pin(row.ticket, true);
        }
    }
}
