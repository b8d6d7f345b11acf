//! The plain store: what the contract says, in ordered maps in memory. No SQL, no sealing, no index, no cleverness; a commit
//! copies everything, so that it is all or nothing by itself.
//!
//! Tests judge other engines by it. It keeps personal data unsealed, in memory only.

mod audit;
mod commit;
mod deliveries;
mod drafts;
mod editions;
mod erase;
mod evaluations;
mod facts;
mod foreign;
mod known;
mod listings;
mod lives;
mod packs;
mod people;
mod queues;
mod remarks;
mod rewards;
mod searches;
mod steps;
mod topics;
mod upkeep;
mod watching;
mod within;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::{
    AlertView, CallBackView, Changes, ComplaintHead, ComplaintRow, ComplaintView, Draft, Edition, EditionFile, FileRow,
    ForeignNumber, LivePack, MergeEvent, NewRaw, Occurrence, OutboxRow, PauseRow, PersonRow, QuarantineRow,
    QuarantineView, RatingRow, RawView, ReminderRow, ReplyRow, ReplyState, ReviewRow, ReviewView, SessionRow,
    StatementRow, StatusRow, TokenRow, Told, WarningRow,
};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::complaint::{ComplaintState, RewardEntry};
use huiliu_domain::key::{ComplaintKey, DeliveryKey, RawKey, ReminderKey, ReplyKey, ReviewKey, TicketKey, TopicKey};
use huiliu_domain::report::{Key, Tally};
use huiliu_domain::ticket::{Ticket, Topic};

/// A store in memory. Handles made by [`Model::beside`] share what was committed.
#[derive(Default)]
pub(super) struct Model {
    contents: Arc<Mutex<Contents>>,
    /// Parts of a step that is not committed yet.
    ahead: Vec<Changes>,
}

impl Model {
    /// Another handle on the same store.
    pub(super) fn beside(&self) -> Self {
        Self { contents: Arc::clone(&self.contents), ahead: Vec::new() }
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that was committed.
#[derive(Clone, Default)]
struct Contents {
    raw: BTreeMap<RawKey, NewRaw>,
    /// Records of which the adapter's id is not shown any more.
    unlabelled: BTreeSet<RawKey>,
    files: BTreeMap<(RawKey, u16), FileRow>,
    complaints: BTreeMap<ComplaintKey, Kept>,
    statements: Vec<StatementRow>,
    ratings: Vec<RatingRow>,
    /// In the order of their numbers.
    call_backs: Vec<CallBackView>,
    sightings: BTreeMap<(String, ComplaintKey), (String, Timestamp)>,
    topics: BTreeMap<TopicKey, Topic>,
    rewards: BTreeMap<(ComplaintKey, String, u32), RewardEntry>,
    topic_complaints: BTreeSet<(TopicKey, ComplaintKey)>,
    /// In the order of their numbers, with the complaints behind each.
    alerts: Vec<(AlertView, BTreeSet<ComplaintKey>)>,
    imprints: BTreeMap<ComplaintKey, (u64, Vec<u8>)>,
    tickets: BTreeMap<TicketKey, Ticket>,
    events: Vec<MergeEvent>,
    cannot_links: BTreeSet<(ComplaintKey, ComplaintKey)>,
    reviews: BTreeMap<ReviewKey, (ReviewRow, Option<bool>)>,
    /// Who answered reviews, and when.
    reviewers: BTreeMap<ReviewKey, (String, Timestamp)>,
    quarantine: BTreeMap<RawKey, QuarantineRow>,
    warnings: BTreeMap<i64, WarningRow>,
    source_files: BTreeMap<i64, remarks::KeptFile>,
    /// By number, with when they were published.
    outbox: BTreeMap<i64, (OutboxRow, Option<Timestamp>)>,
    /// The number of the last message: none is given twice.
    last_message: i64,
    deliveries: BTreeMap<DeliveryKey, deliveries::KeptDelivery>,
    /// The number of the last delivery: none is given twice.
    last_delivery: DeliveryKey,
    /// By ticket and destination.
    foreign: BTreeMap<(TicketKey, String), ForeignNumber>,
    statuses: Vec<StatusRow>,
    /// Places of those of which nothing is shown any more.
    erased_statuses: BTreeSet<usize>,
    replies: BTreeMap<ReplyKey, KeptReply>,
    /// What happened, with its number.
    occurrences: Vec<(i64, Occurrence)>,
    /// What facts come to, by day and key.
    cells: BTreeMap<(Date, Key), Tally>,
    /// The days of facts, and whether they are in a sum.
    fact_rows: Vec<(Date, bool)>,
    reminders: BTreeMap<ReminderKey, (ReminderRow, bool)>,
    alarms: BTreeMap<(TicketKey, String), Timestamp>,
    notice_counts: BTreeMap<String, (Date, u32)>,
    positions: BTreeMap<String, Value>,
    settings: BTreeMap<String, (String, Timestamp)>,
    tokens: BTreeMap<String, TokenRow>,
    pauses: BTreeMap<String, PauseRow>,
    people: BTreeMap<String, PersonRow>,
    /// In the order in which they began.
    sessions: Vec<SessionRow>,
    packs: BTreeMap<i64, LivePack>,
    /// With their files.
    drafts: BTreeMap<i64, (Draft, Vec<u8>)>,
    /// The number of the last draft: none is given twice.
    last_draft: i64,
    /// With their files.
    editions: BTreeMap<i64, (Edition, Vec<EditionFile>)>,
    /// The number of the last edition: none is given twice.
    last_edition: i64,
    /// By bulletin and token, when a board fetched last.
    boards: BTreeMap<(String, String), Timestamp>,
    audit: BTreeMap<i64, AuditEntry>,
    /// The number of the last entry of the audit log: none is given twice.
    last_audit: i64,
}

/// A complaint with what has happened to it.
#[derive(Clone)]
struct Kept {
    row: ComplaintRow,
    revision: u32,
    erased: bool,
    state: ComplaintState,
}

/// A reply with what has happened to it.
#[derive(Clone)]
struct KeptReply {
    row: ReplyRow,
    state: ReplyState,
    attempts: u32,
    next_at: Timestamp,
    done_at: Option<Timestamp>,
    last_error: Option<String>,
    told: Option<Told>,
    erased: bool,
}

impl Contents {
    fn view(&self, kept: &Kept) -> ComplaintView {
        ComplaintView {
            id: kept.row.id,
            receipt: kept.row.receipt.clone(),
            ticket: kept.row.ticket,
            raw_id: kept.row.raw_id,
            received_at: kept.row.received_at,
            erased: kept.erased,
            revision: kept.revision,
            state: kept.state,
            complaint: kept.row.complaint.clone(),
        }
    }

    fn members(&self, ticket: TicketKey) -> Vec<ComplaintView> {
        self.complaints.values().filter(|kept| kept.row.ticket == ticket).map(|kept| self.view(kept)).collect()
    }

    fn review(&self, key: ReviewKey) -> Option<ReviewView> {
        let (row, answer) = self.reviews.get(&key)?;
        Some(ReviewView {
            id: key,
            complaint: row.complaint,
            current_ticket: self.complaints.get(&row.complaint)?.row.ticket,
            ticket: row.ticket,
            at: row.at,
            answer: *answer,
            evidence: row.evidence.clone(),
        })
    }

    fn raw_view(&self, raw: &NewRaw) -> RawView {
        let complaint = raw.complaint.and_then(|key| self.complaints.get(&key));
        RawView {
            id: raw.id,
            digest: raw.digest,
            state: raw.state,
            complaint: raw.complaint,
            rule: raw.rule.clone(),
            receipt: complaint.map(|found| found.row.receipt.clone()),
            erased: complaint.is_some_and(|found| found.erased),
            source_file: raw.source_file,
        }
    }

    /// The adapter's id of a record, as far as it is shown.
    fn label(&self, raw: &NewRaw) -> String {
        if self.unlabelled.contains(&raw.id) { String::new() } else { raw.record_id.clone() }
    }

    fn quarantined(&self, key: RawKey) -> Option<QuarantineView> {
        let (row, raw) = (self.quarantine.get(&key)?, self.raw.get(&key)?);
        Some(QuarantineView {
            raw_id: key,
            channel: row.channel.clone(),
            record_id: self.label(raw),
            at: row.at,
            problems: row.problems.clone(),
            source_file: raw.source_file,
            body: raw.body.clone(),
        })
    }
}

impl Kept {
    fn head(&self) -> ComplaintHead {
        let row = &self.row;
        ComplaintHead { id: row.id, receipt: row.receipt.clone(), ticket: row.ticket, erased: self.erased }
    }
}

/// Times are kept to the millisecond.
fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
