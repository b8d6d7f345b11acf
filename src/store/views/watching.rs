//! Alerts, as they are read.

use jiff::Timestamp;

use huiliu_domain::key::TicketKey;
use huiliu_domain::ticket::AlertKind;

/// A surge or a warning that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertView {
    /// Its number: the order in which they were told.
    pub id: i64,
    /// Which of both.
    pub kind: AlertKind,
    /// Code of the rule.
    pub code: String,
    /// Area; empty: the whole city, or none.
    pub area: String,
    /// When it was told.
    pub at: Timestamp,
    /// How many there were.
    pub count: u64,
    /// Tenths of how many there usually are, where that was asked.
    pub usual_tenths: Option<u64>,
    /// The ticket of which it was told.
    pub ticket: TicketKey,
    /// Whether it stands.
    pub stands: bool,
    /// When it ended, where it stood.
    pub ended_at: Option<Timestamp>,
}
