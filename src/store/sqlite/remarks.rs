//! Warnings of accepted records and source files: written, listed.

use rusqlite::{Transaction, params};

use super::cells::{blob, text};
use super::{SqliteStore, count, limit};
use crate::sealed::{SealedSourceFile, SealedWarning, SourceFileCells, WarningCells};
use crate::{Page, SourceFileView, StoreError, WarningGroup, WarningRow};

pub(super) fn write_warning(tx: &Transaction<'_>, row: &SealedWarning<'_>) -> Result<(), StoreError> {
    let sql = "INSERT INTO warning (raw_id, channel, field, saying, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    tx.prepare_cached(sql)?.execute(params![row.raw, row.channel, row.field, row.saying, row.at, row.body])?;
    Ok(())
}

/// Adds the counts of a batch; everything else is as the batch says.
pub(super) fn write_source_file(tx: &Transaction<'_>, row: &SealedSourceFile<'_>) -> Result<(), StoreError> {
    let [taken, amended, repeated, set_aside, discarded] = row.counts;
    let sql = "INSERT INTO source_file (channel, mark, size_bytes, modified_at, begun_at, last_at, finished_at, state, rows,
             taken, amended, repeated, set_aside, discarded, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
         ON CONFLICT (channel, mark) DO UPDATE SET size_bytes = excluded.size_bytes, modified_at = excluded.modified_at,
             last_at = excluded.last_at, finished_at = excluded.finished_at, state = excluded.state, rows = excluded.rows,
             taken = taken + excluded.taken, amended = amended + excluded.amended,
             repeated = repeated + excluded.repeated, set_aside = set_aside + excluded.set_aside,
             discarded = discarded + excluded.discarded, body = excluded.body";
    tx.prepare_cached(sql)?.execute(params![
        row.channel,
        row.mark,
        row.size_bytes,
        row.modified_at,
        row.at,
        row.finished.then_some(row.at),
        row.state,
        row.rows,
        taken,
        amended,
        repeated,
        set_aside,
        discarded,
        row.body
    ])?;
    Ok(())
}

/// Channel, field, keyed hash of what is said, how many, number of the newest.
type Group = (String, String, i64, i64, i64);

impl SqliteStore {
    pub(super) fn warning_groups(
        &self,
        channel: Option<&str>,
        field: Option<&str>,
        page: Page,
    ) -> Result<Vec<WarningGroup>, StoreError> {
        let sql = "SELECT channel, field, saying, count(*), max(id) FROM warning
             WHERE (?1 IS NULL OR channel = ?1) AND (?2 IS NULL OR field = ?2) GROUP BY channel, field, saying
             HAVING max(id) < coalesce(?3, 9223372036854775807) ORDER BY max(id) DESC LIMIT ?4";
        let groups: Vec<Group> = self.all(sql, params![channel, field, page.after, limit(page.limit)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })?;
        let mut shown = Vec::with_capacity(groups.len());
        for group in groups {
            shown.extend(self.warning_group(group)?);
        }
        Ok(shown)
    }

    /// A group with its newest warnings; none when they are gone meanwhile.
    fn warning_group(&self, (channel, field, saying, number, last): Group) -> Result<Option<WarningGroup>, StoreError> {
        let sql = "SELECT id, raw_id, at, body FROM warning WHERE channel = ?1 AND field = ?2 AND saying = ?3
             ORDER BY id DESC";
        let most = WarningGroup::MAX_SAMPLES;
        let samples: Vec<WarningRow> = self.readable(sql, params![channel, field, saying], most, |row| {
            let cells = WarningCells { id: row.get(0)?, raw: row.get(1)?, body: blob(row, 3)? };
            self.sealer.warning(cells, (&channel, &field), row.get(2)?)
        })?;
        Ok(WarningGroup::of(last, count(number), samples))
    }

    pub(super) fn list_source_files(
        &self,
        channel: Option<&str>,
        page: Page,
    ) -> Result<Vec<SourceFileView>, StoreError> {
        let sql = "SELECT id, channel, size_bytes, modified_at, begun_at, finished_at, state, rows, taken, amended,
                 repeated, set_aside, discarded, body FROM source_file
             WHERE (?1 IS NULL OR channel = ?1) AND id < coalesce(?2, 9223372036854775807) ORDER BY id DESC";
        self.readable(sql, params![channel, page.after], page.limit, |row| {
            self.sealer.source_file(SourceFileCells {
                id: row.get(0)?,
                channel: row.get(1)?,
                size_bytes: row.get(2)?,
                modified_at: row.get(3)?,
                begun_at: row.get(4)?,
                finished_at: row.get(5)?,
                state: text(row, 6)?,
                rows: row.get(7)?,
                counts: [row.get(8)?, row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?],
                body: blob(row, 13)?,
            })
        })
    }
}
