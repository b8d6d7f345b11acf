//! `huiliu channel trace`: what one channel of a running gateway asks, is answered, and makes of it.

use std::process::ExitCode;

use clap::Subcommand;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::{cause, view, words};
use crate::catalogue::say;

/// Seconds that one question waits for a call.
const WAIT_S: u64 = 5;

/// What is done with a channel.
#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    Trace {
        channel: String,
        #[arg(long)]
        count: Option<u64>,
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(client: &Client, command: &ChannelCommand) -> anyhow::Result<ExitCode> {
    let ChannelCommand::Trace { channel, count, json } = command;
    let path = format!("/api/v1/channels/{}/trace", in_query(channel));
    let zone = client.zone().await?;
    if !json {
        view::note(&say!("trace-follows", channel = channel));
    }
    let (mut after, mut left) = (String::from("0"), count.unwrap_or(u64::MAX));
    while left > 0 {
        let page = client.get(&format!("{path}?after={after}&wait_s={WAIT_S}")).await?;
        for call in items(&page, "/calls").take(usize::try_from(left).unwrap_or(usize::MAX)) {
            if *json {
                view::line(&call.to_string());
            } else {
                show(call, &zone);
            }
            left -= 1;
        }
        after = text(&page, "/after");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(call: &Value, zone: &TimeZone) {
    let judged = text(call, "/judged");
    let tint = if ["success", "not_modified"].contains(&judged.as_str()) { "32" } else { "31" };
    view::line(&say!(
        "trace-call",
        at = view::time(&text(call, "/at"), zone),
        call = text(call, "/call"),
        status = text(call, "/status"),
        judged = view::color(&words::judged(&judged), tint),
        took = text(call, "/took_ms")
    ));
    view::line(&format!("  > {} {}", text(call, "/method"), text(call, "/url")));
    message(&call["request"], '>');
    message(&call["answer"], '<');
    if let Some(reason) = call["reason"].as_str() {
        view::problem(&cause::foreign("", reason));
    }
}

/// Header fields and the beginning of a body; nothing of one that is not there.
fn message(message: &Value, mark: char) {
    if message.is_null() {
        return;
    }
    for header in items(message, "/headers") {
        view::line(&format!("  {mark} {}: {}", text(header, "/name"), text(header, "/value")));
    }
    match message["body"].as_str() {
        Some("") => {}
        Some(body) => body.lines().for_each(|line| view::line(&format!("  {mark} {line}"))),
        None if message["bytes"] == 0 => {}
        None => view::line(&format!("  {mark} {}", say!("trace-not-shown", bytes = text(message, "/bytes")))),
    }
}
