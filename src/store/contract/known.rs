//! What is known already: the look-ups of a step, by slices, so that a batch asks once.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    ComplaintHead, ComplaintView, FileHead, FileMark, LastSaid, MergeEvent, QuarantineView, RawContent, RawView,
    ReplyView, ReviewView, StatementRow, StatusKnown, StoreError, TicketDetail, UndecidedView,
};
use huiliu_domain::key::{ComplaintKey, RawKey, ReplyKey, ReviewKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status};

/// Look-ups. What is asked for and not there is left out of the answer.
pub trait Known {
    /// The latest raw record of each `(channel, record id)`.
    ///
    /// # Errors
    /// The store cannot be read, or a record's state is damaged.
    fn latest_raw(&mut self, records: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError>;

    /// The latest raw record of each `(channel, record id)` that has the content with this digest.
    ///
    /// # Errors
    /// The store cannot be read, or a record's state is damaged.
    fn raw_with_content(&mut self, records: &[RawContent]) -> Result<HashMap<RawContent, RawView>, StoreError>;

    /// Whether a record that made or changed this complaint came with this file last.
    ///
    /// # Errors
    /// The store cannot be read.
    fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError>;

    /// The complaint of each `(channel, number)`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn heads_by_number(
        &mut self,
        numbers: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError>;

    /// The complaint that a follow-up is about: by receipt number, else by number on the channel, else the latest of the
    /// channel with this telephone hash.
    ///
    /// # Errors
    /// The store cannot be read.
    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError>;

    /// Tickets with at most `complaints` of their complaints each, in the order asked.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError>;

    /// The numbers of tickets by their ids.
    ///
    /// # Errors
    /// The store cannot be read.
    fn ticket_keys(&mut self, ids: &[&str]) -> Result<HashMap<String, TicketKey>, StoreError>;

    /// Complaints, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn complaints(&mut self, keys: &[ComplaintKey]) -> Result<Vec<ComplaintView>, StoreError>;

    /// Complaints by their receipt numbers, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn complaints_by_receipt(&mut self, receipts: &[&str]) -> Result<Vec<ComplaintView>, StoreError>;

    /// Every complaint behind a ticket, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn members(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError>;

    /// What sources have stated later of complaints, in the order in which it was stored.
    ///
    /// # Errors
    /// The store cannot be read, or a statement is damaged.
    fn statements_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<StatementRow>, StoreError>;

    /// Merge events that a ticket took part in, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError>;

    /// One review.
    ///
    /// # Errors
    /// The store cannot be read, or the review is damaged.
    fn review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError>;

    /// A raw record that is in quarantine now.
    ///
    /// # Errors
    /// The store cannot be read, or the record is damaged.
    fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError>;

    /// At most `limit` raw records with a number above `after` that are kept and not decided yet, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn undecided(&mut self, after: RawKey, limit: usize) -> Result<Vec<UndecidedView>, StoreError>;

    /// What is known of each `(ticket, platform, update id)`, in the order asked: one answer for each.
    ///
    /// # Errors
    /// The store cannot be read.
    fn statuses_known(&mut self, updates: &[(TicketKey, &str, &str)]) -> Result<Vec<StatusKnown>, StoreError>;

    /// Status of the last accepted update of each ticket that has one.
    ///
    /// # Errors
    /// The store cannot be read, or a status is damaged.
    fn last_statuses(&mut self, tickets: &[TicketKey]) -> Result<HashMap<TicketKey, Status>, StoreError>;

    /// What the last accepted update of a ticket said; words that were erased are none.
    ///
    /// # Errors
    /// The store cannot be read, or the update is damaged.
    fn last_said(&mut self, ticket: TicketKey) -> Result<Option<LastSaid>, StoreError>;

    /// What the reply with this number tells, if there is one; of an erased complaint that is empty.
    ///
    /// # Errors
    /// The store cannot be read, or the reply is damaged.
    fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError>;

    /// The reply with this number, as people see it.
    ///
    /// # Errors
    /// The store cannot be read, or the reply is damaged.
    fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError>;

    /// The complaints with one of these telephone or identity hashes, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read.
    fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError>;

    /// At most `limit` complaints, oldest first, that were received before a time, whose ticket is finished, that wait for
    /// no reply, and whose data is not erased.
    ///
    /// # Errors
    /// The store cannot be read.
    fn finished_before(&mut self, time: Timestamp, limit: usize) -> Result<Vec<ComplaintKey>, StoreError>;

    /// What is known of the files that records brought, in the order of records and files.
    ///
    /// # Errors
    /// The store cannot be read, or a file's label is damaged.
    fn files_of_records(&mut self, records: &[RawKey]) -> Result<Vec<FileHead>, StoreError>;

    /// The last answer that a complaint's citizen was given; none where there was none, or where it was erased.
    ///
    /// # Errors
    /// The store cannot be read, or the answer is damaged.
    fn last_answer(&mut self, complaint: ComplaintKey) -> Result<Option<Answer>, StoreError>;
}
