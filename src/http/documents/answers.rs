//! The ledger per citizen, and who was not answered.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::store::{AnswerLedger, Unanswered, UnansweredView};

/// The names of all reasons.
pub(in crate::http) fn reasons() -> Vec<&'static str> {
    Unanswered::ALL.iter().map(|(_, name)| *name).collect()
}

/// The ledger per citizen: complaints behind finished tickets = answered + those with a reason why not.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AnswerLedger")]
pub(in crate::http) struct AnswerLedgerDocument {
    /// Complaints behind finished tickets, by the tickets' own count.
    finished: u64,
    /// Complaints whose citizen was answered, by the channel or by hand, since the ticket was finished.
    answered: u64,
    /// The others, by reason.
    unanswered: Vec<ReasonCount>,
    /// Whether every citizen was answered or has a reason.
    balances: bool,
}

/// How many were not answered for one reason.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UnansweredCount")]
struct ReasonCount {
    /// Why.
    #[schemars(extend("enum" = reasons()))]
    reason: &'static str,
    /// How many.
    #[schemars(example = 4)]
    complaints: u64,
}

impl From<&AnswerLedger> for AnswerLedgerDocument {
    fn from(ledger: &AnswerLedger) -> Self {
        let count =
            |(reason, complaints): (&Unanswered, &u64)| ReasonCount { reason: reason.name(), complaints: *complaints };
        Self {
            finished: ledger.finished,
            answered: ledger.answered,
            unanswered: ledger.unanswered.iter().map(count).collect(),
            balances: ledger.balances(),
        }
    }
}

/// A complaint behind a finished ticket whose citizen was not answered.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Unanswered")]
pub(in crate::http) struct UnansweredDocument {
    /// Receipt number.
    receipt_number: String,
    /// Channel.
    channel: String,
    /// Whether the channel runs; while it does not, nothing is sent on it.
    channel_runs: bool,
    /// Id of the ticket.
    ticket: String,
    /// When the ticket was finished.
    finished_at: Option<Timestamp>,
    /// Why: waiting (being sent or tried again), channel_off (its channel, or the one that tells its citizens, is switched off or not in the
    /// city pack), held (names another citizen), dead (given up), by_hand (a person has to tell), no_route,
    /// erased, withdrawn, closed (by its source), past (finished before the gateway knew of it), missing (a fault).
    #[schemars(extend("enum" = reasons()))]
    reason: &'static str,
    /// Number of the reply that came nearest.
    reply: Option<i64>,
}

impl UnansweredDocument {
    /// A complaint that was not answered, and whether its channel runs.
    pub(in crate::http) fn of(view: UnansweredView, channel_runs: bool) -> Self {
        Self {
            receipt_number: view.receipt,
            channel: view.channel,
            channel_runs,
            ticket: view.ticket_id,
            finished_at: view.finished_at,
            reason: view.reason.name(),
            reply: view.reply.map(|key| key.0),
        }
    }
}

/// Complaints whose citizens were not answered.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct UnansweredPage {
    /// The oldest first.
    pub unanswered: Vec<UnansweredDocument>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}
