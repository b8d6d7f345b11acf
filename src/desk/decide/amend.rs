//! New content of a complaint that is there: it keeps receipt and ticket, and may say now that it is another matter.

use std::sync::Arc;

use crate::complaint::Complaint;
use crate::desk::prepare::Prepared;
use crate::desk::step::{SELF, Step};
use crate::handling::escalate;
use crate::key::{RawKey, TicketKey};
use crate::merge::{Evidence, Profile, Zone};
use crate::store::{Amendment, ComplaintHead, ComplaintView, MergeKind, StoreError};
use crate::ticket::{Change, EventKind, Route};

/// Gives a complaint new content, tells its ticket's followers, and looks at it again.
pub(super) fn amend(
    step: &mut Step<'_>,
    head: &ComplaintHead,
    raw_id: RawKey,
    complaint: &Complaint,
    read: &Prepared,
) -> Result<(), StoreError> {
    // Everything that may fail is read before anything changes.
    let before = step.view.complaint(head.id)?;
    // A source's counters change without the complaint changing: nobody needs to hear of that.
    if before.as_ref().is_some_and(|view| view.complaint == *complaint) {
        return Ok(());
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
    let Some(view) = step.view.complaint(head.id)? else { return Ok(()) };
    show(step, head.ticket, &view, before.as_ref(), &route);
    // Read as a start would read it: by its new words, from when it was received.
    let profile = step.state.profile_of(&view, &step.rules);
    // Of a finished matter it is still what a recurrence is recognized by.
    if !is_final || step.state.index().holds(head.id) {
        step.index_as(head.id, head.ticket, &profile);
    }
    let change = Change { receipt: Some(head.receipt.clone()), ..Change::default() };
    step.tell(head.ticket, EventKind::Amended, Some(&view), change);
    if is_final { Ok(()) } else { reconsider(step, &view, &profile) }
}

/// What the ticket shows of an amended complaint, and a grade or deadline that is more urgent now.
fn show(step: &mut Step<'_>, key: TicketKey, view: &ComplaintView, before: Option<&ComplaintView>, route: &Route) {
    let rules = Arc::clone(&step.rules);
    let mut more_urgent = false;
    if let Some(detail) = step.view.change(key) {
        let ticket = &mut detail.ticket;
        if detail.complaints.first().is_some_and(|first| first.id == view.id) {
            ticket.title.clone_from(&view.complaint.title);
            ticket.text.clone_from(&view.complaint.text);
        }
        let place = &view.complaint.place;
        let was = before.map(|before| &before.complaint.place);
        if ticket.address.is_none() || was.is_some_and(|was| was.address == ticket.address) {
            let shown = detail.complaints.iter().find_map(|shown| shown.complaint.place.address.clone());
            ticket.address = shown.or_else(|| place.address.clone());
        }
        if ticket.point.is_none() || was.is_some_and(|was| was.point == ticket.point) {
            ticket.point = detail.complaints.iter().find_map(|shown| shown.complaint.place.point).or(place.point);
        }
        more_urgent = !ticket.status.is_final() && escalate(ticket, route, &rules.grades);
    }
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
