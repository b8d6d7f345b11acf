//! What an engine writes: numbers (keys, counts, milliseconds, hashes), names and codes in clear, and sealed bytes.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{
    Mark, SealedAudit, SealedDelivery, SealedErasure, SealedForeignNumber, SealedOccurrence, SealedRating, SealedTopic,
};
use crate::{
    AlarmPlan, AlertChange, CallBackChange, CannotLink, ReminderRow, ReviewAnswer, RewardChange, SeenAgain,
    SightingRow, TopicComplaint,
};
use huiliu_domain::complaint::ComplaintState;
use huiliu_domain::key::{ComplaintKey, RawKey, ReminderKey, TicketKey, TopicKey};
use huiliu_domain::report::Fact;

/// What an engine writes of one part of a step, in this order.
pub(crate) struct SealedChanges<'a> {
    pub raw: Vec<SealedRaw<'a>>,
    pub files: Vec<SealedFile>,
    pub seen_again: &'a [SeenAgain],
    pub complaints: Vec<SealedComplaint<'a>>,
    pub amendments: Vec<SealedAmendment<'a>>,
    pub statements: Vec<SealedStatement>,
    pub ratings: Vec<SealedRating<'a>>,
    pub call_backs: &'a [CallBackChange],
    pub sightings: &'a [SightingRow],
    pub alerts: &'a [AlertChange],
    pub topics: Vec<SealedTopic<'a>>,
    pub rewards: &'a [RewardChange],
    pub put_off_topics: &'a [(TopicKey, Timestamp)],
    pub topic_complaints: &'a [TopicComplaint],
    pub states: &'a [(ComplaintKey, ComplaintState)],
    pub imprints: Vec<SealedImprint>,
    pub tickets: Vec<SealedTicket<'a>>,
    pub events: Vec<SealedEvent<'a>>,
    pub reviews: Vec<SealedReview>,
    pub quarantine: Vec<SealedQuarantine<'a>>,
    pub placed: Vec<SealedPlacement<'a>>,
    pub warnings: Vec<SealedWarning<'a>>,
    pub messages: Vec<SealedMessage<'a>>,
    pub deliveries: Vec<SealedDelivery<'a>>,
    pub foreign_numbers: Vec<SealedForeignNumber<'a>>,
    pub statuses: Vec<SealedStatus>,
    pub replies: Vec<SealedReply<'a>>,
    pub occurrences: Vec<SealedOccurrence<'a>>,
    pub facts: &'a [Fact],
    pub erased: Vec<SealedErasure>,
    pub files_gone: &'a [(RawKey, u16)],
    pub source_files: Vec<SealedSourceFile<'a>>,
    pub moves: &'a [(ComplaintKey, TicketKey)],
    pub cannot_links: &'a [CannotLink],
    pub lifted_links: &'a [(ComplaintKey, ComplaintKey)],
    pub review_answers: &'a [ReviewAnswer],
    pub retried_replies: Vec<SealedRetriedReply>,
    pub told_replies: Vec<SealedToldReply>,
    pub replanned: &'a [TicketKey],
    pub reminders: &'a [ReminderRow],
    pub reminded: &'a [ReminderKey],
    pub alarms: &'a [AlarmPlan],
    pub noticed: &'a [(String, Date)],
    pub positions: Vec<SealedPosition<'a>>,
    pub audit: Vec<SealedAudit>,
}

pub(crate) struct SealedPosition<'a> {
    pub channel: &'a str,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedRaw<'a> {
    pub id: i64,
    pub channel: &'a str,
    pub record_mark: Mark,
    /// The adapter's id of it, sealed.
    pub label: Vec<u8>,
    pub digest: &'a [u8],
    pub state: &'static str,
    pub complaint: Option<i64>,
    pub rule: Option<Vec<u8>>,
    pub received_at: i64,
    pub settings_version: &'a str,
    pub source_file: Option<i64>,
    pub body: Vec<u8>,
}

pub(crate) struct SealedFile {
    pub raw: i64,
    pub number: u16,
    pub size_bytes: i64,
    pub label: Vec<u8>,
    pub body: Vec<u8>,
}

pub(crate) struct SealedComplaint<'a> {
    pub id: i64,
    pub channel: &'a str,
    pub number_mark: Mark,
    pub receipt: &'a str,
    pub raw: i64,
    pub ticket: i64,
    pub district: Option<&'a str>,
    pub category: &'a str,
    pub received_at: i64,
    /// Of telephone, identity number and account.
    pub hashes: [Option<i64>; 3],
    pub body: Vec<u8>,
}

pub(crate) struct SealedAmendment<'a> {
    pub id: i64,
    pub raw: i64,
    pub district: Option<&'a str>,
    pub category: &'a str,
    /// Of telephone, identity number and account.
    pub hashes: [Option<i64>; 3],
    pub body: Vec<u8>,
}

pub(crate) struct SealedStatement {
    pub complaint: i64,
    pub raw: i64,
    pub mark: Mark,
    pub kind: &'static str,
    pub at: i64,
    pub received_at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedImprint {
    pub complaint: i64,
    pub reading: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedTicket<'a> {
    pub key: i64,
    pub id: &'a str,
    pub version: i64,
    pub status: &'static str,
    pub category: &'a str,
    pub district: &'a str,
    pub department: &'a str,
    pub grade: &'a str,
    pub due_at: Option<i64>,
    pub created_at: i64,
    pub finished_at: Option<i64>,
    pub complaints: i64,
    pub pinned: bool,
    pub successor: Option<&'a str>,
    pub recurrence_of: Option<&'a str>,
    pub waits: Option<&'a str>,
    pub body: Vec<u8>,
    /// When its running clocks are due; none where it never had a clock.
    pub clocks: Option<Vec<(&'a str, i64)>>,
    /// The units that have to do with it by acts.
    pub units: BTreeSet<&'a str>,
}

pub(crate) struct SealedEvent<'a> {
    pub decision: i64,
    pub at: i64,
    pub kind: &'static str,
    pub complaint: Option<i64>,
    pub from: Option<i64>,
    pub to: i64,
    pub actor: &'a str,
    pub settings_version: &'a str,
    pub evidence: Option<Vec<u8>>,
}

pub(crate) struct SealedReview {
    pub complaint: i64,
    pub ticket: i64,
    /// Match weight (log2).
    pub weight: f64,
    pub at: i64,
    pub evidence: Vec<u8>,
}

pub(crate) struct SealedQuarantine<'a> {
    pub raw: i64,
    pub channel: &'a str,
    pub at: i64,
    pub problems: Vec<u8>,
}

pub(crate) struct SealedPlacement<'a> {
    pub raw: i64,
    pub state: &'static str,
    pub complaint: Option<i64>,
    pub rule: Option<Vec<u8>>,
    pub settings_version: &'a str,
    pub leaves_quarantine: bool,
    /// What stands in place of its content and its label, when they go together with its files.
    pub erased: Option<(Vec<u8>, Vec<u8>)>,
}

pub(crate) struct SealedMessage<'a> {
    pub ticket: i64,
    pub ticket_id: &'a str,
    pub version: i64,
    pub exchange: &'a str,
    pub routing_key: &'a str,
    pub message_id: &'a str,
    pub kind: &'a str,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedStatus {
    pub ticket: i64,
    pub platform_mark: Mark,
    pub sequence: i64,
    pub update_mark: Mark,
    pub status: &'static str,
    pub verdict: &'static str,
    pub occurred_at: i64,
    pub received_at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedReply<'a> {
    pub key: &'a str,
    pub complaint: i64,
    pub ticket: i64,
    pub channel: &'a str,
    pub status: &'static str,
    pub state: &'static str,
    /// Why it is held, sealed.
    pub error: Option<Vec<u8>>,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedRetriedReply {
    pub reply: i64,
    pub at: i64,
    /// Other words, where there are such.
    pub body: Option<Vec<u8>>,
}

pub(crate) struct SealedWarning<'a> {
    pub raw: i64,
    pub channel: &'a str,
    pub field: &'a str,
    /// Keyed hash of what it says: equal for those that say the same.
    pub saying: i64,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct SealedSourceFile<'a> {
    pub channel: &'a str,
    pub mark: i64,
    pub size_bytes: i64,
    pub modified_at: i64,
    pub at: i64,
    pub finished: bool,
    pub state: &'static str,
    pub rows: i64,
    /// Taken, amended, repeated, set aside, discarded: of this batch.
    pub counts: [i64; 5],
    pub body: Vec<u8>,
}

pub(crate) struct SealedToldReply {
    pub reply: i64,
    pub at: i64,
    pub told: Vec<u8>,
}
