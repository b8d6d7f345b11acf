//! The first page: what came today and what became of everything, what is not as it should be, and what needs a person now.

use std::collections::BTreeMap;

use axum::response::Response;
use huiliu_domain::catalogue::{Locale, say};
use jiff::{Timestamp, Zoned};
use minijinja::context;
use serde::Serialize;
use serde_json::Value;

use crate::api::Address;
use crate::page::data;
use crate::sections::Role;
use crate::trouble::Trouble;
use crate::visit::{Rows, Visit};

/// Rows of each list on the page.
const SHOWN: usize = 4;
/// Rows that are counted; where there are more, that is said.
const COUNTED: u16 = 50;
/// Complaints of a page when those of today are counted.
const PAGE: u16 = 500;
/// Most pages of them.
const MAX_PAGES: usize = 4;
/// Hours of the longest day.
const HOURS: usize = 24;

pub(crate) async fn page(visit: Visit) -> Response {
    visit.told(now(&visit).await)
}

async fn now(visit: &Visit) -> Result<Response, Trouble> {
    let locale = visit.locale();
    let ledger = visit.get(Address::of(["ledger"])).await?;
    let answers = visit.get(Address::of(["answers"])).await?;
    let channels = visit.rows(Address::of(["channels"]), "channels").await?.rows;
    let today = Today::of(visit).await?;
    let mut waiting = Vec::new();
    for list in lists(visit.locale()) {
        waiting.extend(list.asked(visit).await?);
    }
    let names: BTreeMap<&str, &str> =
        channels.iter().filter_map(|one| one["id"].as_str().zip(one["name"].as_str())).collect();
    let named = |id: &str| names.get(id).map_or(id, |name| *name).to_owned();
    let mut by_channel: Vec<(String, u64)> = today.channels.iter().map(|(id, count)| (named(id), *count)).collect();
    by_channel.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let by_hour: Vec<(String, u64)> =
        (0..).zip(today.hours).map(|(hour, count): (u8, u64)| (hour.to_string(), count)).collect();
    let number = |name: &str| ledger[name].as_u64().unwrap_or_default();
    let troubled = channels
        .iter()
        .filter(|channel| channel["health"]["state"] != "running" || lasting(&channel["health"]["alarms"]));
    let view = context! {
        ledger => data(&ledger),
        answers => data(&answers),
        merged => number("complaints_in_tickets").saturating_sub(number("tickets")),
        day => visit.now().to_zoned(visit.zone()).strftime("%Y-%m-%d").to_string(),
        today => today.count, cut => today.cut, by_channel, by_hour,
        waiting => data(&waiting),
        channels => channels.len(),
        troubled => data(troubled.collect::<Vec<_>>()),
    };
    Ok(visit.show("", "today.html", &say!(in locale; "console-today"), view))
}

fn lasting(alarms: &Value) -> bool {
    alarms.as_array().is_some_and(|alarms| !alarms.is_empty())
}

/// What came today, counted; the newest only, where there is more than fits in a few pages.
#[derive(Default)]
struct Today {
    count: u64,
    cut: bool,
    hours: [u64; HOURS],
    channels: BTreeMap<String, u64>,
}

impl Today {
    async fn of(visit: &Visit) -> Result<Self, Trouble> {
        let zone = visit.zone();
        let midnight = visit.now().to_zoned(zone.clone()).start_of_day().map(|day: Zoned| day.timestamp());
        let since = midnight.unwrap_or_else(|_| visit.now());
        let mut today = Self::default();
        let mut after = None;
        for page in 1..=MAX_PAGES {
            let address = Address::of(["complaints"]).with("received_from", Some(since)).with("limit", Some(PAGE));
            let Rows { rows, next } = visit.rows(address.with("after", after), "complaints").await?;
            for row in &rows {
                let at = row["received_at"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
                let hour = at.and_then(|at| usize::try_from(at.to_zoned(zone.clone()).hour()).ok());
                if let Some(count) = hour.and_then(|hour| today.hours.get_mut(hour)) {
                    *count += 1;
                }
                *today.channels.entry(row["channel"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
                today.count += 1;
            }
            today.cut = next.is_some() && page == MAX_PAGES;
            if next.is_none() {
                break;
            }
            after = next;
        }
        Ok(today)
    }
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
