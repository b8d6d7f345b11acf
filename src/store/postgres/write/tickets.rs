//! Tickets, what hangs on them, and which complaints they have.

use std::collections::BTreeMap;

use super::super::answers::{Standing, come, settle};
use super::super::link::Order;
use super::super::rows::{column, every, turns};
use super::super::topics;
use crate::sealed::{SealedEvent, SealedReview, SealedTicket, ms};
use crate::{CannotLink, ReviewAnswer};
use huiliu_domain::key::{ComplaintKey, TicketKey};

const TICKETS: &str = "INSERT INTO ticket (seq, id, version, status, category, district, department, grade, due_at, created_at,
        finished_at, complaints, pinned, successor, recurrence_of, waits, body)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::boolean[], $14::text[], $15::text[], $16::text[], $17::bytea[])
    ON CONFLICT (seq) DO UPDATE SET version = excluded.version, status = excluded.status, category = excluded.category,
        district = excluded.district, department = excluded.department, grade = excluded.grade, due_at = excluded.due_at,
        complaints = excluded.complaints, pinned = excluded.pinned, successor = excluded.successor, body = excluded.body,
        finished_at = excluded.finished_at, waits = excluded.waits";
const UNITS_GONE: &str = "DELETE FROM ticket_unit u WHERE u.ticket = ANY($1) AND NOT EXISTS (
    SELECT 1 FROM unnest($2::bigint[], $3::text[]) AS k(ticket, unit) WHERE k.ticket = u.ticket AND k.unit = u.unit)";
const UNITS: &str =
    "INSERT INTO ticket_unit (ticket, unit) SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING";
const CLOCKS_GONE: &str = "DELETE FROM clock_due WHERE ticket = ANY($1)";
const CLOCKS: &str =
    "INSERT INTO clock_due (ticket, clock, due_at) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])";
const MOVES: &str = "UPDATE complaint c SET ticket = k.ticket FROM unnest($1::bigint[], $2::bigint[]) AS k(id, ticket) WHERE c.id = k.id";
const EVENTS: &str = "INSERT INTO merge_event (decision, at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version,
        evidence)
    SELECT k.decision, k.at, k.kind, k.complaint, k.source, k.target, k.actor, k.settings, k.evidence
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[])
        WITH ORDINALITY AS k(decision, at, kind, complaint, source, target, actor, settings, evidence, place) ORDER BY k.place";
const LINKS: &str = "INSERT INTO cannot_link (a, b, at, actor)
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[]) ON CONFLICT DO NOTHING";
const LIFTED: &str =
    "DELETE FROM cannot_link l USING unnest($1::bigint[], $2::bigint[]) AS k(a, b) WHERE l.a = k.a AND l.b = k.b";
const REVIEWS: &str = "INSERT INTO review (complaint_id, ticket, weight, at, evidence)
    SELECT k.complaint, k.ticket, k.weight, k.at, k.evidence
    FROM unnest($1::bigint[], $2::bigint[], $3::float8[], $4::bigint[], $5::bytea[])
        WITH ORDINALITY AS k(complaint, ticket, weight, at, evidence, place)
    WHERE NOT EXISTS (SELECT 1 FROM review r WHERE r.complaint_id = k.complaint AND r.ticket = k.ticket) ORDER BY k.place";
const REVIEW_ANSWERS: &str = "UPDATE review r SET answer = k.same, actor = k.actor, answered_at = k.at
    FROM unnest($1::bigint[], $2::boolean[], $3::text[], $4::bigint[]) AS k(id, same, actor, at)
    WHERE r.id = k.id AND r.answer IS NULL";

/// Tickets as they are from now on, and what follows of that.
pub(super) fn tickets<'a>(rows: &'a [SealedTicket<'_>], standing: &mut Standing) -> Vec<Order<'a>> {
    let mut orders = Vec::new();
    for rows in turns(rows, |row| row.key) {
        orders.push(written(&rows));
        orders.extend(settle(standing, &rows));
        orders.push(topics::call(&rows));
        orders.extend(units(&rows));
        orders.extend(clocks(&rows));
    }
    orders
}

fn written<'a>(rows: &[&'a SealedTicket<'_>]) -> Order<'a> {
    Order {
        sql: TICKETS,
        parameters: vec![
            column(rows, |row| row.key),
            column(rows, |row| row.id),
            column(rows, |row| row.version),
            column(rows, |row| row.status),
            column(rows, |row| row.category),
            column(rows, |row| row.district),
            column(rows, |row| row.department),
            column(rows, |row| row.grade),
            column(rows, |row| row.due_at),
            column(rows, |row| row.created_at),
            column(rows, |row| row.finished_at),
            column(rows, |row| row.complaints),
            column(rows, |row| row.pinned),
            column(rows, |row| row.successor),
            column(rows, |row| row.recurrence_of),
            column(rows, |row| row.waits),
            column(rows, |row| row.body.as_slice()),
        ],
    }
}

/// The units that have to do with tickets by acts, in the place of those that were known.
fn units<'a>(rows: &[&'a SealedTicket<'_>]) -> Vec<Order<'a>> {
    let each = || rows.iter().flat_map(|row| row.units.iter().map(|unit| (row.key, *unit)));
    let (tickets, codes): (Vec<i64>, Vec<&'a str>) = each().unzip();
    let parameters = vec![column(rows, |row| row.key), Box::new(tickets.clone()) as _, Box::new(codes.clone()) as _];
    let mut orders = vec![Order { sql: UNITS_GONE, parameters }];
    if !tickets.is_empty() {
        orders.push(Order { sql: UNITS, parameters: vec![Box::new(tickets), Box::new(codes)] });
    }
    orders
}

/// When the running clocks of tickets are due, in the place of what was known. Of a clock that is there twice the last one counts.
fn clocks<'a>(rows: &[&'a SealedTicket<'_>]) -> Vec<Order<'a>> {
    let with_clocks: Vec<i64> = rows.iter().filter(|row| row.clocks.is_some()).map(|row| row.key).collect();
    if with_clocks.is_empty() {
        return Vec::new();
    }
    let each = rows.iter().flat_map(|row| row.clocks.iter().flatten().map(|(clock, at)| ((row.key, *clock), *at)));
    let due: BTreeMap<(i64, &'a str), i64> = each.collect();
    let (tickets, codes): (Vec<i64>, Vec<&'a str>) = due.keys().copied().unzip();
    let times: Vec<i64> = due.into_values().collect();
    let mut orders = vec![Order { sql: CLOCKS_GONE, parameters: vec![Box::new(with_clocks)] }];
    if !times.is_empty() {
        let parameters = vec![Box::new(tickets) as _, Box::new(codes) as _, Box::new(times) as _];
        orders.push(Order { sql: CLOCKS, parameters });
    }
    orders
}

/// Complaints that now belong to other tickets.
pub(super) fn moves(rows: &[(ComplaintKey, TicketKey)]) -> Vec<Order<'_>> {
    let mut orders = Vec::new();
    for rows in turns(rows, |(complaint, _)| complaint.0) {
        let parameters = vec![column(&rows, |row| row.0.0), column(&rows, |row| row.1.0)];
        orders.push(Order { sql: MOVES, parameters });
        orders.extend(come(rows.iter().map(|(complaint, _)| complaint.0).collect()));
    }
    orders
}

pub(super) fn events<'a>(rows: &'a [SealedEvent<'_>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: EVENTS,
        parameters: vec![
            column(&rows, |row| row.decision),
            column(&rows, |row| row.at),
            column(&rows, |row| row.kind),
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.from),
            column(&rows, |row| row.to),
            column(&rows, |row| row.actor),
            column(&rows, |row| row.settings_version),
            column(&rows, |row| row.evidence.as_deref()),
        ],
    })
}

pub(super) fn links(rows: &[CannotLink]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: LINKS,
        parameters: vec![
            column(&rows, |row| row.a.min(row.b).0),
            column(&rows, |row| row.a.max(row.b).0),
            column(&rows, |row| ms(row.at)),
            column(&rows, |row| row.actor.as_str()),
        ],
    })
}

pub(super) fn lifted_links(rows: &[(ComplaintKey, ComplaintKey)]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: LIFTED,
        parameters: vec![column(&rows, |row| row.0.min(row.1).0), column(&rows, |row| row.0.max(row.1).0)],
    })
}

pub(super) fn reviews(rows: &[SealedReview]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |row| (row.complaint, row.ticket)).into_iter().map(|rows| Order {
        sql: REVIEWS,
        parameters: vec![
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.weight),
            column(&rows, |row| row.at),
            column(&rows, |row| row.evidence.as_slice()),
        ],
    })
}

pub(super) fn review_answers(rows: &[ReviewAnswer]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |row| row.review.0).into_iter().map(|rows| Order {
        sql: REVIEW_ANSWERS,
        parameters: vec![
            column(&rows, |row| row.review.0),
            column(&rows, |row| row.same),
            column(&rows, |row| row.actor.as_str()),
            column(&rows, |row| ms(row.at)),
        ],
    })
}
