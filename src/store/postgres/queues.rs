//! What waits: messages, replies, reminders; and positions.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use tokio_postgres::Row;

use super::answers::renew_of;
use super::cells::{COMPLAINT, cell, complaint, small};
use super::lives::{message, write_occurrences};
use super::{PostgresStore, limit};
use crate::sealed::{DueReplyCells, ms};
use crate::{
    DueAlarm, DueReminder, Occurrence, OccurrenceKind, PendingMessage, PendingReply, Queues, ReplyState, StoreError,
};
use huiliu_domain::key::{ReminderKey, ReplyKey, TicketKey};

const PENDING_MESSAGES: &str =
    "SELECT id, ticket, ticket_id, version, exchange, routing_key, message_id, kind, at FROM outbox
    WHERE published_at IS NULL AND id > $1 ORDER BY id LIMIT $2";

impl Queues for PostgresStore {
    fn position(&mut self, channel: &str) -> Result<Option<Value>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = "SELECT id, body FROM position WHERE channel = $1";
        Ok(link.all(sql, &[&channel], |row| sealer.position(cell(row, 0)?, cell(row, 1)?))?.pop())
    }

    fn pending_messages(
        &mut self,
        after: i64,
        most: usize,
        wanted: &mut dyn FnMut(&PendingMessage) -> bool,
    ) -> Result<(Vec<PendingMessage>, Option<i64>), StoreError> {
        let Self { link, sealer, .. } = self;
        let read = |row: &Row| sealer.message(message(row)?);
        let mut found = link.all(PENDING_MESSAGES, &[&after, &limit(most)], read)?;
        let last = found.last().map(|message| message.id);
        found.retain(|message| wanted(message));
        let ids: Vec<i64> = found.iter().map(|message| message.id).collect();
        if ids.is_empty() {
            return Ok((found, last));
        }
        let read = |row: &Row| {
            let id = cell(row, 0)?;
            Ok((id, sealer.message_body(id, cell(row, 1)?)?))
        };
        let bodies = link.all("SELECT id, body FROM outbox WHERE id = ANY($1)", &[&ids], read)?;
        let mut bodies: HashMap<i64, Vec<u8>> = bodies.into_iter().collect();
        // One that has left meanwhile waits no more.
        found.retain_mut(|message| match bodies.remove(&message.id) {
            Some(body) => {
                message.body = body;
                true
            }
            None => false,
        });
        Ok((found, last))
    }

    fn mark_published(&mut self, ids: &[i64], at: Timestamp) -> Result<(), StoreError> {
        // One after the other in the order of their numbers, as an erasure takes them: nobody waits for whoever waits for him.
        let sql = "WITH marked AS (SELECT id FROM outbox WHERE id = ANY($1) ORDER BY id FOR UPDATE)
            UPDATE outbox o SET published_at = $2 FROM marked WHERE o.id = marked.id";
        self.link.run(sql, &[&ids, &ms(at)]).map(drop)
    }

    fn due_replies(&mut self, now: Timestamp, most: usize) -> Result<Vec<PendingReply>, StoreError> {
        // A few of each channel, so that a slow one does not keep the others waiting; and never a reply before an earlier
        // one of the same complaint.
        let sql = format!(
            "SELECT r.id, r.key, r.channel, r.status, r.attempts, r.body, w.body, {COMPLAINT} FROM (
                 SELECT d.*, row_number() OVER (PARTITION BY d.channel ORDER BY d.next_at, d.id) AS place FROM reply d
                 WHERE d.state = 'pending' AND d.next_at <= $1 AND NOT EXISTS (
                     SELECT 1 FROM reply earlier WHERE earlier.complaint_id = d.complaint_id
                         AND earlier.id < d.id AND earlier.state = 'pending')
             ) r JOIN complaint c ON c.id = r.complaint_id LEFT JOIN raw_record w ON w.id = c.raw_id
             WHERE r.place <= 8 ORDER BY r.next_at, r.id LIMIT $2"
        );
        let Self { link, sealer, .. } = self;
        link.all(&sql, &[&ms(now), &limit(most)], |row| {
            let id = cell(row, 0)?;
            let cells = DueReplyCells {
                id,
                key: cell(row, 1)?,
                channel: cell(row, 2)?,
                status: cell(row, 3)?,
                attempts: small(row, 4)?,
                body: cell(row, 5)?,
                record: cell(row, 6)?,
                complaint: complaint(row, 7)?,
            };
            sealer.due_reply(cells).map_err(|error| error.met_by("reply", id))
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
        let attempt = [self.sealer.new_occurrence(&attempt)?];
        self.transaction(|store| {
            let link = &mut store.link;
            link.run_all(&write_occurrences(&attempt))?;
            let sql =
                "UPDATE reply SET state = $2, attempts = attempts + 1, error = $3, next_at = coalesce($4, next_at),
                    done_at = $5 WHERE id = $1";
            link.run(sql, &[&key.0, &state.name(), &error, &next_at.map(ms), &done_at])?;
            renew_of(link, key.0)
        })
    }

    fn due_reminders(&mut self, now: Timestamp, most: usize) -> Result<Vec<DueReminder>, StoreError> {
        let sql = "SELECT id, ticket, percent FROM reminder WHERE NOT sent AND at <= $1 ORDER BY at, id LIMIT $2";
        self.link.all(sql, &[&ms(now), &limit(most)], |row| {
            let (id, ticket) = (ReminderKey(cell(row, 0)?), TicketKey(cell(row, 1)?));
            Ok(DueReminder { id, ticket, percent: small(row, 2)? })
        })
    }

    fn due_alarms(&mut self, now: Timestamp, most: usize) -> Result<Vec<DueAlarm>, StoreError> {
        let sql = "SELECT ticket, clock FROM alarm WHERE at <= $1 ORDER BY at, ticket, clock LIMIT $2";
        self.link.all(sql, &[&ms(now), &limit(most)], |row| {
            Ok(DueAlarm { ticket: TicketKey(cell(row, 0)?), clock: cell(row, 1)? })
        })
    }

    fn notices_on(&mut self, addressee: &str, day: Date) -> Result<u32, StoreError> {
        let sql = "SELECT count FROM notice_count WHERE addressee = $1 AND day = $2";
        let found = self.link.all(sql, &[&addressee, &day.to_string()], |row| small(row, 0))?;
        Ok(found.into_iter().next().unwrap_or_default())
    }
}
