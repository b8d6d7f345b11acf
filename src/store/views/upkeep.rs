//! The store itself: numbers, ledger, findings, tokens, pages.

use jiff::Timestamp;

use crate::RawState;
use huiliu_domain::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};
/// The next free numbers. The desk counts on from here, so that ids are arguments of the store and not its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Next raw record.
    pub raw: RawKey,
    /// Next complaint.
    pub complaint: ComplaintKey,
    /// Next ticket.
    pub ticket: TicketKey,
    /// Next decision.
    pub decision: DecisionKey,
}

/// A part of a listing: at most `limit` rows after the row with the number `after`.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Number of the last row of the part before; none for the first part.
    pub after: Option<i64>,
    /// Most rows, at most [`Page::MAX`].
    pub limit: usize,
}

impl Page {
    /// Most rows of one part.
    pub const MAX: usize = 500;

    /// The first part.
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self { after: None, limit: limit.min(Self::MAX) }
    }
}

/// The ledger (总账): received = complaints + amendments + follow-ups + quarantined + discarded + erased + undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ledger {
    /// Raw records kept.
    pub received: u64,
    /// Raw records that made a complaint.
    pub complaint_records: u64,
    /// Raw records that changed one.
    pub amendments: u64,
    /// Raw records about an earlier complaint.
    pub follow_ups: u64,
    /// Raw records in quarantine.
    pub quarantined: u64,
    /// Raw records discarded by rule.
    pub discarded: u64,
    /// Raw records kept without content, because the data of their complaint was erased.
    pub erased: u64,
    /// Raw records that nothing is decided about yet.
    pub undecided: u64,
    /// Complaints stored.
    pub complaints: u64,
    /// Complaints by the tickets' own count.
    pub complaints_in_tickets: u64,
    /// Tickets that were not absorbed.
    pub tickets: u64,
}

impl Ledger {
    /// Counts raw records of a state; those of a state that is not known are received, and nothing else.
    pub(crate) fn add(&mut self, state: Option<RawState>, records: u64) {
        self.received += records;
        match state {
            Some(RawState::Received) => self.undecided += records,
            Some(RawState::Complaint) => self.complaint_records += records,
            Some(RawState::Amendment) => self.amendments += records,
            Some(RawState::FollowUp) => self.follow_ups += records,
            Some(RawState::Quarantined) => self.quarantined += records,
            Some(RawState::Discarded) => self.discarded += records,
            Some(RawState::Erased) => self.erased += records,
            None => {}
        }
    }

    /// Whether nothing was lost and nothing doubled.
    #[must_use]
    pub fn balances(&self) -> bool {
        let decided = self.complaint_records + self.amendments + self.follow_ups + self.quarantined + self.discarded;
        let accounted = decided + self.erased + self.undecided;
        self.received == accounted
            && self.complaint_records == self.complaints
            && self.complaints == self.complaints_in_tickets
    }
}

/// A channel that somebody has paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseRow {
    /// The channel.
    pub channel: String,
    /// Since when.
    pub at: Timestamp,
    /// Who paused it.
    pub actor: String,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// How large the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// The database, in bytes; 0 for a store that has no file.
    pub database_bytes: u64,
    /// Its write-ahead log, in bytes.
    pub log_bytes: u64,
}

/// Something that examining the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// What was found, and what to do.
    pub message: String,
    /// The same in Chinese.
    pub zh: String,
    /// Whether it is in order, was mended, or needs somebody.
    pub state: FindingState,
}

/// How a finding stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// In order.
    Fine,
    /// Was wrong and is mended.
    Repaired,
    /// Is wrong.
    Wrong,
}

/// An access token, as a hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// Name, e.g. of the person or system.
    pub name: String,
    /// `viewer`, `operator` or `admin`.
    pub role: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}
