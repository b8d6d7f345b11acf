//! What waits: messages, replies, reminders; and positions.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::params;
use serde_json::Value;

use super::answers::renew_of;
use super::cells::{COMPLAINT, blob, complaint, optional_blob, text};
use super::lives::write_occurrence;
use super::{SqliteStore, limit};
use crate::sealed::{DueReplyCells, MessageCells, ms};
use crate::{
    DueAlarm, DueReminder, Occurrence, OccurrenceKind, PendingMessage, PendingReply, Queues, ReplyState, StoreError,
};
use huiliu_domain::key::{ReminderKey, ReplyKey, TicketKey};

pub(super) const PENDING_MESSAGES: &str =
    "SELECT id, ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body FROM outbox
     WHERE published_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2";

impl Queues for SqliteStore {
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError> {
        let sql = "SELECT id, body FROM position WHERE channel = ?1";
        Ok(self.all(sql, params![channel], |row| self.sealer.position(row.get(0)?, blob(row, 1)?))?.pop())
    }

    fn pending_messages(
        &mut self,
        after: i64,
        most: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        let mut last = None;
        let found = self.all(PENDING_MESSAGES, params![after, limit(most)], |row| {
            let mut message = self.sealer.message(MessageCells {
                id: row.get(0)?,
                ticket: row.get(1)?,
                ticket_id: row.get(2)?,
                version: row.get(3)?,
                exchange: row.get(4)?,
                routing_key: row.get(5)?,
                message_id: row.get(6)?,
                kind: row.get(7)?,
                at: row.get(8)?,
            })?;
            last = Some(message.id);
            if !wanted(&message) {
                return Ok(None);
            }
            message.body = self.sealer.message_body(message.id, blob(row, 9)?)?;
            Ok(Some(message))
        })?;
        Ok((found.into_iter().flatten().collect(), last))
    }

    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut statement = transaction.prepare_cached("UPDATE outbox SET published_at = ?2 WHERE id = ?1")?;
            for id in ids {
                statement.execute(params![id, ms(at)])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    fn due_replies(&mut self, now: Timestamp, most: usize) -> Result<Vec<PendingReply>, StoreError> {
        // A few of each channel, so that a slow one does not keep the others waiting; and never a reply before an earlier
        // one of the same complaint.
        let sql = format!(
            "SELECT r.id, r.key, r.channel, r.status, r.attempts, r.body, w.body, {COMPLAINT} FROM (
                 SELECT *, row_number() OVER (PARTITION BY channel ORDER BY next_at, id) AS place FROM reply
                 WHERE state = 'pending' AND next_at <= ?1 AND NOT EXISTS (
                     SELECT 1 FROM reply earlier WHERE earlier.complaint_id = reply.complaint_id
                         AND earlier.id < reply.id AND earlier.state = 'pending')
             ) r JOIN complaint c ON c.id = r.complaint_id LEFT JOIN raw_record w ON w.id = c.raw_id
             WHERE r.place <= 8 ORDER BY r.next_at, r.id LIMIT ?2"
        );
        self.all(&sql, params![ms(now), limit(most)], |row| {
            let id = row.get(0)?;
            let cells = DueReplyCells {
                id,
                key: row.get(1)?,
                channel: row.get(2)?,
                status: text(row, 3)?,
                attempts: row.get(4)?,
                body: blob(row, 5)?,
                record: optional_blob(row, 6)?,
                complaint: complaint(row, 7)?,
            };
            self.sealer.due_reply(cells).map_err(|error| error.met_by("reply", id))
        })
    }

    fn mark_reply(
        &mut self,
        key: ReplyKey,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let said = error;
        let error = error.map(|error| self.sealer.reply_error(error)).transpose()?;
        let done_at = (state != ReplyState::Pending).then(|| ms(now));
        let attempt = Occurrence::attempt(OccurrenceKind::ReplyAttempt, key.0, state.name(), said, now);
        let transaction = self.connection.transaction()?;
        write_occurrence(&transaction, &self.sealer.new_occurrence(&attempt)?)?;
        transaction
            .prepare_cached(
                "UPDATE reply SET state = ?2, attempts = attempts + 1, error = ?3, next_at = coalesce(?4, next_at),
                     done_at = ?5 WHERE id = ?1",
            )?
            .execute(params![key.0, state.name(), error, next_at.map(ms), done_at])?;
        renew_of(&transaction, key.0)?;
        transaction.commit()?;
        Ok(())
    }

    fn due_reminders(&mut self, now: Timestamp, most: usize) -> Result<Vec<DueReminder>, StoreError> {
        let sql = "SELECT id, ticket, percent FROM reminder WHERE sent = 0 AND at <= ?1 ORDER BY at, id LIMIT ?2";
        self.all(sql, params![ms(now), limit(most)], |row| {
            Ok(DueReminder { id: ReminderKey(row.get(0)?), ticket: TicketKey(row.get(1)?), percent: row.get(2)? })
        })
    }

    fn due_alarms(&mut self, now: Timestamp, most: usize) -> Result<Vec<DueAlarm>, StoreError> {
        let sql = "SELECT ticket, clock FROM alarm WHERE at <= ?1 ORDER BY at, ticket, clock LIMIT ?2";
        self.all(sql, params![ms(now), limit(most)], |row| {
            Ok(DueAlarm { ticket: TicketKey(row.get(0)?), clock: row.get(1)? })
        })
    }

    fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError> {
        let sql = "SELECT count FROM notice_count WHERE addressee = ?1 AND day = ?2";
        let found = self.all(sql, params![addressee, day.to_string()], |row| Ok(row.get(0)?))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
