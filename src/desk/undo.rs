//! Stage: a person takes back what was decided last on a ticket.

use std::collections::BTreeSet;

use super::action::Acted;
use super::people::pin;
use super::step::Step;
use crate::key::{ComplaintKey, TicketKey};
use crate::store::{ComplaintView, MergeEvent, MergeKind, StoreError};

/// Takes back the last decision of a person on a ticket: everything is as if it had not been made.
pub(super) fn undo(step: &mut Step<'_>, ticket: &str, actor: &str) -> Result<Acted, StoreError> {
    let Some(key) = step.view.ticket_key(ticket)? else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    let events = step.view.merge_events(key)?;
    let Some(last) = events.iter().rev().find(|event| event.kind != MergeKind::Auto) else {
        return Ok(Acted::refused("没有可以撤销的操作", "nobody has decided anything here"));
    };
    match (last.kind, last.from) {
        (MergeKind::Pin, _) => pin(step, ticket, false, actor),
        (MergeKind::Unpin, _) => pin(step, ticket, true, actor),
        (MergeKind::Merge | MergeKind::Split | MergeKind::Move, Some(from)) => {
            take_back(step, &events, last, (from, last.to), actor)
        }
        _ => Ok(Acted::refused("上一步已经撤销过", "the last decision was taken back already")),
    }
}

fn take_back(
    step: &mut Step<'_>,
    events: &[MergeEvent],
    last: &MergeEvent,
    (from, into): (TicketKey, TicketKey),
    actor: &str,
) -> Result<Acted, StoreError> {
    let of_it = events.iter().filter(|event| event.decision == last.decision);
    let ids: BTreeSet<ComplaintKey> = of_it.filter_map(|event| event.complaint).collect();
    let mut moved: Vec<ComplaintView> = step.view.members(into)?;
    moved.retain(|view| ids.contains(&view.id));
    if moved.len() < ids.len() {
        return Ok(Acted::refused(
            "相关诉求后来又被移动，不能整体撤销",
            "a complaint of that decision was moved again since; it cannot be taken back as a whole",
        ));
    }
    let decided = step.decision(MergeKind::Undo, actor);
    let stayed = step.view.members(from)?;
    let acted = step.transfer(&moved, (into, from), decided, None)?;
    if last.kind != MergeKind::Merge && matches!(acted, Acted::Done(_)) {
        for other in &stayed {
            moved.iter().for_each(|view| step.allow(view.id, other.id));
        }
    }
    Ok(acted)
}
