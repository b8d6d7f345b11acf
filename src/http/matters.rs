//! Tickets one after the other, for what looks at all of them.

use crate::complaint::Satisfaction;
use crate::key::ComplaintKey;
use crate::store::{Page, Store, StoreError, TicketDetail, TicketFilter, Verdict};

/// Most tickets that are looked at, the newest.
const MAX_TICKETS: usize = 50_000;
/// Most status updates of a ticket that are looked at for what a citizen said.
const MAX_UPDATES: usize = 100;

/// Shows the newest tickets, without their complaints, until `see` has enough; says whether there were more.
pub(super) fn newest(
    store: &mut dyn Store,
    see: &mut dyn FnMut(&mut dyn Store, &TicketDetail) -> Result<bool, StoreError>,
) -> Result<bool, StoreError> {
    let (mut looked_at, mut page) = (0, Page::first(Page::MAX));
    loop {
        let found = store.list_tickets(&TicketFilter::default(), page)?;
        for detail in &found {
            if !see(store, detail)? {
                return Ok(true);
            }
        }
        looked_at += found.len();
        match found.last() {
            Some(last) if found.len() == page.limit => page = Page { after: Some(last.key.0), limit: page.limit },
            _ => return Ok(false),
        }
        if looked_at >= MAX_TICKETS {
            return Ok(true);
        }
    }
}

/// What was heard last of how satisfied a citizen of a ticket is: from a source, else from a platform.
pub(super) fn satisfaction(
    store: &mut dyn Store,
    detail: &TicketDetail,
    complaints: &[ComplaintKey],
) -> Result<Option<Satisfaction>, StoreError> {
    let stated = store.statements_of(complaints)?.into_iter().filter(|row| row.satisfaction.is_some());
    if let Some(stated) = stated.max_by_key(|row| row.received_at) {
        return Ok(stated.satisfaction);
    }
    let updates = store.updates_of(detail.key, MAX_UPDATES)?.into_iter();
    let accepted = updates.filter(|update| update.verdict == Verdict::Accepted && update.satisfaction.is_some());
    Ok(accepted.max_by_key(|update| update.received_at).and_then(|update| update.satisfaction))
}
