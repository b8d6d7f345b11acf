//! Complaints: new, amended, erased, read.

use jiff::Timestamp;

use huiliu_domain::complaint::Complaint;
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};
/// A complaint with its place in the store.
#[derive(Debug, Clone)]
pub struct ComplaintRow {
    /// Number.
    pub id: ComplaintKey,
    /// The citizen's receipt number.
    pub receipt: String,
    /// The raw record it was made from.
    pub raw_id: RawKey,
    /// The ticket that covers it.
    pub ticket: TicketKey,
    /// District that it tells itself, if any.
    pub district: Option<String>,
    /// Category it was routed to.
    pub category: String,
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// Keyed hash of the telephone number.
    pub phone_hash: Option<u64>,
    /// Keyed hash of the identity number.
    pub id_hash: Option<u64>,
    /// Keyed hash of the account.
    pub account_hash: Option<u64>,
    /// The complaint.
    pub complaint: Complaint,
}

/// New content of a complaint that is there. Its receipt number and its ticket stay as they are.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// The complaint.
    pub id: ComplaintKey,
    /// The raw record that changed it.
    pub raw_id: RawKey,
    /// District that it tells itself, if any.
    pub district: Option<String>,
    /// Category it was routed to.
    pub category: String,
    /// Keyed hash of the telephone number.
    pub phone_hash: Option<u64>,
    /// Keyed hash of the identity number.
    pub id_hash: Option<u64>,
    /// Keyed hash of the account.
    pub account_hash: Option<u64>,
    /// The new content.
    pub complaint: Complaint,
}

/// The personal data of a complaint goes: its content, hashes, imprint, raw records, files, warnings, sent replies, the words in its
/// evidence and the published messages of its ticket. Numbers, routing, times, merge events and counts stay. What its ticket
/// shows of it is changed beside this, in `Changes::tickets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasure {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// When.
    pub at: Timestamp,
}

/// What merging has read of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImprintRow {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// How it was read (`huiliu_domain::merge`).
    pub reading: u64,
    /// The imprint ([`huiliu_domain::merge::Imprint`]).
    pub body: Vec<u8>,
}
