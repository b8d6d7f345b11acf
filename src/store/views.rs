//! What reading the store gives.

use jiff::Timestamp;
use serde_json::Value;

use super::{RawState, ReplyState};
use crate::complaint::Complaint;
use crate::merge::{ComplaintKey, Evidence, TicketKey};
use crate::ticket::{Status, Ticket};

/// The next free numbers. The pipeline counts on from here, so that ids are arguments of the store and not its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Next raw record.
    pub raw: i64,
    /// Next complaint.
    pub complaint: ComplaintKey,
    /// Next ticket.
    pub ticket: TicketKey,
}

/// One complaint for rebuilding the merge index.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// Number.
    pub id: ComplaintKey,
    /// Its ticket.
    pub ticket: TicketKey,
    /// Whether that ticket can still be joined.
    pub open: bool,
    /// When that ticket was finished.
    pub finished_at: Option<Timestamp>,
    /// Whether that ticket is pinned.
    pub pinned: bool,
    /// What merging looks at.
    pub content: CorpusContent,
}

/// What merging looks at of a stored complaint.
#[derive(Debug, Clone)]
pub enum CorpusContent {
    /// What it has read before.
    Imprint(Vec<u8>),
    /// The complaint.
    Whole {
        /// District that it tells itself.
        district: Option<String>,
        /// Category.
        category: String,
        /// When it was received.
        received_at: Timestamp,
        /// Keyed hashes of its reporter.
        reporter_hashes: Vec<u64>,
        /// The complaint.
        complaint: Box<Complaint>,
    },
}

/// The latest raw record of one record id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawView {
    /// Number.
    pub id: i64,
    /// Digest of its content.
    pub digest: [u8; 16],
    /// What became of it.
    pub state: RawState,
    /// Its complaint.
    pub complaint: Option<ComplaintKey>,
    /// Rule that discarded it.
    pub rule: Option<String>,
    /// Receipt number of its complaint.
    pub receipt: Option<String>,
    /// Whether the personal data of its complaint was erased.
    pub erased: bool,
}

/// What is needed to know of a complaint that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComplaintHead {
    /// Number.
    pub id: ComplaintKey,
    /// Receipt number.
    pub receipt: String,
    /// Its ticket.
    pub ticket: TicketKey,
    /// Whether its personal data was erased.
    pub erased: bool,
}

/// A complaint as people and replies see it.
#[derive(Debug, Clone)]
pub struct ComplaintView {
    /// Number.
    pub id: ComplaintKey,
    /// Receipt number.
    pub receipt: String,
    /// Its ticket.
    pub ticket: TicketKey,
    /// Raw record it came from.
    pub raw_id: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether its personal data was erased.
    pub erased: bool,
    /// How often it was amended.
    pub revision: u32,
    /// The complaint.
    pub complaint: Complaint,
}

/// A ticket with complaints.
#[derive(Debug, Clone)]
pub struct TicketDetail {
    /// Number.
    pub key: TicketKey,
    /// The ticket.
    pub ticket: Ticket,
    /// Its first complaints.
    pub complaints: Vec<ComplaintView>,
}

/// Which tickets are wanted.
#[derive(Debug, Clone, Default)]
pub struct TicketFilter {
    /// Status.
    pub status: Option<Status>,
    /// Department code.
    pub department: Option<String>,
    /// District code.
    pub district: Option<String>,
    /// Grade code.
    pub grade: Option<String>,
    /// Only those with at least this many complaints.
    pub min_complaints: Option<u64>,
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

/// An open or answered question.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// Number.
    pub id: i64,
    /// The complaint.
    pub complaint: ComplaintKey,
    /// The ticket it is in now.
    pub current_ticket: TicketKey,
    /// The ticket it may belong to.
    pub ticket: TicketKey,
    /// When it was asked.
    pub at: Timestamp,
    /// The answer, if there is one.
    pub answer: Option<bool>,
    /// The evidence.
    pub evidence: Evidence,
}

/// A quarantined record.
#[derive(Debug, Clone)]
pub struct QuarantineView {
    /// Number of the raw record.
    pub raw_id: i64,
    /// Channel.
    pub channel: String,
    /// The adapter's id of it.
    pub record_id: String,
    /// Since when.
    pub at: Timestamp,
    /// Its problems.
    pub problems: Value,
    /// The record.
    pub body: Value,
}

/// A message that waits to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingMessage {
    /// Number: the order of publishing.
    pub id: i64,
    /// Ticket it speaks of.
    pub ticket: TicketKey,
    /// Id of the ticket.
    pub ticket_id: String,
    /// Version of the ticket.
    pub version: u64,
    /// Exchange.
    pub exchange: String,
    /// Routing key.
    pub routing_key: String,
    /// Message id.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// Body.
    pub body: Vec<u8>,
}

/// A reply that is to be sent now.
#[derive(Debug, Clone)]
pub struct PendingReply {
    /// Number.
    pub id: i64,
    /// Stable key.
    pub key: String,
    /// Channel.
    pub channel: String,
    /// Status it tells.
    pub status: Status,
    /// How often it was tried.
    pub attempts: u32,
    /// Text, department and time of the status.
    pub body: Value,
    /// The complaint it answers.
    pub complaint: ComplaintView,
    /// The record of that complaint.
    pub record: Value,
}

/// A reply as people see it.
#[derive(Debug, Clone)]
pub struct ReplyView {
    /// Number.
    pub id: i64,
    /// Channel.
    pub channel: String,
    /// Receipt number of the complaint.
    pub receipt: String,
    /// Id of the ticket.
    pub ticket_id: String,
    /// Status it tells.
    pub status: Status,
    /// How it stands.
    pub state: ReplyState,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was made.
    pub at: Timestamp,
}

/// A reminder whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReminder {
    /// Number.
    pub id: i64,
    /// Ticket.
    pub ticket: TicketKey,
    /// Share of the time allowed, in percent.
    pub percent: u32,
}

/// The ledger (总账): received = complaints + amendments + follow-ups + quarantined + discarded.
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
    /// Complaints stored.
    pub complaints: u64,
    /// Complaints by the tickets' own count.
    pub complaints_in_tickets: u64,
    /// Tickets that were not absorbed.
    pub tickets: u64,
}

impl Ledger {
    /// Whether nothing was lost and nothing doubled.
    #[must_use]
    pub fn balances(&self) -> bool {
        let accounted = self.complaint_records + self.amendments + self.follow_ups + self.quarantined + self.discarded;
        self.received == accounted
            && self.complaint_records == self.complaints
            && self.complaints == self.complaints_in_tickets
    }
}

/// Lengths of the queues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Messages to publish.
    pub outbox: u64,
    /// Replies to send.
    pub replies_pending: u64,
    /// Replies given up.
    pub replies_dead: u64,
    /// Open questions.
    pub reviews: u64,
    /// Records in quarantine.
    pub quarantine: u64,
}

/// Something that examining the store found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: &'static str,
    /// What was found, and what to do.
    pub message: String,
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
