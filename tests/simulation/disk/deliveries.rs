//! Deliveries on a disk that fails.

use huiliu::audit::AuditEntry;
use huiliu::key::DeliveryKey;
use huiliu::store::{
    Deliveries, DeliveryCount, DeliveryResult, DeliveryState, DeliveryView, Page, PendingDelivery, StoreError,
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
    fn mark_delivery(&mut self, id: DeliveryKey, result: &DeliveryResult, now: Timestamp) -> Result<(), StoreError> {
        self.before_write(|| format!("delivery {id} is {}", result.state.name()))?;
        self.inner().mark_delivery(id, result, now)?;
        self.after_write()
    }
    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<u64, StoreError> {
        self.before_write(|| "deliveries are tried again".to_owned())?;
        let retried = self.inner().retry_deliveries(destination, id, now, entry)?;
        self.after_write().map(|()| retried)
    }
    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old deliveries are removed".to_owned())?;
        self.inner().forget_delivered(before)
    }
}
