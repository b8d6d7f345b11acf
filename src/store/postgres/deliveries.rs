//! Deliveries by other ways than AMQP.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{first, readable};
use super::audit::append_one;
use super::cells::{cell, small};
use super::legs::{Order as ListOrder, Stream};
use super::link::{Link, Order, Parameter};
use super::lives::{each, write_occurrences};
use super::{PostgresStore, count, limit};
use crate::sealed::{DeliveryCells, DeliveryViewCells, SealedDelivery, Sealer, ms};
use crate::{
    Deliveries, DeliveryCount, DeliveryResult, DeliveryState, DeliveryView, Occurrence, OccurrenceKind, Page,
    PendingDelivery, StoreError,
};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::key::DeliveryKey;

const PENDING: &str =
    "d.id, d.ticket, d.ticket_id, d.version, d.message_id, d.kind, d.at, d.attempts, d.next_at > d.at, d.body";
const SHOWN: &str =
    "d.id, d.destination, d.ticket_id, d.version, d.message_id, d.kind, d.at, d.state, d.attempts, d.next_at,
    d.done_at, d.error, d.proof";
/// Deliveries that are read together, where it is not known how many are wanted.
const AT_ONCE: usize = 100;

/// Writes deliveries that wait, in this order.
pub(super) fn write_deliveries<'a>(rows: &'a [SealedDelivery<'a>]) -> Option<Order<'a>> {
    (!rows.is_empty()).then(|| Order {
        sql: "INSERT INTO delivery (destination, ticket, ticket_id, version, message_id, kind, at, state, attempts, next_at, body)
            SELECT k.destination, k.ticket, k.ticket_id, k.version, k.message_id, k.kind, k.at, 'pending', 0, k.at, k.body
            FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bytea[])
                WITH ORDINALITY AS k(destination, ticket, ticket_id, version, message_id, kind, at, body, place)
            ORDER BY k.place",
        parameters: vec![
            Box::new(each(rows, |row| row.destination)),
            Box::new(each(rows, |row| row.ticket)),
            Box::new(each(rows, |row| row.ticket_id)),
            Box::new(each(rows, |row| row.version)),
            Box::new(each(rows, |row| row.message_id)),
            Box::new(each(rows, |row| row.kind)),
            Box::new(each(rows, |row| row.at)),
            Box::new(each(rows, |row| row.body.as_slice())),
        ],
    })
}

/// Takes a complaint out of every event of its tickets, whether it waits or was delivered.
pub(super) fn erase_deliveries(
    link: &mut Link,
    sealer: &Sealer,
    tickets: &[i64],
    receipt: &str,
) -> Result<(), StoreError> {
    let read = |row: &Row| Ok((cell::<i64>(row, 0)?, sealer.delivery_without(cell(row, 1)?, receipt)?));
    let left = link.all("SELECT id, body FROM delivery WHERE ticket = ANY($1) ORDER BY id", &[&tickets], read)?;
    let (ids, bodies): (Vec<i64>, Vec<Vec<u8>>) = left.into_iter().unzip();
    let sql = "UPDATE delivery d SET body = k.body, error = NULL, proof = NULL
        FROM unnest($1::bigint[], $2::bytea[]) AS k(id, body) WHERE d.id = k.id";
    link.run(sql, &[&ids, &bodies])?;
    Ok(())
}

fn pending(row: &Row) -> Result<DeliveryCells<'_>, StoreError> {
    Ok(DeliveryCells {
        id: cell(row, 0)?,
        ticket: cell(row, 1)?,
        ticket_id: cell(row, 2)?,
        version: cell(row, 3)?,
        message_id: cell(row, 4)?,
        kind: cell(row, 5)?,
        at: cell(row, 6)?,
        attempts: small(row, 7)?,
        is_repeated: cell(row, 8)?,
        body: cell(row, 9)?,
    })
}

/// A delivery as people see it.
pub(super) fn shown(row: &Row) -> Result<DeliveryViewCells<'_>, StoreError> {
    Ok(DeliveryViewCells {
        id: cell(row, 0)?,
        destination: cell(row, 1)?,
        ticket_id: cell(row, 2)?,
        version: cell(row, 3)?,
        message_id: cell(row, 4)?,
        kind: cell(row, 5)?,
        at: cell(row, 6)?,
        state: cell(row, 7)?,
        attempts: small(row, 8)?,
        next_at: cell(row, 9)?,
        done_at: cell(row, 10)?,
        error: cell(row, 11)?,
        proof: cell(row, 12)?,
    })
}

/// Notes how an attempt ended, of those deliveries that still wait.
fn mark(
    link: &mut Link,
    sealer: &Sealer,
    ids: &[DeliveryKey],
    result: &DeliveryResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sealed = sealer.delivery_result(result)?;
    let sql = "UPDATE delivery SET state = $2, attempts = attempts + 1, error = $3, proof = $4,
            next_at = coalesce($5, next_at), done_at = $6
        WHERE id = ANY($1) AND state = 'pending' RETURNING id";
    let done_at = sealed.done.then(|| ms(now));
    let numbers = each(ids, |id| id.0);
    let given: [Parameter<'_>; 6] = [&numbers, &sealed.state, &sealed.error, &sealed.proof, &sealed.next_at, &done_at];
    let mut marked: Vec<i64> = link.all(sql, &given, |row| cell(row, 0))?;
    marked.sort_unstable_by_key(|id| numbers.iter().position(|number| number == id));
    let error = result.error.as_deref();
    let attempt = |id: &i64| Occurrence::attempt(OccurrenceKind::DeliveryAttempt, *id, sealed.state, error, now);
    let attempts: Vec<Occurrence> = marked.iter().map(attempt).collect();
    let attempts = attempts.iter().map(|row| sealer.new_occurrence(row)).collect::<Result<Vec<_>, _>>()?;
    link.run_all(&write_occurrences(&attempts))?;
    Ok(())
}

/// Removes deliveries with their attempts. Gives their number.
fn remove(link: &mut Link, meant: &str, parameters: &[Parameter<'_>]) -> Result<u64, StoreError> {
    let attempts = format!(
        "DELETE FROM occurrence WHERE kind = 'delivery_attempt' AND subject IN (SELECT id FROM delivery WHERE {meant})"
    );
    link.run(&attempts, parameters)?;
    link.run(&format!("DELETE FROM delivery WHERE {meant}"), parameters)
}

impl PostgresStore {
    /// Deliveries to any destination in a state, the newest first.
    fn deliveries_of_all(
        &mut self,
        state: DeliveryState,
        before: i64,
        most: usize,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let sql = format!("SELECT {SHOWN} FROM delivery d WHERE d.id = ANY($1) ORDER BY d.id DESC");
        let legs = self.deliveries_in(state)?;
        let Self { link, sealer, .. } = self;
        let mut stream = Stream::new(link, legs, ListOrder::Newest, before)?;
        let mut found = Vec::new();
        loop {
            let left = most - found.len();
            let numbers = stream.take(link, left)?;
            if numbers.is_empty() {
                return Ok(found);
            }
            found.extend(readable(link, &sql, &[&numbers], left, |row| sealer.delivery_view(shown(row)?))?);
        }
    }
}

impl Deliveries for PostgresStore {
    fn pending_deliveries(
        &mut self,
        destination: &str,
        after: DeliveryKey,
        most: usize,
        most_bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let Self { link, sealer, .. } = self;
        let sql = format!(
            "SELECT {PENDING} FROM delivery d WHERE d.destination = $1 AND d.id > $2 AND d.state = 'pending'
             ORDER BY d.id LIMIT $3"
        );
        let (mut found, mut bytes, mut after) = (Vec::<PendingDelivery>::new(), 0, after.0);
        loop {
            // A few at once: bodies behind the last that is given are not read for nothing.
            let at_once = AT_ONCE.min(most.saturating_sub(found.len()));
            let rows = link.rows(&sql, &[&destination, &after, &limit(at_once)])?;
            for row in &rows {
                let delivery = sealer.pending_delivery(pending(row)?)?;
                bytes += delivery.body.len();
                if bytes > most_bytes && !found.is_empty() {
                    return Ok(found);
                }
                after = delivery.id.0;
                found.push(delivery);
            }
            if rows.len() < AT_ONCE || found.len() >= most {
                return Ok(found);
            }
        }
    }

    fn acknowledge_deliveries(
        &mut self,
        destination: &str,
        through: DeliveryKey,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        // One after the other: the last of each state is found at once.
        let of_state = |(_, name): &(DeliveryState, &str)| {
            format!("SELECT max(id) AS last FROM delivery WHERE destination = $1 AND state = '{name}'")
        };
        let states: Vec<String> = DeliveryState::ALL.iter().map(of_state).collect();
        let newest = format!("SELECT max(s.last) FROM ({}) s", states.join(" UNION ALL "));
        let newest: Option<i64> = first::<Option<i64>>(&mut self.link, &newest, &[&destination])?.flatten();
        if newest.is_some_and(|newest| newest < through.0) {
            return Ok(None);
        }
        let sql = "UPDATE delivery SET state = 'sent', done_at = $3, attempts = attempts + 1
            WHERE destination = $1 AND id <= $2 AND state = 'pending'";
        self.link.run(sql, &[&destination, &through.0, &ms(at)]).map(Some)
    }

    fn due_deliveries(
        &mut self,
        destination: &str,
        in_one_order: bool,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let earliest = match in_one_order {
            true => "SELECT min(e.id) FROM delivery e WHERE e.destination = $1 AND e.state = 'pending'",
            false => {
                "SELECT min(e.id) FROM delivery e
                 WHERE e.destination = $1 AND e.ticket = d.ticket AND e.state = 'pending'"
            }
        };
        let sql = format!(
            "SELECT {PENDING} FROM delivery d WHERE d.destination = $1 AND d.state = 'pending' AND d.next_at <= $2
                 AND d.id = ({earliest}) ORDER BY d.id LIMIT $3"
        );
        let Self { link, sealer, .. } = self;
        link.all(&sql, &[&destination, &ms(now), &limit(most)], |row| sealer.pending_delivery(pending(row)?))
    }

    fn mark_deliveries(
        &mut self,
        ids: &[DeliveryKey],
        result: &DeliveryResult,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction(|store| mark(&mut store.link, &store.sealer, ids, result, now))
    }

    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "UPDATE delivery SET attempts = CASE state WHEN 'dead' THEN 0 ELSE attempts END, state = 'pending',
                next_at = $3, done_at = NULL
            WHERE state IN ('dead', 'pending') AND state <> 'sent' AND ($1::text IS NULL OR destination = $1)
                AND ($2::bigint IS NULL OR id = $2)
            RETURNING destination";
        self.transaction(|store| {
            let Self { link, sealer, .. } = store;
            let mut retried = BTreeMap::new();
            let given: [Parameter<'_>; 3] = [&destination, &id.map(|id| id.0), &ms(now)];
            for name in link.all(sql, &given, |row| cell::<String>(row, 0))? {
                *retried.entry(name).or_default() += 1;
            }
            append_one(link, sealer, &entry.clone().of_many(retried.values().sum()))?;
            Ok(retried)
        })
    }

    fn discard_deliveries(
        &mut self,
        destination: &str,
        dead_only: bool,
        entry: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let meant = "destination = $1 AND (state = 'dead' OR (state = 'pending' AND NOT $2))";
        self.transaction(|store| {
            let Self { link, sealer, .. } = store;
            let gone = remove(link, meant, &[&destination, &dead_only])?;
            append_one(link, sealer, &entry.clone().of_many(gone))?;
            Ok(gone)
        })
    }

    fn list_deliveries(
        &mut self,
        destination: Option<&str>,
        state: DeliveryState,
        page: Page,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        let Some(destination) = destination else {
            return self.snapshot(|store| store.deliveries_of_all(state, before, page.limit));
        };
        let sql = format!(
            "SELECT {SHOWN} FROM delivery d WHERE d.destination = $1 AND d.state = $2 AND d.id < $3 ORDER BY d.id DESC"
        );
        self.snapshot(|Self { link, sealer, .. }| {
            let read = |row: &Row| sealer.delivery_view(shown(row)?);
            readable(link, &sql, &[&destination, &state.name(), &before], page.limit, read)
        })
    }

    fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError> {
        let sql =
            "SELECT destination, count(*) FILTER (WHERE state = 'pending'), count(*) FILTER (WHERE state = 'dead'),
                min(at) FILTER (WHERE state = 'pending')
            FROM delivery WHERE state <> 'sent' GROUP BY destination ORDER BY destination";
        self.link.all(sql, &[], |row| {
            let since: Option<i64> = cell(row, 3)?;
            Ok(DeliveryCount {
                destination: cell(row, 0)?,
                pending: count(cell(row, 1)?),
                dead: count(cell(row, 2)?),
                since: since.and_then(|at| Timestamp::from_millisecond(at).ok()),
            })
        })
    }

    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let gone =
            self.transaction(|store| remove(&mut store.link, "state = 'sent' AND done_at < $1", &[&ms(before)]))?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}
