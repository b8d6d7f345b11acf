//! Everything one step of the desk writes, in one value and one transaction.

mod complaints;
mod deliveries;
mod drafts;
mod editions;
mod evaluations;
mod life;
mod merges;
mod packs;
mod queued;
mod records;
mod rewards;
mod source_files;
mod statements;
mod topics;
mod warnings;
mod watching;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::ForeignNumber;
pub use complaints::{Amendment, ComplaintRow, Erasure, ImprintRow};
pub(super) use deliveries::without_complaint;
pub use deliveries::{DeliveryResult, DeliveryRow, DeliveryState};
pub use drafts::DraftContent;
pub use editions::NewEdition;
pub use evaluations::{CallBackChange, CallBackRow, RatingRow};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::complaint::ComplaintState;
use huiliu_domain::key::{ComplaintKey, RawKey, ReminderKey, TicketKey, TopicKey};
use huiliu_domain::report::Fact;
use huiliu_domain::ticket::Ticket;
pub use life::{Occurrence, OccurrenceKind};
pub use merges::{CannotLink, MergeEvent, MergeKind, ReviewAnswer, ReviewRow};
pub use packs::{LivePack, PackCause};
pub use queued::{
    AlarmPlan, ByHandReason, OutboxRow, ReminderRow, ReplyRow, ReplyState, RetriedReply, StatusRow, Told, ToldReply,
    Verdict,
};
pub use records::{FileRow, NewRaw, Placement, QuarantineRow, RawState};
pub use rewards::RewardChange;
pub use source_files::{FileCounts, FileMark, SeenAgain, SourceFileRow, SourceFileState, SourceSheet};
pub use statements::StatementRow;
pub use topics::{TopicComplaint, TopicRow};
pub use warnings::WarningRow;
pub use watching::{AlertChange, AlertRow, SightingRow};

/// Everything one step of the desk writes, or part of it.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Raw records.
    pub raw: Vec<NewRaw>,
    /// Files that came with them.
    pub files: Vec<FileRow>,
    /// Records that came again in a file.
    pub seen_again: Vec<SeenAgain>,
    /// New complaints.
    pub complaints: Vec<Arc<ComplaintRow>>,
    /// Changed complaints.
    pub amendments: Vec<Amendment>,
    /// What sources state later of complaints.
    pub statements: Vec<StatementRow>,
    /// What was said of results.
    pub ratings: Vec<RatingRow>,
    /// What happens to call-backs.
    pub call_backs: Vec<CallBackChange>,
    /// What complaints were seen to be about.
    pub sightings: Vec<SightingRow>,
    /// What happens to surges and warnings.
    pub alerts: Vec<AlertChange>,
    /// Topics as they are from now on.
    pub topics: Vec<TopicRow>,
    /// What happens to points of citizens.
    pub rewards: Vec<RewardChange>,
    /// Topics that cannot be read, and when it is tried again to look at them.
    pub put_off_topics: Vec<(TopicKey, Timestamp)>,
    /// Complaints that come to topics.
    pub topic_complaints: Vec<TopicComplaint>,
    /// Complaints whose citizens wait for an answer no longer, or again.
    pub states: Vec<(ComplaintKey, ComplaintState)>,
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
    /// Answered questions.
    pub review_answers: Vec<ReviewAnswer>,
    /// Records put into quarantine.
    pub quarantine: Vec<QuarantineRow>,
    /// Records kept before that are placed now.
    pub placed: Vec<Placement>,
    /// Warnings of records that were accepted.
    pub warnings: Vec<WarningRow>,
    /// Messages to publish.
    pub outbox: Vec<OutboxRow>,
    /// Messages to deliver by other ways.
    pub deliveries: Vec<DeliveryRow>,
    /// What other systems call tickets, where it was learned from their records.
    pub foreign_numbers: Vec<ForeignNumber>,
    /// Status updates.
    pub statuses: Vec<StatusRow>,
    /// Replies to send.
    pub replies: Vec<ReplyRow>,
    /// What happened that the rows it happened to do not keep.
    pub occurrences: Vec<Occurrence>,
    /// What counts of what happened.
    pub facts: Vec<Fact>,
    /// Replies to be tried again by a person's wish.
    pub retried_replies: Vec<RetriedReply>,
    /// Replies that a person gave by hand.
    pub told_replies: Vec<ToldReply>,
    /// Tickets whose planned reminders are replaced by those below.
    pub replanned: Vec<TicketKey>,
    /// Reminders planned.
    pub reminders: Vec<ReminderRow>,
    /// Reminders that were sent.
    pub reminded: Vec<ReminderKey>,
    /// What clocks will tell.
    pub alarms: Vec<AlarmPlan>,
    /// Notices that were sent: to whom, by the code of the person or desk, and on which day of the city.
    pub noticed: Vec<(String, Date)>,
    /// Complaints whose personal data goes; after everything else of its part was written.
    pub erased: Vec<Erasure>,
    /// Files that go with it although their records stay, by record and number.
    pub files_gone: Vec<(RawKey, u16)>,
    /// What reading source files has come to.
    pub source_files: Vec<SourceFileRow>,
    /// Positions of channels.
    pub positions: Vec<(String, Value, Timestamp)>,
    /// What people did in it, for the audit log.
    pub audit: Vec<AuditEntry>,
}
