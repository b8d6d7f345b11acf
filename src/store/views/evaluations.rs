//! Call-backs, as they are read.

use jiff::Timestamp;

use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{CallBackState, CallBackWay};

/// A call-back with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBackView {
    /// Its number: the order in which they came to be due.
    pub id: i64,
    /// The complaint whose citizen is called back.
    pub complaint: ComplaintKey,
    /// The ticket whose result is meant.
    pub ticket: TicketKey,
    /// Which result, from 1.
    pub round: u32,
    /// How.
    pub way: CallBackWay,
    /// How it stands.
    pub state: CallBackState,
    /// Since when it was due.
    pub at: Timestamp,
    /// When it ended.
    pub done_at: Option<Timestamp>,
}
