//! The first page: what came today and what became of everything, what is not as it should be, and what needs a person now.

use std::collections::BTreeMap;

use axum::response::{IntoResponse as _, Response};
use huiliu_domain::catalogue::{Locale, say};
use jiff::{Timestamp, Zoned};
use minijinja::context;
use serde::Serialize;
use serde_json::Value;

use crate::api::Address;
use crate::page::data;
use crate::sections::Role;
use crate::to;
use crate::trouble::Trouble;
use crate::visit::{Rows, Visit};

/// Rows of each list on the page.
const SHOWN: usize = 4;
/// Rows that are counted; where there are more, that is said.
const COUNTED: u16 = 50;
/// Hours that are counted.
const HOURS: usize = 24;
const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 60 * MINUTE_S;

pub(crate) async fn page(visit: Visit) -> Response {
    // Who sees no matters begins where their work is.
    match (visit.may(Role::Security), visit.may(Role::Auditor)) {
        (true, _) => return to("/people").into_response(),
        (_, true) => return to("/audit").into_response(),
        (false, false) => {}
    }
    visit.told(now(&visit).await)
}

async fn now(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let channels = visit.rows(Address::of(["channels"]), "channels").await?.rows;
    let lately = Lately::of(visit).await?;
    let mut waiting = Vec::new();
    for list in lists(visit.locale()) {
        waiting.extend(list.asked(visit).await?);
    }
    let names: BTreeMap<&str, &str> =
        channels.iter().filter_map(|one| one["id"].as_str().zip(one["name"].as_str())).collect();
    let named = |id: &str| names.get(id).map_or(id, |name| *name).to_owned();
    let mut by_channel: Vec<(String, u64)> = lately.channels.iter().map(|(id, count)| (named(id), *count)).collect();
    by_channel.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let now = visit.now().to_zoned(visit.zone());
    let troubled = channels
        .iter()
        .filter(|channel| channel["health"]["state"] != "running" || lasting(&channel["health"]["alarms"]));
    let view = context! {
        day => now.strftime("%Y-%m-%d").to_string(),
        lately => lately.count, cut => lately.cut, by_channel, by_hour => lately.by_hour(&now),
        today => data(&lately.today),
        waiting => data(&waiting),
        channels => channels.len(),
        troubled => data(troubled.collect::<Vec<_>>()),
    };
    Ok(visit.show("", "today.html", &say!(in locale; "console-today"), view))
}

fn lasting(alarms: &Value) -> bool {
    alarms.as_array().is_some_and(|alarms| !alarms.is_empty())
}

/// What came and went since midnight.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Today {
    came: u64,
    joined: u64,
    answered: u64,
    published: u64,
}

/// What came in the last hours, counted.
#[derive(Default)]
struct Lately {
    today: Today,
    count: u64,
    cut: bool,
    /// By hour, this one last.
    hours: [u64; HOURS],
    channels: BTreeMap<String, u64>,
}

impl Lately {
    async fn of(visit: &Visit) -> Result<Self, Trouble> {
        let now = visit.now().to_zoned(visit.zone());
        let answer = visit.get(Address::of(["lately"]).with("since", Some(first_hour(&now)))).await?;
        Ok(Self::counted(&answer, &now))
    }

    /// An answer of the API, whose first hour is the first of those that are shown.
    fn counted(answer: &Value, now: &Zoned) -> Self {
        // Hours of today are the last of them, as many as have begun since midnight.
        let first_today = HOURS.saturating_sub(usize::try_from(now.hour()).unwrap_or_default() + 1);
        let mut lately = Self { cut: answer["cut"].as_bool().unwrap_or_default(), ..Self::default() };
        let number = |row: &Value, name: &str| row[name].as_u64().unwrap_or_default();
        let hour = |row: &Value| usize::try_from(number(row, "hour")).unwrap_or(usize::MAX);
        let rows = |name: &str| answer[name].as_array().into_iter().flatten();
        for row in rows("came") {
            let complaints = number(row, "complaints");
            if let Some(count) = lately.hours.get_mut(hour(row)) {
                *count += complaints;
            }
            *lately.channels.entry(row["channel"].as_str().unwrap_or_default().to_owned()).or_default() += complaints;
            lately.count += complaints;
            if hour(row) >= first_today {
                lately.today.came += complaints;
                lately.today.joined += number(row, "joined");
            }
        }
        let since = |name: &str, member: &str| -> u64 {
            rows(name).filter(|row| hour(row) >= first_today).map(|row| number(row, member)).sum()
        };
        lately.today.answered = since("answered", "complaints");
        lately.today.published = since("published", "events");
        lately
    }

    /// The hours with what people call them.
    fn by_hour(&self, now: &Zoned) -> Vec<(String, u64)> {
        let since = first_hour(now).as_second();
        let called = |hour: i64| {
            let at = Timestamp::from_second(since + hour * HOUR_S).unwrap_or_else(|_| now.timestamp());
            at.to_zoned(now.time_zone().clone()).hour().to_string()
        };
        (0..).zip(self.hours).map(|(hour, count)| (called(hour), count)).collect()
    }
}

/// When the first of the hours began.
fn first_hour(now: &Zoned) -> Timestamp {
    let passed = i64::from(now.minute()) * MINUTE_S + i64::from(now.second());
    let hours = i64::try_from(HOURS - 1).unwrap_or_default();
    Timestamp::from_second(now.timestamp().as_second() - passed - hours * HOUR_S).unwrap_or_else(|_| now.timestamp())
}

/// One kind of what needs a person: which list of the API it is, for whom, and the page where it is worked off.
struct List {
    name: &'static str,
    title: String,
    link: &'static str,
    address: Address,
    member: &'static str,
    least: Role,
}

/// What of it waits.
#[derive(Serialize)]
struct Waiting {
    name: &'static str,
    title: String,
    link: &'static str,
    rows: Vec<Value>,
    count: usize,
    more: bool,
}

impl List {
    /// What of it waits; none where this person has no right to it.
    async fn asked(self, visit: &Visit) -> Result<Option<Waiting>, Trouble> {
        let Some(answer) = visit.if_allowed(self.least, self.address.with("limit", Some(COUNTED))).await? else {
            return Ok(None);
        };
        let Rows { mut rows, next } = Rows::of(answer, self.member);
        let count = rows.len();
        rows.truncate(SHOWN);
        Ok(Some(Waiting { name: self.name, title: self.title, link: self.link, rows, count, more: next.is_some() }))
    }
}

fn lists(locale: Locale) -> Vec<List> {
    let list = |name, title, link, address, member, least| List { name, title, link, address, member, least };
    let replies = |state: &str| Address::of(["replies"]).with("state", Some(state));
    let (viewer, operator) = (Role::Viewer, Role::Operator);
    vec![
        list(
            "overdue",
            say!(in locale; "console-overdue"),
            "/handling",
            Address::of(["complaints"]).with("overdue", Some(true)),
            "complaints",
            viewer,
        ),
        list(
            "holds",
            say!(in locale; "console-now-holds"),
            "/tickets?waits=true",
            Address::of(["tickets"]).with("waits", Some(true)),
            "tickets",
            viewer,
        ),
        list("reviews", say!(in locale; "console-now-reviews"), "/review", Address::of(["reviews"]), "reviews", viewer),
        list(
            "callbacks",
            say!(in locale; "console-now-callbacks"),
            "/callbacks",
            Address::of(["callbacks"]),
            "call_backs",
            operator,
        ),
        list(
            "quarantine",
            say!(in locale; "console-now-quarantine"),
            "/quarantine",
            Address::of(["quarantine"]),
            "quarantine",
            operator,
        ),
        list("dead", say!(in locale; "console-now-dead"), "/replies?state=dead", replies("dead"), "replies", viewer),
        list("held", say!(in locale; "console-now-held"), "/replies?state=held", replies("held"), "replies", viewer),
        list(
            "by-hand",
            say!(in locale; "console-now-by-hand"),
            "/replies?state=by_hand",
            replies("by_hand"),
            "replies",
            viewer,
        ),
        list(
            "deliveries",
            say!(in locale; "console-now-deliveries"),
            "/deliveries?state=dead",
            Address::of(["deliveries"]).with("state", Some("dead")),
            "deliveries",
            viewer,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_hours_are_counted_with_this_one_last_and_today_begins_at_midnight() {
        let now: Zoned = "2026-11-27T01:30:00+08:00[Asia/Shanghai]".parse().unwrap();
        let came = |hour: usize, complaints: u64| json!({ "hour": hour, "channel": "sms", "complaints": complaints, "joined": 1 });
        let answered = |hour: usize| json!({ "hour": hour, "channel": "sms", "complaints": 5 });
        let answer = json!({
            "came": [came(0, 1), came(21, 2), came(22, 3), came(23, 4)],
            "answered": [answered(21), answered(22)],
            "published": [{ "hour": 23, "events": 7 }],
            "cut": false,
        });
        let lately = Lately::counted(&answer, &now);
        let hours = lately.by_hour(&now);
        let counted: Vec<(&str, u64)> =
            hours.iter().filter(|(_, count)| *count > 0).map(|(hour, count)| (hour.as_str(), *count)).collect();
        assert_eq!(counted, [("2", 1), ("23", 2), ("0", 3), ("1", 4)]);
        let today = Today { came: 7, joined: 2, answered: 5, published: 7 };
        assert_eq!((hours.len(), lately.today, lately.count), (24, today, 10));
    }
}
