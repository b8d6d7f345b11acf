//! What leaves on behalf of a ticket by other ways than AMQP: given to those who pull, sent to those who do not.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{DeliveryCount, DeliveryResult, DeliveryState, DeliveryView, Page, PendingDelivery, StoreError};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::key::DeliveryKey;

/// Deliveries.
pub trait Deliveries {
    /// At most `limit` deliveries of a destination that wait, with a number above `after`, oldest first. It ends before bodies come
    /// to more than `most_bytes` together; one is given however large it is.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged: that one is named.
    fn pending_deliveries(
        &mut self,
        destination: &str,
        after: DeliveryKey,
        limit: usize,
        most_bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError>;

    /// Notes that a destination has everything up to `through`. Gives how many waited; none where the destination was never given
    /// that number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn acknowledge_deliveries(
        &mut self,
        destination: &str,
        through: DeliveryKey,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError>;

    /// At most `limit` deliveries of a destination whose time has come, oldest first, never one before an earlier one of its ticket
    /// that waits; with `in_one_order`, never one before any earlier one that waits.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged: that one is named.
    fn due_deliveries(
        &mut self,
        destination: &str,
        in_one_order: bool,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError>;

    /// Notes how an attempt ended that was for these deliveries, for those that still wait: all of them or none.
    ///
    /// # Errors
    /// The store cannot be written.
    fn mark_deliveries(
        &mut self,
        ids: &[DeliveryKey],
        result: &DeliveryResult,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Has deliveries tried now that were given up, which begin anew, or that wait: one, or all of a destination. Gives how many, by
    /// destination, also to the audit log; where there are none, that entry tells of a refusal.
    ///
    /// # Errors
    /// The store cannot be written.
    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<BTreeMap<String, u64>, StoreError>;

    /// Removes what was given up of a destination, and, unless `dead_only`, what waits for it. Gives how many, also to the audit log;
    /// where there are none, that entry tells of a refusal.
    ///
    /// # Errors
    /// The store cannot be written.
    fn discard_deliveries(&mut self, destination: &str, dead_only: bool, entry: &AuditEntry)
    -> Result<u64, StoreError>;

    /// Deliveries by state, of one destination or of all, newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn list_deliveries(
        &mut self,
        destination: Option<&str>,
        state: DeliveryState,
        page: Page,
    ) -> Result<Vec<DeliveryView>, StoreError>;

    /// What waits and what was given up, by destination; destinations without either are left out.
    ///
    /// # Errors
    /// The store cannot be read.
    fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError>;

    /// Removes deliveries that were made before a time. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError>;
}
