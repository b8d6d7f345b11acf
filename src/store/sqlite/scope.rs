//! What fits a list of tickets, as SQL: its filter, and the reach of who asks. Codes that a reach speaks of by rules, divisions with what
//! they hold, are turned into those that are there.

use jiff::Timestamp;
use rusqlite::ToSql;
use serde::Serialize;

use super::SqliteStore;
use super::cells::list;
use crate::sealed::ms;
use crate::{StoreError, TicketFilter};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::Status;

/// Whether a ticket `t` lies in the reach `:reach`; none is whole.
macro_rules! within {
    () => {
        "t.category NOT IN (SELECT value FROM json_each(:reach, '$.hidden'))
        AND (json_type(:reach, '$.districts') IS NULL OR t.district IN (SELECT value FROM json_each(:reach, '$.districts')))
        AND (json_type(:reach, '$.categories') IS NULL OR t.category IN (SELECT value FROM json_each(:reach, '$.categories')))
        AND (json_type(:reach, '$.responsible') IS NULL
            OR t.department IN (SELECT value FROM json_each(:reach, '$.responsible'))
            OR EXISTS (SELECT 1 FROM ticket_unit u WHERE u.ticket = t.seq
                AND u.unit IN (SELECT value FROM json_each(:reach, '$.units'))))
        AND (json_type(:reach, '$.channels') IS NULL OR EXISTS (SELECT 1 FROM complaint m WHERE m.ticket = t.seq
            AND m.channel IN (SELECT value FROM json_each(:reach, '$.channels'))))"
    };
}

/// Whether a ticket `t` lies in the reach `:reach`; none is whole.
pub(super) const WITHIN: &str = within!();

/// Whether a ticket `t` fits the [`Asked`].
pub(super) const FITS: &str = concat!(
    "(:status IS NULL OR t.status = :status) AND (:category IS NULL OR t.category = :category)
    AND (:department IS NULL OR t.department = :department) AND (:district IS NULL OR t.district = :district)
    AND (:grade IS NULL OR t.grade = :grade) AND t.complaints >= :least
    AND (:of_channel IS NULL OR EXISTS (SELECT 1 FROM complaint m WHERE m.ticket = t.seq AND m.channel = :of_channel))
    AND (NOT :waits OR t.waits IS NOT NULL) AND (:waits_in IS NULL OR t.waits = :waits_in)
    AND (:made_from IS NULL OR t.created_at >= :made_from) AND (:made_before IS NULL OR t.created_at < :made_before)
    AND (:due_from IS NULL OR t.due_at >= :due_from) AND (:due_before IS NULL OR t.due_at < :due_before)
    AND (:overdue_at IS NULL OR (t.due_at < :overdue_at AND t.status IN (SELECT value FROM json_each(:unfinished)))
        OR EXISTS (SELECT 1 FROM clock_due d WHERE d.ticket = t.seq AND d.due_at < :overdue_at))
    AND ",
    within!()
);

/// The statuses of tickets that are not finished.
pub(super) fn unfinished() -> impl Iterator<Item = (Status, &'static str)> {
    Status::ALL.iter().filter(|(status, ..)| !status.is_final()).map(|(status, .., name)| (*status, *name))
}

/// A reach by codes that are there; what is none sets no bound.
#[derive(Debug, Default, Serialize)]
pub(super) struct Codes<'r> {
    hidden: Vec<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub districts: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<&'r [String]>,
    /// Units that are responsible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub responsible: Option<Vec<&'r str>>,
    /// Units that have to do with it otherwise.
    pub units: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<&'r [String]>,
}

impl Codes<'_> {
    /// As a parameter; none where it is whole.
    pub(super) fn parameter(&self, reach: &Reach) -> Result<Option<String>, StoreError> {
        if reach.is_whole() { Ok(None) } else { list(self).map(Some) }
    }
}

impl SqliteStore {
    /// A reach by the codes that are there.
    pub(super) fn codes<'r>(&self, reach: &'r Reach) -> Result<Codes<'r>, StoreError> {
        let scope = reach.scope();
        let bounds = |bounds: &'r [String]| (!bounds.is_empty()).then_some(bounds);
        let districts = match scope.districts.is_empty() {
            true => None,
            false => Some(self.districts()?.into_iter().filter(|code| scope.holds_district(code)).collect()),
        };
        Ok(Codes {
            hidden: reach.hidden().iter().map(String::as_str).collect(),
            districts,
            categories: bounds(&scope.categories),
            responsible: reach.responsible().map(|units| units.into_iter().collect()),
            units: &scope.departments,
            channels: bounds(&scope.channels),
        })
    }

    /// The codes of the divisions of all tickets, each found by the one before.
    fn districts(&self) -> Result<Vec<String>, StoreError> {
        let sql = "WITH RECURSIVE d(code) AS (
                SELECT min(district) FROM ticket
                UNION ALL SELECT (SELECT min(t.district) FROM ticket t WHERE t.district > d.code) FROM d WHERE d.code IS NOT NULL)
            SELECT code FROM d WHERE code IS NOT NULL";
        self.all(sql, [], |row| Ok(row.get(0)?))
    }
}

/// A filter as parameters of [`FITS`].
pub(super) struct Asked<'f> {
    filter: &'f TicketFilter,
    status: Option<&'static str>,
    least: i64,
    times: [Option<i64>; 5],
    unfinished: String,
    reach: Option<String>,
}

impl<'f> Asked<'f> {
    pub(super) fn of(filter: &'f TicketFilter, codes: &Codes<'_>) -> Result<Self, StoreError> {
        let at = |time: Option<Timestamp>| time.map(ms);
        let TicketFilter { made_from, made_before, due_from, due_before, overdue_at, .. } = *filter;
        Ok(Self {
            filter,
            status: filter.status.map(Status::wire),
            least: i64::try_from(filter.min_complaints.unwrap_or(0)).unwrap_or(i64::MAX),
            times: [made_from, made_before, due_from, due_before, overdue_at].map(at),
            unfinished: list(&unfinished().map(|(_, name)| name).collect::<Vec<_>>())?,
            reach: codes.parameter(&filter.reach)?,
        })
    }

    /// Its parameters, and further ones.
    pub(super) fn with<'p>(&'p self, more: &[(&'p str, &'p dyn ToSql)]) -> Vec<(&'p str, &'p dyn ToSql)> {
        let filter = self.filter;
        let [made_from, made_before, due_from, due_before, overdue_at] = &self.times;
        let own: [(&str, &dyn ToSql); 16] = [
            (":status", &self.status),
            (":category", &filter.category),
            (":department", &filter.department),
            (":district", &filter.district),
            (":grade", &filter.grade),
            (":least", &self.least),
            (":of_channel", &filter.channel),
            (":waits", &filter.waits),
            (":waits_in", &filter.waits_in),
            (":made_from", made_from),
            (":made_before", made_before),
            (":due_from", due_from),
            (":due_before", due_before),
            (":overdue_at", overdue_at),
            (":unfinished", &self.unfinished),
            (":reach", &self.reach),
        ];
        own.into_iter().chain(more.iter().copied()).collect()
    }
}
