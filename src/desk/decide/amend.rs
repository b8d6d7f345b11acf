//! New content of a complaint that is there: it keeps receipt and ticket, and may say now that it is another matter.

use std::sync::Arc;

use crate::complaint::Complaint;
use crate::desk::prepare::Prepared;
use crate::desk::rewards::amended;
use crate::desk::step::{SELF, Step};
use crate::desk::watch::look;
use crate::handling::{escalate, present};
use crate::key::{RawKey, TicketKey};
use crate::merge::{Evidence, Profile, Zone};
use crate::store::{Amendment, ComplaintHead, ComplaintView, MergeKind, StoreError};
use crate::ticket::{Change, EventKind, Route};

/// Gives a complaint new content, tells its ticket's followers, and looks at it again; false when the content is not new.
pub(super) fn amend(
    step: &mut Step<'_>,
    head: &ComplaintHead,
    raw_id: RawKey,
    complaint: &Complaint,
    read: &Prepared,
) -> Result<bool, StoreError> {
    // Everything that may fail is read before anything changes.
    let before = step.view.complaint(head.id)?;
    // A source's counters change without the complaint changing: nobody needs to hear of that.
    if before.as_ref().is_some_and(|view| view.complaint == *complaint) {
        return Ok(false);
    }
    let is_final = step.is_finished(head.ticket)?;
    // Its time runs from the change, not from when it was first told.
    let route = step.rules.routing.route(complaint, step.now);
    step.view.amend_complaint(Amendment {
        id: head.id,
        raw_id,
        district: read.reading.district.clone(),
        category: route.category.clone(),
        phone_hash: read.hashes.phone,
        id_hash: read.hashes.id_number,
        account_hash: read.hashes.account,
        complaint: complaint.clone(),
    })?;
    let Some(view) = step.view.complaint(head.id)? else { return Ok(false) };
    show(step, head.ticket, &view, before.as_ref(), &route);
    // Read as a start would read it: by its new words, from when it was received.
    let profile = step.state.profile_of(&view, &step.rules);
    // Of a finished matter it is still what a recurrence is recognized by.
    if !is_final || step.state.index().holds(head.id) {
        step.index_as(head.id, head.ticket, &profile);
    }
    let was_open = before.as_ref().is_some_and(|before| !before.complaint.reporter.confidential);
    let view = if becomes_secret(step, head.ticket, &route) {
        become_secret(step, view)?
    } else if view.complaint.reporter.confidential && was_open && !is_final {
        leave(step, view)?
    } else {
        view
    };
    let change = Change { receipt: Some(head.receipt.clone()), ..Change::default() };
    step.tell(view.ticket, EventKind::Amended, Some(&view), change);
    amended(step, before.as_ref(), &view)?;
    if !is_final {
        reconsider(step, &view, &profile)?;
        if let Some(view) = step.view.complaint(head.id)? {
            look(step, &view, &route)?;
        }
    }
    Ok(true)
}

/// Whether a complaint is of a confidential kind now, and its ticket is not yet.
fn becomes_secret(step: &Step<'_>, ticket: TicketKey, route: &Route) -> bool {
    step.rules.feeds.confidential.covers(&route.category) && !step.is_secret(ticket)
}

/// Makes a complaint a matter of a confidential kind: the ticket that is its own, else a new one. Of a finished ticket with others nobody
/// is taken out.
fn become_secret(step: &mut Step<'_>, view: ComplaintView) -> Result<ComplaintView, StoreError> {
    let members = step.view.members(view.ticket)?;
    if members.len() > 1 {
        return if step.is_finished(view.ticket)? { Ok(view) } else { part(step, view) };
    }
    step.reassemble(view.ticket, &members)?;
    Ok(view)
}

/// Takes a complaint that has become confidential out of a ticket with others that are not: to a ticket of its own, as a person
/// would who splits it. Gives the complaint as it is then.
fn leave(step: &mut Step<'_>, view: ComplaintView) -> Result<ComplaintView, StoreError> {
    if step.view.members(view.ticket)?.iter().all(|member| member.complaint.reporter.confidential) {
        return Ok(view);
    }
    part(step, view)
}

/// Puts a complaint to a ticket of its own.
fn part(step: &mut Step<'_>, view: ComplaintView) -> Result<ComplaintView, StoreError> {
    let target = step.open_ticket();
    let decided = step.decision(MergeKind::Split, SELF);
    step.transfer(std::slice::from_ref(&view), (view.ticket, target), decided, None)?;
    Ok(ComplaintView { ticket: target, ..view })
}

/// What the ticket shows of an amended complaint, and a grade or deadline that is more urgent now.
fn show(step: &mut Step<'_>, key: TicketKey, view: &ComplaintView, before: Option<&ComplaintView>, route: &Route) {
    let rules = Arc::clone(&step.rules);
    let mut more_urgent = false;
    if let Some(detail) = step.view.change(key) {
        let ticket = &mut detail.ticket;
        let was = before.map(|before| &before.complaint.place);
        let kept = (ticket.address.clone(), ticket.point);
        present(ticket, detail.complaints.iter().map(|shown| &shown.complaint));
        // One that is not among the first shows its place where they have none.
        let place = Some(&view.complaint).filter(|complaint| !complaint.reporter.confidential).map(|c| &c.place);
        if kept.0.is_some() && was.is_none_or(|was| was.address != kept.0) {
            ticket.address = kept.0;
        } else if ticket.address.is_none() {
            ticket.address = place.and_then(|place| place.address.clone());
        }
        if kept.1.is_some() && was.is_none_or(|was| was.point != kept.1) {
            ticket.point = kept.1;
        } else if ticket.point.is_none() {
            ticket.point = place.and_then(|place| place.point);
        }
        more_urgent = !ticket.status.is_final() && escalate(ticket, route, &rules.grades);
    }
    step.tag(key, view);
    if more_urgent {
        step.plan_reminders(key);
    }
}

/// Looks at an amended complaint again. Alone on its ticket, it may now join another one or be asked about; among others it
/// stays where people know it to be.
fn reconsider(step: &mut Step<'_>, view: &ComplaintView, profile: &Profile) -> Result<(), StoreError> {
    let alone = step.view.loaded(view.ticket).is_some_and(|found| found.ticket.complaints == 1 && !found.ticket.pinned);
    if !alone {
        return Ok(());
    }
    let decision = step.state.reconsider(profile, view.id, &step.rules);
    let (Some(ticket), Some(evidence)) = (decision.ticket, &decision.evidence) else { return Ok(()) };
    match decision.zone {
        Zone::Auto => join_other(step, view, ticket, evidence),
        Zone::Review => {
            step.ask(view.id, ticket, evidence.clone());
            Ok(())
        }
        Zone::New => Ok(()),
    }
}

fn join_other(
    step: &mut Step<'_>,
    view: &ComplaintView,
    ticket: TicketKey,
    evidence: &Evidence,
) -> Result<(), StoreError> {
    match step.view.members(ticket).and_then(|_| step.is_finished(ticket)) {
        Ok(true) => return Ok(()),
        Ok(false) => {}
        Err(error) if error.is_damage() => {
            tracing::error!(%error, "A ticket that an amended complaint would join cannot be read; it stays where it is.");
            return Ok(());
        }
        Err(error) => return Err(error),
    }
    let decided = step.decision(MergeKind::Auto, SELF);
    step.transfer(std::slice::from_ref(view), (view.ticket, ticket), decided, Some(evidence)).map(drop)
}
