//! Stage: a batch of mapped records is kept, and then decided.
//!
//! Two steps with a seam between. *Keeping* stores the raw records and the channel's position: after that the source may be
//! confirmed. *Deciding* makes complaints, amendments and follow-ups of what was kept. On one node they share a transaction; what
//! was kept and not decided is decided later from the store.

use huiliu_adapter_api::{Outcome, OutcomeState, Position};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::decide::place;
use super::prepare::Prepared;
use super::step::Step;
use super::view::{OfChannel, Placed};
use crate::key::RawKey;
use crate::mapping::{Mapped, Normalized};
use crate::store::{FileRow, NewRaw, RawState, RawView, StoreError};

/// A batch on its way to the desk.
#[derive(Debug)]
pub(super) struct Intake {
    pub channel: String,
    pub records: Vec<Normalized>,
    /// What was read of each record beforehand.
    pub prepared: Vec<Option<Prepared>>,
    pub received_at: Timestamp,
    pub position: Option<Position>,
}

/// A record that is kept in the store and not decided yet.
#[derive(Debug)]
pub(super) struct Undecided {
    pub raw_id: RawKey,
    pub channel: String,
    /// When the gateway received it: its time runs from then, not from when it is decided.
    pub received_at: Timestamp,
    pub record: Normalized,
}

/// Records that are given to the store together while further ones are decided.
const WRITTEN_AHEAD: usize = 4;

/// What keeping made of one record of a batch.
enum Kept {
    /// It is kept under this number.
    New(RawKey),
    /// It was there before with the same content.
    Repeated,
}

/// Keeps a batch and decides it; the outcomes are in the order of its records.
pub(super) fn intake(step: &mut Step<'_>, intake: &Intake) -> Result<Vec<Outcome>, StoreError> {
    let keys: Vec<OfChannel> =
        intake.records.iter().map(|record| (intake.channel.clone(), record.record_id.clone())).collect();
    let number = |record: &Normalized| match &record.applied.mapped {
        Mapped::Complaint(complaint) => Some((intake.channel.clone(), complaint.number.clone())),
        _ => None,
    };
    let numbers: Vec<OfChannel> = intake.records.iter().filter_map(number).collect();
    step.view.prefetch(&keys, &numbers)?;
    step.forget();
    // In the order of their ids, so that the order of arrival within a batch decides nothing; the same id keeps its order.
    let mut order: Vec<usize> = (0..intake.records.len()).collect();
    order.sort_by_key(|at| intake.records.get(*at).map(|record| &record.record_id));
    let kept = keep(step, intake, &keys, &order)?;
    decide(step, intake, &keys, kept)
}

/// Keeps what is new of a batch, and where the channel is.
fn keep(
    step: &mut Step<'_>,
    intake: &Intake,
    keys: &[OfChannel],
    order: &[usize],
) -> Result<Vec<(usize, Kept)>, StoreError> {
    let mut kept = Vec::with_capacity(order.len());
    for at in order {
        let (Some(record), Some(key)) = (intake.records.get(*at), keys.get(*at)) else { continue };
        let known = step.view.latest_raw(key)?;
        if known.is_some_and(|latest| latest.erased || latest.digest == record.digest) {
            kept.push((*at, Kept::Repeated));
            continue;
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

/// Decides what was kept, in its order; the outcomes are in the order of the batch.
fn decide(
    step: &mut Step<'_>,
    intake: &Intake,
    keys: &[OfChannel],
    kept: Vec<(usize, Kept)>,
) -> Result<Vec<Outcome>, StoreError> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; intake.records.len()];
    for (at, kept) in kept {
        let (Some(record), Some(key)) = (intake.records.get(at), keys.get(at)) else { continue };
        let state = match kept {
            Kept::New(raw_id) => {
                let prepared = intake.prepared.get(at).and_then(Option::as_ref);
                decide_one(step, (&intake.channel, raw_id), record, prepared)?
            }
            Kept::Repeated => step
                .view
                .latest_raw(key)?
                .map_or(OutcomeState::Repeated { receipt_number: None }, |latest| repeated(latest, record)),
        };
        if let Some(outcome) = outcomes.get_mut(at) {
            *outcome = Some(Outcome { id: record.record_id.clone(), state });
        }
        if step.view.pending_records() >= WRITTEN_AHEAD {
            step.view.write_ahead()?;
        }
    }
    Ok(outcomes.into_iter().flatten().collect())
}

/// Decides one record that is kept. What is stored and cannot be read takes only this record with it: it is set aside.
fn decide_one(
    step: &mut Step<'_>,
    (channel, raw_id): (&str, RawKey),
    record: &Normalized,
    prepared: Option<&Prepared>,
) -> Result<OutcomeState, StoreError> {
    let placed = match place(step, channel, raw_id, record, prepared) {
        Err(error) if error.is_damage() => {
            tracing::error!(%error, channel, "A record meets something stored that cannot be read; it is set aside.");
            Placed::quarantined(damage(&error))
        }
        placed => placed?,
    };
    let version = step.rules.version.clone();
    step.view.settle((channel, &record.record_id), raw_id, &placed, &version, step.now);
    Ok(outcome(&placed))
}

/// Decides records that were kept before; one after the other.
pub(super) fn decide_undecided(step: &mut Step<'_>, undecided: &[Undecided]) -> Result<usize, StoreError> {
    for Undecided { raw_id, channel, received_at, record } in undecided {
        let prepared = match &record.applied.mapped {
            Mapped::Complaint(complaint) => {
                Some(Prepared::new(complaint, step.state.vault(), &step.rules, *received_at))
            }
            _ => None,
        };
        decide_one(step, (channel, *raw_id), record, prepared.as_ref())?;
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
            let reason = record.applied.warnings.last().map(|warning| warning.zh.clone()).unwrap_or_default();
            OutcomeState::Quarantined { reason }
        }
        RawState::Discarded => OutcomeState::Discarded { rule: latest.rule.clone().unwrap_or_default() },
        RawState::Erased => OutcomeState::Discarded { rule: ERASED_RULE.to_owned() },
        _ => OutcomeState::Repeated { receipt_number: latest.receipt.clone() },
    }
}
