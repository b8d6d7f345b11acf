//! Stage: a platform's status update changes its ticket and answers every citizen behind it.

use std::sync::Arc;

use super::step::Step;
use crate::handling::{Turn, grant_extension};
use crate::key::TicketKey;
use crate::store::{ReplyRow, StatusRow, StoreError, Verdict};
use crate::ticket::{Answer, Change, EventKind, Status, StatusUpdate};

/// Why a status update cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No ticket has this id.
    NoTicket(String),
    /// The ticket was absorbed; the one that answers for it now, if it is known.
    Absorbed(Option<String>),
    /// What is stored of the ticket cannot be read.
    Damaged(String),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoTicket(id) => write!(f, "there is no ticket {id}"),
            Self::Absorbed(Some(successor)) => {
                write!(f, "the ticket was absorbed; send updates of {successor} instead")
            }
            Self::Absorbed(None) => write!(f, "the ticket was absorbed into another one"),
            Self::Damaged(what) => {
                write!(f, "what is stored of the ticket cannot be read ({what}); run `huiliu doctor`")
            }
        }
    }
}

/// How a status update ended.
pub(super) type Judged = Result<Verdict, Refusal>;

/// Applies an update.
pub(super) fn apply(step: &mut Step<'_>, update: &StatusUpdate) -> Result<Judged, StoreError> {
    let Some(key) = step.view.ticket_key(&update.ticket_id)? else {
        return Ok(Err(Refusal::NoTicket(update.ticket_id.clone())));
    };
    let verdict = judge(step, key, update)?;
    if let (Verdict::Accepted, Some(detail)) = (verdict, step.view.ticket(key)?)
        && detail.ticket.status == Status::Absorbed
    {
        return Ok(Err(Refusal::Absorbed(detail.ticket.successor.clone())));
    }
    let received_at = step.now;
    if verdict == Verdict::Accepted {
        change_status(step, key, update)?;
    }
    step.view.note_status(StatusRow { ticket: key, verdict, received_at, update: update.clone() });
    Ok(Ok(verdict))
}

fn judge(step: &mut Step<'_>, key: TicketKey, update: &StatusUpdate) -> Result<Verdict, StoreError> {
    let known = step.view.status_known(key, update)?;
    Ok(match known.newest_sequence {
        _ if known.repeated => Verdict::Repeated,
        Some(newest) if update.sequence <= newest => Verdict::Late,
        _ => Verdict::Accepted,
    })
}

fn change_status(step: &mut Step<'_>, key: TicketKey, update: &StatusUpdate) -> Result<(), StoreError> {
    let before = step.view.ticket(key)?.map_or(Status::Open, |detail| detail.ticket.status);
    let turn = step.transition(key, update.status)?;
    if let (Status::Extended, Some(until), Some(detail)) = (update.status, update.due_at, step.view.change(key)) {
        grant_extension(&mut detail.ticket, until);
        step.plan_reminders(key);
    }
    let change = Change { note: update.result.clone(), satisfaction: update.satisfaction, ..Change::default() };
    let kind = if update.status == Status::Reopened { EventKind::Reopened } else { EventKind::Status };
    step.tell(key, kind, None, change);
    // Closing after the answer was given tells the citizen nothing new.
    let already_answered = turn == Turn::None && before.is_final() && update.status == Status::Closed;
    answer(step, key, update, already_answered)
}

/// Makes a reply for every complaint behind a ticket: always when the matter is answered, else where the channel wants it.
fn answer(
    step: &mut Step<'_>,
    key: TicketKey,
    update: &StatusUpdate,
    already_answered: bool,
) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    let status = update.status;
    let members = step.view.members(key)?;
    let Some(detail) = step.view.loaded(key) else { return Ok(()) };
    let (ticket_id, version) = (detail.ticket.id.clone(), detail.ticket.version);
    let own = || rules.names.department(&detail.ticket.route.department).unwrap_or_default().to_owned();
    let department = update.department.clone().unwrap_or_else(own);
    for view in members {
        let wanted = rules.tells(&view.complaint.channel, status);
        if !(wanted || status.is_final() && !already_answered) {
            continue;
        }
        step.view.note_reply(ReplyRow {
            key: format!("{ticket_id}.{version}.{}", view.receipt),
            complaint: view.id,
            ticket: key,
            channel: view.complaint.channel.clone(),
            status,
            at: step.now,
            answer: Answer {
                text: update.result.clone().unwrap_or_default(),
                department: department.clone(),
                at: update.occurred_at,
                ticket_id: ticket_id.clone(),
            },
        });
    }
    Ok(())
}
