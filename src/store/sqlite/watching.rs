//! What watching has seen and told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::cells::{list, text};
use super::{SqliteStore, limit};
use crate::sealed::{AlertCells, alert, ms, seen};
use crate::{AlertChange, AlertRow, AlertView, Page, SightingRow, StoreError, Watching};
use huiliu_domain::complaint::area_bounds;
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{AlertKind, Counted, Seen};

pub(super) const SIGHTED: &str = "SELECT 1 FROM sighting WHERE subject = ?1 AND complaint_id = ?2";
pub(super) const SIGHTINGS: &str = "SELECT s.complaint_id, c.ticket, s.at FROM sighting s JOIN complaint c ON c.id = s.complaint_id
    WHERE s.subject = ?1 AND s.district BETWEEN ?2 AND ?3 AND s.at > ?4 AND s.at <= ?5 ORDER BY s.at DESC, s.complaint_id DESC LIMIT ?6";
const COUNT: &str =
    "SELECT count(*) FROM sighting WHERE subject = ?1 AND district BETWEEN ?2 AND ?3 AND at > ?4 AND at <= ?5";
const COUNT_EACH: &str =
    "SELECT subject, count(*) FROM sighting WHERE subject BETWEEN ?1 AND ?2 AND district BETWEEN ?3 AND ?4
    AND at > ?5 AND at <= ?6 GROUP BY subject";
const COUNT_TICKETS: &str = "SELECT count(DISTINCT c.ticket) FROM sighting s JOIN complaint c ON c.id = s.complaint_id
    WHERE s.subject = ?1 AND s.district BETWEEN ?2 AND ?3 AND s.at > ?4 AND s.at <= ?5";
pub(super) const STANDING: &str =
    "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE kind = ?1 AND code = ?2 AND area = ?3 AND stands = 1";
const ALL_STANDING: &str = "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE stands = 1 ORDER BY id";
pub(super) const WAS_ALERTED: &str = "SELECT 1 FROM alert_complaint b JOIN alert a ON a.id = b.alert
    WHERE b.complaint_id IN (SELECT id FROM complaint WHERE ticket = ?3 UNION SELECT value FROM json_each(?4))
        AND a.kind = ?1 AND a.code = ?2 LIMIT 1";
pub(super) const ALERTS: &str =
    "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE kind = ?1 AND id < ?2 ORDER BY id DESC";
pub(super) const TICKETS: &str =
    "SELECT DISTINCT c.ticket FROM alert_complaint b JOIN complaint c ON c.id = b.complaint_id
    WHERE b.alert = ?1 ORDER BY c.ticket LIMIT ?2";

/// Writes that a complaint is about something; of each once.
pub(super) fn write_sighting(connection: &Connection, row: &SightingRow) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO sighting (subject, complaint_id, district, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    connection.prepare_cached(sql)?.execute(params![row.subject, row.complaint.0, row.district, ms(row.at)])?;
    Ok(())
}

/// Writes what happens to an alert.
pub(super) fn write_alert(connection: &Connection, change: &AlertChange) -> Result<(), StoreError> {
    match change {
        AlertChange::Told(row) => write_told(connection, row),
        AlertChange::Ended { kind, code, area, at } => {
            let sql = "UPDATE alert SET stands = 0, ended_at = ?4
                WHERE kind = ?1 AND code = ?2 AND area = ?3 AND stands = 1";
            connection.prepare_cached(sql)?.execute(params![kind.name(), code, area, ms(*at)])?;
            Ok(())
        }
    }
}

fn write_told(connection: &Connection, row: &AlertRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO alert (kind, code, area, at, count, usual_tenths, ticket, stands) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let cells = params![
        row.kind.name(),
        row.code,
        row.area,
        ms(row.at),
        count(row.count),
        row.usual_tenths.map(count),
        row.ticket.0,
        row.stands
    ];
    connection.prepare_cached(sql)?.execute(cells)?;
    let alert = connection.last_insert_rowid();
    let sql = "INSERT INTO alert_complaint (complaint_id, alert) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut behind = connection.prepare_cached(sql)?;
    row.complaints.iter().try_for_each(|complaint| behind.execute(params![complaint.0, alert]).map(drop))?;
    Ok(())
}

fn view(row: &Row<'_>) -> Result<AlertView, StoreError> {
    alert(AlertCells {
        id: row.get(0)?,
        kind: text(row, 1)?,
        code: row.get(2)?,
        area: row.get(3)?,
        at: row.get(4)?,
        count: row.get(5)?,
        usual_tenths: row.get(6)?,
        ticket: row.get(7)?,
        stands: row.get(8)?,
        ended_at: row.get(9)?,
    })
}

impl Watching for SqliteStore {
    fn is_sighted(&mut self, subject: &str, complaint: ComplaintKey) -> Result<bool, StoreError> {
        Ok(self.connection.prepare_cached(SIGHTED)?.exists(params![subject, complaint.0])?)
    }

    fn sightings(
        &mut self,
        (subject, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
        most: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        let (least, greatest) = area_bounds(area);
        let parameters = params![subject, least, greatest, ms(after), ms(until), limit(most)];
        let mut found = self.all(SIGHTINGS, parameters, |row| seen((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        found.reverse();
        Ok(found)
    }

    fn count_sightings(
        &mut self,
        (subject, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
        counted: Counted,
    ) -> Result<u64, StoreError> {
        let (least, greatest) = area_bounds(area);
        let sql = if counted == Counted::Tickets { COUNT_TICKETS } else { COUNT };
        let parameters = params![subject, least, greatest, ms(after), ms(until)];
        let count: i64 = self.connection.prepare_cached(sql)?.query_row(parameters, |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    fn count_each(
        &mut self,
        (beginning, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let (least, greatest) = area_bounds(area);
        let last = format!("{beginning}{}", char::MAX);
        let parameters = params![beginning, last, least, greatest, ms(after), ms(until)];
        let count = |row: &Row<'_>| -> Result<(String, u64), StoreError> {
            let count: i64 = row.get(1)?;
            Ok((row.get(0)?, u64::try_from(count).unwrap_or(0)))
        };
        Ok(self.all(COUNT_EACH, parameters, count)?.into_iter().collect())
    }

    fn standing_alert(&mut self, (kind, code): (AlertKind, &str), area: &str) -> Result<Option<AlertView>, StoreError> {
        Ok(self.all(STANDING, params![kind.name(), code, area], view)?.pop())
    }

    fn standing_alerts(&mut self, most: usize) -> Result<Vec<AlertView>, StoreError> {
        self.readable(ALL_STANDING, [], most, view)
    }

    fn was_alerted(
        &mut self,
        (kind, code): (AlertKind, &str),
        ticket: TicketKey,
        complaints: &[ComplaintKey],
    ) -> Result<bool, StoreError> {
        let numbers = list(&complaints.iter().map(|key| key.0).collect::<Vec<_>>())?;
        let mut statement = self.connection.prepare_cached(WAS_ALERTED)?;
        let found = statement.query_row(params![kind.name(), code, ticket.0, numbers], |_| Ok(()));
        Ok(found.optional()?.is_some())
    }

    fn alerts(&mut self, kind: AlertKind, page: Page) -> Result<Vec<AlertView>, StoreError> {
        self.readable(ALERTS, params![kind.name(), page.after.unwrap_or(i64::MAX)], page.limit, view)
    }

    fn tickets_of_alert(&mut self, alert: i64, most: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.all(TICKETS, params![alert, limit(most)], |row| Ok(TicketKey(row.get(0)?)))
    }
}
