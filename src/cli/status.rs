//! `huiliu status`: channels, queues and ledger of a running gateway.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::client::{Client, zone_of};
use super::{cause, files, view, words};
use crate::catalogue::{Locale, one_of, say};

/// Succeeds where the gateway is ready: the store takes, the broker is there, platforms are heard.
pub(super) async fn status(client: &Client, as_json: bool) -> anyhow::Result<ExitCode> {
    let health = client.get("/healthz").await?;
    let readiness = client.readiness().await?;
    let channels = client.get("/api/v1/channels").await?;
    let ledger = client.get("/api/v1/ledger").await?;
    if as_json {
        let document =
            json!({ "readiness": readiness, "health": health, "channels": channels["channels"], "ledger": ledger });
        view::line(&serde_json::to_string_pretty(&document)?);
    } else {
        show(&health, &channels, &ledger);
        files::show_last(client).await?;
        for part in items(&readiness, "/missing") {
            view::problem(&say!("status-not-ready", said = pair(part, "/zh", "/en")));
        }
    }
    Ok(if readiness["ready"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A member of a document as it is shown.
pub(super) fn text(value: &Value, path: &str) -> String {
    match value.pointer(path) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Of two members that say the same in both languages, the one in the language of this process.
pub(super) fn pair(value: &Value, zh: &str, en: &str) -> String {
    let locale = Locale::of_process();
    one_of(&text(value, locale.pick(zh, en)), locale).to_owned()
}

/// What a channel met last: its kind in words, where the text is that of another system. What is over is said to be over.
fn last_error(channel: &Value, zone: &TimeZone) -> String {
    let said = match text(channel, "/health/last_error").as_str() {
        "-" => return "-".to_owned(),
        said => cause::in_own_language(said)
            .map_or_else(|| words::error_kind(&text(channel, "/health/last_error_kind")), str::to_owned),
    };
    if is_failing(channel) {
        return said;
    }
    let at = view::time(&text(channel, "/health/last_error_at"), zone);
    say!("status-recovered", at = at, said = said)
}

fn is_failing(channel: &Value) -> bool {
    channel.pointer("/health/failures").and_then(Value::as_u64).is_some_and(|failures| failures > 0)
}

/// What other systems say of themselves, below the table whose cells have words for it.
fn show_original(of: &str, said: &str) {
    if said != "-" && cause::in_own_language(said).is_none() {
        view::note(&say!("status-original", of = of, text = said));
    }
}

/// A list in a document.
pub(super) fn items<'a>(value: &'a Value, path: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(path).and_then(Value::as_array).into_iter().flatten()
}

/// What somebody has to look at although the channels go on.
fn show_alarms(channels: &Value, zone: &TimeZone) {
    for channel in items(channels, "/channels") {
        for alarm in items(channel, "/health/alarms") {
            view::problem(&say!(
                "status-alarm",
                channel = text(channel, "/id"),
                count = text(alarm, "/count"),
                last = view::time(&text(alarm, "/last_at"), zone),
                said = pair(alarm, "/zh", "/en")
            ));
        }
    }
}

fn show(health: &Value, channels: &Value, ledger: &Value) {
    let zone = zone_of(health);
    if text(health, "/role") == "standby" {
        view::line(&say!("status-standby", node = text(health, "/node"), deciding = text(health, "/deciding")));
    }
    view::line(&say!(
        "status-pack",
        city = text(health, "/pack/city"),
        version = text(health, "/pack/version"),
        since = view::time(&text(health, "/pack/live_since"), &zone)
    ));
    if text(health, "/pack/last_reload_failed_at") != "-" {
        let at = view::time(&text(health, "/pack/last_reload_failed_at"), &zone);
        view::problem(&say!("status-reload-failed", at = at, count = text(health, "/pack/last_reload_problems")));
    }
    let rows = items(channels, "/channels").map(|channel| {
        let state = text(channel, "/health/state");
        let tint = if state == "running" { "32" } else { "31" };
        vec![
            text(channel, "/id"),
            text(channel, "/name"),
            text(channel, "/adapter"),
            view::color(&words::channel_state(&state), tint),
            text(channel, "/health/records"),
            text(channel, "/lag_s"),
            last_error(channel, &zone),
        ]
    });
    let headings = [
        say!("channel"),
        say!("name"),
        say!("adapter"),
        say!("state"),
        say!("records"),
        say!("status-lag"),
        say!("last-error"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows.collect());
    for channel in items(channels, "/channels").filter(|channel| is_failing(channel)) {
        show_original(&text(channel, "/id"), &text(channel, "/health/last_error"));
    }
    show_alarms(channels, &zone);
    for alarm in items(health, "/broker/alarms") {
        view::problem(&say!("status-broker-alarm", said = pair(alarm, "/zh", "/en")));
    }
    show_nodes(health);
    show_queues(health);
    if text(health, "/queues/by_hand_since") != "-" {
        let since = view::time(&text(health, "/queues/by_hand_since"), &zone);
        let waiting = text(health, "/queues/replies_by_hand");
        view::problem(&say!("status-by-hand-waits", waiting = waiting, since = since));
    }
    show_deliveries(health);
    show_ledger(ledger);
}

/// The nodes that share the store, where there are such.
fn show_nodes(health: &Value) {
    let rows: Vec<Vec<String>> = items(health, "/nodes")
        .map(|node| {
            let (role, tint) = match (node["missed"] == true, node["decides"] == true) {
                (true, _) => (say!("status-node-missed"), "31"),
                (false, true) => (say!("status-node-decides"), "32"),
                (false, false) => (say!("status-node-stands-by"), "32"),
            };
            let silent = text(node, "/silent_s");
            vec![text(node, "/name"), text(node, "/url"), text(node, "/version"), view::color(&role, tint), silent]
        })
        .collect();
    if !rows.is_empty() {
        let headings = [
            say!("status-node"),
            say!("status-node-url"),
            say!("status-node-version"),
            say!("state"),
            say!("status-silent"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
}

/// Feeds that are pulled and destinations, where there are such.
fn show_deliveries(health: &Value) {
    let rows: Vec<Vec<String>> = items(health, "/deliveries")
        .map(|one| {
            let [name, carrier, pending, oldest, dead] =
                ["/destination", "/carrier", "/pending", "/oldest_age_s", "/dead"].map(|path| text(one, path));
            vec![name, words::carrier(&carrier), pending, oldest, dead]
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    let headings = [
        say!("delivery"),
        say!("delivery-carrier"),
        say!("delivery-waiting"),
        say!("delivery-oldest"),
        say!("delivery-dead"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    for alarm in items(health, "/deliveries").flat_map(|one| items(one, "/alarms")) {
        view::problem(&say!("delivery-alarm", said = pair(alarm, "/zh", "/en")));
    }
}

fn show_queues(health: &Value) {
    let headings = [
        "AMQP".to_owned(),
        say!("status-outbox"),
        say!("status-unrouted"),
        say!("status-dead"),
        say!("status-refused"),
        say!("status-replies-pending"),
        say!("status-replies-dead"),
        say!("status-replies-held"),
        say!("status-by-hand"),
        say!("status-reviews"),
        say!("quarantined"),
    ];
    view::table(
        &headings.each_ref().map(String::as_str),
        vec![vec![
            match text(health, "/broker/connected").as_str() {
                "true" => say!("status-connected"),
                _ => say!("status-not-connected"),
            },
            text(health, "/queues/outbox"),
            text(health, "/broker/unrouted"),
            text(health, "/broker/dead"),
            text(health, "/broker/refused"),
            text(health, "/queues/replies_pending"),
            text(health, "/queues/replies_dead"),
            text(health, "/queues/replies_held"),
            text(health, "/queues/replies_by_hand"),
            text(health, "/queues/reviews"),
            text(health, "/queues/quarantine"),
        ]],
    );
    if text(health, "/broker/connected") == "true" {
        return;
    }
    match text(health, "/broker/last_error").as_str() {
        "-" => {}
        said => match cause::in_own_language(said) {
            Some(said) => view::note(&say!("named", name = "AMQP", said = said)),
            None => show_original("AMQP", said),
        },
    }
}

fn show_ledger(ledger: &Value) {
    let headings = [
        say!("received"),
        say!("complaints"),
        say!("amendments"),
        say!("follow-ups"),
        say!("quarantined"),
        say!("discarded"),
        say!("tickets"),
        say!("ledger"),
    ];
    view::table(
        &headings.each_ref().map(String::as_str),
        vec![vec![
            text(ledger, "/received"),
            text(ledger, "/complaints"),
            text(ledger, "/amendments"),
            text(ledger, "/follow_ups"),
            text(ledger, "/quarantined"),
            text(ledger, "/discarded"),
            text(ledger, "/tickets"),
            if text(ledger, "/balances") == "true" { say!("ledger-balances") } else { say!("ledger-broken") },
        ]],
    );
}
