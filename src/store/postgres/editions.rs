//! Editions of reports, and boards that fetch bulletins.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::asking::{first, numbers};
use super::cells::cell;
use super::facts::{day_in, day_out};
use super::link::{Link, Parameter};
use super::{PostgresStore, limit};
use crate::contract::MAX_EDITIONS;
use crate::sealed::{EditionFileCells, Sealer};
use crate::{Edition, EditionFile, Editions, NewEdition, Page, StoreError};

const EDITION: &str = "SELECT id, report, first_day, last_day, made_at FROM edition";
const FORMATS: &str = "SELECT edition, format FROM edition_file WHERE edition = ANY($1) ORDER BY edition, format";
const COPIES: &str =
    "SELECT edition, destination, sent_at FROM edition_copy WHERE edition = ANY($1) ORDER BY edition, destination";
/// One that is there takes no number.
const WRITE: &str = "INSERT INTO edition (report, first_day, last_day, made_at) SELECT $1, $2, $3, $4
    WHERE NOT EXISTS (SELECT 1 FROM edition WHERE report = $1 AND last_day = $3) ON CONFLICT DO NOTHING RETURNING id";
const WRITE_FILE: &str = "INSERT INTO edition_file (edition, format, name, body) VALUES ($1, $2, $3, $4)";
const WRITE_COPIES: &str = "INSERT INTO edition_copy (edition, destination) SELECT $1, k.destination FROM unnest($2::text[]) AS k(destination)";
const BEYOND: &str = "DELETE FROM edition WHERE report = $1
    AND id NOT IN (SELECT id FROM edition WHERE report = $1 ORDER BY last_day DESC LIMIT $2)
    AND id NOT IN (SELECT edition FROM edition_copy WHERE sent_at IS NULL)";
const LAST: &str = "SELECT id, last_day FROM edition WHERE report = $1 ORDER BY last_day DESC LIMIT 1";
const FILES: &str = "SELECT id, format, name, body FROM edition_file WHERE edition = $1 ORDER BY format";
const WAITING: &str =
    "SELECT edition FROM edition_copy WHERE destination = $1 AND sent_at IS NULL ORDER BY edition LIMIT $2";
const SENT: &str = "UPDATE edition_copy SET sent_at = $3 WHERE edition = $1 AND destination = $2";
const FETCHED: &str = "INSERT INTO board (bulletin, token, fetched_at) VALUES ($1, $2, $3)
    ON CONFLICT (bulletin, token) DO UPDATE SET fetched_at = excluded.fetched_at";
const BOARDS: &str = "SELECT token, fetched_at FROM board WHERE bulletin = $1 ORDER BY token";

/// Editions with their formats, and where they go.
fn read(link: &mut Link, rest: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Edition>, StoreError> {
    let mut found = link.all(&format!("{EDITION} {rest}"), parameters, |row| {
        let id: i64 = cell(row, 0)?;
        Ok(Edition {
            id,
            report: cell(row, 1)?,
            from: day_out("edition", id, cell(row, 2)?)?,
            to: day_out("edition", id, cell(row, 3)?)?,
            made_at: Sealer::edition_time("edition", id, cell(row, 4)?)?,
            formats: Vec::new(),
            copies: Vec::new(),
        })
    })?;
    let ids: Vec<i64> = found.iter().map(|edition| edition.id).collect();
    let mut formats: HashMap<i64, Vec<String>> = HashMap::new();
    for row in &link.rows(FORMATS, &[&ids])? {
        formats.entry(cell(row, 0)?).or_default().push(cell(row, 1)?);
    }
    let mut copies: HashMap<i64, Vec<(String, Option<Timestamp>)>> = HashMap::new();
    for row in &link.rows(COPIES, &[&ids])? {
        let (id, sent): (i64, Option<i64>) = (cell(row, 0)?, cell(row, 2)?);
        let sent = sent.map(|ms| Sealer::edition_time("edition_copy", id, ms)).transpose()?;
        copies.entry(id).or_default().push((cell(row, 1)?, sent));
    }
    for edition in &mut found {
        edition.formats = formats.remove(&edition.id).unwrap_or_default();
        edition.copies = copies.remove(&edition.id).unwrap_or_default();
    }
    Ok(found)
}

impl Editions for PostgresStore {
    fn keep_edition(&mut self, edition: &NewEdition) -> Result<bool, StoreError> {
        let files = edition.files.iter().map(|file| self.sealer.edition_file(file)).collect::<Result<Vec<_>, _>>()?;
        let destinations: Vec<&str> = edition.destinations.iter().map(String::as_str).collect();
        let (made_at, from, to) = (edition.made_at.as_millisecond(), day_in(edition.from), day_in(edition.to));
        self.transaction(|PostgresStore { link, .. }| {
            let Some(id) = first::<i64>(link, WRITE, &[&edition.report, &from, &to, &made_at])? else {
                return Ok(false);
            };
            for file in &files {
                link.run(WRITE_FILE, &[&id, &file.format, &file.name, &file.body])?;
            }
            link.run(WRITE_COPIES, &[&id, &destinations])?;
            link.run(BEYOND, &[&edition.report, &limit(MAX_EDITIONS)])?;
            Ok(true)
        })
    }

    fn last_edition(&mut self, report: &str) -> Result<Option<Date>, StoreError> {
        let found = self.link.all(LAST, &[&report], |row| day_out("edition", cell(row, 0)?, cell(row, 1)?))?;
        Ok(found.first().copied())
    }

    fn editions(&mut self, report: Option<&str>, page: Page) -> Result<Vec<Edition>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        let rest = "WHERE id < $1 AND ($2::text IS NULL OR report = $2) ORDER BY id DESC LIMIT $3";
        self.snapshot(|store| read(&mut store.link, rest, &[&before, &report, &limit(page.limit)]))
    }

    fn edition(&mut self, id: i64) -> Result<Option<(Edition, Vec<EditionFile>)>, StoreError> {
        self.snapshot(|PostgresStore { link, sealer, .. }| {
            let Some(edition) = read(link, "WHERE id = $1", &[&id])?.pop() else { return Ok(None) };
            let files = link.all(FILES, &[&id], |row| {
                let (name, body) = (cell(row, 2)?, cell(row, 3)?);
                let cells = EditionFileCells { id: cell(row, 0)?, format: cell(row, 1)?, name, body };
                sealer.opened_edition_file(cells)
            })?;
            Ok(Some((edition, files)))
        })
    }

    fn waiting_editions(&mut self, destination: &str, most: usize) -> Result<Vec<i64>, StoreError> {
        numbers(&mut self.link, WAITING, &[&destination, &limit(most)])
    }

    fn note_edition_sent(&mut self, id: i64, destination: &str, at: Timestamp) -> Result<(), StoreError> {
        self.link.run(SENT, &[&id, &destination, &at.as_millisecond()])?;
        Ok(())
    }

    fn note_board(&mut self, bulletin: &str, token: &str, at: Timestamp) -> Result<(), StoreError> {
        self.link.run(FETCHED, &[&bulletin, &token, &at.as_millisecond()])?;
        Ok(())
    }

    fn boards(&mut self, bulletin: &str) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.link.all(BOARDS, &[&bulletin], |row| Ok((cell(row, 0)?, Sealer::edition_time("board", 0, cell(row, 1)?)?)))
    }
}
