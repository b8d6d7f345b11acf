//! Editions of reports, and boards that fetch bulletins.

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{OptionalExtension as _, Params, TransactionBehavior, params};

use super::cells::blob;
use super::facts::{day_in, day_out};
use super::{SqliteStore, limit};
use crate::contract::MAX_EDITIONS;
use crate::sealed::{EditionFileCells, Sealer};
use crate::{Edition, EditionFile, Editions, NewEdition, Page, StoreError};

const EDITION: &str = "SELECT id, report, first_day, last_day, made_at FROM edition";

impl SqliteStore {
    fn read_editions(&mut self, rest: &str, parameters: impl Params) -> Result<Vec<Edition>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{EDITION} {rest}"))?;
        let mut rows = statement.query(parameters)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            found.push(Edition {
                id,
                report: row.get(1)?,
                from: day_out("edition", id, row.get(2)?)?,
                to: day_out("edition", id, row.get(3)?)?,
                made_at: Sealer::edition_time("edition", id, row.get(4)?)?,
                formats: Vec::new(),
                copies: Vec::new(),
            });
        }
        drop(rows);
        drop(statement);
        for edition in &mut found {
            edition.formats = self.formats(edition.id)?;
            edition.copies = self.copies(edition.id)?;
        }
        Ok(found)
    }

    fn formats(&self, id: i64) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT format FROM edition_file WHERE edition = ?1 ORDER BY format";
        let mut statement = self.connection.prepare_cached(sql)?;
        let formats = statement.query_map([id], |row| row.get(0))?;
        Ok(formats.collect::<Result<_, _>>()?)
    }

    fn copies(&self, id: i64) -> Result<Vec<(String, Option<Timestamp>)>, StoreError> {
        let sql = "SELECT destination, sent_at FROM edition_copy WHERE edition = ?1 ORDER BY destination";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let sent: Option<i64> = row.get(1)?;
            let sent = sent.map(|ms| Sealer::edition_time("edition_copy", id, ms)).transpose()?;
            found.push((row.get(0)?, sent));
        }
        Ok(found)
    }
}

impl Editions for SqliteStore {
    fn keep_edition(&mut self, edition: &NewEdition) -> Result<bool, StoreError> {
        let files = edition.files.iter().map(|file| self.sealer.edition_file(file)).collect::<Result<Vec<_>, _>>()?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sql =
            "INSERT INTO edition (report, first_day, last_day, made_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        let made_at = edition.made_at.as_millisecond();
        let days = (day_in(edition.from), day_in(edition.to));
        if tx.execute(sql, params![edition.report, days.0, days.1, made_at])? == 0 {
            return Ok(false);
        }
        let id = tx.last_insert_rowid();
        for file in &files {
            let sql = "INSERT INTO edition_file (edition, format, name, body) VALUES (?1, ?2, ?3, ?4)";
            tx.execute(sql, params![id, file.format, file.name, file.body])?;
        }
        for destination in &edition.destinations {
            let sql = "INSERT INTO edition_copy (edition, destination) VALUES (?1, ?2)";
            tx.execute(sql, params![id, destination])?;
        }
        let sql = "DELETE FROM edition WHERE report = ?1
            AND id NOT IN (SELECT id FROM edition WHERE report = ?1 ORDER BY last_day DESC LIMIT ?2)
            AND id NOT IN (SELECT edition FROM edition_copy WHERE sent_at IS NULL)";
        tx.execute(sql, params![edition.report, limit(MAX_EDITIONS)])?;
        tx.commit()?;
        Ok(true)
    }

    fn last_edition(&mut self, report: &str) -> Result<Option<Date>, StoreError> {
        let sql = "SELECT id, last_day FROM edition WHERE report = ?1 ORDER BY last_day DESC LIMIT 1";
        let found: Option<(i64, i64)> =
            self.connection.query_row(sql, [report], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        found.map(|(id, day)| day_out("edition", id, day)).transpose()
    }

    fn editions(&mut self, report: Option<&str>, page: Page) -> Result<Vec<Edition>, StoreError> {
        let after = page.after.unwrap_or(i64::MAX);
        let rest = "WHERE id < ?1 AND (?2 IS NULL OR report = ?2) ORDER BY id DESC LIMIT ?3";
        self.read_editions(rest, params![after, report, limit(page.limit)])
    }

    fn edition(&mut self, id: i64) -> Result<Option<(Edition, Vec<EditionFile>)>, StoreError> {
        let Some(edition) = self.read_editions("WHERE id = ?1", [id])?.pop() else { return Ok(None) };
        let sql = "SELECT id, format, name, body FROM edition_file WHERE edition = ?1 ORDER BY format";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([id])?;
        let mut files = Vec::new();
        while let Some(row) = rows.next()? {
            let (name, body) = (blob(row, 2)?, blob(row, 3)?);
            let cells = EditionFileCells { id: row.get(0)?, format: row.get(1)?, name, body };
            files.push(self.sealer.opened_edition_file(cells)?);
        }
        Ok(Some((edition, files)))
    }

    fn waiting_editions(&mut self, destination: &str, most: usize) -> Result<Vec<i64>, StoreError> {
        let sql =
            "SELECT edition FROM edition_copy WHERE destination = ?1 AND sent_at IS NULL ORDER BY edition LIMIT ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let waiting = statement.query_map(params![destination, limit(most)], |row| row.get(0))?;
        Ok(waiting.collect::<Result<_, _>>()?)
    }

    fn note_edition_sent(&mut self, id: i64, destination: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE edition_copy SET sent_at = ?3 WHERE edition = ?1 AND destination = ?2";
        self.connection.execute(sql, params![id, destination, at.as_millisecond()])?;
        Ok(())
    }

    fn note_board(&mut self, bulletin: &str, token: &str, at: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO board (bulletin, token, fetched_at) VALUES (?1, ?2, ?3)
            ON CONFLICT (bulletin, token) DO UPDATE SET fetched_at = excluded.fetched_at";
        self.connection.execute(sql, params![bulletin, token, at.as_millisecond()])?;
        Ok(())
    }

    fn boards(&mut self, bulletin: &str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let sql = "SELECT token, fetched_at FROM board WHERE bulletin = ?1 ORDER BY token";
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([bulletin])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((row.get(0)?, Sealer::edition_time("board", 0, row.get(1)?)?));
        }
        Ok(found)
    }
}
