//! Stage: a batch of mapped records is kept, and then decided.
//!
//! Two steps with a seam between. *Keeping* stores the raw records and the channel's position: after that the source may be
//! confirmed. *Deciding* makes complaints, amendments and follow-ups of what was kept. On one node they share a transaction; what
//! was kept and not decided is decided later from the store.

use std::collections::{HashMap, HashSet};

use huiliu_adapter_api::wording;
use huiliu_adapter_api::{FileReading, Outcome, OutcomeState, Position};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::decide::place;
use super::prepare::Prepared;
use super::remarks;
use super::step::Step;
use super::taken::{Fate, Taken, again, mark, outcome, repeated, source_file};
use super::together::{Together, comes_alone_now, number, waits_for_its_complaint};
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
    /// How many records each call brought, of a source that pushes. Without any, they are of one page.
    pub calls: Vec<usize>,
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
    /// Keyed hashes of the records' digests: what is stored of a content must confirm no guess of it.
    digests: Vec<[u8; 16]>,
    together: Together,
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
    let file = intake.file.as_ref().map(|file| mark(step.state.vault(), &intake.channel, file));
    let together = Together::of(intake, file, step.state.vault());
    let vault = step.state.vault();
    let digests = intake.records.iter().map(|record| vault.mark("content", &[&record.digest])).collect();
    let keeping = Keeping { intake, keys: &keys, digests, together };
    let kept = keep(step, &keeping)?;
    let taken = decide(step, &keeping, kept)?;
    if let (Some(mark), Some(file)) = (file, &intake.file) {
        step.view.note_source_file(source_file(&intake.channel, mark, file, &taken.fates, step.now));
    }
    Ok(taken)
}

/// Keeps what is new of a batch, and where the channel is.
fn keep(step: &mut Step<'_>, keeping: &Keeping<'_>) -> Result<Vec<(usize, Kept)>, StoreError> {
    let Keeping { intake, keys, digests, together } = keeping;
    let earlier = earlier(step, keeping)?;
    let mut of_batch: HashMap<(FileMark, &str, [u8; 16]), usize> = HashMap::new();
    // What was still said before the batch is not said any more once a record of the batch said otherwise.
    let mut told_anew: HashSet<&str> = HashSet::new();
    let told_once = is_told_once(&step.rules, intake);
    let mut kept = Vec::with_capacity(intake.records.len());
    for at in &together.order {
        let (Some(record), Some(key), Some(digest)) = (intake.records.get(*at), keys.get(*at), digests.get(*at)) else {
            continue;
        };
        let mark = together.mark(*at);
        let known = step.view.latest_raw(key)?;
        if let Some(latest) = known.filter(|latest| latest.erased || latest.digest == *digest) {
            let latest = latest.clone();
            mark.inspect(|mark| step.view.note_seen(&latest, *mark));
            kept.push((*at, Kept::Repeated));
            continue;
        }
        let number = number(record).map(|complaint| complaint.number.as_str());
        let is_told_anew = !(told_once && mark.is_some()) && number.is_some_and(|number| told_anew.contains(number));
        let view = earlier.get(&(key.0.clone(), key.1.clone(), *digest));
        if let Some(view) = view.filter(|_| !is_told_anew) {
            mark.inspect(|mark| step.view.note_seen(view, *mark));
            kept.push((*at, Kept::Known(view.clone())));
            continue;
        }
        if let Some(mark) = mark.filter(|_| told_once) {
            if let Some(twin) = of_batch.get(&(mark, record.record_id.as_str(), *digest)) {
                kept.push((*at, Kept::Twin(*twin)));
                continue;
            }
            of_batch.insert((mark, &record.record_id, *digest), *at);
        }
        told_anew.extend(number);
        let raw_id = step.next_raw();
        let raw = NewRaw {
            id: raw_id,
            channel: intake.channel.clone(),
            record_id: record.record_id.clone(),
            digest: *digest,
            state: RawState::Received,
            complaint: None,
            rule: None,
            received_at: intake.received_at,
            settings_version: step.rules.version.clone(),
            source_file: mark,
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

/// Whether of the records that come at once every one tells of a matter of its own.
fn is_told_once(rules: &Rules, intake: &Intake) -> bool {
    !rules.amends_doubtful(&intake.channel)
}

/// What came before of a file or page that is read again, what is in quarantine of it, and what its complaint still says: several
/// records that come at once can have one id, so that not only the latest record of an id counts.
fn earlier(step: &mut Step<'_>, keeping: &Keeping<'_>) -> Result<HashMap<RawContent, RawView>, StoreError> {
    let Keeping { intake, keys, digests, together } = keeping;
    let (told_once, states) = (is_told_once(&step.rules, intake), step.rules.states_later(&intake.channel));
    if !told_once && !states {
        return Ok(HashMap::new());
    }
    let mut changed: HashSet<&OfChannel> = HashSet::new();
    let mut marks: HashMap<RawContent, Option<FileMark>> = HashMap::new();
    // Where several kinds of records have one id, each of them is known, whichever came last.
    let mark = |at| together.mark(at).filter(|_| told_once);
    let marked = || {
        let rows = digests.iter().zip(*keys).zip(0..);
        rows.map(|(row, at)| (row, mark(at))).filter(|(_, mark)| states || mark.is_some())
    };
    for ((digest, key), _) in marked() {
        if step.view.latest_raw(key)?.is_some_and(|latest| latest.digest != *digest) {
            changed.insert(key);
        }
    }
    for ((digest, key), mark) in marked().filter(|((_, key), _)| changed.contains(key)) {
        marks.insert((key.0.clone(), key.1.clone(), *digest), mark);
    }
    let asked: Vec<RawContent> = marks.keys().cloned().collect();
    let mut known = HashMap::new();
    for (content, view) in step.view.raw_with_content(&asked)? {
        let mark = marks.get(&content).copied().flatten();
        let came_before = mark.is_some() && (view.source_file == mark || view.state == RawState::Quarantined);
        if came_before || step.view.is_still_said(&view)? {
            known.insert(content, view);
        }
    }
    Ok(known)
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
    let Keeping { intake, keys, together, .. } = keeping;
    let mut decided: Vec<Option<(OutcomeState, Fate)>> = vec![None; intake.records.len()];
    for (at, kept) in kept {
        let (Some(record), Some(key)) = (intake.records.get(at), keys.get(at)) else { continue };
        let became = match kept {
            Kept::New(raw_id) => {
                let prepared = intake.prepared.get(at).and_then(Option::as_ref);
                let of =
                    Origin { channel: &intake.channel, record_id: &record.record_id, raw_id, file: together.mark(at) };
                step.trace.clone_from(&record.trace);
                decide_one(step, of, record, prepared)?
            }
            Kept::Repeated => match step.view.latest_raw(key)? {
                Some(latest)
                    if comes_alone_now(latest, record, together.mark(at))
                        || waits_for_its_complaint(latest, record) =>
                {
                    let of = Origin {
                        channel: &intake.channel,
                        record_id: &record.record_id,
                        raw_id: latest.id,
                        file: None,
                    };
                    decide_one(step, of, record, intake.prepared.get(at).and_then(Option::as_ref))?
                }
                Some(latest) => (repeated(latest, record), Fate::Repeated),
                None => (OutcomeState::Repeated { receipt_number: None }, Fate::Repeated),
            },
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
        "field": "", "zh": format!("库中相关内容读不出来，修复后请重新处理{}", wording::original(error)),
        "en": format!("something stored that this concerns cannot be read ({error}); replay it once that is mended"),
    }])
}
