//! Stage: a quarantined record is decided again after the mapping or the record was mended, or a person discards it.

use serde_json::json;

use super::decide::place;
use super::echo::{ANSWER_SUPERSEDED, was_understood};
use super::remarks;
use super::step::Step;
use super::view::{Origin, Placed};
use crate::key::RawKey;
use crate::mapping::{Mapped, Normalized};
use crate::store::{ComplaintHead, Occurrence, OccurrenceKind, RawState, RawView, StoreError};

/// How a replay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replayed {
    /// The record is this now: a complaint, an amendment or a follow-up, or discarded.
    Released(RawState),
    /// It is still in quarantine.
    Kept,
    /// It is not in quarantine: it was released before, or never there.
    NotThere,
}

/// Decides a quarantined record again, by what it was mapped to now, for a person who wishes it.
pub(super) fn replay(
    step: &mut Step<'_>,
    raw_id: RawKey,
    record: &Normalized,
    actor: &str,
) -> Result<Replayed, StoreError> {
    let kept = step.view.quarantined(raw_id)?.map(|view| view.body);
    let replayed = decide_again(step, raw_id, record)?;
    let outcome = match replayed {
        Replayed::Released(state) => state,
        Replayed::Kept => RawState::Quarantined,
        Replayed::NotThere => return Ok(replayed),
    };
    step.view.note_occurrence(Occurrence {
        kind: OccurrenceKind::Replayed,
        subject: raw_id.0,
        at: step.now,
        outcome: outcome.name().to_owned(),
        // Mended content is not kept: what came stays what came.
        details: json!({ "actor": actor, "mended": kept.is_some_and(|kept| kept != record.body) }),
    });
    Ok(replayed)
}

fn decide_again(step: &mut Step<'_>, raw_id: RawKey, record: &Normalized) -> Result<Replayed, StoreError> {
    // Only what is in quarantine now: a record that was released before must not count twice.
    let Some(view) = step.view.quarantined(raw_id)? else { return Ok(Replayed::NotThere) };
    let version = step.rules.version.clone();
    let of = Origin { channel: &view.channel, record_id: &view.record_id, raw_id, file: view.source_file };
    let latest = step.view.latest_raw(&(view.channel.clone(), view.record_id.clone()))?;
    // What is stated later of a complaint overwrites nothing, and is overwritten by nothing.
    let brings_content = matches!(record.applied.mapped, Mapped::Complaint(_));
    let latest = latest.filter(|latest| latest.id > raw_id).cloned();
    let is_understood_since = latest.as_ref().and_then(|latest| latest.rule.as_deref()).is_some_and(was_understood);
    let newer = latest.filter(|_| brings_content);
    let newer = match newer {
        Some(RawView { state: RawState::Complaint | RawState::Amendment, complaint, .. }) => complaint,
        Some(RawView { complaint: Some(complaint), .. }) => {
            let has_newer = step.view.complaint(complaint)?.is_some_and(|view| view.raw_id > raw_id);
            has_newer.then_some(complaint)
        }
        Some(_) | None => None,
    };
    if let Some(newer) = newer {
        // A later version of the same record is in use; the older one must not overwrite it.
        let head = step.view.complaint(newer)?.map(|found| ComplaintHead {
            id: found.id,
            receipt: found.receipt,
            ticket: found.ticket,
            erased: found.erased,
        });
        let placed =
            Placed { state: RawState::Amendment, complaint: head, rule: None, problems: None, unchanged: true };
        step.view.settle(of, &placed, &version, step.now);
        return Ok(Replayed::Released(RawState::Amendment));
    }
    let mut placed = place(step, of, record, None)?;
    if placed.state == RawState::Quarantined && record.applied.answered.is_some() && is_understood_since {
        // Its source has mended it, and was understood then: this version is of no use to anybody.
        placed = Placed::discarded(ANSWER_SUPERSEDED);
    }
    step.view.settle(of, &placed, &version, step.now);
    step.view.note_warnings(remarks::kept(of, &placed, &record.applied.warnings, step.now));
    Ok(match placed.state {
        RawState::Quarantined => Replayed::Kept,
        state => Replayed::Released(state),
    })
}

/// Discards a quarantined record for good; its kept answer is the reason. False when it is not in quarantine.
pub(super) fn discard(step: &mut Step<'_>, raw_id: RawKey, reason: &str) -> Result<bool, StoreError> {
    let Some(view) = step.view.quarantined(raw_id)? else { return Ok(false) };
    let of = Origin { channel: &view.channel, record_id: &view.record_id, raw_id, file: view.source_file };
    let version = step.rules.version.clone();
    step.view.settle(of, &Placed::discarded(reason), &version, step.now);
    Ok(true)
}
