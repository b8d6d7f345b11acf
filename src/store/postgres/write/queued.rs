//! What leaves, what came back, and what somebody is reminded of.

use jiff::civil::Date;

use super::super::answers::{order_renewal_of, renew};
use super::super::link::Order;
use super::super::rows::{column, every, turns};
use crate::AlarmPlan;
use crate::sealed::{SealedChanges, SealedMessage, SealedReply, SealedStatus, ms};

const MESSAGES: &str = "INSERT INTO outbox (ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body)
    SELECT k.ticket, k.ticket_id, k.version, k.exchange, k.routing_key, k.message_id, k.kind, k.at, k.body
    FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bytea[])
        WITH ORDINALITY AS k(ticket, ticket_id, version, exchange, routing_key, message_id, kind, at, body, place)
    ORDER BY k.place";
const STATUSES: &str = "INSERT INTO status_update (ticket, platform_mark, sequence, update_mark, status, verdict, occurred_at,
        received_at, body)
    SELECT k.ticket, k.platform, k.sequence, k.said, k.status, k.verdict, k.occurred_at, k.received_at, k.body
    FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bytea[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::bytea[])
        WITH ORDINALITY AS k(ticket, platform, sequence, said, status, verdict, occurred_at, received_at, body, place)
    ORDER BY k.place";
/// One that is there takes no number.
const REPLIES: &str = "INSERT INTO reply (key, complaint_id, ticket, channel, status, state, attempts, at, next_at, body, error)
    SELECT k.key, k.complaint, k.ticket, k.channel, k.status, k.state, 0, k.at, k.at, k.body, k.error
    FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bytea[], $9::bytea[])
        WITH ORDINALITY AS k(key, complaint, ticket, channel, status, state, at, body, error, place)
    WHERE NOT EXISTS (SELECT 1 FROM reply r WHERE r.key = k.key) ORDER BY k.place ON CONFLICT (key) DO NOTHING";
/// What a citizen was told is not sent again, and of one that was done before its complaint was erased nothing is left to send.
const RETRIED: &str =
    "UPDATE reply r SET state = 'pending', attempts = 0, next_at = $2, done_at = NULL, body = coalesce($3, r.body)
    WHERE r.id = $1 AND r.state NOT IN ('sent', 'told') AND NOT EXISTS (SELECT 1 FROM complaint c
        WHERE c.id = r.complaint_id AND c.erased_at >= coalesce(r.done_at, c.erased_at + 1))";
const TOLD: &str = "UPDATE reply SET state = 'told', told = $2, done_at = $3
    WHERE id = $1 AND state IN ('by_hand', 'dead', 'held', 'no_route')";
const REPLANNED: &str = "DELETE FROM reminder WHERE ticket = ANY($1) AND NOT sent";
const REMINDERS: &str = "INSERT INTO reminder (ticket, percent, at, sent) SELECT k.ticket, k.percent, k.at, FALSE
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS k(ticket, percent, at, place) ORDER BY k.place";
const REMINDED: &str = "UPDATE reminder SET sent = TRUE WHERE id = ANY($1)";
const ALARMS_GONE: &str = "DELETE FROM alarm WHERE ticket = ANY($1)";
const ALARMS: &str =
    "INSERT INTO alarm (ticket, clock, at) SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[])";
const NOTICES: &str = "INSERT INTO notice_count AS n (addressee, day, count)
    SELECT k.addressee, k.day, 1 FROM unnest($1::text[], $2::text[]) AS k(addressee, day)
    ON CONFLICT (addressee) DO UPDATE SET count = CASE WHEN n.day = excluded.day THEN n.count + 1 ELSE 1 END, day = excluded.day";

pub(super) fn messages<'a>(rows: &'a [SealedMessage<'_>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: MESSAGES,
        parameters: vec![
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.ticket_id),
            column(&rows, |row| row.version),
            column(&rows, |row| row.exchange),
            column(&rows, |row| row.routing_key),
            column(&rows, |row| row.message_id),
            column(&rows, |row| row.kind),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

pub(super) fn statuses(rows: &[SealedStatus]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: STATUSES,
        parameters: vec![
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.platform_mark.as_slice()),
            column(&rows, |row| row.sequence),
            column(&rows, |row| row.update_mark.as_slice()),
            column(&rows, |row| row.status),
            column(&rows, |row| row.verdict),
            column(&rows, |row| row.occurred_at),
            column(&rows, |row| row.received_at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

pub(super) fn replies<'a>(rows: &'a [SealedReply<'_>]) -> Vec<Order<'a>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let rows = every(rows);
    let written = Order {
        sql: REPLIES,
        parameters: vec![
            column(&rows, |row| row.key),
            column(&rows, |row| row.complaint),
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.channel),
            column(&rows, |row| row.status),
            column(&rows, |row| row.state),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
            column(&rows, |row| row.error.as_deref()),
        ],
    };
    vec![written, renew(rows.iter().map(|row| row.complaint).collect())]
}

/// Replies that are tried again, and those that a person told. There are few of them, by people's wishes.
pub(super) fn replies_again<'a>(part: &'a SealedChanges<'_>) -> impl Iterator<Item = Order<'a>> {
    let retried = part.retried_replies.iter().flat_map(|row| {
        let parameters = vec![Box::new(row.reply) as _, Box::new(row.at) as _, Box::new(row.body.as_deref()) as _];
        [Order { sql: RETRIED, parameters }, order_renewal_of(row.reply)]
    });
    let told = part.told_replies.iter().flat_map(|row| {
        let parameters = vec![Box::new(row.reply) as _, Box::new(row.told.as_slice()) as _, Box::new(row.at) as _];
        [Order { sql: TOLD, parameters }, order_renewal_of(row.reply)]
    });
    retried.chain(told)
}

pub(super) fn reminders<'a>(part: &'a SealedChanges<'_>) -> Vec<Order<'a>> {
    let (replanned, rows, reminded) = (every(part.replanned), every(part.reminders), every(part.reminded));
    let mut orders = Vec::new();
    if !replanned.is_empty() {
        orders.push(Order { sql: REPLANNED, parameters: vec![column(&replanned, |key| key.0)] });
    }
    if !rows.is_empty() {
        let parameters = vec![
            column(&rows, |row| row.ticket.0),
            column(&rows, |row| i64::from(row.percent)),
            column(&rows, |row| ms(row.at)),
        ];
        orders.push(Order { sql: REMINDERS, parameters });
    }
    if !reminded.is_empty() {
        orders.push(Order { sql: REMINDED, parameters: vec![column(&reminded, |key| key.0)] });
    }
    orders
}

/// What clocks will tell, in the place of what was planned for the same tickets.
pub(super) fn alarms(plans: &[AlarmPlan]) -> Vec<Order<'_>> {
    let mut orders = Vec::new();
    for plans in turns(plans, |plan| plan.ticket.0) {
        orders.push(Order { sql: ALARMS_GONE, parameters: vec![column(&plans, |plan| plan.ticket.0)] });
        let each = || plans.iter().flat_map(|plan| plan.alarms.iter().map(|(clock, at)| (plan.ticket.0, clock, *at)));
        let tickets: Vec<i64> = each().map(|(ticket, ..)| ticket).collect();
        let clocks: Vec<&str> = each().map(|(_, clock, _)| clock.as_str()).collect();
        let times: Vec<i64> = each().map(|(.., at)| ms(at)).collect();
        if !tickets.is_empty() {
            orders.push(Order { sql: ALARMS, parameters: vec![Box::new(tickets), Box::new(clocks), Box::new(times)] });
        }
    }
    orders
}

/// Notices that were sent: one more for each, on its day.
pub(super) fn notices(rows: &[(String, Date)]) -> impl Iterator<Item = Order<'_>> {
    turns(rows, |(addressee, _)| addressee.clone()).into_iter().map(|rows| Order {
        sql: NOTICES,
        parameters: vec![column(&rows, |row| row.0.as_str()), column(&rows, |row| row.1.to_string())],
    })
}
