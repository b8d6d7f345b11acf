//! Tickets one after the other, for what looks at all of them.

use crate::complaint::Satisfaction;
use crate::key::ComplaintKey;
use crate::store::{LastSaid, Page, Store, StoreError, TicketDetail, TicketFilter, Verdict};
use crate::ticket::Handler;

/// Most tickets that are looked at, the newest.
const MAX_TICKETS: usize = 50_000;
/// Most status updates of a ticket that are looked at for what a citizen said.
const MAX_UPDATES: usize = 100;

/// Shows the newest tickets that fit, without their complaints, until `see` has enough; says whether there were more.
pub(super) fn newest(
    store: &mut dyn Store,
    filter: &TicketFilter,
    see: &mut dyn FnMut(&mut dyn Store, &TicketDetail) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    let (mut looked_at, mut page) = (0, Page::first(Page::MAX));
    loop {
        let found = store.list_tickets(filter, page)?;
        for detail in &found.tickets {
            if !see(store, detail)? {
                return Ok(true);
            }
        }
        looked_at += found.tickets.len();
        match found.next {
            None => return Ok(false),
            Some(_) if looked_at >= MAX_TICKETS => return Ok(true),
            after => page.after = after,
        }
    }
}

/// Who handles a ticket: whom its platform named last, since the unit has it that is responsible now. What says nothing of him takes
/// nothing back.
pub(super) fn person(
    store: &mut dyn Store,
    detail: &TicketDetail,
    said: Option<&LastSaid>,
) -> Result<Option<Handler>, StoreError> {
    let Some(said) = said else { return Ok(None) };
    if said.person.is_some() {
        return Ok(said.person.clone());
    }
    let given_at = detail.ticket.acts.assigned.as_ref().map(|given| given.at);
    let updates = store.updates_of(detail.key, MAX_UPDATES)?.into_iter();
    let named = updates.filter(|update| {
        update.verdict == Verdict::Accepted
            && update.said.person.is_some()
            && given_at.is_none_or(|given_at| update.received_at >= given_at)
    });
    Ok(named.max_by_key(|update| update.received_at).and_then(|update| update.said.person))
}

/// What was heard last of how satisfied a citizen of a ticket is: what counts as the citizen's word on the result, else what a source
/// stated, else what a platform told.
pub(super) fn satisfaction(
    store: &mut dyn Store,
    detail: &TicketDetail,
    complaints: &[ComplaintKey],
) -> Result<Option<Satisfaction>, StoreError> {
    if let Some(rated) = detail.ticket.evaluation.citizen {
        return Ok(Some(rated));
    }
    let stated = store.statements_of(complaints)?.into_iter().filter(|row| row.satisfaction.is_some());
    if let Some(stated) = stated.max_by_key(|row| row.received_at) {
        return Ok(stated.satisfaction);
    }
    let updates = store.updates_of(detail.key, MAX_UPDATES)?.into_iter();
    let accepted = updates.filter(|update| update.verdict == Verdict::Accepted && update.satisfaction.is_some());
    Ok(accepted.max_by_key(|update| update.received_at).and_then(|update| update.satisfaction))
}
