//! Facts and their sums by day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::{Connection, Row, Transaction, TransactionBehavior, params};

use super::{SqliteStore, limit as most};
use crate::{Facts, StoreError};
use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::report::{Cell, Fact, FactKind, Key, Tally};

const KEY: &str = "k.id, k.channel, k.kind, k.category, k.domain, k.district, k.department, k.level, k.grade";
const FACT: &str = "f.day, f.kind, f.kept, f.again, f.rating, f.seconds, f.id";

fn damaged(table: &'static str, row: i64, reason: &str) -> StoreError {
    StoreError::Damaged { table, row, reason: reason.to_owned() }
}

pub(super) fn day_in(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

pub(super) fn day_out(table: &'static str, row: i64, day: i64) -> Result<Date, StoreError> {
    let part = |divisor: i64, modulus: i64| day / divisor % modulus;
    let date = i16::try_from(part(10_000, 100_000))
        .ok()
        .zip(i8::try_from(part(100, 100)).ok())
        .and_then(|(year, month)| Date::new(year, month, i8::try_from(part(1, 100)).ok()?).ok());
    date.ok_or_else(|| damaged(table, row, "its day is none"))
}

fn key(row: &Row<'_>, from: usize) -> Result<(i64, Key), StoreError> {
    let text = |at: usize| row.get::<_, String>(from + at);
    let key = Key {
        channel: text(1)?,
        kind: text(2)?,
        category: text(3)?,
        domain: text(4)?,
        district: text(5)?,
        department: text(6)?,
        level: text(7)?,
        grade: text(8)?,
    };
    Ok((row.get(from)?, key))
}

fn fact(row: &Row<'_>, key: Key) -> Result<Fact, StoreError> {
    let id: i64 = row.get(6)?;
    let rating: Option<String> = row.get(4)?;
    let unknown = |what: &str| damaged("fact", id, what);
    Ok(Fact {
        day: day_out("fact", id, row.get(0)?)?,
        kind: FactKind::from_number(row.get(1)?).ok_or_else(|| unknown("its kind is not known"))?,
        key,
        kept: row.get(2)?,
        again: row.get(3)?,
        rating: rating
            .map(|rating| Satisfaction::from_wire(&rating).ok_or_else(|| unknown("its rating is not known")))
            .transpose()?,
        seconds: row.get(5)?,
    })
}

fn tally(key: i64, body: &[u8]) -> Result<Tally, StoreError> {
    Tally::from_bytes(body).map_err(|error| damaged("fact_day", key, &error.to_string()))
}

/// Writes a fact, and its key where it is new.
pub(super) fn write_fact(tx: &Transaction<'_>, fact: &Fact) -> Result<(), StoreError> {
    let Key { channel, kind, category, domain, district, department, level, grade } = &fact.key;
    let codes = params![channel, kind, category, domain, district, department, level, grade];
    let sql = "INSERT INTO fact_key (channel, kind, category, domain, district, department, level, grade)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING";
    tx.prepare_cached(sql)?.execute(codes)?;
    let sql = "SELECT id FROM fact_key WHERE channel = ?1 AND kind = ?2 AND category = ?3 AND domain = ?4
        AND district = ?5 AND department = ?6 AND level = ?7 AND grade = ?8";
    let key: i64 = tx.prepare_cached(sql)?.query_row(codes, |row| row.get(0))?;
    let sql = "INSERT INTO fact (day, key, kind, kept, again, rating, seconds) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (day, rating) = (day_in(fact.day), fact.rating.map(Satisfaction::wire));
    let row = params![day, key, fact.kind.number(), fact.kept, fact.again, rating, fact.seconds];
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

fn summed_to(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT last FROM fact_summed", [], |row| row.get(0))?)
}

impl Facts for SqliteStore {
    fn facts(&mut self, from: Date, to: Date) -> Result<Vec<Cell>, StoreError> {
        // One moment for both: what is summed up meanwhile is counted once.
        let tx = self.connection.transaction()?;
        let mut cells: BTreeMap<(Date, Key), Tally> = BTreeMap::new();
        let range = (day_in(from), day_in(to));
        let sql = format!(
            "SELECT d.day, d.body, {KEY} FROM fact_day d JOIN fact_key k ON k.id = d.key WHERE d.day BETWEEN ?1 AND ?2"
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query(range)?;
        while let Some(row) = rows.next()? {
            let (id, key) = key(row, 2)?;
            let body: Vec<u8> = row.get(1)?;
            cells.entry((day_out("fact_day", id, row.get(0)?)?, key)).or_default().merge(&tally(id, &body)?);
        }
        let sql = format!(
            "SELECT {FACT}, {KEY} FROM fact f JOIN fact_key k ON k.id = f.key
             WHERE f.id > ?3 AND f.day BETWEEN ?1 AND ?2"
        );
        let mut statement = tx.prepare_cached(&sql)?;
        let mut rows = statement.query((range.0, range.1, summed_to(&tx)?))?;
        while let Some(row) = rows.next()? {
            let (_, key) = key(row, 7)?;
            let fact = fact(row, key)?;
            cells.entry((fact.day, fact.key.clone())).or_default().add(&fact);
        }
        Ok(cells.into_iter().map(|((day, key), tally)| Cell { day, key, tally }).collect())
    }

    fn sum_facts(&mut self, limit: usize) -> Result<usize, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut last = summed_to(&tx)?;
        let (mut sums, mut count): (BTreeMap<(i64, i64), Tally>, usize) = (BTreeMap::new(), 0);
        {
            let sql = format!(
                "SELECT {FACT}, {KEY} FROM fact f JOIN fact_key k ON k.id = f.key WHERE f.id > ?1 ORDER BY f.id LIMIT ?2"
            );
            let mut statement = tx.prepare_cached(&sql)?;
            let mut rows = statement.query(params![last, most(limit)])?;
            while let Some(row) = rows.next()? {
                let (id, key) = key(row, 7)?;
                sums.entry((row.get(0)?, id)).or_default().add(&fact(row, key)?);
                last = row.get(6)?;
                count += 1;
            }
        }
        for ((day, key), mut sum) in sums {
            let mut known = tx.prepare_cached("SELECT body FROM fact_day WHERE day = ?1 AND key = ?2")?;
            let mut rows = known.query((day, key))?;
            if let Some(row) = rows.next()? {
                sum.merge(&tally(key, &row.get::<_, Vec<u8>>(0)?)?);
            }
            let sql = "INSERT INTO fact_day (day, key, body) VALUES (?1, ?2, ?3)
                ON CONFLICT (day, key) DO UPDATE SET body = excluded.body";
            tx.prepare_cached(sql)?.execute(params![day, key, sum.to_bytes()])?;
        }
        tx.execute("UPDATE fact_summed SET last = ?1", [last])?;
        tx.commit()?;
        Ok(count)
    }

    fn forget_facts(&mut self, before: Date) -> Result<usize, StoreError> {
        let sql = "DELETE FROM fact WHERE day < ?1 AND id <= (SELECT last FROM fact_summed)";
        Ok(self.connection.execute(sql, [day_in(before)])?)
    }
}
