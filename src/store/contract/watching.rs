//! What watching has seen and told.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{AlertView, Page, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{AlertKind, Counted, Seen};

/// Sightings and alerts.
pub trait Watching {
    /// Whether a complaint is known to be about something.
    ///
    /// # Errors
    /// The store cannot be read.
    fn is_sighted(&mut self, subject: &str, complaint: ComplaintKey) -> Result<bool, StoreError>;

    /// What is known to be about something in an area, after the first moment and up to the second: the newest `limit`, the oldest of
    /// them first, each with its ticket.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<Seen>, StoreError>;

    /// How many complaints, or tickets, are known to be about something in an area, after the first moment and up to the second.
    ///
    /// # Errors
    /// The store cannot be read.
    fn count_sightings(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
        counted: Counted,
    ) -> Result<u64, StoreError>;

    /// How many complaints are known to be about each of the things whose names begin so, in an area, after the first moment and up to
    /// the second, by name; those about which none is are left out.
    ///
    /// # Errors
    /// The store cannot be read.
    fn count_each(
        &mut self,
        of: (&str, &str),
        span: (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError>;

    /// The alert of a rule that stands in an area.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn standing_alert(&mut self, rule: (AlertKind, &str), area: &str) -> Result<Option<AlertView>, StoreError>;

    /// All alerts that stand, at most `limit`, those that were told first in front.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn standing_alerts(&mut self, limit: usize) -> Result<Vec<AlertView>, StoreError>;

    /// Whether a rule has told of a ticket by any complaint that is on it, or of any of these complaints.
    ///
    /// # Errors
    /// The store cannot be read.
    fn was_alerted(
        &mut self,
        rule: (AlertKind, &str),
        ticket: TicketKey,
        complaints: &[ComplaintKey],
    ) -> Result<bool, StoreError>;

    /// A page of the alerts of a kind, the newest first: `after` is the number of the last one of the page before.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn alerts(&mut self, kind: AlertKind, page: Page) -> Result<Vec<AlertView>, StoreError>;

    /// The tickets on which the complaints behind an alert are now, at most `limit`, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read.
    fn tickets_of_alert(&mut self, alert: i64, limit: usize) -> Result<Vec<TicketKey>, StoreError>;
}
