//! Warnings of accepted records and source files: written, listed.

use super::asking::readable;
use super::cells::cell;
use super::link::{Link, Order};
use super::rows::{column, every};
use super::{PostgresStore, count, limit};
use crate::sealed::{SealedSourceFile, SealedWarning, Sealer, SourceFileCells, WarningCells};
use crate::{Page, SourceFileView, StoreError, WarningGroup, WarningRow};

const WRITE_WARNINGS: &str = "INSERT INTO warning (raw_id, channel, field, saying, at, body)
    SELECT k.raw, k.channel, k.field, k.saying, k.at, k.body
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bytea[])
        WITH ORDINALITY AS k(raw, channel, field, saying, at, body, place) ORDER BY k.place";
/// One that is there takes no number.
const WRITE_SOURCE_FILE: &str =
    "WITH there AS (UPDATE source_file SET size_bytes = $3, modified_at = $4, last_at = $5, finished_at = $6,
            state = $7, rows = $8, taken = taken + $9, amended = amended + $10, repeated = repeated + $11,
            set_aside = set_aside + $12, discarded = discarded + $13, body = $14
        WHERE channel = $1 AND mark = $2 RETURNING 1)
    INSERT INTO source_file (channel, mark, size_bytes, modified_at, begun_at, last_at, finished_at,
        state, rows, taken, amended, repeated, set_aside, discarded, body)
    SELECT $1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14 WHERE NOT EXISTS (SELECT 1 FROM there)";
const GROUPS: &str = "SELECT channel, field, saying, count(*), max(id) FROM warning
    WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR field = $2) GROUP BY channel, field, saying
    HAVING max(id) < $3 ORDER BY max(id) DESC LIMIT $4";
const SAMPLES: &str = "SELECT id, raw_id, at, body FROM warning WHERE channel = $1 AND field = $2 AND saying = $3
    ORDER BY id DESC";
const SOURCE_FILES: &str =
    "SELECT id, channel, size_bytes, modified_at, begun_at, finished_at, state, rows, taken, amended,
        repeated, set_aside, discarded, body FROM source_file
    WHERE ($1::text IS NULL OR channel = $1) AND id < $2 ORDER BY id DESC";

/// Writes warnings, in this order.
pub(super) fn write_warnings<'a>(rows: &'a [SealedWarning<'a>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: WRITE_WARNINGS,
        parameters: vec![
            column(&rows, |row| row.raw),
            column(&rows, |row| row.channel),
            column(&rows, |row| row.field),
            column(&rows, |row| row.saying),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

/// Adds the counts of a batch of a file; everything else is as the batch says.
pub(super) fn write_source_file<'a>(row: &'a SealedSourceFile<'_>) -> Order<'a> {
    let [taken, amended, repeated, set_aside, discarded] = row.counts;
    Order {
        sql: WRITE_SOURCE_FILE,
        parameters: vec![
            Box::new(row.channel),
            Box::new(row.mark),
            Box::new(row.size_bytes),
            Box::new(row.modified_at),
            Box::new(row.at),
            Box::new(row.finished.then_some(row.at)),
            Box::new(row.state),
            Box::new(row.rows),
            Box::new(taken),
            Box::new(amended),
            Box::new(repeated),
            Box::new(set_aside),
            Box::new(discarded),
            Box::new(row.body.as_slice()),
        ],
    }
}

/// Channel, field, keyed hash of what is said, how many, number of the newest.
type Group = (String, String, i64, i64, i64);

/// A group with its newest warnings; none when they are gone meanwhile.
fn warning_group(
    link: &mut Link,
    sealer: &Sealer,
    (channel, field, saying, number, last): Group,
) -> Result<Option<WarningGroup>, StoreError> {
    let most = WarningGroup::MAX_SAMPLES;
    let samples: Vec<WarningRow> = readable(link, SAMPLES, &[&channel, &field, &saying], most, |row| {
        let cells = WarningCells { id: cell(row, 0)?, raw: cell(row, 1)?, body: cell(row, 3)? };
        sealer.warning(cells, (&channel, &field), cell(row, 2)?)
    })?;
    Ok(WarningGroup::of(last, count(number), samples))
}

impl PostgresStore {
    /// Warnings that say the same, the newest first.
    pub(super) fn warning_groups(
        &mut self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        let Self { link, sealer, .. } = self;
        let before = page.after.unwrap_or(i64::MAX);
        let groups: Vec<Group> = link.all(GROUPS, &[&channel, &field, &before, &limit(page.limit)], |row| {
            Ok((cell(row, 0)?, cell(row, 1)?, cell(row, 2)?, cell(row, 3)?, cell(row, 4)?))
        })?;
        let mut shown = Vec::with_capacity(groups.len());
        for group in groups {
            shown.extend(warning_group(link, sealer, group)?);
        }
        Ok(shown)
    }

    /// Files that were read, the newest first.
    pub(super) fn list_source_files(
        &mut self,
        channel: Option<&str>,
        page: Page,
    ) -> Result<Vec<SourceFileView>, StoreError> {
        let Self { link, sealer, .. } = self;
        let before = page.after.unwrap_or(i64::MAX);
        readable(link, SOURCE_FILES, &[&channel, &before], page.limit, |row| {
            sealer.source_file(SourceFileCells {
                id: cell(row, 0)?,
                channel: cell(row, 1)?,
                size_bytes: cell(row, 2)?,
                modified_at: cell(row, 3)?,
                begun_at: cell(row, 4)?,
                finished_at: cell(row, 5)?,
                state: cell(row, 6)?,
                rows: cell(row, 7)?,
                counts: [cell(row, 8)?, cell(row, 9)?, cell(row, 10)?, cell(row, 11)?, cell(row, 12)?],
                body: cell(row, 13)?,
            })
        })
    }
}
