//! Deliveries.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::changes::without_complaint;
use crate::{
    DeliveredEvent, Deliveries, DeliveryCount, DeliveryResult, DeliveryRow, DeliveryState, DeliveryView, Occurrence,
    OccurrenceKind, Page, PendingDelivery, StoreError,
};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::key::{DeliveryKey, TicketKey};

/// A delivery with what has happened to it.
#[derive(Clone)]
pub(super) struct KeptDelivery {
    pub row: DeliveryRow,
    pub state: DeliveryState,
    attempts: u32,
    next_at: Timestamp,
    done_at: Option<Timestamp>,
    last_error: Option<String>,
    proof: Option<String>,
}

impl KeptDelivery {
    fn waits_for(&self, destination: &str) -> bool {
        self.state == DeliveryState::Pending && self.row.destination == destination
    }

    /// The event, if the destination has it, or may have it.
    pub(super) fn delivered_to(&self, destination: &str, ticket: TicketKey) -> Option<DeliveredEvent> {
        let may_be_there = match self.state {
            DeliveryState::Sent => true,
            DeliveryState::Pending => self.attempts > 0,
            DeliveryState::Dead => false,
        };
        let meant = may_be_there && self.row.destination == destination && self.row.ticket == ticket;
        meant.then(|| DeliveredEvent { at: self.done_at, body: self.row.body.to_string().into_bytes() })
    }

    fn pending(&self, id: DeliveryKey) -> PendingDelivery {
        PendingDelivery {
            id,
            ticket: self.row.ticket,
            ticket_id: self.row.ticket_id.clone(),
            version: self.row.version,
            message_id: self.row.message_id.clone(),
            kind: self.row.kind.clone(),
            at: self.row.at,
            attempts: self.attempts,
            is_repeated: self.next_at > self.row.at,
            body: self.row.body.to_string().into_bytes(),
        }
    }

    fn view(&self, id: DeliveryKey) -> DeliveryView {
        DeliveryView {
            id,
            destination: self.row.destination.clone(),
            ticket_id: self.row.ticket_id.clone(),
            version: self.row.version,
            message_id: self.row.message_id.clone(),
            kind: self.row.kind.clone(),
            at: self.row.at,
            state: self.state,
            attempts: self.attempts,
            next_at: self.next_at,
            done_at: self.done_at,
            last_error: self.last_error.clone(),
            proof: self.proof.clone(),
        }
    }
}

impl Contents {
    pub(super) fn deliver(&mut self, mut row: DeliveryRow) {
        row.at = kept(row.at);
        self.last_delivery = self.last_delivery.next();
        let next_at = row.at;
        let (state, done_at, last_error, proof) = (DeliveryState::Pending, None, None, None);
        let delivery = KeptDelivery { row, state, attempts: 0, next_at, done_at, last_error, proof };
        self.deliveries.insert(self.last_delivery, delivery);
    }

    pub(super) fn erase_deliveries(&mut self, tickets: &BTreeSet<TicketKey>, receipt: &str) {
        for delivery in self.deliveries.values_mut().filter(|delivery| tickets.contains(&delivery.row.ticket)) {
            delivery.row.body = without_complaint(delivery.row.body.take(), receipt);
            (delivery.last_error, delivery.proof) = (None, None);
        }
    }

    fn mark(&mut self, id: DeliveryKey, result: &DeliveryResult, now: Timestamp) {
        let found = self.deliveries.get_mut(&id).filter(|delivery| delivery.state == DeliveryState::Pending);
        if let Some(delivery) = found {
            delivery.state = result.state;
            delivery.attempts += 1;
            (delivery.last_error, delivery.proof) = (result.error.clone(), result.proof.clone());
            delivery.next_at = result.next_at.map_or(delivery.next_at, kept);
            delivery.done_at = (result.state != DeliveryState::Pending).then(|| kept(now));
            let (kind, error) = (OccurrenceKind::DeliveryAttempt, result.error.as_deref());
            self.happen(Occurrence::attempt(kind, id.0, result.state.name(), error, now));
        }
    }

    /// Attempts go with their deliveries.
    fn forget_attempts(&mut self) {
        let is_there = |row: &Occurrence| self.deliveries.contains_key(&DeliveryKey(row.subject));
        self.occurrences.retain(|(_, row)| row.kind != OccurrenceKind::DeliveryAttempt || is_there(row));
    }

    /// The deliveries of a ticket.
    pub(super) fn deliveries_of(&self, ticket: TicketKey) -> Vec<DeliveryView> {
        let of = self.deliveries.iter().filter(|(_, delivery)| delivery.row.ticket == ticket);
        of.map(|(id, delivery)| delivery.view(*id)).collect()
    }

    /// Whether a delivery is of one of these tickets.
    pub(super) fn is_delivery_of(&self, id: DeliveryKey, tickets: &BTreeSet<TicketKey>) -> bool {
        self.deliveries.get(&id).is_some_and(|delivery| tickets.contains(&delivery.row.ticket))
    }

    fn waiting<'a>(&'a self, destination: &'a str) -> impl Iterator<Item = (DeliveryKey, &'a KeptDelivery)> {
        let waiting = self.deliveries.iter().filter(move |(_, delivery)| delivery.waits_for(destination));
        waiting.map(|(id, delivery)| (*id, delivery))
    }
}

impl Deliveries for Model {
    fn pending_deliveries(
        &mut self,
        destination: &str,
        after: DeliveryKey,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let contents = self.contents();
        let (mut found, mut bytes): (Vec<PendingDelivery>, _) = (Vec::new(), 0);
        for (id, delivery) in contents.waiting(destination).filter(|(id, _)| *id > after).take(limit) {
            let pending = delivery.pending(id);
            bytes += pending.body.len();
            if bytes > most_bytes && !found.is_empty() {
                break;
            }
            found.push(pending);
        }
        Ok(found)
    }

    fn acknowledge_deliveries(
        &mut self,
        destination: &str,
        through: DeliveryKey,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let mut contents = self.contents();
        let newest = contents.deliveries.iter().rev().find(|(_, delivery)| delivery.row.destination == destination);
        if newest.is_some_and(|(newest, _)| *newest < through) {
            return Ok(None);
        }
        let mut acknowledged = 0;
        let waiting = contents.deliveries.range_mut(..=through).filter(|(_, delivery)| delivery.waits_for(destination));
        for (_, delivery) in waiting {
            (delivery.state, delivery.done_at) = (DeliveryState::Sent, Some(kept(at)));
            delivery.attempts += 1;
            acknowledged += 1;
        }
        Ok(Some(acknowledged))
    }

    fn due_deliveries(
        &mut self,
        destination: &str,
        in_one_order: bool,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let contents = self.contents();
        let mut seen = BTreeSet::new();
        let first = |(_, delivery): &(DeliveryKey, &KeptDelivery)| {
            seen.insert(if in_one_order { TicketKey(0) } else { delivery.row.ticket })
        };
        let due = contents.waiting(destination).filter(first).filter(|(_, delivery)| delivery.next_at <= now);
        Ok(due.take(limit).map(|(id, delivery)| delivery.pending(id)).collect())
    }

    fn mark_deliveries(
        &mut self,
        ids: &[DeliveryKey],
        result: &DeliveryResult,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut contents = self.contents();
        ids.iter().for_each(|id| contents.mark(*id, result, now));
        Ok(())
    }

    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut retried = BTreeMap::new();
        let mut contents = self.contents();
        for (key, delivery) in &mut contents.deliveries {
            let meant =
                destination.is_none_or(|name| delivery.row.destination == name) && id.is_none_or(|id| *key == id);
            if !meant || delivery.state == DeliveryState::Sent {
                continue;
            }
            if delivery.state == DeliveryState::Dead {
                (delivery.state, delivery.attempts) = (DeliveryState::Pending, 0);
            }
            (delivery.next_at, delivery.done_at) = (kept(now), None);
            *retried.entry(delivery.row.destination.clone()).or_default() += 1;
        }
        contents.note_audit(&entry.clone().of_many(retried.values().sum()));
        Ok(retried)
    }

    fn discard_deliveries(
        &mut self,
        destination: &str,
        dead_only: bool,
        entry: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let mut contents = self.contents();
        let before = contents.deliveries.len();
        contents.deliveries.retain(|_, delivery| {
            delivery.row.destination != destination
                || delivery.state == DeliveryState::Sent
                || (dead_only && delivery.state == DeliveryState::Pending)
        });
        contents.forget_attempts();
        let gone = u64::try_from(before - contents.deliveries.len()).unwrap_or(u64::MAX);
        contents.note_audit(&entry.clone().of_many(gone));
        Ok(gone)
    }

    fn list_deliveries(
        &mut self,
        destination: Option<&str>,
        state: DeliveryState,
        page: Page,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let contents = self.contents();
        let before = page.after.map_or(DeliveryKey::MAX, DeliveryKey);
        let listed = contents.deliveries.iter().rev().filter(|(id, delivery)| {
            **id < before && delivery.state == state && destination.is_none_or(|name| delivery.row.destination == name)
        });
        Ok(listed.take(page.limit).map(|(id, delivery)| delivery.view(*id)).collect())
    }

    fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError> {
        let mut counts: BTreeMap<String, DeliveryCount> = BTreeMap::new();
        for delivery in self.contents().deliveries.values().filter(|delivery| delivery.state != DeliveryState::Sent) {
            let name = &delivery.row.destination;
            let none = DeliveryCount { destination: name.clone(), pending: 0, dead: 0, since: None };
            let count = counts.entry(name.clone()).or_insert(none);
            if delivery.state == DeliveryState::Dead {
                count.dead += 1;
            } else {
                count.pending += 1;
                count.since = Some(count.since.map_or(delivery.row.at, |since| since.min(delivery.row.at)));
            }
        }
        Ok(counts.into_values().collect())
    }

    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let deliveries = contents.deliveries.len();
        let is_old = |delivery: &KeptDelivery| {
            delivery.state == DeliveryState::Sent && delivery.done_at.is_some_and(|at| at < kept(before))
        };
        contents.deliveries.retain(|_, delivery| !is_old(delivery));
        contents.forget_attempts();
        Ok(deliveries - contents.deliveries.len())
    }
}
