//! Records that could not be mapped, each with the mark by which the complaint is found that it is about, where one is known.

use std::collections::HashMap;

use tokio_postgres::Row;

use super::PostgresStore;
use super::asking::readable;
use super::cells::{QUARANTINE, cell, quarantined};
use super::link::{Link, Order};
use super::rows::{column, turns};
use crate::sealed::{Mark, SealedChanges, Sealer};
use crate::{Page, QuarantineView, StoreError};

const LABELS: &str = "SELECT id, label FROM raw_record WHERE id = ANY($1)";
const WRITE: &str = "INSERT INTO quarantine (raw_id, channel, at, problems, number_mark)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[], $5::bytea[])
    ON CONFLICT (raw_id) DO UPDATE SET problems = excluded.problems, number_mark = excluded.number_mark";

/// Sealed labels of records, by their numbers.
pub(super) type Labels = HashMap<i64, Vec<u8>>;

/// Labels of the records that a part puts into quarantine: those of records that it brings itself, and those that are there.
pub(super) fn labels(link: &mut Link, part: &SealedChanges<'_>) -> Result<Labels, StoreError> {
    if part.quarantine.is_empty() {
        return Ok(HashMap::new());
    }
    let mut labels: Labels = part.raw.iter().map(|raw| (raw.id, raw.label.clone())).collect();
    let wanted = part.quarantine.iter().map(|row| row.raw);
    let missing: Vec<i64> = wanted.filter(|raw| !labels.contains_key(raw)).collect();
    if !missing.is_empty() {
        labels.extend(link.all(LABELS, &[&missing], |row| Ok((cell(row, 0)?, cell(row, 1)?)))?);
    }
    Ok(labels)
}

/// Puts records that are kept into quarantine, or writes what is wrong with those that are there. One whose label is damaged is about
/// nothing that is known.
pub(super) fn write_quarantined<'a>(
    sealer: &Sealer,
    labels: &Labels,
    part: &'a SealedChanges<'_>,
) -> impl Iterator<Item = Order<'a>> {
    turns(&part.quarantine, |row| row.raw).into_iter().map(|rows| {
        let mark =
            |raw: i64, channel: &str| -> Option<Mark> { sealer.mark_of_number(raw, channel, labels.get(&raw)?).ok() };
        let marks: Vec<Option<Vec<u8>>> = rows.iter().map(|row| Some(mark(row.raw, row.channel)?.to_vec())).collect();
        Order {
            sql: WRITE,
            parameters: vec![
                column(&rows, |row| row.raw),
                column(&rows, |row| row.channel),
                column(&rows, |row| row.at),
                column(&rows, |row| row.problems.as_slice()),
                Box::new(marks),
            ],
        }
    })
}

impl PostgresStore {
    /// A page of the records, of one channel or of all.
    pub(super) fn list_quarantined(
        &mut self,
        channel: Option<&str>,
        page: Page,
    ) -> Result<Vec<QuarantineView>, StoreError> {
        let after = page.after.unwrap_or(0);
        let Self { link, sealer, .. } = self;
        let read = |row: &Row| sealer.quarantined(quarantined(row)?);
        match channel {
            None => {
                let sql = format!("{QUARANTINE} WHERE q.raw_id > $1 ORDER BY q.raw_id");
                readable(link, &sql, &[&after], page.limit, read)
            }
            Some(channel) => {
                let sql = format!("{QUARANTINE} WHERE q.channel = $2 AND q.raw_id > $1 ORDER BY q.raw_id");
                readable(link, &sql, &[&after, &channel], page.limit, read)
            }
        }
    }
}
