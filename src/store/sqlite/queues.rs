//! What waits: messages, replies, reminders; positions and the ledger.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};
use serde_json::Value;

use super::document::kind;
use super::{SqliteStore, at, count, limit, ms};
use crate::merge::TicketKey;
use crate::store::{
    DueReminder, Ledger, Page, PendingMessage, PendingReply, QueueCounts, ReplyState, ReplyView, StoreError,
};
use crate::ticket::Status;

pub(super) const PENDING_MESSAGES: &str =
    "SELECT id, ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body FROM outbox
     WHERE published_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2";

impl SqliteStore {
    pub(super) fn read_position(&self, channel: &str) -> Result<Option<Value>, StoreError> {
        let text: Option<String> = self
            .connection
            .query_row("SELECT value FROM position WHERE channel = ?1", params![channel], |row| row.get(0))
            .optional()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub(super) fn read_pending_messages(
        &self,
        after: i64,
        most: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        let mut statement = self.connection.prepare_cached(PENDING_MESSAGES)?;
        let mut rows = statement.query(params![after, limit(most)])?;
        let (mut messages, mut last) = (Vec::new(), None);
        while let Some(row) = rows.next()? {
            let mut message = PendingMessage {
                id: row.get(0)?,
                ticket: row.get(1)?,
                ticket_id: row.get(2)?,
                version: count(row.get(3)?),
                exchange: row.get(4)?,
                routing_key: row.get(5)?,
                message_id: row.get(6)?,
                kind: row.get(7)?,
                at: at(row.get(8)?),
                body: Vec::new(),
            };
            last = Some(message.id);
            if wanted(&message) {
                message.body = self.vault.open(kind::OUTBOX, row.get_ref(9)?.as_blob().unwrap_or_default())?;
                messages.push(message);
            }
        }
        Ok((messages, last))
    }

    pub(super) fn write_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
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

    pub(super) fn delete_published(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        Ok(self.connection.execute("DELETE FROM outbox WHERE published_at < ?1", params![ms(before)])?)
    }

    pub(super) fn read_due_replies(&self, now: Timestamp, most: usize) -> Result<Vec<PendingReply>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            // A few of each channel, so that a slow one does not keep the others waiting; and never a reply before an
            // earlier one of the same complaint.
            "SELECT id, key, channel, status, attempts, complaint_id, body FROM (
                 SELECT *, row_number() OVER (PARTITION BY channel ORDER BY next_at, id) AS place FROM reply
                 WHERE state = 'pending' AND next_at <= ?1 AND NOT EXISTS (
                     SELECT 1 FROM reply earlier WHERE earlier.complaint_id = reply.complaint_id
                         AND earlier.id < reply.id AND earlier.state = 'pending')
             ) WHERE place <= 8 ORDER BY next_at, id LIMIT ?2",
        )?;
        let mut rows = statement.query(params![ms(now), limit(most)])?;
        let mut replies = Vec::new();
        while let Some(row) = rows.next()? {
            let Some(complaint) = self.read_complaint(row.get(5)?)? else { continue };
            let record = self.read_raw_body(complaint.raw_id)?.map_or(Value::Null, |(_, _, body)| body);
            replies.push(PendingReply {
                id: row.get(0)?,
                key: row.get(1)?,
                channel: row.get(2)?,
                status: Status::from_wire(&row.get::<_, String>(3)?).unwrap_or_default(),
                attempts: row.get(4)?,
                body: self.vault.open_document(kind::REPLY, &row.get::<_, Vec<u8>>(6)?)?,
                complaint,
                record,
            });
        }
        Ok(replies)
    }

    pub(super) fn write_reply_result(
        &mut self,
        id: i64,
        state: ReplyState,
        error: Option<&str>,
        next_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let done_at = (state != ReplyState::Pending).then(|| ms(now));
        self.connection
            .prepare_cached(
                "UPDATE reply SET state = ?2, attempts = attempts + 1, last_error = ?3, next_at = coalesce(?4, next_at),
                     done_at = ?5 WHERE id = ?1",
            )?
            .execute(params![id, state.name(), error, next_at.map(ms), done_at])?;
        Ok(())
    }

    pub(super) fn read_reply_exists(&self, id: i64) -> Result<bool, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT 1 FROM reply WHERE id = ?1")?;
        Ok(statement.exists(params![id])?)
    }

    pub(super) fn read_replies(&self, state: ReplyState, page: Page) -> Result<Vec<ReplyView>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.id, r.channel, c.receipt, t.id, r.status, r.state, r.attempts, r.last_error, r.at
             FROM reply r JOIN complaint c ON c.id = r.complaint_id JOIN ticket t ON t.seq = r.ticket
             WHERE r.state = ?1 AND r.id < coalesce(?2, 9223372036854775807) ORDER BY r.id DESC LIMIT ?3",
        )?;
        let rows = statement.query_map(params![state.name(), page.after, limit(page.limit)], |row| {
            Ok(ReplyView {
                id: row.get(0)?,
                channel: row.get(1)?,
                receipt: row.get(2)?,
                ticket_id: row.get(3)?,
                status: Status::from_wire(&row.get::<_, String>(4)?).unwrap_or_default(),
                state: ReplyState::from_name(&row.get::<_, String>(5)?).unwrap_or(ReplyState::Pending),
                attempts: row.get(6)?,
                last_error: row.get(7)?,
                at: at(row.get(8)?),
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn read_due_reminders(&self, now: Timestamp, most: usize) -> Result<Vec<DueReminder>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, ticket, percent FROM reminder WHERE sent = 0 AND at <= ?1 ORDER BY at, id LIMIT ?2",
        )?;
        let rows = statement.query_map(params![ms(now), limit(most)], |row| {
            Ok(DueReminder { id: row.get(0)?, ticket: row.get(1)?, percent: row.get(2)? })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn read_status_known(
        &self,
        ticket: TicketKey,
        platform: &str,
        update_id: &str,
    ) -> Result<(Option<i64>, bool), StoreError> {
        let last: Option<i64> = self.connection.query_row(
            "SELECT max(sequence) FROM status_update WHERE ticket = ?1 AND platform = ?2 AND verdict = 'accepted'",
            params![ticket, platform],
            |row| row.get(0),
        )?;
        let known: bool = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM status_update WHERE ticket = ?1 AND platform = ?2 AND update_id = ?3)",
            params![ticket, platform, update_id],
            |row| row.get(0),
        )?;
        Ok((last, known))
    }

    pub(super) fn read_ledger(&mut self) -> Result<Ledger, StoreError> {
        let transaction = self.connection.transaction()?;
        let number = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, i64>(0)).map(count);
        let mut ledger = Ledger {
            complaints: number("SELECT count(*) FROM complaint")?,
            complaints_in_tickets: number(
                "SELECT coalesce(sum(complaints), 0) FROM ticket WHERE status <> 'absorbed'",
            )?,
            tickets: number("SELECT count(*) FROM ticket WHERE status <> 'absorbed'")?,
            ..Ledger::default()
        };
        let mut statement = transaction.prepare("SELECT state, count(*) FROM raw_record GROUP BY state")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (state, rows): (String, u64) = (row.get(0)?, count(row.get(1)?));
            ledger.received += rows;
            match state.as_str() {
                "complaint" => ledger.complaint_records = rows,
                "amendment" => ledger.amendments = rows,
                "follow_up" => ledger.follow_ups = rows,
                "quarantined" => ledger.quarantined = rows,
                "discarded" => ledger.discarded = rows,
                _ => {}
            }
        }
        Ok(ledger)
    }

    pub(super) fn read_queue_counts(&self) -> Result<QueueCounts, StoreError> {
        let number = |sql: &str| self.connection.query_row(sql, [], |row| row.get::<_, i64>(0)).map(count);
        Ok(QueueCounts {
            outbox: number("SELECT count(*) FROM outbox WHERE published_at IS NULL")?,
            replies_pending: number("SELECT count(*) FROM reply WHERE state = 'pending'")?,
            replies_dead: number("SELECT count(*) FROM reply WHERE state = 'dead'")?,
            reviews: number("SELECT count(*) FROM review WHERE answer IS NULL")?,
            quarantine: number("SELECT count(*) FROM quarantine")?,
        })
    }
}
