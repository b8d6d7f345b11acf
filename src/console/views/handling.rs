//! What is late, whom to call, and who was not answered.

use std::collections::BTreeMap;

use axum::response::Response;
use huiliu_domain::catalogue::{say, states};
use minijinja::{Value as View, context};
use serde_json::Value;

use super::named;
use crate::api::Address;
use crate::listing::{Filters, Kind};
use crate::page::data;
use crate::trouble::Trouble;
use crate::visit::Visit;

/// Complaints of a page when late ones are counted by unit.
const PAGE: u16 = 500;
/// Days that are ranked.
const RANKED_DAYS: i64 = 7;
/// Rows of the list of alerts.
const ALERTS: u8 = 50;
/// Who is called next, and after that.
const CALLS: u8 = 20;

pub(crate) async fn overdue(visit: Visit) -> Response {
    visit.told(late(&visit).await)
}

/// Units with what of theirs is late, by clock; then the matters.
async fn late(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let filters = Filters::none()
        .with(visit, Kind::Text, "department", say!(in locale; "console-department"))
        .with(visit, Kind::Text, "district", say!(in locale; "console-district"))
        .with(visit, Kind::Text, "grade", say!(in locale; "console-grade"));
    let address = Address::of(["complaints"]).with("overdue", Some(true)).with("limit", Some(PAGE));
    let address = ["department", "district", "grade"]
        .into_iter()
        .fold(address, |address, name| address.with(name, visit.asked(name)));
    let list = visit.rows(address.with("after", visit.asked("after")), "complaints").await?;
    let units = data(by_unit(&list.rows));
    let cut = list.next.is_some();
    let list = filters.around(visit, &data(&list.rows), list.next);
    Ok(visit.show("handling", "overdue.html", &say!(in locale; "console-overdue"), context! { list, units, cut }))
}

/// A unit with how many of its tickets are late, and how many by each clock.
#[derive(Debug, PartialEq, serde::Serialize)]
struct Unit {
    code: String,
    name: String,
    tickets: usize,
    clocks: BTreeMap<String, usize>,
}

/// Those with the most first. Complaints of one ticket count once.
fn by_unit(complaints: &[Value]) -> Vec<Unit> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tickets: BTreeMap<String, &Value> =
        complaints.iter().map(|complaint| (text(&complaint["ticket"]), complaint)).collect();
    let mut units: BTreeMap<String, Unit> = BTreeMap::new();
    for complaint in tickets.into_values() {
        let code = text(&complaint["department"]);
        let name = complaint["department_name"].as_str().map_or_else(|| code.clone(), str::to_owned);
        let unit = units.entry(code.clone()).or_insert(Unit { code, name, tickets: 0, clocks: BTreeMap::new() });
        unit.tickets += 1;
        for clock in complaint["overdue_clocks"].as_array().into_iter().flatten() {
            *unit.clocks.entry(text(&clock["name"])).or_default() += 1;
        }
    }
    let mut units: Vec<Unit> = units.into_values().collect();
    units.sort_by_key(|unit| std::cmp::Reverse(unit.tickets));
    units
}

pub(crate) async fn call_backs(visit: Visit) -> Response {
    visit.told(calls(&visit).await)
}

/// The citizen who is called next, with what is to be asked; then those who wait.
async fn calls(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let address = Address::of(["callbacks"]).with("limit", Some(CALLS)).with("after", visit.asked("after"));
    let list = visit.rows(address, "call_backs").await?;
    let ticket = match list.rows.first().and_then(|call| call["ticket"].as_str()) {
        Some(id) => data(visit.get(Address::of(["tickets", id])).await?),
        None => View::UNDEFINED,
    };
    let list = Filters::none().around(visit, &data(&list.rows), list.next);
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
    Ok(visit.show("unanswered", "unanswered.html", &say!(in locale; "console-unanswered"), context! { list, ledger }))
}

pub(crate) async fn alerts(visit: Visit) -> Response {
    visit.told(told(&visit).await)
}

/// Surges and warnings, and which tags are spoken of.
async fn told(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let of = async |kind: &str| {
        let address = Address::of(["alerts"]).with("kind", Some(kind)).with("limit", Some(ALERTS));
        Ok::<_, Trouble>(data(visit.rows(address, "alerts").await?.rows))
    };
    let (surges, warnings) = (of("surge").await?, of("warning").await?);
    let today = visit.now().to_zoned(visit.zone()).date();
    let first = today.checked_sub(jiff::Span::new().days(RANKED_DAYS - 1)).unwrap_or(today);
    let ranking = visit.get(Address::of(["tags", "ranking"]).with("from", Some(first)).with("to", Some(today))).await?;
    let ranking = data(ranking);
    let view = context! { surges, warnings, ranking, days => RANKED_DAYS };
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
            json!({ "ticket": ticket, "department": unit, "overdue_clocks": clocks })
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
    }
}
