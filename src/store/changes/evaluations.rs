//! What was said of results, and who is called back.

use jiff::Timestamp;

use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{CallBackState, CallBackWay, Consequence, Rater};

/// One rating of a result, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingRow {
    /// The ticket that was rated.
    pub ticket: TicketKey,
    /// The complaint whose citizen spoke, or was spoken for; none where the whole ticket is meant.
    pub complaint: Option<ComplaintKey>,
    /// Who rated.
    pub rater: Rater,
    /// Which result, from 1.
    pub round: u32,
    /// Code of the step on the city's scale.
    pub step: String,
    /// What the step counts as.
    pub value: Satisfaction,
    /// What came of it.
    pub consequence: Consequence,
    /// When it was taken in.
    pub at: Timestamp,
    /// Through whom or what it came: a channel, a feed, the token of a person; empty once the complaint was erased.
    pub by: String,
    /// The words; empty once the complaint was erased.
    pub words: String,
}

/// A call-back that came to be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallBackRow {
    /// The complaint whose citizen is called back.
    pub complaint: ComplaintKey,
    /// Its ticket.
    pub ticket: TicketKey,
    /// Which result, from 1.
    pub round: u32,
    /// How.
    pub way: CallBackWay,
    /// Since when.
    pub at: Timestamp,
}

/// What happens to a complaint's call-back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallBackChange {
    /// One is due; nothing where one is due already.
    Due(CallBackRow),
    /// The one that is due is not any more; nothing where none is.
    Done {
        /// The complaint.
        complaint: ComplaintKey,
        /// How it ended.
        state: CallBackState,
        /// When.
        at: Timestamp,
    },
}
