//! What watching has seen and told.

use jiff::Timestamp;

use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::AlertKind;

/// That a complaint is about something that is watched; of each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SightingRow {
    /// What is watched: a tag, a category, a warning's own words.
    pub subject: String,
    /// The complaint.
    pub complaint: ComplaintKey,
    /// Code of the division where the matter is.
    pub district: String,
    /// When the complaint came.
    pub at: Timestamp,
}

/// A surge or a warning that was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertRow {
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
    /// Whether it stands until it has ended; one for which one complaint is enough does not.
    pub stands: bool,
    /// The complaints behind it.
    pub complaints: Vec<ComplaintKey>,
}

/// What happens to alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertChange {
    /// One is told.
    Told(AlertRow),
    /// The one of a rule that stands in an area does not any more; nothing where none does.
    Ended {
        /// Which kind.
        kind: AlertKind,
        /// Code of the rule.
        code: String,
        /// Area.
        area: String,
        /// When.
        at: Timestamp,
    },
}
