//! What was said of results, and who is called back.

use tokio_postgres::Row;

use super::PostgresStore;
use super::asking::readable;
use super::cells::{cell, small};
use super::link::{Link, Order};
use super::rows::{column, every, turns};
use crate::sealed::{CallBackCells, RatingCells, SealedErasure, SealedRating, Sealer, call_back, ms};
use crate::{CallBackChange, CallBackRow, CallBackView, Evaluations, Page, RatingRow, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::CallBackState;

const RATINGS: &str = "SELECT id, ticket, complaint_id, rater, round, step, value, consequence, at, body FROM rating
    WHERE ticket = ANY($1) ORDER BY id";
const RATINGS_ABOUT: &str =
    "SELECT id, ticket, complaint_id, rater, round, step, value, consequence, at, body FROM rating
    WHERE ticket = $1 AND complaint_id IS NOT DISTINCT FROM $2 ORDER BY id";
const CALL_BACKS: &str = "SELECT id, complaint_id, ticket, round, way, state, at, done_at FROM call_back
    WHERE complaint_id = ANY($1) ORDER BY id";
const DUE: &str = "SELECT id, complaint_id, ticket, round, way, state, at, done_at FROM call_back
    WHERE state = 'due' AND id > $1 ORDER BY id";
const WRITE_RATINGS: &str =
    "INSERT INTO rating (ticket, complaint_id, rater, round, step, value, consequence, at, body)
    SELECT k.ticket, k.complaint, k.rater, k.round, k.step, k.value, k.consequence, k.at, k.body
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bytea[])
        WITH ORDINALITY AS k(ticket, complaint, rater, round, step, value, consequence, at, body, place) ORDER BY k.place";
const WRITE_DUE: &str = "INSERT INTO call_back (complaint_id, ticket, round, way, state, at)
    SELECT k.complaint, k.ticket, k.round, k.way, 'due', k.at
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::bigint[])
        WITH ORDINALITY AS k(complaint, ticket, round, way, at, place)
    WHERE NOT EXISTS (SELECT 1 FROM call_back b WHERE b.complaint_id = k.complaint AND b.state = 'due') ORDER BY k.place";
const END_DUE: &str = "UPDATE call_back b SET state = k.state, done_at = k.at
    FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS k(complaint, state, at)
    WHERE b.complaint_id = k.complaint AND b.state = 'due'";

/// Writes what people said of results, in this order.
pub(super) fn write_ratings<'a>(rows: &'a [SealedRating<'a>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: WRITE_RATINGS,
        parameters: vec![
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.rater),
            column(&rows, |row| i64::from(row.round)),
            column(&rows, |row| row.step),
            column(&rows, |row| row.value),
            column(&rows, |row| row.consequence),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

fn complaint_of(change: &CallBackChange) -> i64 {
    match change {
        CallBackChange::Due(row) => row.complaint.0,
        CallBackChange::Done { complaint, .. } => complaint.0,
    }
}

/// Writes what happens to call-backs: of each complaint in this order.
pub(super) fn write_call_backs(changes: &[CallBackChange]) -> Vec<Order<'_>> {
    let mut orders = Vec::new();
    for turn in turns(changes, complaint_of) {
        let due: Vec<&CallBackRow> = turn
            .iter()
            .filter_map(|change| match change {
                CallBackChange::Due(row) => Some(row),
                CallBackChange::Done { .. } => None,
            })
            .collect();
        let done: Vec<(i64, &str, i64)> = turn
            .iter()
            .filter_map(|change| match change {
                CallBackChange::Due(_) => None,
                CallBackChange::Done { complaint, state, at } => Some((complaint.0, state.name(), ms(*at))),
            })
            .collect();
        orders.extend((!due.is_empty()).then(|| Order {
            sql: WRITE_DUE,
            parameters: vec![
                column(&due, |row| row.complaint.0),
                column(&due, |row| row.ticket.0),
                column(&due, |row| i64::from(row.round)),
                column(&due, |row| row.way.name()),
                column(&due, |row| ms(row.at)),
            ],
        }));
        orders.extend((!done.is_empty()).then(|| {
            let complaints: Vec<i64> = done.iter().map(|(complaint, ..)| *complaint).collect();
            let states: Vec<&str> = done.iter().map(|(_, state, _)| *state).collect();
            let times: Vec<i64> = done.iter().map(|(.., at)| *at).collect();
            Order { sql: END_DUE, parameters: vec![Box::new(complaints), Box::new(states), Box::new(times)] }
        }));
    }
    orders
}

/// What was said of a complaint's results, and of those of its tickets as wholes, goes; its citizen is not called back any more.
pub(super) fn erase_evaluations(link: &mut Link, erasure: &SealedErasure, tickets: &[i64]) -> Result<(), StoreError> {
    let SealedErasure { complaint, at, rating_body, .. } = erasure;
    link.run("UPDATE rating SET body = $2 WHERE complaint_id = $1", &[complaint, rating_body])?;
    let of_its_tickets = "UPDATE rating SET body = $2 WHERE ticket = ANY($1) AND complaint_id IS NULL";
    link.run(of_its_tickets, &[&tickets, rating_body])?;
    link.run(END_DUE, &[&[*complaint].as_slice(), &[CallBackState::Dropped.name()].as_slice(), &[*at].as_slice()])?;
    Ok(())
}

fn rating_row(sealer: &Sealer, row: &Row) -> Result<RatingRow, StoreError> {
    sealer.rating(RatingCells {
        id: cell(row, 0)?,
        ticket: cell(row, 1)?,
        complaint: cell(row, 2)?,
        rater: cell(row, 3)?,
        round: small(row, 4)?,
        step: cell(row, 5)?,
        value: cell(row, 6)?,
        consequence: cell(row, 7)?,
        at: cell(row, 8)?,
        body: cell(row, 9)?,
    })
}

fn call_back_row(row: &Row) -> Result<CallBackView, StoreError> {
    call_back(&CallBackCells {
        id: cell(row, 0)?,
        complaint: cell(row, 1)?,
        ticket: cell(row, 2)?,
        round: small(row, 3)?,
        way: cell(row, 4)?,
        state: cell(row, 5)?,
        at: cell(row, 6)?,
        done_at: cell(row, 7)?,
    })
}

impl Evaluations for PostgresStore {
    fn ratings_of(&mut self, tickets: &[TicketKey]) -> Result<Vec<RatingRow>, StoreError> {
        let numbers: Vec<i64> = tickets.iter().map(|key| key.0).collect();
        let Self { link, sealer, .. } = self;
        link.all(RATINGS, &[&numbers], |row| rating_row(sealer, row))
    }

    fn ratings_about(
        &mut self,
        ticket: TicketKey,
        complaint: Option<ComplaintKey>,
    ) -> Result<Vec<RatingRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        let about = complaint.map(|complaint| complaint.0);
        link.all(RATINGS_ABOUT, &[&ticket.0, &about], |row| rating_row(sealer, row))
    }

    fn call_backs_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<CallBackView>, StoreError> {
        let numbers: Vec<i64> = complaints.iter().map(|key| key.0).collect();
        self.link.all(CALL_BACKS, &[&numbers], call_back_row)
    }

    fn due_call_backs(&mut self, page: Page) -> Result<Vec<CallBackView>, StoreError> {
        readable(&mut self.link, DUE, &[&page.after.unwrap_or(0)], page.limit, call_back_row)
    }
}
