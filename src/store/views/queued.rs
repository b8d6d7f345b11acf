//! What waits to leave.

use jiff::Timestamp;
use serde_json::Value;

use crate::{ComplaintView, ReplyState, Told};
use huiliu_domain::key::{ReminderKey, ReplyKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status};
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
    pub id: ReplyKey,
    /// Stable key.
    pub key: String,
    /// Channel.
    pub channel: String,
    /// Status it tells.
    pub status: Status,
    /// How often it was tried.
    pub attempts: u32,
    /// What the citizen is told.
    pub answer: Answer,
    /// The complaint it answers.
    pub complaint: ComplaintView,
    /// The record of that complaint.
    pub record: Value,
}

/// A reply as people see it.
#[derive(Debug, Clone)]
pub struct ReplyView {
    /// Number.
    pub id: ReplyKey,
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
    /// By whom, when and how the citizen was told, where a person did.
    pub told: Option<Told>,
    /// When it was made.
    pub at: Timestamp,
}

/// A reminder whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReminder {
    /// Number.
    pub id: ReminderKey,
    /// Ticket.
    pub ticket: TicketKey,
    /// Share of the time allowed, in percent.
    pub percent: u32,
}

/// A clock that has to tell somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueAlarm {
    /// Ticket.
    pub ticket: TicketKey,
    /// Code of the clock.
    pub clock: String,
}

/// Lengths of the queues, and since when something waits in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueCounts {
    /// Messages to publish.
    pub outbox: u64,
    /// Replies to send.
    pub replies_pending: u64,
    /// Replies given up.
    pub replies_dead: u64,
    /// Replies that wait for a person.
    pub replies_held: u64,
    /// Replies that a person has to give, to citizens whose data is there.
    pub replies_by_hand: u64,
    /// Open questions.
    pub reviews: u64,
    /// Records in quarantine.
    pub quarantine: u64,
    /// When the first of the messages to publish was made.
    pub outbox_since: Option<Timestamp>,
    /// When the first of the replies to send was made.
    pub replies_since: Option<Timestamp>,
    /// When the first of the replies that a person has to give was made.
    pub by_hand_since: Option<Timestamp>,
}
