//! What is late, whom to call, and who was not answered.

use std::collections::BTreeMap;

use axum::response::Response;
use huiliu_domain::catalogue::{say, states};
use minijinja::{Value as View, context};
use serde_json::Value;

use super::{channel_names, named};
use crate::api::Address;
use crate::listing::{Filters, Kind};
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::{Rows, Visit};

/// Complaints of a page when late ones are counted by unit.
const PAGE: u16 = 300;
/// Days that are ranked.
const RANKED_DAYS: i64 = 7;
/// Who is called next, and after that.
const CALLS: u8 = 20;

pub(crate) async fn overdue(visit: Visit) -> Response {
    visit.told(late(&visit).await)
}

/// Units with what of theirs is late, by clock; then the matters.
async fn late(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let mut filters = Filters::none()
        .with(visit, Kind::Text, "department", say!(in locale; "console-department"))
        .with(visit, Kind::Text, "district", say!(in locale; "console-district"))
        .with(visit, Kind::Text, "grade", say!(in locale; "console-grade"));
    let address = Address::of(["complaints"]).with("overdue", Some(true));
    let asked = ["department", "district", "grade"]
        .into_iter()
        .fold(address.clone().with("limit", Some(PAGE)), |address, name| address.with(name, visit.asked(name)));
    let Rows { rows, next } = filters.rows(visit, asked.with("after", visit.asked("after")), "complaints").await?;
    let (levels, units) = (data(by_level(&rows)), data(by_unit(&rows)));
    let cut = next.is_some();
    let list = filters.around(visit, &address, &data(rows), next);
    let view = context! { list, levels, units, cut, channels => channel_names(visit).await? };
    Ok(visit.show("handling", "overdue.html", &say!(in locale; "console-overdue"), view))
}

/// A unit with how many of its tickets are late, and how many by each clock.
#[derive(Debug, PartialEq, serde::Serialize)]
struct Unit {
    code: String,
    name: String,
    level: String,
    tickets: usize,
    clocks: BTreeMap<String, usize>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// What the level of a complaint's unit is called.
fn level(complaint: &Value) -> String {
    let (code, name) = (&complaint["department_level"], &complaint["department_level_name"]);
    name.as_str().or(code.as_str()).unwrap_or_default().to_owned()
}

/// One complaint of each ticket.
fn by_ticket(complaints: &[Value]) -> BTreeMap<String, &Value> {
    complaints.iter().map(|complaint| (text(&complaint["ticket"]), complaint)).collect()
}

/// How many tickets are late at the units of each level, those with the most first; nothing where no unit has one.
fn by_level(complaints: &[Value]) -> Vec<(String, usize)> {
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    for complaint in by_ticket(complaints).into_values() {
        *levels.entry(level(complaint)).or_default() += 1;
    }
    let mut levels: Vec<(String, usize)> = levels.into_iter().filter(|(level, _)| !level.is_empty()).collect();
    levels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    levels
}

/// Those with the most first. Complaints of one ticket count once.
fn by_unit(complaints: &[Value]) -> Vec<Unit> {
    let tickets = by_ticket(complaints);
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for complaint in tickets.into_values() {
        let code = text(&complaint["department"]);
        let name = complaint["department_name"].as_str().map_or_else(|| code.clone(), str::to_owned);
        let unit = units.entry(code.clone()).or_insert_with(|| {
            let level = level(complaint);
            Unit { code, name, level, tickets: 0, clocks: BTreeMap::new() }
        });
        unit.tickets += 1;
        for clock in complaint["overdue_clocks"].as_array().into_iter().flatten() {
            *unit.clocks.entry(text(&clock["name"])).or_default() += 1;
        }
    }
    let mut units: Vec<Unit> = units.into_values().collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.tickets));
    units
}

pub(crate) async fn notices(visit: Visit) -> Response {
    visit.told(sent(&visit).await)
}

/// What was told to people and desks because something is late, or somebody was dissatisfied again.
async fn sent(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters = Filters::none()
        .with(visit, Kind::Text, "department", say!(in locale; "console-department"))
        .with(visit, Kind::Text, "code", say!(in locale; "console-notice-code"))
        .with(visit, Kind::Day, "from", say!(in locale; "console-from"))
        .with(visit, Kind::Day, "to", say!(in locale; "console-until"));
    let list = filters.page(visit, Address::of(["notices"]), "notices").await?;
    Ok(visit.show("notices", "notices.html", &say!(in locale; "console-notices"), context! { list }))
}

pub(crate) async fn call_backs(visit: Visit) -> Response {
    visit.told(calls(&visit).await)
}

/// The citizen who is called next, with what is to be asked; then those who wait.
async fn calls(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let address = Address::of(["callbacks"]);
    let asked = address.clone().with("limit", Some(CALLS)).with("after", visit.asked("after"));
    let Rows { rows, next } = visit.rows(asked, "call_backs").await?;
    let ticket = match rows.first().and_then(|call| call["ticket"].as_str()) {
        Some(id) => data(visit.get(Address::of(["tickets", id])).await?),
        None => View::UNDEFINED,
    };
    let list = Filters::none().around(visit, &address, &data(rows), next);
    Ok(visit.show("callbacks", "callbacks.html", &say!(in locale; "console-callbacks"), context! { list, ticket }))
}

pub(crate) async fn unanswered(visit: Visit) -> Response {
    visit.told(silent(&visit).await)
}

async fn silent(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let ledger = data(visit.get(Address::of(["answers"])).await?);
    let filters = Filters::none().with(visit, Kind::Text, "reason", say!(in locale; "console-reason"));
    let list = filters.page(visit, Address::of(["answers", "missing"]), "unanswered").await?;
    let view = context! { list, ledger, channels => channel_names(visit).await? };
    Ok(visit.show("unanswered", "unanswered.html", &say!(in locale; "console-unanswered"), view))
}

pub(crate) async fn alerts(visit: Visit) -> Response {
    visit.told(told(&visit).await)
}

/// Surges and warnings, and which tags are spoken of.
async fn told(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let kinds = named(["surge", "warning"], |name| states::alert(locale, name));
    let filters = Filters::none().choice(visit, "kind", say!(in locale; "console-kind"), kinds.clone());
    let mut sections = Vec::new();
    for (kind, title) in kinds {
        if visit.asked("kind").is_none_or(|asked| asked == kind) {
            let list = Filters::none().fixed("kind", &kind).page(visit, Address::of(["alerts"]), "alerts").await?;
            sections.push(context! { title, list });
        }
    }
    let list = filters.around(visit, &Address::of(["tags", "ranking"]), &data(Vec::<Value>::new()), None);
    let today = visit.now().to_zoned(visit.zone()).date();
    let first = today.checked_sub(jiff::Span::new().days(RANKED_DAYS - 1)).unwrap_or(today);
    let ranking = visit.get(Address::of(["tags", "ranking"]).with("from", Some(first)).with("to", Some(today))).await?;
    let ranking = data(ranking);
    let view = context! { list, sections, ranking, days => RANKED_DAYS };
    Ok(visit.show("alerts", "alerts.html", &say!(in locale; "console-alerts"), view))
}

/// The states of topics with their names.
pub(super) fn topic_states(locale: huiliu_domain::catalogue::Locale) -> [(String, String); 6] {
    named(["open", "consulted", "decided", "adopted", "rejected", "closed"], |name| states::topic(locale, name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn late_tickets_are_counted_once_by_unit_and_by_clock() {
        let late = |ticket: &str, unit: &str, clocks: &[&str]| {
            let clocks: Vec<Value> = clocks.iter().map(|name| json!({ "name": name })).collect();
            json!({ "ticket": ticket, "department": unit, "department_level_name": format!("层{unit}"), "overdue_clocks": clocks })
        };
        let rows = [
            late("T1", "b", &["签收"]),
            late("T1", "b", &["签收"]),
            late("T2", "a", &[]),
            late("T3", "b", &["签收", "办结"]),
        ];
        let units = by_unit(&rows);
        let counted =
            |unit: &Unit| (unit.code.clone(), unit.tickets, unit.clocks.values().copied().collect::<Vec<_>>());
        assert_eq!(
            units.iter().map(counted).collect::<Vec<_>>(),
            [("b".to_owned(), 2, vec![1, 2]), ("a".to_owned(), 1, vec![])]
        );
        assert_eq!(by_level(&rows), [("层b".to_owned(), 2), ("层a".to_owned(), 1)]);
        assert_eq!(by_level(&[json!({ "ticket": "T9", "department": "c" })]), [], "no unit has a level");
    }
}
