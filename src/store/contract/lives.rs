//! What the life of one matter is told from.

use crate::{
    AskedView, DeliveryView, MessageView, Occurrence, OccurrenceKind, Page, ReminderView, ReplyTimes, StoreError,
    UpdateView, WarningRow,
};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};

/// The parts of a life, each in the order in which it was stored.
pub trait Lives {
    /// At most `limit` messages of a ticket that are still kept: the latest.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn messages_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<MessageView>, StoreError>;

    /// At most `limit` deliveries of a ticket that are still kept: the latest.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn deliveries_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<DeliveryView>, StoreError>;

    /// At most `limit` status updates of a ticket that were not refused: the latest.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn updates_of(&mut self, ticket: TicketKey, limit: usize) -> Result<Vec<UpdateView>, StoreError>;

    /// The reminders of a ticket.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn reminders_of(&mut self, ticket: TicketKey) -> Result<Vec<ReminderView>, StoreError>;

    /// The questions about a complaint, and who answered them.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn reviews_of(&mut self, complaint: ComplaintKey) -> Result<Vec<AskedView>, StoreError>;

    /// The warnings of raw records.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn warnings_of(&mut self, records: &[RawKey]) -> Result<Vec<WarningRow>, StoreError>;

    /// The versions of the pack that mapped raw records, in the order of their numbers.
    ///
    /// # Errors
    /// The store cannot be read.
    fn versions_of(&mut self, records: &[RawKey]) -> Result<Vec<(RawKey, String)>, StoreError>;

    /// The times of the replies to a complaint.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn reply_times(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyTimes>, StoreError>;

    /// What happened to these subjects, of one kind: of each at most [`Occurrence::MAX_OF_A_KIND`] are kept.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn occurrences(&mut self, kind: OccurrenceKind, subjects: &[i64]) -> Result<Vec<Occurrence>, StoreError>;

    /// Notices that were sent, the newest first, with their numbers; their subjects are tickets.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn notices(&mut self, page: Page) -> Result<Vec<(i64, Occurrence)>, StoreError>;
}
