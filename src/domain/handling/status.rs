//! The one transition of a ticket's status: everything that depends on the status changes with it.

use jiff::Timestamp;

use crate::routing::Routing;
use crate::ticket::{Status, Ticket};

/// What a change of status means for the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is still being handled, or still finished.
    None,
    /// It was answered: nothing joins it any more.
    Finished,
    /// It is handled again: its time runs anew.
    Restarted,
    /// Another ticket answers for it from now on.
    Absorbed,
    /// It answers for itself again.
    Revived,
}

/// Sets a ticket's status, with the time of finishing and, where the matter is handled again, a new deadline counted from `now`
/// by its grade; an extension granted before does not outlive that.
pub fn change_status(ticket: &mut Ticket, to: Status, now: Timestamp, routing: &Routing) -> Turn {
    let before = std::mem::replace(&mut ticket.status, to);
    let finished = |status: Status| status.is_final() && status != Status::Absorbed;
    if to == Status::Absorbed {
        ticket.finished_at = None;
        ticket.acts.before_absorbed = Some(before).filter(|before| *before != Status::Absorbed);
        return Turn::Absorbed;
    }
    ticket.successor = None;
    ticket.acts.before_absorbed = None;
    if finished(to) {
        ticket.finished_at = Some(ticket.finished_at.unwrap_or(now));
        if finished(before) {
            return Turn::None;
        }
        ticket.evaluation.answered();
        return Turn::Finished;
    }
    ticket.finished_at = None;
    if before == Status::Absorbed {
        return Turn::Revived;
    }
    if !finished(before) {
        return Turn::None;
    }
    ticket.evaluation.reopened();
    ticket.restarted_at = Some(now);
    ticket.extended_until = None;
    ticket.acts.returns = 0;
    if let Some(due) = routing.due_again(&ticket.route.grade, now) {
        ticket.route.due_at = Some(due.at);
        ticket.route.reasons.push(format!("时限：重新办理，重新计算，{}", due.explanation));
    }
    Turn::Restarted
}
