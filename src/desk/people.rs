//! Stage: what people decide. Split, merge, move and pin are events like every other change.

use super::action::Acted;
use super::holds::would_release;
use super::rewards::regrouped;
use super::step::Step;
use crate::key::TicketKey;
use crate::store::{ComplaintView, MergeKind, StoreError};
use crate::ticket::{Change, EventKind};

/// Most complaints of a ticket that a "not the same" is noted against; the first are the core.
pub(super) const MAX_CANNOT_LINKS: usize = 200;

/// Takes one complaint out of its ticket.
pub(super) fn split(step: &mut Step<'_>, receipt: &str, actor: &str) -> Result<Acted, StoreError> {
    let Some(view) = step.view.complaint_by_receipt(receipt)? else { return Ok(unknown_receipt()) };
    let rest = others(step, &view)?;
    if rest.is_empty() {
        return Ok(Acted::refused("这张工单只有这一件诉求，无需拆分", "the ticket covers only this complaint"));
    }
    let from = view.ticket;
    let target = ticket_for_split(step, &view)?;
    step.view.move_complaint(&view, target);
    inherit_hold(step, from, target)?;
    let members = step.view.members(target)?;
    step.reassemble(target, &members)?;
    step.reassemble(from, &rest)?;
    for other in rest.iter().take(MAX_CANNOT_LINKS) {
        step.forbid(view.id, other.id, actor);
    }
    let decided = step.decision(MergeKind::Split, actor);
    step.note(decided, Some(view.id), (Some(from), target), None);
    let ids = step.ids(&[from, target])?;
    let change = |other: Option<&String>| Change {
        receipt: Some(view.receipt.clone()),
        other_ticket: other.cloned(),
        ..Change::default()
    };
    step.tell(from, EventKind::Split, None, change(ids.get(1)));
    step.tell(target, EventKind::Split, None, change(ids.first()));
    regrouped(step, &[view.id], &[from, target])?;
    step.index(&ComplaintView { ticket: target, ..view });
    Ok(Acted::Done(ids))
}

/// The other complaints of a complaint's ticket.
fn others(step: &mut Step<'_>, view: &ComplaintView) -> Result<Vec<ComplaintView>, StoreError> {
    let mut others = step.view.members(view.ticket)?;
    others.retain(|member| member.id != view.id);
    Ok(others)
}

/// Where a split complaint goes: back to its own ticket, which gets its old id and status again, or to a new one.
fn ticket_for_split(step: &mut Step<'_>, view: &ComplaintView) -> Result<TicketKey, StoreError> {
    if let Some(origin) = step.view.merged_from(view)?
        && step.revive(origin)?
    {
        step.view.members(origin)?;
        return Ok(origin);
    }
    let left = step.view.ticket(view.ticket)?.map(|detail| detail.ticket.route.clone()).unwrap_or_default();
    let key = step.open_ticket();
    // Where its words are gone, nothing but the ticket that it leaves says where it belongs.
    if let Some(detail) = step.view.change(key) {
        detail.ticket.route = left;
    }
    Ok(key)
}

/// What leaves a ticket that waits to be dispatched waits on; what leaves one that platforms know is known.
fn inherit_hold(step: &mut Step<'_>, from: TicketKey, target: TicketKey) -> Result<(), StoreError> {
    let hold = step.view.ticket(from)?.and_then(|detail| detail.ticket.hold.clone());
    if let Some(detail) = step.view.change(target) {
        detail.ticket.hold = hold;
    }
    Ok(())
}

/// Puts two tickets together, as a person asks for it.
pub(super) fn merge(
    step: &mut Step<'_>,
    (from, into): (TicketKey, TicketKey),
    actor: &str,
) -> Result<Acted, StoreError> {
    match would_release(step, [from, into], actor)? {
        Some(refused) => Ok(refused),
        None => absorb(step, (from, into), actor),
    }
}

/// Puts all complaints of one ticket to another.
pub(super) fn absorb(
    step: &mut Step<'_>,
    (from, into): (TicketKey, TicketKey),
    actor: &str,
) -> Result<Acted, StoreError> {
    if step.is_finished(into)? {
        return Ok(Acted::finished());
    }
    if crosses(step, from, into)? {
        return Ok(one_is_confidential());
    }
    let moved = step.view.members(from)?;
    let decided = step.decision(MergeKind::Merge, actor);
    step.transfer(&moved, (from, into), decided, None)
}

/// Puts one complaint to another ticket.
pub(super) fn move_one(step: &mut Step<'_>, receipt: &str, into: &str, actor: &str) -> Result<Acted, StoreError> {
    let Some(view) = step.view.complaint_by_receipt(receipt)? else { return Ok(unknown_receipt()) };
    let Some(target) = step.view.ticket_key(into)? else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    if target == view.ticket {
        return Ok(Acted::refused("诉求已在这张工单中", "the ticket has the complaint already"));
    }
    if step.is_finished(target)? {
        return Ok(Acted::finished());
    }
    let from = view.ticket;
    if crosses(step, from, target)? {
        return Ok(one_is_confidential());
    }
    if let Some(refused) = would_release(step, [from, target], actor)? {
        return Ok(refused);
    }
    let decided = step.decision(MergeKind::Move, actor);
    let acted = step.transfer(std::slice::from_ref(&view), (from, target), decided, None)?;
    if matches!(acted, Acted::Done(_)) {
        for other in step.view.members(from)?.iter().take(MAX_CANNOT_LINKS) {
            step.forbid(view.id, other.id, actor);
        }
    }
    Ok(acted)
}

/// Pins a ticket, or lets it be joined again.
pub(super) fn pin(step: &mut Step<'_>, ticket: &str, pinned: bool, actor: &str) -> Result<Acted, StoreError> {
    let Some(key) = step.view.ticket_key(ticket)? else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    step.view.ticket(key)?;
    // Pinning is the gateway's own affair: platforms are not told, so the version stays.
    let Some(detail) = step.view.change(key) else {
        return Ok(Acted::unknown("没有这张工单", "there is no such ticket"));
    };
    detail.ticket.pinned = pinned;
    step.state.pin(key, pinned);
    let decided = step.decision(if pinned { MergeKind::Pin } else { MergeKind::Unpin }, actor);
    step.note(decided, None, (None, key), None);
    Ok(Acted::Done(vec![ticket.to_owned()]))
}

/// Whether one of two tickets is of a confidential kind and the other is not: whoever reads of one may not know of the other.
fn crosses(step: &mut Step<'_>, from: TicketKey, into: TicketKey) -> Result<bool, StoreError> {
    step.view.ticket(from)?;
    step.view.ticket(into)?;
    Ok(step.is_secret(from) != step.is_secret(into))
}

fn one_is_confidential() -> Acted {
    Acted::refused(
        "其中一件属于保密类事项，不能与其他事项归并",
        "one of them is of a confidential kind, and belongs to no other matter",
    )
}

fn unknown_receipt() -> Acted {
    Acted::unknown("没有这个受理号", "there is no complaint with this receipt number")
}
