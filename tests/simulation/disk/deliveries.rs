//! Deliveries on a disk that fails.

use std::collections::BTreeMap;

use huiliu::audit::AuditEntry;
use huiliu::key::{DeliveryKey, TicketKey};
use huiliu::store::{
    DeliveredEvent, Deliveries, DeliveryCount, DeliveryResult, DeliveryState, DeliveryView, ForeignNumber,
    ForeignNumbers, Page, PendingDelivery, StoreError,
};
use jiff::Timestamp;

use super::Disk;

impl Deliveries for Disk {
    fn pending_deliveries(
        &mut self,
        destination: &str,
        after: DeliveryKey,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        self.read(|store| store.pending_deliveries(destination, after, limit, most_bytes))
    }
    fn due_deliveries(
        &mut self,
        destination: &str,
        in_one_order: bool,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        self.read(|store| store.due_deliveries(destination, in_one_order, now, limit))
    }
    fn list_deliveries(
        &mut self,
        destination: Option<&str>,
        state: DeliveryState,
        page: Page,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        self.read(|store| store.list_deliveries(destination, state, page))
    }
    fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError> {
        self.read(|store| store.delivery_counts())
    }

    fn acknowledge_deliveries(
        &mut self,
        destination: &str,
        through: DeliveryKey,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        self.before_write(|| format!("{destination} has everything up to {through}"))?;
        let acknowledged = self.inner().acknowledge_deliveries(destination, through, at)?;
        self.after_write().map(|()| acknowledged)
    }
    fn mark_deliveries(
        &mut self,
        ids: &[DeliveryKey],
        result: &DeliveryResult,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.before_write(|| format!("{} deliveries are {}", ids.len(), result.state.name()))?;
        self.inner().mark_deliveries(ids, result, now)?;
        self.after_write()
    }
    fn discard_deliveries(
        &mut self,
        destination: &str,
        dead_only: bool,
        entry: &AuditEntry,
    ) -> Result<u64, StoreError> {
        self.before_write(|| format!("what is for {destination} is discarded"))?;
        let discarded = self.inner().discard_deliveries(destination, dead_only, entry)?;
        self.after_write().map(|()| discarded)
    }
    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        self.before_write(|| "deliveries are tried again".to_owned())?;
        let retried = self.inner().retry_deliveries(destination, id, now, entry)?;
        self.after_write().map(|()| retried)
    }
    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old deliveries are removed".to_owned())?;
        self.inner().forget_delivered(before)
    }
}

impl ForeignNumbers for Disk {
    fn note_foreign_number(&mut self, number: &ForeignNumber) -> Result<bool, StoreError> {
        self.before_write(|| format!("ticket {} has a number at {}", number.ticket, number.destination))?;
        let noted = self.inner().note_foreign_number(number)?;
        self.after_write().map(|()| noted)
    }
    fn foreign_numbers(&mut self, tickets: &[TicketKey]) -> Result<Vec<ForeignNumber>, StoreError> {
        self.read(|store| store.foreign_numbers(tickets))
    }
    fn with_foreign_numbers(&mut self, numbers: &[&str]) -> Result<Vec<ForeignNumber>, StoreError> {
        self.read(|store| store.with_foreign_numbers(numbers))
    }
    fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        limit: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError> {
        self.read(|store| store.delivered_events(destination, ticket, limit))
    }
}
