//! Deliveries by other ways than AMQP.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, Params, Row, Transaction, TransactionBehavior, params};

use super::audit::append_one;
use super::cells::{blob, list, optional_blob, text};
use super::legs::{Order, Stream};
use super::lives::write_occurrence;
use super::{SqliteStore, count, limit};
use crate::sealed::{DeliveryCells, DeliveryViewCells, SealedDelivery, Sealer, ms};
use crate::{
    Deliveries, DeliveryCount, DeliveryResult, DeliveryState, DeliveryView, Occurrence, OccurrenceKind, Page,
    PendingDelivery, StoreError,
};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::key::DeliveryKey;

const PENDING: &str =
    "d.id, d.ticket, d.ticket_id, d.version, d.message_id, d.kind, d.at, d.attempts, d.next_at > d.at, d.body";
const SHOWN: &str = "delivery.id, destination, ticket_id, version, message_id, kind, at, state, attempts, next_at, done_at, error, proof";

pub(super) fn write_delivery(tx: &Transaction<'_>, row: &SealedDelivery<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO delivery (destination, ticket, ticket_id, version, message_id, kind, at, state, attempts, next_at, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', 0, ?7, ?8)";
    tx.prepare_cached(sql)?.execute(params![
        row.destination,
        row.ticket,
        row.ticket_id,
        row.version,
        row.message_id,
        row.kind,
        row.at,
        row.body
    ])?;
    Ok(())
}

/// Takes a complaint out of every event of its tickets, whether it waits or was delivered.
pub(super) fn erase_deliveries(
    tx: &Transaction<'_>,
    sealer: &Sealer,
    tickets: &str,
    receipt: &str,
) -> Result<(), StoreError> {
    let mut left = Vec::new();
    {
        let sql = "SELECT id, body FROM delivery WHERE ticket IN (SELECT value FROM json_each(?1))";
        let mut statement = tx.prepare_cached(sql)?;
        let mut rows = statement.query(params![tickets])?;
        while let Some(row) = rows.next()? {
            left.push((row.get::<_, i64>(0)?, sealer.delivery_without(blob(row, 1)?, receipt)?));
        }
    }
    for (id, body) in left {
        tx.prepare_cached("UPDATE delivery SET body = ?2, error = NULL, proof = NULL WHERE id = ?1")?
            .execute(params![id, body])?;
    }
    Ok(())
}

fn pending<'r>(row: &'r Row<'_>) -> Result<DeliveryCells<'r>, StoreError> {
    Ok(DeliveryCells {
        id: row.get(0)?,
        ticket: row.get(1)?,
        ticket_id: row.get(2)?,
        version: row.get(3)?,
        message_id: row.get(4)?,
        kind: row.get(5)?,
        at: row.get(6)?,
        attempts: row.get(7)?,
        is_repeated: row.get(8)?,
        body: blob(row, 9)?,
    })
}

/// A delivery as people see it.
pub(super) fn shown<'r>(row: &'r Row<'_>) -> Result<DeliveryViewCells<'r>, StoreError> {
    Ok(DeliveryViewCells {
        id: row.get(0)?,
        destination: row.get(1)?,
        ticket_id: row.get(2)?,
        version: row.get(3)?,
        message_id: row.get(4)?,
        kind: row.get(5)?,
        at: row.get(6)?,
        state: text(row, 7)?,
        attempts: row.get(8)?,
        next_at: row.get(9)?,
        done_at: row.get(10)?,
        error: optional_blob(row, 11)?,
        proof: optional_blob(row, 12)?,
    })
}

/// Notes how an attempt ended, if the delivery still waits.
fn mark(
    connection: &Connection,
    sealer: &Sealer,
    id: DeliveryKey,
    result: &DeliveryResult,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sealed = sealer.delivery_result(result)?;
    let sql = "UPDATE delivery SET state = ?2, attempts = attempts + 1, error = ?3, proof = ?4,
            next_at = coalesce(?5, next_at), done_at = ?6
        WHERE id = ?1 AND state = 'pending'";
    let done_at = sealed.done.then(|| ms(now));
    let marked = connection.prepare_cached(sql)?.execute(params![
        id.0,
        sealed.state,
        sealed.error,
        sealed.proof,
        sealed.next_at,
        done_at
    ])?;
    if marked > 0 {
        let error = result.error.as_deref();
        let attempt = Occurrence::attempt(OccurrenceKind::DeliveryAttempt, id.0, sealed.state, error, now);
        write_occurrence(connection, &sealer.new_occurrence(&attempt)?)?;
    }
    Ok(())
}

/// Removes deliveries with their attempts. Gives their number.
fn remove(transaction: &Transaction<'_>, meant: &str, parameters: impl Params + Copy) -> Result<usize, StoreError> {
    let attempts = format!(
        "DELETE FROM occurrence WHERE kind = 'delivery_attempt' AND subject IN (SELECT id FROM delivery WHERE {meant})"
    );
    transaction.execute(&attempts, parameters)?;
    Ok(transaction.execute(&format!("DELETE FROM delivery WHERE {meant}"), parameters)?)
}

impl SqliteStore {
    /// Deliveries to any destination in a state, the newest first.
    fn deliveries_of_all(
        &self,
        state: DeliveryState,
        before: i64,
        most: usize,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let sql = format!("SELECT {SHOWN} FROM json_each(?1) k JOIN delivery ON delivery.id = k.value ORDER BY k.key");
        let mut stream = Stream::new(self, self.deliveries_in(state)?, Order::Newest, before)?;
        let mut found = Vec::new();
        loop {
            let left = most - found.len();
            let numbers = stream.take(left)?;
            if numbers.is_empty() {
                return Ok(found);
            }
            found.extend(
                self.readable(&sql, params![list(&numbers)?], left, |row| self.sealer.delivery_view(shown(row)?))?,
            );
        }
    }
}

impl Deliveries for SqliteStore {
    fn pending_deliveries(
        &mut self,
        destination: &str,
        after: DeliveryKey,
        most: usize,
        most_bytes: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let sql = format!(
            "SELECT {PENDING} FROM delivery d WHERE d.destination = ?1 AND d.id > ?2 AND d.state = 'pending'
             ORDER BY d.id LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![destination, after.0, limit(most)])?;
        let (mut found, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let delivery = self.sealer.pending_delivery(pending(row)?)?;
            bytes += delivery.body.len();
            if bytes > most_bytes && !found.is_empty() {
                break;
            }
            found.push(delivery);
        }
        Ok(found)
    }

    fn acknowledge_deliveries(
        &mut self,
        destination: &str,
        through: DeliveryKey,
        at: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        // One after the other: the last of each state is found at once.
        let of_state = |(_, name): &(DeliveryState, &str)| {
            format!("SELECT max(id) AS last FROM delivery WHERE destination = ?1 AND state = '{name}'")
        };
        let states: Vec<String> = DeliveryState::ALL.iter().map(of_state).collect();
        let newest = format!("SELECT max(last) FROM ({})", states.join(" UNION ALL "));
        let newest: Option<i64> =
            self.connection.prepare_cached(&newest)?.query_row(params![destination], |row| row.get(0))?;
        if newest.is_some_and(|newest| newest < through.0) {
            return Ok(None);
        }
        let sql = "UPDATE delivery SET state = 'sent', done_at = ?3, attempts = attempts + 1
            WHERE destination = ?1 AND id <= ?2 AND state = 'pending'";
        let done = self.connection.prepare_cached(sql)?.execute(params![destination, through.0, ms(at)])?;
        Ok(Some(u64::try_from(done).unwrap_or(u64::MAX)))
    }

    fn due_deliveries(
        &mut self,
        destination: &str,
        in_one_order: bool,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<PendingDelivery>, StoreError> {
        let first = match in_one_order {
            true => "SELECT min(id) FROM delivery WHERE destination = ?1 AND state = 'pending'",
            false => {
                "SELECT min(e.id) FROM delivery e INDEXED BY delivery_of_ticket
                WHERE e.destination = ?1 AND e.ticket = d.ticket AND e.state = 'pending'"
            }
        };
        let sql = format!(
            "SELECT {PENDING} FROM delivery d WHERE d.destination = ?1 AND d.state = 'pending' AND d.next_at <= ?2
                 AND d.id = ({first}) ORDER BY d.id LIMIT ?3"
        );
        self.all(&sql, params![destination, ms(now), limit(most)], |row| self.sealer.pending_delivery(pending(row)?))
    }

    fn mark_deliveries(
        &mut self,
        ids: &[DeliveryKey],
        result: &DeliveryResult,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for id in ids {
            mark(&transaction, &self.sealer, *id, result, now)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn retry_deliveries(
        &mut self,
        destination: Option<&str>,
        id: Option<DeliveryKey>,
        now: Timestamp,
        entry: &AuditEntry,
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let sql = "UPDATE delivery SET attempts = iif(state = 'dead', 0, attempts), state = 'pending', next_at = ?3, done_at = NULL
            WHERE state <> 'sent' AND state IN ('dead', 'pending') AND coalesce(destination = ?1, 1) AND coalesce(id = ?2, 1)
            RETURNING destination";
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut retried = BTreeMap::new();
        {
            let mut statement = transaction.prepare_cached(sql)?;
            let given = params![destination, id.map(|id| id.0), ms(now)];
            for name in statement.query_map(given, |row| row.get::<_, String>(0))? {
                *retried.entry(name?).or_default() += 1;
            }
        }
        append_one(&transaction, &self.sealer, &entry.clone().of_many(retried.values().sum()))?;
        transaction.commit()?;
        Ok(retried)
    }

    fn discard_deliveries(
        &mut self,
        destination: &str,
        dead_only: bool,
        entry: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let meant = "destination = ?1 AND (state = 'dead' OR (state = 'pending' AND NOT ?2))";
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let gone = remove(&transaction, meant, params![destination, dead_only])?;
        let gone = u64::try_from(gone).unwrap_or(u64::MAX);
        append_one(&transaction, &self.sealer, &entry.clone().of_many(gone))?;
        transaction.commit()?;
        Ok(gone)
    }

    fn list_deliveries(
        &mut self,
        destination: Option<&str>,
        state: DeliveryState,
        page: Page,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        let Some(destination) = destination else { return self.deliveries_of_all(state, before, page.limit) };
        let sql = format!(
            "SELECT {SHOWN} FROM delivery INDEXED BY delivery_by_state WHERE destination = ?1 AND state = ?2 AND id < ?3
             ORDER BY id DESC"
        );
        self.readable(&sql, params![destination, state.name(), before], page.limit, |row| {
            self.sealer.delivery_view(shown(row)?)
        })
    }

    fn delivery_counts(&mut self) -> Result<Vec<DeliveryCount>, StoreError> {
        let sql = "SELECT destination, sum(state = 'pending'), sum(state = 'dead'), min(CASE state WHEN 'pending' THEN at END)
            FROM delivery WHERE state <> 'sent' GROUP BY destination ORDER BY destination";
        self.all(sql, [], |row| {
            let since: Option<i64> = row.get(3)?;
            Ok(DeliveryCount {
                destination: row.get(0)?,
                pending: count(row.get(1)?),
                dead: count(row.get(2)?),
                since: since.and_then(|at| Timestamp::from_millisecond(at).ok()),
            })
        })
    }

    fn forget_delivered(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let transaction = self.connection.transaction()?;
        let gone = remove(&transaction, "state = 'sent' AND done_at < ?1", params![ms(before)])?;
        transaction.commit()?;
        Ok(gone)
    }
}
