//! Complaints, tickets and reviews.

use jiff::Timestamp;

use huiliu_domain::complaint::{Complaint, ComplaintState};
use huiliu_domain::key::{ComplaintKey, RawKey, ReviewKey, TicketKey};
use huiliu_domain::merge::Evidence;
use huiliu_domain::ticket::{AnswerFile, Handler, Status, Ticket};
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
    pub raw_id: RawKey,
    /// When it was received.
    pub received_at: Timestamp,
    /// Whether its personal data was erased.
    pub erased: bool,
    /// How often it was amended.
    pub revision: u32,
    /// Whether its citizen waits for an answer.
    pub state: ComplaintState,
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

/// An open or answered question.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// Number.
    pub id: ReviewKey,
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

/// What is known of a platform's updates of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatusKnown {
    /// Sequence of the newest accepted one.
    pub newest_sequence: Option<i64>,
    /// Whether the update asked for is stored.
    pub repeated: bool,
}

/// What the last accepted update of a ticket said, to all behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSaid {
    /// Status that it set; none where it was an act alone.
    pub status: Option<Status>,
    /// When the platform says it happened.
    pub occurred_at: Timestamp,
    /// The common result.
    pub result: Option<String>,
    /// Name of the department that acts.
    pub department: Option<String>,
    /// Who handles it.
    pub person: Option<Handler>,
    /// Pictures and documents that belong to it.
    pub attachments: Vec<AnswerFile>,
}
