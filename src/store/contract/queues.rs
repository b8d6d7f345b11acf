//! What waits: messages, replies, reminders; and where channels are.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::{DueAlarm, DueReminder, PendingMessage, PendingReply, ReplyState, StoreError};
use huiliu_domain::key::ReplyKey;

/// Queues: what leaves the store, in order, and what became of it.
pub trait Queues {
    /// The stored position of a channel.
    ///
    /// # Errors
    /// The store cannot be read, or the position is damaged.
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError>;

    /// Unpublished messages with an id above `after`, oldest first: of at most `limit` of them those that `wanted` picks by
    /// everything but their body, which is read of these only. Also the id of the last one looked at.
    ///
    /// # Errors
    /// The store cannot be read, or a message is damaged.
    fn pending_messages(
        &mut self,
        after: i64,
        limit: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError>;

    /// Marks messages as published.
    ///
    /// # Errors
    /// The store cannot be written; then none is marked.
    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError>;

    /// At most `limit` replies whose time has come: a few of each channel, and never one before an earlier one of the same
    /// complaint.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged: that one is named, also where its complaint or record is.
    fn due_replies(&mut self, now: Timestamp, limit: usize) -> Result<Vec<PendingReply>, StoreError>;

    /// Notes how an attempt to reply ended. Without `next_at` the time of the next attempt stays.
    ///
    /// # Errors
    /// The store cannot be written.
    fn mark_reply(
        &mut self,
        key: ReplyKey,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// At most `limit` unsent reminders whose time has come, the earliest first.
    ///
    /// # Errors
    /// The store cannot be read.
    fn due_reminders(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueReminder>, StoreError>;

    /// At most `limit` clocks that have to tell somebody, those that wait longest first.
    ///
    /// # Errors
    /// The store cannot be read.
    fn due_alarms(&mut self, now: Timestamp, limit: usize) -> Result<Vec<DueAlarm>, StoreError>;

    /// How many notices a person or desk was sent on a day of the city. Days before the last one on which there was one are
    /// forgotten.
    ///
    /// # Errors
    /// The store cannot be read.
    fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError>;
}
