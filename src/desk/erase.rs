//! Stage: the personal data of complaints goes, on a citizen's wish or when its time is over. It goes from the desk's memory in
//! the same step: what is gone is compared with nothing any more.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::action::Acted;
use super::step::Step;
use super::view::View;
use crate::complaint::ERASED;
use crate::key::ComplaintKey;
use crate::store::{ComplaintView, Store, StoreError, TicketDetail};

/// Erases the complaints of a person, by keyed hashes of telephone or identity number, and one by its receipt number.
pub(super) fn erase(step: &mut Step<'_>, hashes: &[u64], receipt: Option<&str>) -> Result<Acted, StoreError> {
    let erased = erase_all(&mut step.view, step.now, |view| found(view, hashes, receipt))?;
    erased.iter().for_each(|key| step.state.remove(*key));
    Ok(Acted::Erased(erased.len()))
}

/// Erases at most `limit` complaints that were received before a time and whose ticket is finished.
pub(super) fn erase_finished(step: &mut Step<'_>, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let erased = erase_all(&mut step.view, step.now, |view| view.finished_before(before, limit))?;
    erased.iter().for_each(|key| step.state.remove(*key));
    Ok(erased.len())
}

/// Erases in a store that no desk works on, as [`Action::Erase`](super::Action::Erase) does. Gives how many complaints.
///
/// # Errors
/// Nothing was erased.
pub fn erase_beside(
    store: &mut dyn Store,
    hashes: &[u64],
    receipt: Option<&str>,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut view = View::new(store);
    let erased = erase_all(&mut view, now, |view| found(view, hashes, receipt))?;
    view.commit()?;
    Ok(erased.len())
}

fn found(view: &mut View<'_>, hashes: &[u64], receipt: Option<&str>) -> Result<Vec<ComplaintKey>, StoreError> {
    let mut found: BTreeSet<ComplaintKey> = view.complaints_of_person(hashes)?.into_iter().collect();
    if let Some(receipt) = receipt {
        found.extend(view.complaint_by_receipt(receipt)?.map(|complaint| complaint.id));
    }
    Ok(found.into_iter().collect())
}

fn erase_all(
    view: &mut View<'_>,
    now: Timestamp,
    find: impl FnOnce(&mut View<'_>) -> Result<Vec<ComplaintKey>, StoreError>,
) -> Result<Vec<ComplaintKey>, StoreError> {
    let mut erased = Vec::new();
    for key in find(view)? {
        match view.complaint(key) {
            Ok(complaint) => {
                let Some(complaint) = complaint.filter(|complaint| !complaint.erased) else { continue };
                erase_one(view, &complaint, now)?;
            }
            // What cannot be read is erased all the same; which words of it its ticket shows is not known.
            Err(error) if error.is_damage() => {
                tracing::error!(%error, complaint = key.0, "A damaged complaint was erased; look at its ticket.");
                view.erase_unread(key, now);
            }
            Err(error) => return Err(error),
        }
        erased.push(key);
    }
    Ok(erased)
}

/// Erases one complaint, and what its ticket shows of it.
fn erase_one(view: &mut View<'_>, complaint: &ComplaintView, now: Timestamp) -> Result<(), StoreError> {
    match view.ticket(complaint.ticket) {
        Err(error) if error.is_damage() => {}
        ticket => drop(ticket?),
    }
    view.erase_complaint(complaint, now);
    let place = &complaint.complaint.place;
    // The words of the first complaint are the ticket's; another's copy of them is another's.
    let is_first = |detail: &TicketDetail| detail.complaints.first().is_some_and(|first| first.id == complaint.id);
    let shown = view.loaded(complaint.ticket).is_some_and(|detail| {
        let ticket = &detail.ticket;
        is_first(detail)
            || ticket.address.is_some() && ticket.address == place.address
            || ticket.point.is_some() && ticket.point == place.point
    });
    if !shown {
        return Ok(());
    }
    let members = match view.members(complaint.ticket) {
        // Another one that cannot be read holds up nobody's erasure.
        Err(error) if error.is_damage() => Vec::new(),
        members => members?,
    };
    let Some(detail) = view.change(complaint.ticket) else { return Ok(()) };
    if is_first(detail) {
        (detail.ticket.title, detail.ticket.text) = (ERASED.to_owned(), ERASED.to_owned());
    }
    detail.ticket.address = members.iter().find_map(|member| member.complaint.place.address.clone());
    detail.ticket.point = members.iter().find_map(|member| member.complaint.place.point);
    Ok(())
}
