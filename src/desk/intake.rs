//! Stage: a batch of mapped records is kept, and then decided.
//!
//! Two steps with a seam between. *Keeping* stores the raw records and the channel's position: after that the source may be
//! confirmed. *Deciding* makes complaints, amendments and follow-ups of what was kept. On one node they share a transaction; what
//! was kept and not decided is decided later from the store.

use std::collections::{HashMap, HashSet};

use huiliu_adapter_api::{FileReading, Outcome, OutcomeState, Position};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::decide::place;
use super::prepare::Prepared;
use super::remarks;
use super::step::Step;
use super::taken::{Fate, Taken, mark, source_file};
use super::undecided::Undecided;
use super::view::{OfChannel, Origin, Placed};
use crate::key::RawKey;
use crate::mapping::{Mapped, Normalized};
use crate::pack::Rules;
use crate::store::{FileMark, FileRow, NewRaw, RawContent, RawState, RawView, StoreError};

/// A batch on its way to the desk.
#[derive(Debug)]
pub(super) struct Intake {
    pub channel: String,
    pub records: Vec<Normalized>,
    /// What was read of each record beforehand.
    pub prepared: Vec<Option<Prepared>>,
    pub received_at: Timestamp,
    pub position: Option<Position>,
    /// The file that the records are rows of.
    pub file: Option<FileReading>,
}

/// Records that are given to the store together while further ones are decided.
const WRITTEN_AHEAD: usize = 4;

/// What keeping made of one record of a batch.
enum Kept {
    /// It is kept under this number.
    New(RawKey),
    /// The latest record of its id has the same content.
    Repeated,
    /// An earlier record of its id has the same content, and this is no return to it: it came with the same file, or is in
    /// quarantine.
    Known(RawView),
    /// It is the same as the record at this place of the batch.
    Twin(usize),
}

/// A batch with what is needed to keep it.
struct Keeping<'a> {
    intake: &'a Intake,
    keys: &'a [OfChannel],
    /// The order in which its records are decided.
    order: Vec<usize>,
    file: Option<FileMark>,
}

/// Keeps a batch and decides it; what became of its records is in their order.
pub(super) fn intake(step: &mut Step<'_>, intake: &Intake) -> Result<Taken, StoreError> {
    let keys: Vec<OfChannel> =
        intake.records.iter().map(|record| (intake.channel.clone(), record.record_id.clone())).collect();
    let number = |record: &Normalized| match &record.applied.mapped {
        Mapped::Complaint(complaint) => Some((intake.channel.clone(), complaint.number.clone())),
        _ => None,
    };
    let numbers: Vec<OfChannel> = intake.records.iter().filter_map(number).collect();
    step.view.prefetch(&keys, &numbers)?;
    step.forget();
    let mut order: Vec<usize> = (0..intake.records.len()).collect();
    if intake.file.is_none() {
        // In the order of their ids, so that the order of arrival within a batch decides nothing; the same id keeps its order.
        // The rows of a file have an order of their own.
        order.sort_by_key(|at| intake.records.get(*at).map(|record| &record.record_id));
    }
    let file = intake.file.as_ref().map(|file| mark(step.state.vault(), &intake.channel, file));
    let keeping = Keeping { intake, keys: &keys, order, file };
    let kept = keep(step, &keeping)?;
    let taken = decide(step, &keeping, kept)?;
    if let (Some(mark), Some(file)) = (file, &intake.file) {
        step.view.note_source_file(source_file(&intake.channel, mark, file, &taken.fates, step.now));
    }
    Ok(taken)
}

/// Keeps what is new of a batch, and where the channel is.
fn keep(step: &mut Step<'_>, keeping: &Keeping<'_>) -> Result<Vec<(usize, Kept)>, StoreError> {
    let Keeping { intake, keys, order, file } = keeping;
    let earlier = earlier(step, keeping)?;
    let mut of_batch: HashMap<(&str, [u8; 16]), usize> = HashMap::new();
    let mut kept = Vec::with_capacity(order.len());
    for at in order {
        let (Some(record), Some(key)) = (intake.records.get(*at), keys.get(*at)) else { continue };
        let known = step.view.latest_raw(key)?;
        if let Some(latest) = known.filter(|latest| latest.erased || latest.digest == record.digest) {
            let latest = latest.clone();
            file.inspect(|file| step.view.note_seen(&latest, *file));
            kept.push((*at, Kept::Repeated));
            continue;
        }
        if let Some(view) = earlier.get(&(key.0.clone(), key.1.clone(), record.digest)) {
            file.inspect(|file| step.view.note_seen(view, *file));
            kept.push((*at, Kept::Known(view.clone())));
            continue;
        }
        if is_told_once(&step.rules, keeping) {
            if let Some(twin) = of_batch.get(&(record.record_id.as_str(), record.digest)) {
                kept.push((*at, Kept::Twin(*twin)));
                continue;
            }
            of_batch.insert((&record.record_id, record.digest), *at);
        }
        let raw_id = step.next_raw();
        let raw = NewRaw {
            id: raw_id,
            channel: intake.channel.clone(),
            record_id: record.record_id.clone(),
            digest: record.digest,
            state: RawState::Received,
            complaint: None,
            rule: None,
            received_at: intake.received_at,
            settings_version: step.rules.version.clone(),
            source_file: *file,
            body: record.body.clone(),
        };
        step.view.keep(raw, files(raw_id, record));
        kept.push((*at, Kept::New(raw_id)));
    }
    if let Some(position) = &intake.position {
        step.view.note_position(&intake.channel, position.0.clone(), step.now);
    }
    Ok(kept)
}

/// Whether a batch is of a file of which every row tells of a matter of its own.
fn is_told_once(rules: &Rules, keeping: &Keeping<'_>) -> bool {
    keeping.file.is_some() && !rules.amends_within_a_file(&keeping.intake.channel)
}

/// What a file that is read again has brought before, and what is in quarantine of it: several rows of a file can have one id,
/// so that not only the latest record of an id counts.
fn earlier(step: &mut Step<'_>, keeping: &Keeping<'_>) -> Result<HashMap<RawContent, RawView>, StoreError> {
    if !is_told_once(&step.rules, keeping) {
        return Ok(HashMap::new());
    }
    let mut changed: HashSet<&OfChannel> = HashSet::new();
    let rows = || keeping.intake.records.iter().zip(keeping.keys);
    for (record, key) in rows() {
        if step.view.latest_raw(key)?.is_some_and(|latest| latest.digest != record.digest) {
            changed.insert(key);
        }
    }
    let of_changed = rows().filter(|(_, key)| changed.contains(key));
    let asked: Vec<_> = of_changed.map(|(record, key)| (key.0.clone(), key.1.clone(), record.digest)).collect();
    let mut found = step.view.raw_with_content(&asked)?;
    found.retain(|_, view| view.source_file == keeping.file || view.state == RawState::Quarantined);
    Ok(found)
}

/// The files that a record brought.
fn files(raw: RawKey, record: &Normalized) -> Vec<FileRow> {
    let rows = record.files.iter().zip(0..).map(|(file, number)| FileRow {
        raw,
        number,
        name: file.name.clone(),
        media_type: file.media_type.to_owned(),
        bytes: file.bytes.to_vec(),
    });
    rows.collect()
}

/// Decides what was kept, in its order; what became of the records is in the order of the batch.
fn decide(step: &mut Step<'_>, keeping: &Keeping<'_>, kept: Vec<(usize, Kept)>) -> Result<Taken, StoreError> {
    let Keeping { intake, keys, file, .. } = keeping;
    let mut decided: Vec<Option<(OutcomeState, Fate)>> = vec![None; intake.records.len()];
    for (at, kept) in kept {
        let (Some(record), Some(key)) = (intake.records.get(at), keys.get(at)) else { continue };
        let became = match kept {
            Kept::New(raw_id) => {
                let prepared = intake.prepared.get(at).and_then(Option::as_ref);
                let of = Origin { channel: &intake.channel, record_id: &record.record_id, raw_id, file: *file };
                step.trace.clone_from(&record.trace);
                decide_one(step, of, record, prepared)?
            }
            Kept::Repeated => {
                let latest = step.view.latest_raw(key)?;
                let state =
                    latest.map_or(OutcomeState::Repeated { receipt_number: None }, |latest| repeated(latest, record));
                (state, Fate::Repeated)
            }
            Kept::Known(view) => (repeated(&view, record), Fate::Repeated),
            Kept::Twin(twin) => (again(decided.get(twin).and_then(Option::as_ref)), Fate::Repeated),
        };
        if let Some(place) = decided.get_mut(at) {
            *place = Some(became);
        }
        if step.view.pending_records() >= WRITTEN_AHEAD {
            step.view.write_ahead()?;
        }
    }
    step.trace = None;
    let mut taken = Taken::default();
    for (record, (state, fate)) in intake.records.iter().zip(decided.into_iter().flatten()) {
        taken.outcomes.push(Outcome { id: record.record_id.clone(), state });
        taken.fates.push(fate);
    }
    Ok(taken)
}

/// The outcome of a record that is the same as one before it in its batch.
fn again(before: Option<&(OutcomeState, Fate)>) -> OutcomeState {
    match before {
        Some((OutcomeState::Accepted { receipt_number }, _)) => {
            OutcomeState::Repeated { receipt_number: Some(receipt_number.clone()) }
        }
        Some((other, _)) => other.clone(),
        None => OutcomeState::Repeated { receipt_number: None },
    }
}

/// Decides one record that is kept. What is stored and cannot be read takes only this record with it: it is set aside.
fn decide_one(
    step: &mut Step<'_>,
    of: Origin<'_>,
    record: &Normalized,
    prepared: Option<&Prepared>,
) -> Result<(OutcomeState, Fate), StoreError> {
    let placed = match place(step, of, record, prepared) {
        Err(error) if error.is_damage() => {
            let channel = of.channel;
            tracing::error!(%error, channel, "A record meets something stored that cannot be read; it is set aside.");
            Placed::quarantined(damage(&error))
        }
        placed => placed?,
    };
    let version = step.rules.version.clone();
    step.view.settle(of, &placed, &version, step.now);
    step.view.note_warnings(remarks::kept(of, &placed, &record.applied.warnings, step.now));
    Ok((outcome(&placed), Fate::of(&placed)))
}

/// Decides records that were kept before; one after the other.
pub(super) fn decide_undecided(step: &mut Step<'_>, undecided: &[Undecided]) -> Result<usize, StoreError> {
    for Undecided { raw_id, channel, received_at, source_file, record } in undecided {
        let prepared = match &record.applied.mapped {
            Mapped::Complaint(complaint) => {
                Some(Prepared::new(complaint, step.state.vault(), &step.rules, *received_at))
            }
            _ => None,
        };
        let of = Origin { channel, record_id: &record.record_id, raw_id: *raw_id, file: *source_file };
        decide_one(step, of, record, prepared.as_ref())?;
    }
    Ok(undecided.len())
}

fn damage(error: &StoreError) -> Value {
    json!([{
        "field": "", "zh": format!("库中相关内容读不出来（{error}），修复后请重新处理"),
        "en": format!("something stored that this concerns cannot be read ({error}); replay it once that is mended"),
    }])
}

/// The outcome of a record that was placed now.
fn outcome(placed: &Placed) -> OutcomeState {
    let receipt = placed.complaint.as_ref().map(|head| head.receipt.clone());
    match (placed.state, receipt) {
        (RawState::Complaint, Some(receipt_number)) => OutcomeState::Accepted { receipt_number },
        (RawState::Quarantined, _) => OutcomeState::Quarantined { reason: placed.reason() },
        (RawState::Discarded, _) => OutcomeState::Discarded { rule: placed.rule.clone().unwrap_or_default() },
        (RawState::Erased, _) => OutcomeState::Discarded { rule: ERASED_RULE.to_owned() },
        (_, receipt_number) => OutcomeState::Repeated { receipt_number },
    }
}

/// What a source is told of a record whose complaint was erased.
const ERASED_RULE: &str = "erased";

/// The outcome of a record that was there before with the same content.
fn repeated(latest: &RawView, record: &Normalized) -> OutcomeState {
    match latest.state {
        RawState::Quarantined => {
            let told = record.applied.warnings.last().map(|warning| warning.zh.clone());
            let reason = told.unwrap_or_else(|| "内容相同的记录已在待修复中".to_owned());
            OutcomeState::Quarantined { reason }
        }
        RawState::Discarded => OutcomeState::Discarded { rule: latest.rule.clone().unwrap_or_default() },
        RawState::Erased => OutcomeState::Discarded { rule: ERASED_RULE.to_owned() },
        _ => OutcomeState::Repeated { receipt_number: latest.receipt.clone() },
    }
}
