//! Records that could not be mapped, each with the mark by which the complaint is found that it is about, where one is known.

use rusqlite::{Connection, params};

use super::SqliteStore;
use super::cells::{QUARANTINE, blob, quarantined};
use crate::sealed::{SealedQuarantine, Sealer};
use crate::{Page, QuarantineView, StoreError};

const PAGE: &str = "q.raw_id > ?1 ORDER BY q.raw_id";
const PAGE_OF_CHANNEL: &str = "q.channel = ?2 AND q.raw_id > ?1 ORDER BY q.raw_id";

/// Puts a record that is kept into quarantine, or writes what is wrong with one that is there. One whose label is damaged is about nothing
/// that is known.
pub(super) fn write_quarantined(
    connection: &Connection,
    sealer: &Sealer,
    row: &SealedQuarantine<'_>,
) -> Result<(), StoreError> {
    let label = "SELECT label FROM raw_record WHERE id = ?1";
    let mut statement = connection.prepare_cached(label)?;
    let mut found = statement.query(params![row.raw])?;
    let mark = match found.next()? {
        Some(cells) => sealer.mark_of_number(row.raw, row.channel, blob(cells, 0)?).ok(),
        None => None,
    };
    let sql = "INSERT INTO quarantine (raw_id, channel, at, problems, number_mark) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (raw_id) DO UPDATE SET problems = excluded.problems, number_mark = excluded.number_mark";
    connection.prepare_cached(sql)?.execute(params![row.raw, row.channel, row.at, row.problems, mark])?;
    Ok(())
}

impl SqliteStore {
    /// A page of the records, of one channel or of all.
    pub(super) fn list_quarantined(
        &self,
        channel: Option<&str>,
        page: Page,
    ) -> Result<Vec<QuarantineView>, StoreError> {
        let after = page.after.unwrap_or(0);
        let read = |row: &rusqlite::Row<'_>| self.sealer.quarantined(quarantined(row)?);
        match channel {
            None => self.readable(&format!("{QUARANTINE} WHERE {PAGE}"), params![after], page.limit, read),
            Some(channel) => {
                let sql = format!("{QUARANTINE} WHERE {PAGE_OF_CHANNEL}");
                self.readable(&sql, params![after, channel], page.limit, read)
            }
        }
    }
}
