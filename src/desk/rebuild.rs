//! The merge index is made again from the store: at a start, and after a step that failed halfway.

use jiff::{SignedDuration, Timestamp};

use super::threads::on_threads;
use crate::key::ComplaintKey;
use crate::merge::{Imprint, MergeIndex, Profile, Rebuild};
use crate::pack::Rules;
use crate::store::{Changes, Corpus, CorpusContent, Counters, ImprintRow, Store, StoreError};

/// Most complaints, counted from the newest, that the merge index is rebuilt from.
pub const MAX_CORPUS: i64 = 2_000_000;

/// Complaints that are read together.
const PAGE: usize = 4_096;

/// Complaints after which it is told how far the index is; whole pages.
const TOLD_EVERY: usize = 32 * PAGE;

/// Tickets that were finished before this time are no longer recognized.
pub(super) fn forgotten_before(rules: &Rules, now: Timestamp) -> Timestamp {
    let days = i64::from(rules.merging.settings.recurrence_days);
    now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN)
}

/// Reads the store once more: while complaints are put into the index, the next ones are read.
pub(super) fn read_again(
    store: &mut dyn Store,
    rules: &Rules,
    now: Timestamp,
) -> Result<(MergeIndex, Counters), StoreError> {
    let counters = store.counters()?;
    let after = ComplaintKey(counters.complaint.0.saturating_sub(1).saturating_sub(MAX_CORPUS).max(0));
    let mut rebuild = Rebuild::new(rules.merging.settings.most_open);
    let mut page = read_page(store, after, rules, now)?;
    let (mut complaints, mut storing) = (0, true);
    while let Some(last) = page.last() {
        let after = last.row.id;
        complaints += page.len();
        if complaints.is_multiple_of(TOLD_EVERY) {
            tracing::info!(complaints, "The merge index is being made.");
        }
        let (imprints, next) = std::thread::scope(|scope| {
            let restoring = scope.spawn(|| restore(&mut rebuild, page, rules));
            let next = read_page(store, after, rules, now);
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
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    // Where an imprint does not do, all are read whole.
    for reading in [Some(rules.merging.reading()), None] {
        let mut rows = Vec::with_capacity(PAGE);
        store.corpus(after, PAGE, reading, &mut |row| rows.push(row))?;
        if let Some(known) = read_rows(rows, rules, now) {
            return Ok(known);
        }
    }
    Ok(Vec::new())
}

/// What merging knows of complaints, in their order; `None` when an imprint does not do.
fn read_rows(rows: Vec<Corpus>, rules: &Rules, now: Timestamp) -> Option<Vec<Known>> {
    let forgotten = forgotten_before(rules, now);
    let is_candidate = |row: &Corpus| row.open || row.finished_at.is_some_and(|at| at >= forgotten);
    let known = on_threads(&rows, |row| match &row.content {
        CorpusContent::Imprint(bytes) => {
            let imprint = Imprint::read(row.id, row.ticket, bytes)?;
            (imprint.is_listed() || !is_candidate(row)).then_some(KnownContent::Imprint(imprint))
        }
        CorpusContent::Whole { district, category, received_at, reporter_hashes, complaint } => {
            let (district, hashes) = (district.as_deref(), reporter_hashes.clone());
            let profile = rules.merging.profile(complaint, district, category, hashes, *received_at);
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
fn restore(rebuild: &mut Rebuild, page: Vec<Known>, rules: &Rules) -> Vec<ImprintRow> {
    let mut imprints = Vec::new();
    for Known { row, is_candidate, content } in page {
        match content {
            KnownContent::Imprint(imprint) => rebuild.add(imprint, is_candidate),
            KnownContent::Profile(profile) => {
                let imprint = rebuild.add_profile(row.id, row.ticket, &profile, is_candidate);
                imprints.extend(imprint.map(|body| ImprintRow {
                    complaint: row.id,
                    reading: rules.merging.reading(),
                    body,
                }));
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
