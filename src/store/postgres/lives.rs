//! What the life of one matter is told from.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::cells::{REVIEW, cell, review, small};
use super::deliveries::shown;
use super::link::Order;
use super::{PostgresStore, limit};
use crate::sealed::{
    MessageCells, OccurrenceCells, Place, ReplyTimeCells, SealedOccurrence, Sealer, UpdateCells, WarningCells,
};
use crate::{
    AskedView, DeliveryView, Lives, MessageView, Occurrence, OccurrenceKind, Page, PendingMessage, ReminderView,
    ReplyTimes, StoreError, UpdateView, WarningRow,
};
use huiliu_domain::key::{ComplaintKey, RawKey, TicketKey};

const MESSAGES: &str =
    "SELECT id, ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, published_at
    FROM outbox WHERE ticket = $1 ORDER BY id DESC LIMIT $2";
const DELIVERIES: &str =
    "SELECT id, destination, ticket_id, version, message_id, kind, at, state, attempts, next_at, done_at, error, proof
    FROM delivery WHERE ticket = $1 ORDER BY id DESC LIMIT $2";
const UPDATES: &str = "SELECT id, sequence, status, verdict, occurred_at, received_at, body
    FROM status_update WHERE ticket = $1 ORDER BY id DESC LIMIT $2";
const WARNINGS: &str = "SELECT id, raw_id, body, channel, field, at FROM warning WHERE raw_id = ANY($1) ORDER BY id";
const OCCURRENCES: &str = "SELECT id, subject, at, outcome, body FROM occurrence
    WHERE kind = $2 AND subject = ANY($1) ORDER BY id";
const NOTICES: &str = "SELECT id, subject, at, outcome, body FROM occurrence
    WHERE kind = 'notice' AND id < $1 ORDER BY id DESC LIMIT $2";

/// Writes what happened, in this order, and lets go of what is beyond the limit of its subjects.
pub(super) fn write_occurrences<'a>(rows: &'a [SealedOccurrence<'a>]) -> Vec<Order<'a>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let (kinds, subjects) = (each(rows, |row| row.kind), each(rows, |row| row.subject));
    let written = Order {
        sql: "INSERT INTO occurrence (kind, subject, at, outcome, body)
            SELECT k.kind, k.subject, k.at, k.outcome, k.body
            FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::bytea[])
                WITH ORDINALITY AS k(kind, subject, at, outcome, body, place) ORDER BY k.place",
        parameters: vec![
            Box::new(kinds.clone()),
            Box::new(subjects.clone()),
            Box::new(each(rows, |row| row.at)),
            Box::new(each(rows, |row| row.outcome)),
            Box::new(each(rows, |row| row.body.as_deref())),
        ],
    };
    let beyond = Order {
        sql: "DELETE FROM occurrence o USING unnest($1::text[], $2::bigint[]) AS k(kind, subject)
                CROSS JOIN LATERAL (SELECT n.id FROM occurrence n WHERE n.kind = k.kind AND n.subject = k.subject
                    ORDER BY n.id DESC LIMIT 1 OFFSET $3) l
            WHERE o.kind = k.kind AND o.subject = k.subject AND o.id <= l.id",
        parameters: vec![Box::new(kinds), Box::new(subjects), Box::new(limit(Occurrence::MAX_OF_A_KIND))],
    };
    vec![written, beyond]
}

/// One column of rows, as an array.
pub(super) fn each<'a, R, T>(rows: &'a [R], column: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

fn time(place: Place, at: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(at).map_err(|error| place.damaged(error))
}

/// A message of the outbox, but for its body and what stands behind it.
pub(super) fn message(row: &Row) -> Result<MessageCells, StoreError> {
    Ok(MessageCells {
        id: cell(row, 0)?,
        ticket: cell(row, 1)?,
        ticket_id: cell(row, 2)?,
        version: cell(row, 3)?,
        exchange: cell(row, 4)?,
        routing_key: cell(row, 5)?,
        message_id: cell(row, 6)?,
        kind: cell(row, 7)?,
        at: cell(row, 8)?,
    })
}

fn message_view(sealer: &Sealer, row: &Row) -> Result<MessageView, StoreError> {
    let cells = message(row)?;
    let place = Place { table: "outbox", row: cells.id };
    let published_at: Option<i64> = cell(row, 9)?;
    let PendingMessage { version, exchange, routing_key, message_id, kind, at, .. } = sealer.message(cells)?;
    let published_at = published_at.map(|at| time(place, at)).transpose()?;
    Ok(MessageView { version, exchange, routing_key, message_id, kind, at, published_at })
}

fn occurrence(sealer: &Sealer, kind: OccurrenceKind, row: &Row) -> Result<Occurrence, StoreError> {
    sealer.occurrence(OccurrenceCells {
        id: cell(row, 0)?,
        kind,
        subject: cell(row, 1)?,
        at: cell(row, 2)?,
        outcome: cell(row, 3)?,
        body: cell(row, 4)?,
    })
}

impl Lives for PostgresStore {
    fn messages_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<MessageView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let mut found = link.all(MESSAGES, &[&ticket.0, &limit(most)], |row| message_view(sealer, row))?;
        found.reverse();
        Ok(found)
    }

    fn deliveries_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<DeliveryView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let read = |row: &Row| sealer.delivery_view(shown(row)?);
        let mut found = link.all(DELIVERIES, &[&ticket.0, &limit(most)], read)?;
        found.reverse();
        Ok(found)
    }

    fn updates_of(&mut self, ticket: TicketKey, most: usize) -> Result<Vec<UpdateView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let mut found = link.all(UPDATES, &[&ticket.0, &limit(most)], |row| {
            sealer.update(UpdateCells {
                id: cell(row, 0)?,
                sequence: cell(row, 1)?,
                status: cell(row, 2)?,
                verdict: cell(row, 3)?,
                occurred_at: cell(row, 4)?,
                received_at: cell(row, 5)?,
                body: cell(row, 6)?,
            })
        })?;
        found.reverse();
        Ok(found)
    }

    fn reminders_of(&mut self, ticket: TicketKey) -> Result<Vec<ReminderView>, StoreError> {
        let sql = "SELECT id, percent, at, sent FROM reminder WHERE ticket = $1 ORDER BY id";
        self.link.all(sql, &[&ticket.0], |row| {
            let place = Place { table: "reminder", row: cell(row, 0)? };
            Ok(ReminderView { percent: small(row, 1)?, at: time(place, cell(row, 2)?)?, sent: cell(row, 3)? })
        })
    }

    fn reviews_of(&mut self, complaint: ComplaintKey) -> Result<Vec<AskedView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!("{REVIEW} WHERE r.complaint_id = $1 ORDER BY r.id");
        link.all(&sql, &[&complaint.0], |row| {
            let view = sealer.review(review(row)?)?;
            let place = Place { table: "review", row: view.id.0 };
            let (actor, at): (Option<String>, Option<i64>) = (cell(row, 7)?, cell(row, 8)?);
            let at = at.map(|at| time(place, at)).transpose()?;
            Ok(AskedView { review: view, answered: actor.zip(at) })
        })
    }

    fn warnings_of(&mut self, records: &[RawKey]) -> Result<Vec<WarningRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        link.all(WARNINGS, &[&each(records, |raw| raw.0)], |row| {
            let cells = WarningCells { id: cell(row, 0)?, raw: cell(row, 1)?, body: cell(row, 2)? };
            sealer.warning(cells, (cell(row, 3)?, cell(row, 4)?), cell(row, 5)?)
        })
    }

    fn versions_of(&mut self, records: &[RawKey]) -> Result<Vec<(RawKey, String)>, StoreError> {
        let sql = "SELECT id, settings_version FROM raw_record WHERE id = ANY($1) ORDER BY id";
        let read = |row: &Row| Ok((RawKey(cell(row, 0)?), cell(row, 1)?));
        self.link.all(sql, &[&each(records, |raw| raw.0)], read)
    }

    fn reply_times(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyTimes>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = "SELECT id, key, state, done_at, next_at FROM reply WHERE complaint_id = $1 ORDER BY id";
        link.all(sql, &[&complaint.0], |row| {
            sealer.reply_times(ReplyTimeCells {
                id: cell(row, 0)?,
                key: cell(row, 1)?,
                state: cell(row, 2)?,
                done_at: cell(row, 3)?,
                next_at: cell(row, 4)?,
            })
        })
    }

    fn occurrences(&mut self, kind: OccurrenceKind, subjects: &[i64]) -> Result<Vec<Occurrence>, StoreError> {
        let Self { link, sealer, .. } = self;
        link.all(OCCURRENCES, &[&subjects, &kind.name()], |row| occurrence(sealer, kind, row))
    }

    fn notices(&mut self, page: Page) -> Result<Vec<(i64, Occurrence)>, StoreError> {
        let Self { link, sealer, .. } = self;
        let before = page.after.unwrap_or(i64::MAX);
        let read = |row: &Row| Ok((cell(row, 0)?, occurrence(sealer, OccurrenceKind::Notice, row)?));
        link.all(NOTICES, &[&before, &limit(page.limit)], read)
    }
}
