//! Stage: who joins a ticket after its platform has spoken is told what it said last, as those who were there were told: once, by
//! the rules of the channel, and the common words alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::answers::Carried;
use super::remembered::told_late;
use super::step::Step;
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{ComplaintView, LastSaid, ReplyRow, ReplyState, StoreError};
use crate::ticket::{Answer, Status};

/// Tells those who joined in this job. What cannot be read holds up nothing: they hear of what follows.
pub(super) fn answer_late(step: &mut Step<'_>) -> Result<(), StoreError> {
    let mut joined = std::mem::take(&mut step.joined);
    while let Some((ticket, _)) = joined.first().copied() {
        let rest = joined.split_off(&(ticket.next(), ComplaintKey::MIN));
        let late = std::mem::replace(&mut joined, rest).into_iter().map(|(_, complaint)| complaint).collect();
        match answer_on(step, ticket, &late) {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "What a platform said of a ticket cannot be read; who joined it is not told of it.");
            }
            answered => answered?,
        }
    }
    Ok(())
}

fn answer_on(step: &mut Step<'_>, key: TicketKey, late: &BTreeSet<ComplaintKey>) -> Result<(), StoreError> {
    let Some(status) = step.view.ticket(key)?.map(|detail| detail.ticket.status) else { return Ok(()) };
    if status.is_final() || status == Status::Open {
        return Ok(());
    }
    // A ticket that stands elsewhere by now, as one that a citizen had opened again, was said to stand there by nobody.
    let Some(said) = step.view.last_said(key)?.filter(|said| said.status == Some(status)) else { return Ok(()) };
    let rules = Arc::clone(&step.rules);
    let members = step.view.members(key)?;
    let wants = |view: &ComplaintView| {
        let channel = &view.complaint.channel;
        late.contains(&view.id) && !view.erased && rules.answers(channel, view.state) && rules.tells(channel, status)
    };
    if !members.iter().any(wants) {
        return Ok(());
    }
    let words = said.result.as_deref().unwrap_or_default();
    // Words that were written before can be about those who have left since.
    let mut people = members;
    let there = people.len();
    if !words.is_empty() {
        people.extend(gone(step, key, &people)?);
    }
    let carried = Carried::by(words, &people);
    for place in 0..there {
        let Some(view) = people.get(place).filter(|view| wants(view)).cloned() else { continue };
        if has_heard(step, &view, key, (&said, status))? {
            continue;
        }
        let held = match carried.not_for(place, &people) {
            Some(reason) => Some(reason),
            None if words.is_empty() => None,
            None => confidential_other(&view, &people)
                .and_then(|other| people.get(other))
                .map(|other| format!("the words can be about the confidential matter of {}", other.receipt)),
        };
        tell(step, &view, (&said, status), held);
    }
    Ok(())
}

/// The complaints that were on a ticket and are not any more.
fn gone(step: &mut Step<'_>, key: TicketKey, there: &[ComplaintView]) -> Result<Vec<ComplaintView>, StoreError> {
    let left = step.view.merge_events(key)?;
    let left: BTreeSet<ComplaintKey> =
        left.iter().filter(|event| event.from == Some(key)).filter_map(|event| event.complaint).collect();
    let mut gone = Vec::new();
    for complaint in left {
        if !there.iter().any(|view| view.id == complaint) {
            gone.extend(step.view.complaint(complaint)?);
        }
    }
    Ok(gone)
}

/// Another one's confidential complaint, to which the words may have been written.
fn confidential_other(view: &ComplaintView, people: &[ComplaintView]) -> Option<usize> {
    people.iter().position(|other| other.id != view.id && other.complaint.reporter.confidential)
}

/// Whether the citizen knows already: was there when it was said, or heard the same status without words from another ticket.
fn has_heard(
    step: &mut Step<'_>,
    view: &ComplaintView,
    ticket: TicketKey,
    (said, status): (&LastSaid, Status),
) -> Result<bool, StoreError> {
    let Some(id) = step.view.loaded(ticket).map(|detail| detail.ticket.id.clone()) else { return Ok(true) };
    let heard = step.view.replies_of(view.id)?;
    for reply in heard.iter().filter(|reply| reply.ticket_id == id && reply.status == status) {
        // By what the platform dates, not by the gateway's own clock, which may go back.
        let answer = step.view.answer_of_reply(reply.id)?;
        if answer.is_some_and(|answer| answer.at.as_millisecond() == said.occurred_at.as_millisecond()) {
            return Ok(true);
        }
    }
    let last = heard.iter().rev().find(|reply| reply.state != ReplyState::NoRoute);
    Ok(said.result.is_none() && last.is_some_and(|last| last.status == status))
}

fn tell(step: &mut Step<'_>, view: &ComplaintView, (said, status): (&LastSaid, Status), held: Option<String>) {
    let rules = Arc::clone(&step.rules);
    let Some(detail) = step.view.loaded(view.ticket) else { return };
    let own = || rules.names.department(&detail.ticket.route.department).unwrap_or_default().to_owned();
    let (ticket_id, version) = (detail.ticket.id.clone(), detail.ticket.version);
    let answer = Answer {
        text: said.result.clone().unwrap_or_default(),
        department: said.department.clone().unwrap_or_else(own),
        person: said.person.clone(),
        attachments: said.attachments.clone(),
        at: said.occurred_at,
        ticket_id: ticket_id.clone(),
    };
    let key = format!("{ticket_id}.{version}.{}", view.receipt);
    told_late(step, view, (&key, &ticket_id));
    let reply = ReplyRow {
        key,
        complaint: view.id,
        ticket: view.ticket,
        channel: view.complaint.channel.clone(),
        status,
        at: step.now,
        answer,
        held,
    };
    step.view.note_reply(reply);
}
