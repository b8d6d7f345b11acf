//! What fits a list of tickets, as SQL: its filter, and the reach of who asks. Codes that a reach speaks of by rules, divisions with what
//! they hold, are turned into those that are there.

use super::PostgresStore;
use super::cells::{Given, cell};
use crate::sealed::ms;
use crate::{StoreError, TicketFilter};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::Status;

/// What sets no bound.
pub(super) const WHOLE: &str = "TRUE";

/// The statuses of tickets that are not finished.
pub(super) fn unfinished() -> impl Iterator<Item = &'static str> {
    Status::ALL.iter().filter(|(status, ..)| !status.is_final()).map(|(.., name)| *name)
}

/// A reach by codes that are there; what is none sets no bound.
#[derive(Debug, Default)]
pub(super) struct Codes<'r> {
    hidden: Vec<&'r str>,
    pub districts: Option<Vec<String>>,
    pub categories: Option<&'r [String]>,
    /// Units that are responsible.
    pub responsible: Option<Vec<&'r str>>,
    /// Units that have to do with it otherwise.
    pub units: &'r [String],
    pub channels: Option<&'r [String]>,
}

impl Codes<'_> {
    /// What it bounds, as SQL; its parameters are added to what is given.
    pub(super) fn bounds<'g>(&'g self, given: &mut Given<'g>) -> Bounds {
        let mut all = Vec::new();
        if !self.hidden.is_empty() {
            all.push(format!("t.category <> ALL({})", given.add(&self.hidden)));
        }
        all.extend(self.districts.as_ref().map(|codes| format!("t.district = ANY({})", given.add(codes))));
        all.extend(self.categories.map(|codes| format!("t.category = ANY({})", given.add(codes))));
        all.extend(self.responsible.as_ref().map(|codes| {
            let (responsible, units) = (given.add(codes), given.add(self.units));
            format!(
                "(t.department = ANY({responsible}) OR EXISTS (SELECT 1 FROM ticket_unit u
                     WHERE u.ticket = t.seq AND u.unit = ANY({units})))"
            )
        }));
        let channels = self.channels.map(|ids| given.add(ids));
        all.extend(channels.as_ref().map(|ids| has_channel(&format!("ANY({ids})"))));
        Bounds { within: together(&all), channels }
    }
}

/// A reach, as SQL.
pub(super) struct Bounds {
    /// Whether a ticket `t` lies in it.
    pub within: String,
    /// How its channels are named, where they bound it.
    pub channels: Option<String>,
}

/// Whether one of the complaints of a ticket `t` came by such a channel.
fn has_channel(wanted: &str) -> String {
    format!("EXISTS (SELECT 1 FROM complaint m WHERE m.ticket = t.seq AND m.channel = {wanted})")
}

/// Conditions, all of which must hold.
fn together(all: &[String]) -> String {
    if all.is_empty() { WHOLE.to_owned() } else { format!("({})", all.join(" AND ")) }
}

/// Whether a ticket `t` fits a filter; its parameters are added to what is given.
pub(super) fn fits<'g>(filter: &'g TicketFilter, codes: &'g Codes<'_>, given: &mut Given<'g>) -> String {
    let mut all = Vec::new();
    all.extend(filter.status.map(|status| format!("t.status = {}", given.add(status.wire()))));
    let columns = [
        ("t.category", &filter.category),
        ("t.department", &filter.department),
        ("t.district", &filter.district),
        ("t.grade", &filter.grade),
        ("t.waits", &filter.waits_in),
    ];
    for (column, wanted) in columns {
        all.extend(wanted.as_ref().map(|code| format!("{column} = {}", given.add(code))));
    }
    if let Some(least) = filter.min_complaints {
        let least = i64::try_from(least).unwrap_or(i64::MAX);
        all.push(format!("t.complaints >= {}", given.add(least)));
    }
    all.extend(filter.channel.as_ref().map(|id| has_channel(&given.add(id))));
    if filter.waits {
        all.push("t.waits IS NOT NULL".to_owned());
    }
    let times = [
        ("t.created_at >=", filter.made_from),
        ("t.created_at <", filter.made_before),
        ("t.due_at >=", filter.due_from),
        ("t.due_at <", filter.due_before),
    ];
    for (compared, time) in times {
        all.extend(time.map(|at| format!("{compared} {}", given.add(ms(at)))));
    }
    all.extend(filter.overdue_at.map(|at| {
        let (at, unfinished) = (given.add(ms(at)), given.add(unfinished().collect::<Vec<_>>()));
        format!(
            "(t.due_at < {at} AND t.status = ANY({unfinished})
                 OR EXISTS (SELECT 1 FROM clock_due d WHERE d.ticket = t.seq AND d.due_at < {at}))"
        )
    }));
    all.push(codes.bounds(given).within);
    together(&all)
}

impl PostgresStore {
    /// A reach by the codes that are there.
    pub(super) fn codes<'r>(&mut self, reach: &'r Reach) -> Result<Codes<'r>, StoreError> {
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
    fn districts(&mut self) -> Result<Vec<String>, StoreError> {
        let sql = "WITH RECURSIVE d(code) AS (
                SELECT min(district) FROM ticket
                UNION ALL SELECT (SELECT min(t.district) FROM ticket t WHERE t.district > d.code) FROM d WHERE d.code IS NOT NULL)
            SELECT code FROM d WHERE code IS NOT NULL";
        self.link.all(sql, &[], |row| cell(row, 0))
    }
}
