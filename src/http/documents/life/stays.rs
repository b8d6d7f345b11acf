//! On which tickets a complaint was, and when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::key::TicketKey;
use crate::store::{ComplaintView, MergeEvent, Store, StoreError};

/// The tickets of a life, each with the times in which what happened to it belongs to that life.
pub(super) struct Stays {
    stays: BTreeMap<TicketKey, Vec<Stay>>,
    /// Whether it is the life of a ticket, of which everything is told.
    whole: bool,
}

/// A stay; what happened in its first and last moment belongs to it.
struct Stay {
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Stays {
    /// Of a ticket everything.
    pub(super) fn of_ticket(key: TicketKey) -> Self {
        Self { stays: BTreeMap::from([(key, vec![Stay { from: None, until: None }])]), whole: true }
    }

    /// Of a complaint the tickets that it is and was on.
    pub(super) fn of_complaint(store: &mut dyn Store, view: &ComplaintView) -> Result<Self, StoreError> {
        let mut moves: BTreeMap<TicketKey, Vec<MergeEvent>> = BTreeMap::new();
        let mut to_read = vec![view.ticket];
        while let Some(ticket) = to_read.pop() {
            if moves.contains_key(&ticket) {
                continue;
            }
            let mut events = store.merge_events(ticket)?;
            events.retain(|event| event.complaint == Some(view.id));
            to_read.extend(events.iter().flat_map(|event| event.from.into_iter().chain([event.to])));
            moves.insert(ticket, events);
        }
        // An event stands with both of its tickets.
        let own = moves.into_iter().flat_map(|(ticket, events)| events.into_iter().filter(move |e| e.to == ticket));
        let mut own: Vec<MergeEvent> = own.collect();
        own.sort_by_key(|event| event.decision);
        let mut stays: BTreeMap<TicketKey, Vec<Stay>> = BTreeMap::new();
        let first = own.first().map_or(view.ticket, |event| event.from.unwrap_or(event.to));
        let (mut ticket, mut from) = (first, None);
        for event in own {
            if event.to != ticket {
                stays.entry(ticket).or_default().push(Stay { from, until: Some(event.at) });
                (ticket, from) = (event.to, Some(event.at));
            } else if from.is_none() {
                // It joined a ticket that was there: what was before is another one's.
                from = Some(view.received_at.min(event.at));
            }
        }
        stays.entry(ticket).or_default().push(Stay { from, until: None });
        Ok(Self { stays, whole: false })
    }

    pub(super) fn tickets(&self) -> Vec<TicketKey> {
        self.stays.keys().copied().collect()
    }

    /// Whether everything that happened to its ticket is told.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether what happened to a ticket then belongs to the life.
    pub(super) fn has(&self, ticket: TicketKey, at: Timestamp) -> bool {
        let within =
            |stay: &Stay| stay.from.is_none_or(|from| from <= at) && stay.until.is_none_or(|until| at <= until);
        self.stays.get(&ticket).is_some_and(|stays| stays.iter().any(within))
    }
}
