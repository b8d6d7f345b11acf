//! What the desk keeps in memory: the merge index and the next free numbers. Rebuilt from the store at the start and
//! whenever a commit has failed.

use jiff::{SignedDuration, Timestamp};

use super::threads::on_threads;
use crate::complaint::Complaint;
use crate::mapping::Pack;
use crate::merge::{ComplaintKey, Imprint, MergeIndex, Profile, Rebuild};
use crate::store::{Changes, ComplaintView, Corpus, CorpusContent, Counters, ImprintRow, Store, StoreError, Vault};

/// Most complaints, counted from the newest, that the merge index is rebuilt from.
pub const MAX_CORPUS: ComplaintKey = 2_000_000;

/// Complaints that are read together.
const PAGE: usize = 4_096;

/// Complaints after which it is told how far the index is; whole pages.
const TOLD_EVERY: usize = 32 * PAGE;

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

/// Reads the store once more: while complaints are put into the index, the next ones are read.
fn read_again(store: &mut dyn Store, pack: &Pack, now: Timestamp) -> Result<(MergeIndex, Counters), StoreError> {
    let counters = store.counters()?;
    let after = counters.complaint.saturating_sub(1).saturating_sub(MAX_CORPUS).max(0);
    let mut rebuild = Rebuild::new(pack.city.merge.most_open);
    let mut page = read_page(store, after, pack, now)?;
    let (mut complaints, mut storing) = (0, true);
    while let Some(last) = page.last() {
        let after = last.row.id;
        complaints += page.len();
        if complaints.is_multiple_of(TOLD_EVERY) {
            tracing::info!(complaints, "The merge index is being made.");
        }
        let (imprints, next) = std::thread::scope(|scope| {
            let restoring = scope.spawn(|| restore(&mut rebuild, page, pack));
            let next = read_page(store, after, pack, now);
            (restoring.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), next)
        });
        // Not worth a start that fails: what is not stored is read whole once more.
        if storing
            && !imprints.is_empty()
            && let Err(error) = store.commit(Changes { imprints, ..Changes::default() })
        {
            storing = false;
            tracing::warn!(%error, "What merging has read cannot be stored; the next start reads it again.");
        }
        page = next?;
    }
    let mut index = rebuild.finish();
    for (a, b) in store.cannot_links()? {
        index.forbid(a, b);
    }
    Ok((index, counters))
}

/// A stored complaint, ready for the index.
struct Known {
    row: Corpus,
    /// It can be joined, or recognized as what has come again.
    is_candidate: bool,
    content: KnownContent,
}

enum KnownContent {
    Imprint(Imprint),
    Profile(Profile),
}

/// The next complaints after a number.
fn read_page(
    store: &mut dyn Store,
    after: ComplaintKey,
    pack: &Pack,
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    // Where an imprint does not do, all are read whole.
    for reading in [Some(pack.reading), None] {
        let mut rows = Vec::with_capacity(PAGE);
        store.corpus(after, PAGE, reading, &mut |row| rows.push(row))?;
        if let Some(known) = read_rows(rows, pack, now) {
            return Ok(known);
        }
    }
    Ok(Vec::new())
}

/// What merging knows of complaints, in their order; `None` when an imprint does not do.
fn read_rows(rows: Vec<Corpus>, pack: &Pack, now: Timestamp) -> Option<Vec<Known>> {
    let forgotten = forgotten_before(pack, now);
    let is_candidate = |row: &Corpus| row.open || row.finished_at.is_some_and(|at| at >= forgotten);
    let known = on_threads(&rows, |row| match &row.content {
        CorpusContent::Imprint(bytes) => {
            let imprint = Imprint::read(row.id, row.ticket, bytes)?;
            (imprint.is_listed() || !is_candidate(row)).then_some(KnownContent::Imprint(imprint))
        }
        CorpusContent::Whole { district, category, received_at, reporter_hashes, complaint } => {
            let category = (category != pack.routing.default_category()).then_some(category.as_str());
            let (district, hashes) = (district.as_deref(), reporter_hashes.clone());
            let profile = Profile::of(complaint, district, category, hashes, *received_at, &pack.areas);
            Some(KnownContent::Profile(profile))
        }
    });
    let known = rows.into_iter().zip(known).map(|(row, content)| {
        let is_candidate = is_candidate(&row);
        Some(Known { row, is_candidate, content: content? })
    });
    known.collect()
}

/// Puts complaints into the index, in their order; gives the imprints of those that had none.
fn restore(rebuild: &mut Rebuild, page: Vec<Known>, pack: &Pack) -> Vec<ImprintRow> {
    let mut imprints = Vec::new();
    for Known { row, is_candidate, content } in page {
        match content {
            KnownContent::Imprint(imprint) => rebuild.add(imprint, is_candidate),
            KnownContent::Profile(profile) => {
                let imprint = rebuild.add_profile(row.id, row.ticket, &profile, is_candidate);
                imprints.extend(imprint.map(|body| ImprintRow { complaint: row.id, reading: pack.reading, body }));
            }
        }
        if let Some(at) = row.finished_at.filter(|_| is_candidate && !row.open) {
            rebuild.finish_ticket(row.ticket, at);
        }
        if row.pinned {
            rebuild.pin(row.ticket);
        }
    }
    imprints
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use huiliu_adapter_api::{HttpClient, SystemClock};

    use super::*;
    use crate::mapping::{Loading, SecretSource};
    use crate::store::sqlite::SqliteStore;
    use crate::store::{ComplaintRow, KeyRing};
    use crate::ticket::{Status, Ticket};

    fn pack() -> Pack {
        let factories = crate::registry::factories();
        let clock = Arc::new(SystemClock);
        let loading =
            Loading { factories: &factories, secrets: SecretSource::Optional, client: HttpClient::new(), clock };
        Pack::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings/rongcheng"), &loading).unwrap()
    }

    fn day(number: i64) -> Timestamp {
        Timestamp::from_second(number * 86_400).unwrap()
    }

    /// Complaint 1 on an open ticket, complaint 2 on one that was finished on day 10.
    fn two_complaints() -> Changes {
        let mut changes = Changes::default();
        for (id, text, status) in [(1, "青鱼滩路路灯不亮", Status::Open), (2, "松涛街井盖缺失", Status::Resolved)]
        {
            let number = id.to_string();
            let complaint = Complaint { channel: "c".into(), number, text: text.into(), ..Complaint::default() };
            changes.complaints.push(Arc::new(ComplaintRow {
                id,
                receipt: format!("R{id}"),
                raw_id: id,
                ticket: id,
                district: None,
                category: "other".into(),
                received_at: day(1),
                phone_hash: None,
                id_hash: None,
                account_hash: None,
                complaint,
            }));
            let finished_at = status.is_final().then(|| day(10));
            changes
                .tickets
                .push((id, Ticket { id: format!("T{id}"), version: 1, status, finished_at, ..Ticket::default() }));
        }
        changes
    }

    /// By complaints: whether it has an imprint of this reading that can be read, and whether it is listed.
    fn imprints(store: &mut SqliteStore, pack: &Pack) -> Vec<Option<bool>> {
        let mut imprints = Vec::new();
        let listed = |row: Corpus| match row.content {
            CorpusContent::Imprint(body) => Imprint::read(row.id, row.ticket, &body).map(|imprint| imprint.is_listed()),
            CorpusContent::Whole { .. } => None,
        };
        store.corpus(0, 10, Some(pack.reading), &mut |row| imprints.push(listed(row))).unwrap();
        imprints
    }

    #[test]
    fn what_was_not_read_before_is_read_once() {
        let (pack, vault) = (pack(), Vault::new(&KeyRing::generate().unwrap()).unwrap());
        let mut store = SqliteStore::in_memory(vault.clone()).unwrap();
        store.commit(two_complaints()).unwrap();
        assert_eq!(imprints(&mut store, &pack), [None, None]);
        let open = |store: &mut SqliteStore, now| {
            DeskState::rebuild(store, vault.clone(), &pack, now).unwrap().open_complaints()
        };
        assert_eq!(open(&mut store, day(1_000)), 1);
        assert_eq!(imprints(&mut store, &pack), [Some(true), Some(false)]);
        assert_eq!(open(&mut store, day(1_000)), 1, "from the imprints");
        assert_eq!(open(&mut store, day(11)), 2, "the one that counts again is read whole");
        assert_eq!(imprints(&mut store, &pack), [Some(true), Some(true)]);
        let damaged = ImprintRow { complaint: 1, reading: pack.reading, body: vec![0xFF; 64] };
        let other = ImprintRow { complaint: 2, reading: pack.reading ^ 1, body: Vec::new() };
        store.commit(Changes { imprints: vec![damaged, other], ..Changes::default() }).unwrap();
        assert_eq!(imprints(&mut store, &pack), [None, None]);
        assert_eq!(open(&mut store, day(11)), 2);
        assert_eq!(imprints(&mut store, &pack), [Some(true), Some(true)]);
    }
}
