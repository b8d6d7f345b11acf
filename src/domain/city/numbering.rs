//! How tickets and receipts are numbered.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::key::{ComplaintKey, TicketKey};

/// The city's prefix and the zone whose days stand in ids.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbering {
    /// What ids begin with.
    pub prefix: String,
    /// The zone whose days they show.
    pub zone: TimeZone,
}

impl Numbering {
    /// The id of a new ticket, e.g. `RC-20261121-000017`.
    #[must_use]
    pub fn ticket_id(&self, key: TicketKey, at: Timestamp) -> String {
        let day = at.to_zoned(self.zone.clone());
        format!("{}-{}-{:06}", self.prefix, day.strftime("%Y%m%d"), key.0)
    }

    /// The receipt number of a new complaint, e.g. `RC2611210000017`.
    #[must_use]
    pub fn receipt(&self, key: ComplaintKey, at: Timestamp) -> String {
        let day = at.to_zoned(self.zone.clone());
        format!("{}{}{:07}", self.prefix, day.strftime("%y%m%d"), key.0)
    }
}
