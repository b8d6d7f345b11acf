//! How channels and the ledger stand.

use huiliu_adapter_api::Delivery;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::channels::{Health, RunningChannel};
use crate::store::Ledger;

/// A channel with its lag and last error.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Channel")]
pub(in crate::http) struct ChannelDocument {
    /// Id.
    #[schemars(example = &"generic")]
    id: String,
    /// Name.
    #[schemars(example = &"通用接口")]
    name: String,
    /// Its adapter.
    adapter: String,
    /// Whether its source pushes.
    pushed: bool,
    /// Seconds since it was last pulled with success.
    lag_s: Option<i64>,
    /// How it stands.
    health: Health,
}

/// All channels of the city pack.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ChannelPage {
    /// By id.
    pub channels: Vec<ChannelDocument>,
    /// Always null: a pack has a limited number of channels.
    pub next: Option<String>,
}

impl ChannelDocument {
    pub(in crate::http) fn of(running: &RunningChannel, now: Timestamp) -> Self {
        let health = running.health.snapshot();
        Self {
            id: running.channel.id.clone(),
            name: running.channel.name.clone(),
            adapter: running.channel.adapter_name.clone(),
            pushed: running.channel.adapter.delivery() == Delivery::Pushed,
            lag_s: health.last_success_at.map(|at| now.duration_since(at).as_secs()),
            health,
        }
    }
}

/// The ledger: received = complaint_records + amendments + follow_ups + quarantined + discarded + erased + undecided.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Ledger")]
pub(in crate::http) struct LedgerDocument {
    /// Raw records kept.
    received: u64,
    /// Raw records that made a complaint.
    complaint_records: u64,
    /// Raw records that changed one.
    amendments: u64,
    /// Raw records about an earlier complaint.
    follow_ups: u64,
    /// Raw records in quarantine.
    quarantined: u64,
    /// Raw records discarded by rule.
    discarded: u64,
    /// Raw records kept without content.
    erased: u64,
    /// Raw records that nothing is decided about yet.
    undecided: u64,
    /// Complaints stored.
    #[schemars(example = 1180)]
    complaints: u64,
    /// Complaints by the tickets' own count.
    complaints_in_tickets: u64,
    /// Tickets that were not absorbed.
    #[schemars(example = 1027)]
    tickets: u64,
    /// Whether nothing was lost and nothing doubled.
    balances: bool,
}

impl From<&Ledger> for LedgerDocument {
    fn from(ledger: &Ledger) -> Self {
        Self {
            received: ledger.received,
            complaint_records: ledger.complaint_records,
            amendments: ledger.amendments,
            follow_ups: ledger.follow_ups,
            quarantined: ledger.quarantined,
            discarded: ledger.discarded,
            erased: ledger.erased,
            undecided: ledger.undecided,
            complaints: ledger.complaints,
            complaints_in_tickets: ledger.complaints_in_tickets,
            tickets: ledger.tickets,
            balances: ledger.balances(),
        }
    }
}
