//! The store: raw records, complaints, tickets, merge events, outbox, replies. The only place that knows SQL.
//!
//! [`Store`] is what every engine offers; [`sqlite`] is the embedded one. It is synchronous and has one owner, a thread of
//! its own behind [`StoreHandle`]. Everything a step of the pipeline changes is one [`Changes`] value and one transaction.
//! What is personal is sealed by the [`Vault`] before it reaches a table; only keyed hashes are searchable.

mod changes;
mod handle;
mod keys;
pub mod sqlite;
mod vault;
mod views;

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

pub use changes::{
    Amendment, CannotLink, Changes, ComplaintRow, ImprintRow, MergeEvent, MergeKind, NewRaw, OutboxRow, QuarantineRow,
    RawState, Release, ReminderRow, ReplyRow, ReplyState, ReviewRow, StatusRow, Verdict,
};
pub use handle::{StoreHandle, StoreTask};
pub use keys::{KeyError, KeyRing};
pub use vault::{Vault, VaultError};
pub use views::{
    ComplaintHead, ComplaintView, Corpus, CorpusContent, Counters, DueReminder, Finding, FindingState, Ledger, Page,
    PendingMessage, PendingReply, QuarantineView, QueueCounts, RawView, ReplyView, ReviewView, TicketDetail,
    TicketFilter, TokenRow,
};

use crate::merge::{ComplaintKey, TicketKey};
use crate::ticket::Status;

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or failed.
    #[error("the database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database's schema cannot be brought up to date.
    #[error("the database cannot be migrated: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    /// Sealed content cannot be opened with the keys at hand.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A stored document is not what this version writes.
    #[error("a stored document cannot be read: {0}")]
    Document(#[from] serde_json::Error),
    /// Another process writes to the database.
    #[error("{path} is in use by another huiliu process; stop it first ({reason})")]
    Locked {
        /// The database file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The database file cannot be made or opened.
    #[error("{path} cannot be opened: {reason}")]
    File {
        /// The database file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The store's thread has stopped.
    #[error("the store has stopped")]
    Stopped,
}

/// What every engine offers.
pub trait Store: Send {
    /// The next free numbers.
    fn counters(&mut self) -> Result<Counters, StoreError>;
    /// Everything needed to rebuild the merge index: complaints with a number above `after`, at most `limit`, oldest first; each
    /// with its imprint of this reading, or whole where there is none.
    fn corpus(
        &mut self,
        after: ComplaintKey,
        limit: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError>;
    /// All cannot-links.
    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError>;
    /// Takes over part of a step. It counts once [`Store::commit`] has written the rest, and is gone after
    /// [`Store::abandon`]; until then nobody sees it.
    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError>;
    /// Writes one step of the pipeline, what was written ahead of it included, in one transaction. After an error nothing of
    /// the step is left.
    fn commit(&mut self, rest: Changes) -> Result<(), StoreError>;
    /// Forgets what was written ahead.
    fn abandon(&mut self);

    /// Writes and takes away again as much as a step may need: whether the disk works and has room.
    fn probe(&mut self) -> Result<(), StoreError>;

    /// The latest raw record of each `(channel, record id)`.
    fn latest_raw(&mut self, keys: &[(String, String)]) -> Result<HashMap<(String, String), RawView>, StoreError>;
    /// The complaints of `(channel, number)`.
    fn complaints_by_number(
        &mut self,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), ComplaintHead>, StoreError>;
    /// The complaint that a follow-up is about: by receipt number, by number on the channel, by telephone hash.
    fn complaint_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError>;
    /// One raw record with its content.
    fn raw_body(&mut self, raw_id: i64) -> Result<Option<(String, String, Value)>, StoreError>;
    /// Tickets with at most `complaints` of their complaints each.
    fn tickets(&mut self, keys: &[TicketKey], complaints: usize) -> Result<Vec<TicketDetail>, StoreError>;
    /// One ticket's number by its id.
    fn ticket_key(&mut self, id: &str) -> Result<Option<TicketKey>, StoreError>;
    /// Tickets by filter, newest first.
    fn list_tickets(&mut self, filter: &TicketFilter, page: Page) -> Result<Vec<TicketDetail>, StoreError>;
    /// Every complaint behind a ticket, with what replies need.
    fn complaints_of(&mut self, ticket: TicketKey) -> Result<Vec<ComplaintView>, StoreError>;
    /// Merge events of a ticket, oldest first.
    fn merge_events(&mut self, ticket: TicketKey) -> Result<Vec<MergeEvent>, StoreError>;
    /// Open reviews, the heaviest first.
    fn open_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError>;
    /// Answered reviews with a number above `page.after`, oldest first.
    fn answered_reviews(&mut self, page: Page) -> Result<Vec<ReviewView>, StoreError>;
    /// One review.
    fn review(&mut self, id: i64) -> Result<Option<ReviewView>, StoreError>;
    /// Quarantined records, oldest first.
    fn quarantine(&mut self, channel: Option<&str>, page: Page) -> Result<Vec<QuarantineView>, StoreError>;

    /// The stored position of a channel.
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError>;
    /// Unpublished messages with an id above `after`, oldest first: of at most `limit` of them those that `wanted` picks by
    /// everything but their body, which is read of these only. Also the id of the last one looked at.
    fn pending_messages(
        &mut self,
        after: i64,
        limit: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError>;
    /// Marks messages as published.
    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError>;
    /// Replies whose time has come.
    fn due_replies(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PendingReply>, StoreError>;
    /// Notes how an attempt to reply ended.
    fn mark_reply(
        &mut self,
        id: i64,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError>;
    /// Whether there is a reply with this number.
    fn reply_exists(&mut self, id: i64) -> Result<bool, StoreError>;
    /// Replies by state, newest first.
    fn list_replies(&mut self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError>;
    /// Reminders whose time has come.
    fn due_reminders(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueReminder>, StoreError>;
    /// Sequence of the last accepted status update of a ticket by a platform, and whether an update id is known.
    fn status_known(
        &mut self,
        ticket: TicketKey,
        platform: &str,
        update_id: &str,
    ) -> Result<(Option<i64>, bool), StoreError>;

    /// Status of the last accepted update of a ticket.
    fn last_status(&mut self, ticket: TicketKey) -> Result<Option<Status>, StoreError>;
    /// One complaint.
    fn complaint(&mut self, id: ComplaintKey) -> Result<Option<ComplaintView>, StoreError>;
    /// One complaint by its receipt number.
    fn complaint_by_receipt(&mut self, receipt: &str) -> Result<Option<ComplaintView>, StoreError>;

    /// The ledger (总账).
    fn ledger(&mut self) -> Result<Ledger, StoreError>;
    /// Lengths of the queues.
    fn queue_counts(&mut self) -> Result<QueueCounts, StoreError>;
    /// Notes that a pack version went live.
    fn note_settings(&mut self, version: &str, city: &str, at: Timestamp) -> Result<(), StoreError>;
    /// Access tokens.
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError>;
    /// Adds or replaces an access token.
    fn put_token(&mut self, token: &TokenRow) -> Result<(), StoreError>;
    /// Removes an access token; whether there was one.
    fn remove_token(&mut self, name: &str) -> Result<bool, StoreError>;

    /// Checks the whole store; with `repair`, mends what can be mended without a decision.
    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError>;
    /// Erases the personal data of the complaints with a telephone or identity hash, or of one receipt number. Gives the
    /// number of complaints erased.
    fn erase(&mut self, hashes: &[u64], receipt: Option<&str>, now: Timestamp) -> Result<usize, StoreError>;
    /// Erases the personal data of at most `limit` complaints that were received before a time and whose ticket is
    /// finished. Gives their number.
    fn erase_finished(&mut self, before: Timestamp, limit: usize, now: Timestamp) -> Result<usize, StoreError>;
    /// Removes messages published before a time. Gives their number.
    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError>;
    /// Seals again with the current key what an older key sealed, at most `limit` rows. Gives the number done.
    fn reseal(&mut self, limit: usize) -> Result<usize, StoreError>;
}
