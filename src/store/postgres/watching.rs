//! What watching has seen and told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::{only, readable};
use super::cells::cell;
use super::link::Order;
use super::rows::{column, every};
use super::{PostgresStore, count, limit};
use crate::sealed::{AlertCells, alert, ms, seen};
use crate::{AlertChange, AlertRow, AlertView, Page, SightingRow, StoreError, Watching};
use huiliu_domain::complaint::area_bounds;
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{AlertKind, Counted, Seen};

const SIGHTED: &str = "SELECT EXISTS (SELECT 1 FROM sighting WHERE subject = $1 AND complaint_id = $2)";
const SIGHTINGS: &str = "SELECT s.complaint_id, c.ticket, s.at FROM sighting s JOIN complaint c ON c.id = s.complaint_id
    WHERE s.subject = $1 AND s.district BETWEEN $2 AND $3 AND s.at > $4 AND s.at <= $5 ORDER BY s.at DESC, s.complaint_id DESC LIMIT $6";
const COUNT: &str =
    "SELECT count(*) FROM sighting WHERE subject = $1 AND district BETWEEN $2 AND $3 AND at > $4 AND at <= $5";
const COUNT_EACH: &str =
    "SELECT subject, count(*) FROM sighting WHERE subject BETWEEN $1 AND $2 AND district BETWEEN $3 AND $4
    AND at > $5 AND at <= $6 GROUP BY subject";
const COUNT_TICKETS: &str = "SELECT count(DISTINCT c.ticket) FROM sighting s JOIN complaint c ON c.id = s.complaint_id
    WHERE s.subject = $1 AND s.district BETWEEN $2 AND $3 AND s.at > $4 AND s.at <= $5";
const STANDING: &str = "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE kind = $1 AND code = $2 AND area = $3 AND stands";
const ALL_STANDING: &str = "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE stands ORDER BY id";
const WAS_ALERTED: &str = "SELECT EXISTS (SELECT 1 FROM alert_complaint b JOIN alert a ON a.id = b.alert
    WHERE b.complaint_id IN (SELECT id FROM complaint WHERE ticket = $3 UNION SELECT unnest($4::bigint[]))
        AND a.kind = $1 AND a.code = $2)";
const ALERTS: &str = "SELECT id, kind, code, area, at, count, usual_tenths, ticket, stands, ended_at FROM alert
    WHERE kind = $1 AND id < $2 ORDER BY id DESC";
const TICKETS: &str = "SELECT DISTINCT c.ticket FROM alert_complaint b JOIN complaint c ON c.id = b.complaint_id
    WHERE b.alert = $1 ORDER BY c.ticket LIMIT $2";
const WRITE_SIGHTINGS: &str = "INSERT INTO sighting (subject, complaint_id, district, at)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) ON CONFLICT DO NOTHING";
const WRITE_TOLD: &str = "WITH told AS (INSERT INTO alert (kind, code, area, at, count, usual_tenths, ticket, stands)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id)
    INSERT INTO alert_complaint (complaint_id, alert) SELECT DISTINCT k.complaint, told.id FROM unnest($9::bigint[]) AS k(complaint), told";
const WRITE_ENDED: &str =
    "UPDATE alert SET stands = FALSE, ended_at = $4 WHERE kind = $1 AND code = $2 AND area = $3 AND stands";

/// Writes that complaints are about something; of each once.
pub(super) fn write_sightings(rows: &[SightingRow]) -> Option<Order<'_>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: WRITE_SIGHTINGS,
        parameters: vec![
            column(&rows, |row| row.subject.as_str()),
            column(&rows, |row| row.complaint.0),
            column(&rows, |row| row.district.as_str()),
            column(&rows, |row| ms(row.at)),
        ],
    })
}

/// Writes what happens to an alert.
pub(super) fn write_alert(change: &AlertChange) -> Order<'_> {
    match change {
        AlertChange::Told(row) => write_told(row),
        AlertChange::Ended { kind, code, area, at } => Order {
            sql: WRITE_ENDED,
            parameters: vec![
                Box::new(kind.name()),
                Box::new(code.as_str()),
                Box::new(area.as_str()),
                Box::new(ms(*at)),
            ],
        },
    }
}

fn write_told(row: &AlertRow) -> Order<'_> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Order {
        sql: WRITE_TOLD,
        parameters: vec![
            Box::new(row.kind.name()),
            Box::new(row.code.as_str()),
            Box::new(row.area.as_str()),
            Box::new(ms(row.at)),
            Box::new(count(row.count)),
            Box::new(row.usual_tenths.map(count)),
            Box::new(row.ticket.0),
            Box::new(row.stands),
            Box::new(row.complaints.iter().map(|complaint| complaint.0).collect::<Vec<i64>>()),
        ],
    }
}

fn view(row: &Row) -> Result<AlertView, StoreError> {
    alert(AlertCells {
        id: cell(row, 0)?,
        kind: cell(row, 1)?,
        code: cell(row, 2)?,
        area: cell(row, 3)?,
        at: cell(row, 4)?,
        count: cell(row, 5)?,
        usual_tenths: cell(row, 6)?,
        ticket: cell(row, 7)?,
        stands: cell(row, 8)?,
        ended_at: cell(row, 9)?,
    })
}

impl Watching for PostgresStore {
    fn is_sighted(&mut self, subject: &str, complaint: ComplaintKey) -> Result<bool, StoreError> {
        only(&mut self.link, SIGHTED, &[&subject, &complaint.0])
    }

    fn sightings(
        &mut self,
        (subject, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
        most: usize,
    ) -> Result<Vec<Seen>, StoreError> {
        let (least, greatest) = area_bounds(area);
        let mut found =
            self.link.all(SIGHTINGS, &[&subject, &least, &greatest, &ms(after), &ms(until), &limit(most)], |row| {
                seen((cell(row, 0)?, cell(row, 1)?, cell(row, 2)?))
            })?;
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
        Ok(count(only(&mut self.link, sql, &[&subject, &least, &greatest, &ms(after), &ms(until)])?))
    }

    fn count_each(
        &mut self,
        (beginning, area): (&str, &str),
        (after, until): (Timestamp, Timestamp),
    ) -> Result<BTreeMap<String, u64>, StoreError> {
        let (least, greatest) = area_bounds(area);
        let last = format!("{beginning}{}", char::MAX);
        let found =
            self.link.all(COUNT_EACH, &[&beginning, &last, &least, &greatest, &ms(after), &ms(until)], |row| {
                Ok((cell(row, 0)?, count(cell(row, 1)?)))
            })?;
        Ok(found.into_iter().collect())
    }

    fn standing_alert(&mut self, (kind, code): (AlertKind, &str), area: &str) -> Result<Option<AlertView>, StoreError> {
        Ok(self.link.all(STANDING, &[&kind.name(), &code, &area], view)?.pop())
    }

    fn standing_alerts(&mut self, most: usize) -> Result<Vec<AlertView>, StoreError> {
        readable(&mut self.link, ALL_STANDING, &[], most, view)
    }

    fn was_alerted(
        &mut self,
        (kind, code): (AlertKind, &str),
        ticket: TicketKey,
        complaints: &[ComplaintKey],
    ) -> Result<bool, StoreError> {
        let numbers: Vec<i64> = complaints.iter().map(|key| key.0).collect();
        only(&mut self.link, WAS_ALERTED, &[&kind.name(), &code, &ticket.0, &numbers])
    }

    fn alerts(&mut self, kind: AlertKind, page: Page) -> Result<Vec<AlertView>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        readable(&mut self.link, ALERTS, &[&kind.name(), &before], page.limit, view)
    }

    fn tickets_of_alert(&mut self, alert: i64, most: usize) -> Result<Vec<TicketKey>, StoreError> {
        self.link.all(TICKETS, &[&alert, &limit(most)], |row| Ok(TicketKey(cell(row, 0)?)))
    }
}
