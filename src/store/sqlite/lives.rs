//! What the life of one matter is told from.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::cells::{REVIEW, blob, list, optional_blob, review, text};
use super::deliveries::shown;
use super::{SqliteStore, limit};
use crate::sealed::{
    MessageCells, OccurrenceCells, Place, ReplyTimeCells, SealedOccurrence, UpdateCells, WarningCells,
};
use crate::{
    AskedView, DeliveryView, Lives, MessageView, Occurrence, OccurrenceKind, Page, PendingMessage, ReminderView,
    ReplyTimes, StoreError, UpdateView, WarningRow,
};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};

pub(super) const MESSAGES: &str =
    "SELECT id, ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, published_at
    FROM outbox WHERE ticket = ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const DELIVERIES: &str =
    "SELECT id, destination, ticket_id, version, message_id, kind, at, state, attempts, next_at, done_at, error, proof
    FROM delivery WHERE ticket = ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const UPDATES: &str = "SELECT id, sequence, status, verdict, occurred_at, received_at, body
    FROM status_update WHERE ticket = ?1 ORDER BY id DESC LIMIT ?2";
pub(super) const WARNINGS: &str = "SELECT id, raw_id, body, channel, field, at FROM warning
    WHERE raw_id IN (SELECT value FROM json_each(?1)) ORDER BY id";
pub(super) const OCCURRENCES: &str = "SELECT id, subject, at, outcome, body FROM occurrence
    WHERE kind = ?2 AND subject IN (SELECT value FROM json_each(?1)) ORDER BY id";

pub(super) const NOTICES: &str = "SELECT id, subject, at, outcome, body FROM occurrence INDEXED BY occurrence_notices
    WHERE kind = 'notice' AND id < ?1 ORDER BY id DESC LIMIT ?2";

/// Writes what happened, and lets go of what is beyond the limit of its subject.
pub(super) fn write_occurrence(connection: &Connection, row: &SealedOccurrence<'_>) -> Result<(), StoreError> {
    let SealedOccurrence { kind, subject, at, outcome, body } = row;
    let sql = "INSERT INTO occurrence (kind, subject, at, outcome, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![kind, subject, at, outcome, body])?;
    let sql = "DELETE FROM occurrence WHERE kind = ?1 AND subject = ?2 AND id <= (SELECT id FROM occurrence
            WHERE kind = ?1 AND subject = ?2 ORDER BY id DESC LIMIT 1 OFFSET ?3)";
    connection.prepare_cached(sql)?.execute(params![kind, subject, limit(Occurrence::MAX_OF_A_KIND)])?;
    Ok(())
}

fn numbers<T>(keys: &[T], number: impl Fn(&T) -> i64) -> Result<String, StoreError> {
    list(&keys.iter().map(number).collect::<Vec<_>>())
}

fn time(place: Place, at: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at).map_err(|error| place.damaged(error))
}

impl SqliteStore {
    fn message_view(&self, row: &Row<'_>) -> Result<MessageView, StoreError> {
        let cells = MessageCells {
            id: row.get(0)?,
            ticket: row.get(1)?,
            ticket_id: row.get(2)?,
            version: row.get(3)?,
            exchange: row.get(4)?,
            routing_key: row.get(5)?,
            message_id: row.get(6)?,
            kind: row.get(7)?,
            at: row.get(8)?,
        };
        let place = Place { table: "outbox", row: cells.id };
        let published_at: Option<i64> = row.get(9)?;
        let PendingMessage { version, exchange, routing_key, message_id, kind, at, .. } = self.sealer.message(cells)?;
        let published_at = published_at.map(|at| time(place, at)).transpose()?;
        Ok(MessageView { version, exchange, routing_key, message_id, kind, at, published_at })
    }

    fn occurrence(&self, kind: OccurrenceKind, row: &Row<'_>) -> Result<Occurrence, StoreError> {
        self.sealer.occurrence(OccurrenceCells {
            id: row.get(0)?,
            kind,
            subject: row.get(1)?,
            at: row.get(2)?,
            outcome: row.get(3)?,
            body: optional_blob(row, 4)?,
        })
    }

    fn warning_row(&self, row: &Row<'_>) -> Result<WarningRow, StoreError> {
        let cells = WarningCells { id: row.get(0)?, raw: row.get(1)?, body: blob(row, 2)? };
        self.sealer.warning(cells, (text(row, 3)?, text(row, 4)?), row.get(5)?)
    }
}

impl Lives for SqliteStore {
    fn messages_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<MessageView>, StoreError> {
        let mut found = self.all(MESSAGES, params![ticket.0, limit(most)], |row| self.message_view(row))?;
        found.reverse();
        Ok(found)
    }

    fn deliveries_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<DeliveryView>, StoreError> {
        let mut found =
            self.all(DELIVERIES, params![ticket.0, limit(most)], |row| self.sealer.delivery_view(shown(row)?))?;
        found.reverse();
        Ok(found)
    }

    fn updates_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<UpdateView>, StoreError> {
        let mut found = self.all(UPDATES, params![ticket.0, limit(most)], |row| {
            self.sealer.update(UpdateCells {
                id: row.get(0)?,
                sequence: row.get(1)?,
                status: text(row, 2)?,
                verdict: text(row, 3)?,
                occurred_at: row.get(4)?,
                received_at: row.get(5)?,
                body: blob(row, 6)?,
            })
        })?;
        found.reverse();
        Ok(found)
    }

    fn reminders_of(&mut self, ticket: TicketKey) -> Result<Vec<ReminderView>, StoreError> {
        let sql = "SELECT id, percent, at, sent FROM reminder WHERE ticket = ?1 ORDER BY id";
        self.all(sql, params![ticket.0], |row| {
            let place = Place { table: "reminder", row: row.get(0)? };
            Ok(ReminderView { percent: row.get(1)?, at: time(place, row.get(2)?)?, sent: row.get(3)? })
        })
    }

    fn reviews_of(&mut self, complaint: ComplaintKey) -> Result<Vec<AskedView>, StoreError> {
        let sql = format!("{REVIEW} WHERE r.complaint_id = ?1 ORDER BY r.id");
        self.all(&sql, params![complaint.0], |row| {
            let view = self.sealer.review(review(row)?)?;
            let place = Place { table: "review", row: view.id.0 };
            let (actor, at): (Option<String>, Option<i64>) = (row.get(7)?, row.get(8)?);
            let at = at.map(|at| time(place, at)).transpose()?;
            Ok(AskedView { review: view, answered: actor.zip(at) })
        })
    }

    fn warnings_of(&mut self, records: &[RawKey]) -> Result<Vec<WarningRow>, StoreError> {
        self.all(WARNINGS, params![numbers(records, |key| key.0)?], |row| self.warning_row(row))
    }

    fn versions_of(&mut self, records: &[RawKey]) -> Result<Vec<(RawKey, String)>, StoreError> {
        let sql = "SELECT id, settings_version FROM raw_record
            WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id";
        self.all(sql, params![numbers(records, |key| key.0)?], |row| Ok((RawKey(row.get(0)?), row.get(1)?)))
    }

    fn reply_times(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyTimes>, StoreError> {
        let sql = "SELECT id, key, state, done_at, next_at FROM reply WHERE complaint_id = ?1 ORDER BY id";
        self.all(sql, params![complaint.0], |row| {
            self.sealer.reply_times(ReplyTimeCells {
                id: row.get(0)?,
                key: row.get(1)?,
                state: text(row, 2)?,
                done_at: row.get(3)?,
                next_at: row.get(4)?,
            })
        })
    }

    fn occurrences(&mut self, kind: OccurrenceKind, subjects: &[i64]) -> Result<Vec<Occurrence>, StoreError> {
        self.all(OCCURRENCES, params![list(&subjects)?, kind.name()], |row| self.occurrence(kind, row))
    }

    fn notices(&mut self, page: Page) -> Result<Vec<(i64, Occurrence)>, StoreError> {
        let parameters = params![page.after.unwrap_or(i64::MAX), limit(page.limit)];
        self.all(NOTICES, parameters, |row| Ok((row.get(0)?, self.occurrence(OccurrenceKind::Notice, row)?)))
    }
}
