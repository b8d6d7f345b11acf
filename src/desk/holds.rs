//! Stage: what waits for a person (待审): a new ticket before platforms hear of it, an answer before it closes the matter.

use std::sync::Arc;

use serde_json::{Value, json};

use super::action::Acted;
use super::status::{acts, forbidden, no_say, strange, take_effect};
use super::step::Step;
use super::watch::look_again;
use crate::handling::HoldRule;
use crate::key::TicketKey;
use crate::store::{Occurrence, OccurrenceKind, StatusRow, StoreError, Verdict};
use crate::ticket::{Change, EventKind, Hold, StatusUpdate, Submission};

/// Tells that a complaint has made a ticket; where a list of the city is for it, it waits there first. `doubtful`: whether a person
/// is asked if it is the same matter as another.
pub(super) fn announce(step: &mut Step<'_>, key: TicketKey, change: Change, doubtful: bool) {
    let (rules, since) = (Arc::clone(&step.rules), step.now);
    let Some(detail) = step.view.change(key) else { return };
    let rule = rules.handling.before_dispatch(&detail.ticket, doubtful);
    detail.ticket.hold = rule.map(|rule| Hold { code: rule.code.clone(), since });
    let Some(rule) = rule else { return step.tell(key, EventKind::Created, None, change) };
    note(step, key, "held", json!({ "list": rule.code, "name": rule.name }));
    step.tell(key, EventKind::Held, None, change);
}

/// A person lets a ticket be dispatched.
pub(super) fn release(step: &mut Step<'_>, ticket: &str, actor: &str) -> Result<Acted, StoreError> {
    let Some(key) = step.view.ticket_key(ticket)? else { return Ok(unknown()) };
    let open = step.view.ticket(key)?.filter(|detail| !detail.ticket.status.is_final());
    let hold = open.and_then(|detail| detail.ticket.hold.clone());
    let Some(hold) = hold else {
        return Ok(Acted::refused("这张工单没有在等待分派", "the ticket does not wait to be dispatched"));
    };
    if let Some(refused) = not_for(step, &hold.code, actor) {
        return Ok(refused);
    }
    note(step, key, "released", json!({ "list": hold.code, "by": actor }));
    dispatch(step, key);
    look_again(step, key)?;
    Ok(Acted::Done(vec![ticket.to_owned()]))
}

/// Tells platforms of a loaded ticket that waited: to them it is new.
pub(super) fn dispatch(step: &mut Step<'_>, key: TicketKey) {
    let Some(detail) = step.view.change(key).filter(|detail| detail.ticket.hold.is_some()) else { return };
    detail.ticket.hold = None;
    let receipt = detail.complaints.first().map(|view| view.receipt.clone());
    step.tell(key, EventKind::Created, None, Change { receipt, ..Change::default() });
}

/// Lets an answer wait for approval, where a list of the city is for it; whether it waits now.
pub(super) fn submit(step: &mut Step<'_>, key: TicketKey, update: &StatusUpdate) -> Result<bool, StoreError> {
    let (rules, since) = (Arc::clone(&step.rules), step.now);
    step.view.ticket(key)?;
    let Some(detail) = step.view.change(key) else { return Ok(false) };
    // A newer word of a platform takes the place of the one that waited.
    let former = detail.ticket.submission.take();
    let Some(rule) = rules.handling.before_closing(&detail.ticket, update) else {
        // An act alone says nothing of the answer: it waits on.
        if update.status.is_none() {
            detail.ticket.submission = former;
        } else if former.is_some() {
            tracing::info!(ticket = detail.ticket.id, "A platform took back the answer that waited for approval.");
        }
        return Ok(false);
    };
    // Where the matter goes on outside is part of the answer; what else is done with it does not wait.
    let waits = acts::is_told_by_status(update);
    let act = update.act.clone().filter(|_| waits);
    detail.ticket.submission =
        Some(Submission { code: rule.code.clone(), since, update: StatusUpdate { act, ..update.clone() } });
    let said =
        json!({ "list": rule.code, "name": rule.name, "update_id": update.update_id, "platform": update.platform });
    note(step, key, "submitted", said);
    step.tell(key, EventKind::Submitted, None, Change::default());
    if !waits {
        acts::carry_out(step, key, update)?;
    }
    Ok(true)
}

/// A person approves an answer: it closes the matter, and every citizen hears it.
pub(super) fn approve(
    step: &mut Step<'_>,
    (ticket, update_id): (&str, &str),
    actor: &str,
) -> Result<Acted, StoreError> {
    let (key, submission) = match waiting(step, (ticket, update_id), actor)? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let update = submission.update.clone();
    let refusal = match no_say(step, key, &update)? {
        Some(refusal) => Some(refusal.to_string()),
        None => forbidden(step, key, &update)?.map(|refusal| refusal.to_string()),
    };
    if let Some(reason) = refusal {
        return Ok(Acted::Refused(format!("这份答复已不能采用，请退回：{reason}"), format!("send it back: {reason}")));
    }
    if let Some(receipt) = strange(step, key, &update)? {
        return Ok(Acted::Refused(
            format!("答复里写给 {receipt} 的话已无处可送：这件诉求不在这张工单里了，请退回"),
            format!("it has words for {receipt}, which is not behind the ticket any more: send it back"),
        ));
    }
    if let Some(detail) = step.view.change(key) {
        detail.ticket.submission = None;
    }
    note(step, key, "approved", json!({ "list": submission.code, "by": actor, "update_id": update.update_id }));
    step.trace.clone_from(&update.trace);
    take_effect(step, key, &update)?;
    step.trace = None;
    step.view.note_status(StatusRow { ticket: key, verdict: Verdict::Accepted, received_at: step.now, update });
    Ok(Acted::Done(vec![ticket.to_owned()]))
}

/// A person sends an answer back to its platform, and says why.
pub(super) fn send_back(
    step: &mut Step<'_>,
    (ticket, update_id): (&str, &str),
    reason: &str,
    actor: &str,
) -> Result<Acted, StoreError> {
    let (key, submission) = match waiting(step, (ticket, update_id), actor)? {
        Ok(found) => found,
        Err(refused) => return Ok(refused),
    };
    let said = json!({ "list": submission.code, "by": actor, "update_id": update_id, "reason": reason });
    note(step, key, "sent_back", said);
    take_back(step, key, reason);
    Ok(Acted::Done(vec![ticket.to_owned()]))
}

/// Takes the answer of a loaded ticket out of its list, and tells its platform why.
pub(super) fn take_back(step: &mut Step<'_>, key: TicketKey, reason: &str) {
    let Some(detail) = step.view.change(key).filter(|detail| detail.ticket.submission.is_some()) else { return };
    detail.ticket.submission = None;
    step.tell(key, EventKind::SentBack, None, Change { note: Some(reason.to_owned()), ..Change::default() });
}

/// The answer that waits at a ticket, if it is the one that was read and this person may decide on it.
fn waiting(
    step: &mut Step<'_>,
    (ticket, update_id): (&str, &str),
    actor: &str,
) -> Result<Result<(TicketKey, Submission), Acted>, StoreError> {
    let Some(key) = step.view.ticket_key(ticket)? else { return Ok(Err(unknown())) };
    let submission = step.view.ticket(key)?.and_then(|detail| detail.ticket.submission.clone());
    let Some(submission) = submission else {
        return Ok(Err(Acted::refused("这张工单没有等待审核的答复", "no answer of the ticket waits for approval")));
    };
    if submission.update.update_id != update_id {
        let id = &submission.update.update_id;
        return Ok(Err(Acted::Refused(
            format!("等待审核的已是另一份答复（{id}），请先看过再决定"),
            format!("another answer waits by now ({id}); read it before you decide"),
        )));
    }
    Ok(match not_for(step, &submission.code, actor) {
        Some(refused) => Err(refused),
        None => Ok((key, submission)),
    })
}

/// Why somebody may not put two tickets together: one waits before dispatch, the other is known, and together they would be known.
pub(super) fn would_release(
    step: &mut Step<'_>,
    tickets: [TicketKey; 2],
    actor: &str,
) -> Result<Option<Acted>, StoreError> {
    let mut holds = Vec::with_capacity(tickets.len());
    for key in tickets {
        holds.push(step.view.ticket(key)?.and_then(|detail| detail.ticket.hold.clone()));
    }
    let waits = holds.iter().flatten().next().filter(|_| holds.contains(&None));
    Ok(waits.and_then(|hold| not_for(step, &hold.code, actor)))
}

/// Why somebody may not decide on what waits in a list. A list that the city no longer has is anybody's whose role may act.
fn not_for(step: &Step<'_>, code: &str, actor: &str) -> Option<Acted> {
    let rule: &HoldRule = step.rules.handling.hold(code).filter(|rule| !rule.is_for(actor))?;
    let by = rule.by().join("、");
    Some(Acted::Refused(
        format!("“{}”只能由 {by} 审核", rule.name),
        format!("what waits in {} is for {} to decide", rule.code, rule.by().join(", ")),
    ))
}

/// Notes with a ticket what waits, or what became of it.
fn note(step: &mut Step<'_>, key: TicketKey, outcome: &str, details: Value) {
    let at = step.now;
    let (kind, subject, outcome) = (OccurrenceKind::Waiting, key.0, outcome.to_owned());
    step.view.note_occurrence(Occurrence { kind, subject, at, outcome, details });
}

fn unknown() -> Acted {
    Acted::unknown("没有这张工单", "there is no such ticket")
}
