//! Facts and their sums by day.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tokio_postgres::Row;

use super::asking::only;
use super::cells::{cell, small};
use super::link::{Link, Order};
use super::rows::{column, every};
use super::{PostgresStore, limit as most};
use crate::{Facts, StoreError};
use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::report::{Cell, Fact, FactKind, Key, Tally};

const KEY: &str = "k.id, k.channel, k.kind, k.category, k.domain, k.district, k.department, k.level, k.grade";
const FACT: &str = "f.day, f.kind, f.kept, f.again, f.rating, f.seconds, f.id";
/// Only keys that are new take a number.
const WRITE_KEYS: &str = "INSERT INTO fact_key (channel, kind, category, domain, district, department, level, grade)
    SELECT DISTINCT n.* FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
            AS n(channel, kind, category, domain, district, department, level, grade)
        LEFT JOIN fact_key k USING (channel, kind, category, domain, district, department, level, grade)
    WHERE k.id IS NULL ON CONFLICT DO NOTHING";
const WRITE: &str = "INSERT INTO fact (day, key, kind, kept, again, rating, seconds)
    SELECT n.day, k.id, n.number, n.kept, n.again, n.rating, n.seconds
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::bigint[], $10::bigint[], $11::boolean[], $12::boolean[], $13::text[], $14::bigint[])
        WITH ORDINALITY AS n(channel, kind, category, domain, district, department, level, grade,
            day, number, kept, again, rating, seconds, place)
        JOIN fact_key k USING (channel, kind, category, domain, district, department, level, grade)
    ORDER BY n.place";
const WRITE_SUM: &str = "INSERT INTO fact_day (day, key, body) VALUES ($1, $2, $3)
    ON CONFLICT (day, key) DO UPDATE SET body = excluded.body";

fn damaged(table: &'static str, row: i64, reason: &str) -> StoreError {
    StoreError::Damaged { table, row, reason: reason.to_owned() }
}

/// A day as it is kept.
pub(super) fn day_in(day: Date) -> i64 {
    i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day())
}

/// A day as it was.
pub(super) fn day_out(table: &'static str, row: i64, day: i64) -> Result<Date, StoreError> {
    let part = |divisor: i64, modulus: i64| day / divisor % modulus;
    let date = i16::try_from(part(10_000, 100_000))
        .ok()
        .zip(i8::try_from(part(100, 100)).ok())
        .and_then(|(year, month)| Date::new(year, month, i8::try_from(part(1, 100)).ok()?).ok());
    date.ok_or_else(|| damaged(table, row, "its day is none"))
}

fn key(row: &Row, from: usize) -> Result<(i64, Key), StoreError> {
    let key = Key {
        channel: cell(row, from + 1)?,
        kind: cell(row, from + 2)?,
        category: cell(row, from + 3)?,
        domain: cell(row, from + 4)?,
        district: cell(row, from + 5)?,
        department: cell(row, from + 6)?,
        level: cell(row, from + 7)?,
        grade: cell(row, from + 8)?,
    };
    Ok((cell(row, from)?, key))
}

fn fact(row: &Row, key: Key) -> Result<Fact, StoreError> {
    let id: i64 = cell(row, 6)?;
    let rating: Option<&str> = cell(row, 4)?;
    let unknown = |what: &str| damaged("fact", id, what);
    Ok(Fact {
        day: day_out("fact", id, cell(row, 0)?)?,
        kind: FactKind::from_number(small(row, 1)?).ok_or_else(|| unknown("its kind is not known"))?,
        key,
        kept: cell(row, 2)?,
        again: cell(row, 3)?,
        rating: rating
            .map(|rating| Satisfaction::from_wire(rating).ok_or_else(|| unknown("its rating is not known")))
            .transpose()?,
        seconds: small(row, 5)?,
    })
}

fn tally(key: i64, body: &[u8]) -> Result<Tally, StoreError> {
    Tally::from_bytes(body).map_err(|error| damaged("fact_day", key, &error.to_string()))
}

/// Writes facts in this order, and their keys where they are new.
pub(super) fn write_facts(facts: &[Fact]) -> Vec<Order<'_>> {
    if facts.is_empty() {
        return Vec::new();
    }
    let facts = every(facts);
    let codes = || {
        vec![
            column(&facts, |fact| fact.key.channel.as_str()),
            column(&facts, |fact| fact.key.kind.as_str()),
            column(&facts, |fact| fact.key.category.as_str()),
            column(&facts, |fact| fact.key.domain.as_str()),
            column(&facts, |fact| fact.key.district.as_str()),
            column(&facts, |fact| fact.key.department.as_str()),
            column(&facts, |fact| fact.key.level.as_str()),
            column(&facts, |fact| fact.key.grade.as_str()),
        ]
    };
    let mut cells = codes();
    cells.extend([
        column(&facts, |fact| day_in(fact.day)),
        column(&facts, |fact| i64::from(fact.kind.number())),
        column(&facts, |fact| fact.kept),
        column(&facts, |fact| fact.again),
        column(&facts, |fact| fact.rating.map(Satisfaction::wire)),
        column(&facts, |fact| i64::from(fact.seconds)),
    ]);
    vec![Order { sql: WRITE_KEYS, parameters: codes() }, Order { sql: WRITE, parameters: cells }]
}

fn summed_to(link: &mut Link) -> Result<i64, StoreError> {
    only(link, "SELECT last FROM fact_summed", &[])
}

impl Facts for PostgresStore {
    fn facts(&mut self, from: Date, to: Date) -> Result<Vec<Cell>, StoreError> {
        // One moment for both: what is summed up meanwhile is counted once.
        self.snapshot(|PostgresStore { link, .. }| {
            let mut cells: BTreeMap<(Date, Key), Tally> = BTreeMap::new();
            let (first, last) = (day_in(from), day_in(to));
            let sql = format!(
                "SELECT d.day, d.body, {KEY} FROM fact_day d JOIN fact_key k ON k.id = d.key WHERE d.day BETWEEN $1 AND $2"
            );
            for row in &link.rows(&sql, &[&first, &last])? {
                let (id, key) = key(row, 2)?;
                let day = day_out("fact_day", id, cell(row, 0)?)?;
                cells.entry((day, key)).or_default().merge(&tally(id, cell(row, 1)?)?);
            }
            let sql = format!(
                "SELECT {FACT}, {KEY} FROM fact f JOIN fact_key k ON k.id = f.key
                 WHERE f.id > $3 AND f.day BETWEEN $1 AND $2"
            );
            let summed = summed_to(link)?;
            for row in &link.rows(&sql, &[&first, &last, &summed])? {
                let (_, key) = key(row, 7)?;
                let fact = fact(row, key)?;
                cells.entry((fact.day, fact.key.clone())).or_default().add(&fact);
            }
            Ok(cells.into_iter().map(|((day, key), tally)| Cell { day, key, tally }).collect())
        })
    }

    fn sum_facts(&mut self, limit: usize) -> Result<usize, StoreError> {
        self.transaction(|PostgresStore { link, .. }| {
            let mut last = summed_to(link)?;
            let mut sums: BTreeMap<(i64, i64), Tally> = BTreeMap::new();
            let sql = format!(
                "SELECT {FACT}, {KEY} FROM fact f JOIN fact_key k ON k.id = f.key WHERE f.id > $1 ORDER BY f.id LIMIT $2"
            );
            let rows = link.rows(&sql, &[&last, &most(limit)])?;
            for row in &rows {
                let (id, key) = key(row, 7)?;
                sums.entry((cell(row, 0)?, id)).or_default().add(&fact(row, key)?);
                last = cell(row, 6)?;
            }
            for ((day, key), mut sum) in sums {
                let known = "SELECT body FROM fact_day WHERE day = $1 AND key = $2";
                for row in &link.rows(known, &[&day, &key])? {
                    sum.merge(&tally(key, cell(row, 0)?)?);
                }
                link.run(WRITE_SUM, &[&day, &key, &sum.to_bytes()])?;
            }
            link.run("UPDATE fact_summed SET last = $1", &[&last])?;
            Ok(rows.len())
        })
    }

    fn forget_facts(&mut self, before: Date) -> Result<usize, StoreError> {
        let sql = "DELETE FROM fact WHERE day < $1 AND id <= (SELECT last FROM fact_summed)";
        let gone = self.link.run(sql, &[&day_in(before)])?;
        Ok(usize::try_from(gone).unwrap_or(usize::MAX))
    }
}
