//! Stage: the personal data of complaints goes, on a citizen's wish or when its time is over. It goes from the desk's memory in
//! the same step: what is gone is compared with nothing any more.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::action::Acted;
use super::audited;
use super::citizen::Citizen;
use super::holds::take_back;
use super::photos;
use super::step::Step;
use super::view::View;
use crate::audit::{Actor, AuditAction, AuditEntry};
use crate::complaint::ERASED;
use crate::key::{ComplaintKey, RawKey};
use crate::store::{ComplaintView, Page, Store, StoreError, TicketDetail};

/// What came of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Erased {
    /// Complaints that were found.
    pub found: usize,
    /// Complaints whose personal data was erased now; the others' was erased before.
    pub erased: usize,
}

/// Erases the complaints of a person, by keyed hashes of telephone or identity number, and one by its receipt number.
pub(super) fn erase(step: &mut Step<'_>, hashes: &[u64], receipt: Option<&str>) -> Result<Acted, StoreError> {
    let found = found(&mut step.view, hashes, receipt)?;
    return_answers(step, &found)?;
    let erased = erase_all(&mut step.view, step.now, &found)?;
    erased.iter().for_each(|key| step.state.remove(*key));
    Ok(Acted::Erased(Erased { found: found.len(), erased: erased.len() }))
}

/// What a platform wrote of somebody waits nowhere any more once his data is erased: it writes its answer anew.
fn return_answers(step: &mut Step<'_>, found: &[ComplaintKey]) -> Result<(), StoreError> {
    for key in found {
        let ticket = match step.view.complaint(*key) {
            Err(error) if error.is_damage() => continue,
            complaint => complaint?.filter(|complaint| !complaint.erased).map(|complaint| complaint.ticket),
        };
        let Some(ticket) = ticket else { continue };
        match step.view.ticket(ticket) {
            Err(error) if error.is_damage() => continue,
            loaded => drop(loaded?),
        }
        take_back(step, ticket, "所涉诉求的个人信息已按要求删除，请重新报送答复");
    }
    Ok(())
}

/// Erases at most `limit` complaints that were received before a time and whose ticket is finished.
pub(super) fn erase_finished(step: &mut Step<'_>, before: Timestamp, limit: usize) -> Result<usize, StoreError> {
    let found = step.view.finished_before(before, limit)?;
    let erased = erase_all(&mut step.view, step.now, &found)?;
    erased.iter().for_each(|key| step.state.remove(*key));
    Ok(erased.len())
}

/// Erases in a store that no desk works on, as [`Action::Erase`](super::Action::Erase) does.
///
/// # Errors
/// Nothing was erased.
pub fn erase_beside(
    store: &mut dyn Store,
    hashes: &[u64],
    receipt: Option<&str>,
    actor: &Actor,
    now: Timestamp,
) -> Result<Erased, StoreError> {
    let mut view = View::new(store);
    let found = found(&mut view, hashes, receipt)?;
    let erased = erase_all(&mut view, now, &found)?;
    let erased = Erased { found: found.len(), erased: erased.len() };
    let entry = AuditEntry::done(AuditAction::Erase, actor.clone(), now);
    view.note_audit(audited::erasure(entry, receipt.filter(|_| hashes.is_empty()), erased));
    view.commit()?;
    Ok(erased)
}

/// The complaints of a person, by keyed hashes of telephone or identity number, and one by its receipt number, in the order of
/// their numbers.
///
/// # Errors
/// The store cannot be read.
pub fn find_citizen(
    store: &mut dyn Store,
    hashes: &[u64],
    receipt: Option<&str>,
) -> Result<Vec<ComplaintKey>, StoreError> {
    found(&mut View::new(store), hashes, receipt)
}

/// Most records in quarantine that are looked through for one citizen.
const MAX_LOOKED_THROUGH: usize = 20 * Page::MAX;

/// Numbers of records in quarantine that carry a citizen's number: they were not understood, so that nothing finds them, and whether
/// they are this citizen's is for a person to say. Of the oldest `MAX_LOOKED_THROUGH`.
///
/// # Errors
/// The store cannot be read.
pub fn quarantined_of(store: &mut dyn Store, citizen: &Citizen) -> Result<Vec<RawKey>, StoreError> {
    let mut page = Page::first(Page::MAX);
    let mut named = Vec::new();
    for _ in 0..MAX_LOOKED_THROUGH / Page::MAX {
        let records = store.quarantine(None, page)?;
        let Some(last) = records.last() else { break };
        page.after = Some(last.raw_id.0);
        named.extend(records.iter().filter(|view| citizen.is_named_in(&view.body.to_string())).map(|view| view.raw_id));
    }
    Ok(named)
}

fn found(view: &mut View<'_>, hashes: &[u64], receipt: Option<&str>) -> Result<Vec<ComplaintKey>, StoreError> {
    let mut found: BTreeSet<ComplaintKey> = view.complaints_of_person(hashes)?.into_iter().collect();
    if let Some(receipt) = receipt {
        found.extend(view.complaint_by_receipt(receipt)?.map(|complaint| complaint.id));
    }
    Ok(found.into_iter().collect())
}

fn erase_all(view: &mut View<'_>, now: Timestamp, found: &[ComplaintKey]) -> Result<Vec<ComplaintKey>, StoreError> {
    let mut erased = Vec::new();
    for key in found.iter().copied() {
        match view.complaint(key) {
            Ok(complaint) => {
                let Some(complaint) = complaint else { continue };
                erase_one(view, &complaint, now)?;
                // Of one that was erased before, what was said since is gone now.
                if complaint.erased {
                    continue;
                }
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
    if let Some(detail) = view.change(complaint.ticket) {
        detail.ticket.submission = None;
    }
    view.erase_complaint(complaint, now);
    match photos::forget(view, complaint.ticket) {
        // What cannot be read holds up nobody's erasure.
        Err(error) if error.is_damage() => {
            tracing::error!(%error, ticket = complaint.ticket.0, "It is not known which photos of handlers are of this ticket alone.");
        }
        forgotten => forgotten?,
    }
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
