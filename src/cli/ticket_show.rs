//! `huiliu ticket show`: a ticket with how it was handled.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::items;
use super::view;
use crate::catalogue::{Locale, say};

/// A ticket: where it stands, its clocks with how each came about, what was done with it, what was said of it, who was told.
pub(super) async fn show(client: &Client, ticket: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    let found = client.get(&format!("/api/v1/tickets/{}", in_query(ticket))).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&found)?);
        return Ok(ExitCode::SUCCESS);
    }
    let zone = client.zone().await?;
    head(&found, &zone);
    clocks(&found, &zone);
    section(&say!("show-acts"), acts(&found, &zone));
    section(&say!("show-ratings"), ratings(&found, &zone));
    section(&say!("show-notices"), notices(&found, &zone));
    Ok(ExitCode::SUCCESS)
}

fn head(ticket: &Value, zone: &TimeZone) {
    let title = if ticket["withheld"] == true { say!("withheld") } else { text(&ticket["title"]) };
    let status = text(&ticket[Locale::of_process().pick("status_zh", "status")]);
    view::line(&say!("show-ticket", ticket = text(&ticket["id"]), title = title, status = status));
    let named = |name: &str, code: &str| ticket[name].as_str().map_or_else(|| text(&ticket[code]), str::to_owned);
    view::line(&say!(
        "show-route",
        category = named("category_name", "category"),
        district = named("district_name", "district"),
        department = named("department_name", "department"),
        due = time(&ticket["due_at"], zone)
    ));
    let hold = &ticket["hold"];
    if hold.is_object() {
        let list = hold["name"].as_str().map_or_else(|| text(&hold["code"]), str::to_owned);
        view::line(&say!("show-waits", list = list, since = time(&hold["since"], zone)));
    }
    let acts = &ticket["acts"];
    if let Some(leader) = acts["claimed_by"].as_str() {
        view::line(&say!("show-claimed", leader = leader));
    }
    if acts["outside"].is_object() {
        view::line(&say!("show-outside", to = text(&acts["outside"]["to_name"])));
    }
    reasons(&ticket["reasons"], "  ");
}

/// How something came about. The city's own sentences are Chinese.
fn reasons(reasons: &Value, indent: &str) {
    if Locale::of_process() == Locale::Zh {
        let reasons = reasons.as_array().into_iter().flatten();
        reasons.for_each(|reason| view::line(&format!("{indent}{}", text(reason))));
    }
}

/// Each clock with the sentences of how its due time came about.
fn clocks(ticket: &Value, zone: &TimeZone) {
    let mut clocks = items(ticket, "/clocks").peekable();
    if clocks.peek().is_some() {
        view::line(&say!("show-clocks"));
    }
    for clock in clocks {
        let ended = match clock["kept"].as_bool() {
            Some(true) => say!("clock-kept"),
            Some(false) => say!("clock-late"),
            None if clock["paused_at"].is_string() => say!("clock-paused"),
            None if clock["ended_at"].is_string() => say!("clock-ended"),
            None => say!("clock-runs"),
        };
        view::line(&say!(
            "show-clock",
            clock = text(&clock["name"]),
            due = time(&clock["due_at"], zone),
            state = ended
        ));
        reasons(&clock["reasons"], "    ");
    }
}

fn acts(ticket: &Value, zone: &TimeZone) -> Vec<Vec<String>> {
    let kind = Locale::of_process().pick("kind_zh", "kind");
    let row = |act: &Value| {
        let parties = act["leader"].as_str().into_iter().map(str::to_owned).chain(list(&act["units"]));
        let parties: Vec<String> = parties.collect();
        vec![time(&act["at"], zone), text(&act[kind]), text(&act["by"]), parties.join(&comma()), text(&act["words"])]
    };
    items(&ticket["acts"], "/done").map(row).collect()
}

fn ratings(ticket: &Value, zone: &TimeZone) -> Vec<Vec<String>> {
    let row = |rating: &Value| {
        let round = say!("show-round", round = rating["round"].as_u64().unwrap_or_default());
        let parts = [&rating["receipt_number"], &rating["step_name"], &rating["words"]].map(text);
        [vec![time(&rating["at"], zone), round], parts.to_vec()].concat()
    };
    items(ticket, "/ratings").map(row).collect()
}

fn notices(ticket: &Value, zone: &TimeZone) -> Vec<Vec<String>> {
    let row = |notice: &Value| {
        let to = list(&notice["to"]).join(&comma());
        vec![time(&notice["at"], zone), text(&notice["title"]), to, text(&notice["text"])]
    };
    items(ticket, "/notices").map(row).collect()
}

/// A heading with its lines; nothing where there are none.
fn section(heading: &str, rows: Vec<Vec<String>>) {
    if !rows.is_empty() {
        view::line(heading);
    }
    for row in rows {
        let parts: Vec<String> = row.into_iter().filter(|part| part != NOTHING && !part.is_empty()).collect();
        view::line(&format!("  {}", parts.join("  ")));
    }
}

/// What stands where nothing is.
const NOTHING: &str = "—";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or(NOTHING).to_owned()
}

fn time(value: &Value, zone: &TimeZone) -> String {
    value.as_str().map_or_else(|| NOTHING.to_owned(), |at| view::time(at, zone))
}

fn list(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn comma() -> String {
    say!("list-comma")
}
