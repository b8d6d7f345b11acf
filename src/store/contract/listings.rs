//! What people look through, page by page.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    AnswerLedger, FileHead, FileView, Lately, Ledger, Listed, Numbers, Page, QuarantineView, QueueCounts, RecordView,
    ReplyState, ReplyView, ReviewView, SourceFileView, StoreError, TicketFilter, TicketPart, Unanswered,
    UnansweredView, WarningGroup,
};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};
use huiliu_domain::people::Reach;

/// Raw records among which the newest of a channel are looked for: a channel that has brought nothing for long is not looked for in all.
pub const LOOKED_BACK: i64 = 200_000;

/// Listings and counts.
pub trait Listings {
    /// Tickets by filter, newest first, without their complaints; `page.after` is the [`next`](TicketPart::next) of the part before.
    /// What is listed over all parts is all that fits. One that is damaged is left out.
    ///
    /// # Errors
    /// The store cannot be read.
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<TicketPart, StoreError>;

    /// Those of some tickets that lie beyond a reach; of what is not there nothing is said.
    ///
    /// # Errors
    /// The store cannot be read.
    fn beyond(&mut self, reach: &Reach, tickets: &[TicketKey]) -> Result<BTreeSet<TicketKey>, StoreError>;

    /// Numbers of the rows of a list that tell of a ticket in a reach, and of those topics that have no ticket; `page.after` is a number of
    /// the list, or the [`next`](Numbers::next) of the part before. Of an alert any ticket behind it counts, of a topic any that it has, of
    /// a review both. A record in quarantine tells of the ticket of the complaint that has its number; of one without, the scope says by its
    /// channel whether it [holds](huiliu_domain::people::Scope::holds_unplaced) it.
    ///
    /// # Errors
    /// The store cannot be read.
    fn within(&mut self, list: &Listed<'_>, reach: &Reach, page: Page) -> Result<Numbers, StoreError>;

    /// What came and went since a moment of tickets in a reach, by hour from then on.
    ///
    /// # Errors
    /// The store cannot be read.
    fn lately(&mut self, since: Timestamp, reach: &Reach) -> Result<Lately, StoreError>;

    /// Open reviews, the heaviest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError>;

    /// At most `most` open reviews that ask whether a complaint belongs to a ticket, or a complaint of it to another, the heaviest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn open_reviews_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<ReviewView>, StoreError>;

    /// Answered reviews with a number above `page.after`, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError>;

    /// Quarantined records, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError>;

    /// Warnings of accepted records, grouped by channel, field and what they say (in Chinese), the group with the newest one
    /// first; `page.after` is the [`last`](WarningGroup::last) of a group.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn warnings(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError>;

    /// Files that were read as sources of records, newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn source_files(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<SourceFileView>, StoreError>;

    /// Replies by state, newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError>;

    /// The files that came with the records of a complaint, in the order of their arrival.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn files_of(&mut self, complaint: ComplaintKey) -> Result<Vec<FileHead>, StoreError>;

    /// One file with its content.
    ///
    /// # Errors
    /// The store cannot be read, or the file is damaged.
    fn file(&mut self, raw: RawKey, number: u16) -> Result<Option<FileView>, StoreError>;

    /// The ledger (总账), as of one moment. Records of a state that is not known are received and nothing else, so that it does
    /// not balance.
    ///
    /// # Errors
    /// The store cannot be read.
    fn ledger(&mut self) -> Result<Ledger, StoreError>;

    /// How many clocks go on although they were due before a time, by their codes.
    ///
    /// # Errors
    /// The store cannot be read.
    fn overdue_clocks(&mut self, now: Timestamp) -> Result<BTreeMap<String, u64>, StoreError>;

    /// Lengths of the queues, and since when something waits in them.
    ///
    /// # Errors
    /// The store cannot be read.
    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError>;

    /// The ledger per citizen, as of one moment; `sends` says whether replies leave on a channel.
    ///
    /// # Errors
    /// The store cannot be read.
    fn answer_ledger(&mut self, sends: &dyn Fn(&str) -> bool) -> Result<AnswerLedger, StoreError>;

    /// Complaints behind finished tickets whose citizens were not answered, for one reason or for any, oldest first; `sends` says whether
    /// replies leave on a channel, and `page.after` is the number of a complaint.
    ///
    /// # Errors
    /// The store cannot be read, or a name in it is not known.
    fn unanswered(
        &mut self,
        reason: Option<Unanswered>,
        sends: &dyn Fn(&str) -> bool,
        page: Page,
    ) -> Result<Vec<UnansweredView>, StoreError>;

    /// One raw record as it is kept.
    ///
    /// # Errors
    /// The store cannot be read, or the record is damaged.
    fn record(&mut self, raw: RawKey) -> Result<Option<RecordView>, StoreError>;

    /// The raw records that made or changed a complaint or are about it, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn records_of(&mut self, complaint: ComplaintKey) -> Result<Vec<RecordView>, StoreError>;

    /// The newest raw records whose words are not erased, of one channel or of all, the newest first: at most `most`, among the newest
    /// [`LOOKED_BACK`] of all channels.
    ///
    /// # Errors
    /// The store cannot be read.
    fn latest_records(&mut self, channel: Option<&str>, most: usize) -> Result<Vec<RecordView>, StoreError>;

    /// The replies to a complaint, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError>;
}
