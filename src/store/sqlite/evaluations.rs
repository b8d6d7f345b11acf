//! What was said of results, and who is called back.

use rusqlite::{Connection, Row, params};

use super::SqliteStore;
use super::cells::{blob, list, text};
use crate::sealed::{CallBackCells, RatingCells, SealedErasure, SealedRating, call_back, ms};
use crate::{CallBackChange, CallBackView, Evaluations, Page, RatingRow, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::CallBackState;

pub(super) const RATINGS: &str =
    "SELECT id, ticket, complaint_id, rater, round, step, value, consequence, at, body FROM rating
    WHERE ticket IN (SELECT value FROM json_each(?1)) ORDER BY id";
pub(super) const RATINGS_ABOUT: &str =
    "SELECT id, ticket, complaint_id, rater, round, step, value, consequence, at, body FROM rating
    WHERE ticket = ?1 AND complaint_id IS ?2 ORDER BY id";
pub(super) const CALL_BACKS: &str = "SELECT id, complaint_id, ticket, round, way, state, at, done_at FROM call_back
    WHERE complaint_id IN (SELECT value FROM json_each(?1)) ORDER BY id";
pub(super) const DUE: &str = "SELECT id, complaint_id, ticket, round, way, state, at, done_at FROM call_back
    WHERE state = 'due' AND id > ?1 ORDER BY id";
const END_DUE: &str = "UPDATE call_back SET state = ?2, done_at = ?3 WHERE complaint_id = ?1 AND state = 'due'";

/// Writes what somebody said of a result.
pub(super) fn write_rating(connection: &Connection, row: &SealedRating<'_>) -> Result<(), StoreError> {
    let SealedRating { ticket, complaint, rater, round, step, value, consequence, at, body } = row;
    let sql = "INSERT INTO rating (ticket, complaint_id, rater, round, step, value, consequence, at, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let cells = params![ticket, complaint, rater, round, step, value, consequence, at, body];
    connection.prepare_cached(sql)?.execute(cells)?;
    Ok(())
}

/// Writes what happens to a call-back.
pub(super) fn write_call_back(connection: &Connection, change: &CallBackChange) -> Result<(), StoreError> {
    match change {
        CallBackChange::Due(row) => {
            let sql =
                "INSERT INTO call_back (complaint_id, ticket, round, way, state, at) SELECT ?1, ?2, ?3, ?4, 'due', ?5
                WHERE NOT EXISTS (SELECT 1 FROM call_back WHERE complaint_id = ?1 AND state = 'due')";
            let cells = params![row.complaint.0, row.ticket.0, row.round, row.way.name(), ms(row.at)];
            connection.prepare_cached(sql)?.execute(cells)?;
        }
        CallBackChange::Done { complaint, state, at } => {
            connection.prepare_cached(END_DUE)?.execute(params![complaint.0, state.name(), ms(*at)])?;
        }
    }
    Ok(())
}

/// What was said of a complaint's results, and of those of its tickets as wholes, goes; its citizen is not called back any more.
pub(super) fn erase_evaluations(
    connection: &Connection,
    erasure: &SealedErasure,
    tickets: &str,
) -> Result<(), StoreError> {
    let of_the_complaint = "UPDATE rating SET body = ?2 WHERE complaint_id = ?1";
    connection.prepare_cached(of_the_complaint)?.execute(params![erasure.complaint, erasure.rating_body])?;
    let of_its_tickets =
        "UPDATE rating SET body = ?2 WHERE ticket IN (SELECT value FROM json_each(?1)) AND complaint_id IS NULL";
    connection.prepare_cached(of_its_tickets)?.execute(params![tickets, erasure.rating_body])?;
    let dropped = CallBackState::Dropped.name();
    connection.prepare_cached(END_DUE)?.execute(params![erasure.complaint, dropped, erasure.at])?;
    Ok(())
}

impl SqliteStore {
    fn rating_row(&self, row: &Row<'_>) -> Result<RatingRow, StoreError> {
        self.sealer.rating(RatingCells {
            id: row.get(0)?,
            ticket: row.get(1)?,
            complaint: row.get(2)?,
            rater: text(row, 3)?,
            round: row.get(4)?,
            step: row.get(5)?,
            value: text(row, 6)?,
            consequence: text(row, 7)?,
            at: row.get(8)?,
            body: blob(row, 9)?,
        })
    }
}

fn call_back_row(row: &Row<'_>) -> Result<CallBackView, StoreError> {
    call_back(&CallBackCells {
        id: row.get(0)?,
        complaint: row.get(1)?,
        ticket: row.get(2)?,
        round: row.get(3)?,
        way: text(row, 4)?,
        state: text(row, 5)?,
        at: row.get(6)?,
        done_at: row.get(7)?,
    })
}

impl Evaluations for SqliteStore {
    fn ratings_of(&mut self, tickets: &[TicketKey]) -> Result<Vec<RatingRow>, StoreError> {
        let numbers = list(&tickets.iter().map(|key| key.0).collect::<Vec<_>>())?;
        self.all(RATINGS, params![numbers], |row| self.rating_row(row))
    }

    fn ratings_about(
        &mut self,
        ticket: TicketKey,
        complaint: Option<ComplaintKey>,
    ) -> Result<Vec<RatingRow>, StoreError> {
        self.all(RATINGS_ABOUT, params![ticket.0, complaint.map(|complaint| complaint.0)], |row| self.rating_row(row))
    }

    fn call_backs_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<CallBackView>, StoreError> {
        let numbers = list(&complaints.iter().map(|key| key.0).collect::<Vec<_>>())?;
        self.all(CALL_BACKS, params![numbers], call_back_row)
    }

    fn due_call_backs(&mut self, page: Page) -> Result<Vec<CallBackView>, StoreError> {
        self.readable(DUE, params![page.after.unwrap_or(0)], page.limit, call_back_row)
    }
}
