//! Everything one step of the pipeline writes, in one value and one transaction.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::complaint::Complaint;
use crate::merge::{ComplaintKey, Evidence, TicketKey};
use crate::ticket::{Status, Ticket};

/// What became of a raw record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RawState {
    /// It is the first record of a complaint.
    Complaint,
    /// It changed a complaint that was there.
    Amendment,
    /// It says something about an earlier complaint.
    FollowUp,
    /// It could not be mapped.
    Quarantined,
    /// A rule of the channel keeps it from being a complaint.
    Discarded,
}

impl RawState {
    /// All states with their names in the store.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Complaint, "complaint"),
        (Self::Amendment, "amendment"),
        (Self::FollowUp, "follow_up"),
        (Self::Quarantined, "quarantined"),
        (Self::Discarded, "discarded"),
    ];

    /// Name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("quarantined", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Quarantined, |(state, _)| *state)
    }
}

/// A raw record as it came.
#[derive(Debug, Clone)]
pub struct NewRaw {
    /// Number.
    pub id: i64,
    /// Channel.
    pub channel: String,
    /// The adapter's stable id of it.
    pub record_id: String,
    /// SHA-256 of the content, first 16 bytes.
    pub digest: [u8; 16],
    /// What became of it.
    pub state: RawState,
    /// The complaint it made or changed.
    pub complaint: Option<ComplaintKey>,
    /// Rule by which it was discarded.
    pub rule: Option<String>,
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// Version of the pack that mapped it.
    pub settings_version: String,
    /// The content.
    pub body: Value,
}

/// A complaint with its place in the store.
#[derive(Debug, Clone)]
pub struct ComplaintRow {
    /// Number.
    pub id: ComplaintKey,
    /// The citizen's receipt number.
    pub receipt: String,
    /// The raw record it was made from.
    pub raw_id: i64,
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

/// A changed version of a complaint that was there.
#[derive(Debug, Clone)]
pub struct Amendment {
    /// The complaint with its new content; receipt and ticket stay as they are in the store.
    pub row: ComplaintRow,
}

/// What merging has read of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImprintRow {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// How it was read ([`crate::merge::reading_version`]).
    pub reading: u64,
    /// The imprint ([`crate::merge::Imprint`]).
    pub body: Vec<u8>,
}

/// What kind of merge event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeKind {
    /// A complaint joined a ticket by itself.
    Auto,
    /// A person put one ticket's complaints to another.
    Merge,
    /// A person took a complaint out into a ticket of its own.
    Split,
    /// A person pinned a ticket.
    Pin,
    /// A person unpinned a ticket.
    Unpin,
    /// A person put one complaint from one ticket to another.
    Move,
    /// A person took back what was decided last.
    Undo,
}

impl MergeKind {
    /// All kinds with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Auto, "auto"),
        (Self::Merge, "merge"),
        (Self::Split, "split"),
        (Self::Pin, "pin"),
        (Self::Unpin, "unpin"),
        (Self::Move, "move"),
        (Self::Undo, "undo"),
    ];

    /// Name in the store and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("auto", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == name).map_or(Self::Auto, |(kind, _)| *kind)
    }
}

/// An event that changed which complaints a ticket covers.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeEvent {
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: MergeKind,
    /// The complaint that moved; none for pins.
    pub complaint: Option<ComplaintKey>,
    /// The ticket it left.
    pub from: Option<TicketKey>,
    /// The ticket it joined.
    pub to: TicketKey,
    /// `huiliu` or the name of a token.
    pub actor: String,
    /// Version of the settings.
    pub settings_version: String,
    /// The evidence, where a comparison decided.
    pub evidence: Option<Evidence>,
}

/// Two complaints that never belong together by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotLink {
    /// One of them.
    pub a: ComplaintKey,
    /// The other.
    pub b: ComplaintKey,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub actor: String,
}

/// A question for a person: does this complaint belong to that ticket?
#[derive(Debug, Clone)]
pub struct ReviewRow {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// The ticket it may belong to.
    pub ticket: TicketKey,
    /// When it was asked.
    pub at: Timestamp,
    /// The evidence.
    pub evidence: Evidence,
}

/// A quarantined record with its problems.
#[derive(Debug, Clone)]
pub struct QuarantineRow {
    /// The raw record.
    pub raw_id: i64,
    /// Channel.
    pub channel: String,
    /// When.
    pub at: Timestamp,
    /// All problems, as JSON.
    pub problems: Value,
}

/// A message to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Ticket it speaks of.
    pub ticket: TicketKey,
    /// Version of the ticket.
    pub version: u64,
    /// Exchange.
    pub exchange: String,
    /// Routing key.
    pub routing_key: String,
    /// Message id: the same whenever it is published.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// Id of the ticket, for the headers.
    pub ticket_id: String,
    /// Body.
    pub body: Value,
}

/// How a status update was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It changed the ticket.
    Accepted,
    /// It was there before.
    Repeated,
    /// A newer one of the same platform had been accepted.
    Late,
}

impl Verdict {
    /// Name in the store and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Repeated => "repeated",
            Self::Late => "late",
        }
    }
}

/// A status update from a platform.
#[derive(Debug, Clone)]
pub struct StatusRow {
    /// Ticket.
    pub ticket: TicketKey,
    /// Platform that said it.
    pub platform: String,
    /// The platform's counter for this ticket.
    pub sequence: i64,
    /// The platform's id of the update.
    pub update_id: String,
    /// Status it sets.
    pub status: Status,
    /// How it was judged.
    pub verdict: Verdict,
    /// When the platform says it happened.
    pub occurred_at: Timestamp,
    /// When it was received.
    pub received_at: Timestamp,
    /// The update as it came.
    pub body: Value,
}

/// How a reply stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyState {
    /// To be sent, now or later.
    Pending,
    /// The source took it.
    Sent,
    /// Given up; a person has to see to it.
    Dead,
    /// The channel has no way to tell this status, and the status is not a final one.
    NoRoute,
}

impl ReplyState {
    /// All states with their names.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Pending, "pending"), (Self::Sent, "sent"), (Self::Dead, "dead"), (Self::NoRoute, "no_route")];

    /// Name in the store, the API and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("pending", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// A reply to one citizen.
#[derive(Debug, Clone)]
pub struct ReplyRow {
    /// Stable key.
    pub key: String,
    /// Complaint it answers.
    pub complaint: ComplaintKey,
    /// Ticket it comes from.
    pub ticket: TicketKey,
    /// Channel it goes back on.
    pub channel: String,
    /// Status it tells.
    pub status: Status,
    /// When it was made.
    pub at: Timestamp,
    /// Text, department and time of the status, as JSON.
    pub body: Value,
}

/// A reminder to be sent at a time unless the ticket is final by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRow {
    /// Ticket.
    pub ticket: TicketKey,
    /// Share of the time allowed, in percent.
    pub percent: u32,
    /// When.
    pub at: Timestamp,
}

/// A record that left quarantine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The raw record.
    pub raw_id: i64,
    /// What became of it.
    pub state: RawState,
    /// The complaint it made or changed.
    pub complaint: Option<ComplaintKey>,
    /// Rule by which it was discarded.
    pub rule: Option<String>,
    /// Version of the pack that mapped it.
    pub settings_version: String,
}

/// Everything one step of the pipeline writes, or part of it.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Raw records.
    pub raw: Vec<NewRaw>,
    /// New complaints.
    pub complaints: Vec<Arc<ComplaintRow>>,
    /// Changed complaints.
    pub amendments: Vec<Amendment>,
    /// Imprints of new complaints and of those that merging has read again.
    pub imprints: Vec<ImprintRow>,
    /// New and changed tickets, whole.
    pub tickets: Vec<(TicketKey, Ticket)>,
    /// Complaints that now belong to another ticket.
    pub moves: Vec<(ComplaintKey, TicketKey)>,
    /// Merge events.
    pub merge_events: Vec<MergeEvent>,
    /// Cannot-links.
    pub cannot_links: Vec<CannotLink>,
    /// Pairs of complaints that may belong together again.
    pub lifted_links: Vec<(ComplaintKey, ComplaintKey)>,
    /// Questions for a person.
    pub reviews: Vec<ReviewRow>,
    /// Answered questions: review, whether it was the same matter, who said so, when.
    pub review_answers: Vec<(i64, bool, String, Timestamp)>,
    /// Records put into quarantine.
    pub quarantine: Vec<QuarantineRow>,
    /// Records that left quarantine.
    pub released: Vec<Release>,
    /// Messages to publish.
    pub outbox: Vec<OutboxRow>,
    /// Status updates.
    pub statuses: Vec<StatusRow>,
    /// Replies to send.
    pub replies: Vec<ReplyRow>,
    /// Replies to be tried again by a person's wish.
    pub retried_replies: Vec<(i64, Timestamp)>,
    /// Tickets whose planned reminders are replaced by those below.
    pub replanned: Vec<TicketKey>,
    /// Reminders planned.
    pub reminders: Vec<ReminderRow>,
    /// Reminders that were sent.
    pub reminded: Vec<i64>,
    /// Positions of channels.
    pub positions: Vec<(String, Value, Timestamp)>,
}
