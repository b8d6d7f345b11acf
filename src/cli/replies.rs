//! `huiliu replies`: replies that no channel gives, and what people gave by hand.

use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::client::{Client, in_query};
use super::status::{items, text};
use super::{cause, view, words};
use crate::catalogue::{Locale, say};

/// What is done with replies.
#[derive(Debug, Subcommand)]
pub(super) enum RepliesCommand {
    List {
        #[arg(long, default_value = "by_hand")]
        state: String,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Unanswered {
        #[arg(long)]
        reason: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Check {
        #[arg(long)]
        from: Date,
        #[arg(long)]
        to: Date,
        #[arg(long)]
        department: Option<String>,
    },
    Told {
        #[arg(required = true, value_name = "ID")]
        replies: Vec<i64>,
        #[arg(long)]
        how: String,
        #[arg(long)]
        at: Option<String>,
    },
}

pub(super) fn run(client: &Client, command: &RepliesCommand) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(async {
        match command {
            RepliesCommand::List { state, limit } => list(client, state, *limit).await,
            RepliesCommand::Unanswered { reason, limit } => unanswered(client, reason.as_deref(), *limit).await,
            RepliesCommand::Check { from, to, department } => check(client, (*from, *to), department.as_deref()).await,
            RepliesCommand::Told { replies, how, at } => told(client, replies, how, at.as_deref()).await,
        }
    })
}

/// What is wrong with replies, by unit and one by one.
async fn check(client: &Client, (from, to): (Date, Date), department: Option<&str>) -> anyhow::Result<ExitCode> {
    let only = department.map(|code| format!("&department={}", in_query(code))).unwrap_or_default();
    let check = client.get(&format!("/api/v1/reply-checks?from={from}&to={to}{only}")).await?;
    let parts = ["/department_name", "/finished", "/missing", "/stale", "/contradicts", "/denied"];
    let row = |unit: &Value| parts.map(|part| text(unit, part)).to_vec();
    let headings = [
        say!("reply-check-department"),
        say!("reply-check-finished"),
        say!("reply-check-missing"),
        say!("reply-check-stale"),
        say!("reply-check-contradicts"),
        say!("reply-check-denied"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&check, "/units").map(row).collect());
    let zone = client.zone().await?;
    let row = |finding: &Value| {
        let fault = Locale::of_process().pick(text(finding, "/fault_zh"), text(finding, "/fault"));
        let at = view::time(&text(finding, "/at"), &zone);
        vec![text(finding, "/ticket"), text(finding, "/department_name"), fault, text(finding, "/word"), at]
    };
    let headings = [
        say!("reply-check-ticket"),
        say!("reply-check-department"),
        say!("reply-check-fault"),
        say!("reply-check-word"),
        say!("reply-check-at"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&check, "/findings").map(row).collect());
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, state: &str, limit: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/replies?state={state}&limit={limit}")).await?;
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let row = |reply: &Value| {
        let told = &reply["told"];
        let told = match told["by"].as_str() {
            Some(by) => format!("{} {by} {}", view::time(&text(&told["at"]), &zone), text(&told["how"])),
            None => match reply["by_hand_reason"].as_str() {
                Some(reason) => words::why_by_hand(reason),
                None => text(&reply["last_error"]),
            },
        };
        let at = view::time(&text(&reply["at"]), &zone);
        let [receipt, ticket, channel, status] =
            ["receipt_number", "ticket", "channel", "status"].map(|name| text(&reply[name]));
        vec![reply["id"].to_string(), receipt, ticket, channel, words::status(&status), at, told]
    };
    let rows: Vec<Vec<String>> = answer["replies"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("replies-none"));
    } else {
        let headings = [
            say!("number"),
            say!("receipt"),
            say!("ticket"),
            say!("channel"),
            say!("state"),
            say!("time"),
            say!("replies-said"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// The ledger per citizen, and the first of those who were not answered.
async fn unanswered(client: &Client, reason: Option<&str>, limit: u32) -> anyhow::Result<ExitCode> {
    let ledger = client.get("/api/v1/answers").await?;
    let filter = reason.map(|reason| format!("&reason={}", in_query(reason))).unwrap_or_default();
    let answer = client.get(&format!("/api/v1/answers/missing?limit={limit}{filter}")).await?;
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let counts = ledger["unanswered"].as_array().into_iter().flatten();
    let counts: Vec<String> = counts
        .map(|count| format!("{} {}", words::why_unanswered(&text(&count["reason"])), count["complaints"]))
        .collect();
    let (finished, answered) = (ledger["finished"].to_string(), ledger["answered"].to_string());
    let others = if counts.is_empty() { "0".to_owned() } else { counts.join(" + ") };
    view::line(&say!("unanswered-ledger", finished = finished, answered = answered, others = others));
    let row = |one: &Value| {
        let why = words::why_unanswered(&text(&one["reason"]));
        let [receipt, ticket, channel] = ["receipt_number", "ticket", "channel"].map(|name| text(&one[name]));
        vec![receipt, ticket, channel, view::time(&text(&one["finished_at"]), &zone), why]
    };
    let rows: Vec<Vec<String>> = answer["unanswered"].as_array().into_iter().flatten().map(row).collect();
    if !rows.is_empty() {
        let headings =
            [say!("receipt"), say!("ticket"), say!("channel"), say!("unanswered-finished"), say!("unanswered-why")];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(if ledger["balances"] == true { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Notes one after the other; one that is refused holds up none behind it.
async fn told(client: &Client, replies: &[i64], how: &str, at: Option<&str>) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    let mut refused = None;
    for reply in replies {
        let path = format!("/api/v1/replies/{reply}/told");
        let answer = match client.post(&path, &json!({ "how": how, "at": at })).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = error.context(say!("replies-one", reply = reply));
                if let Some(earlier) = refused.replace(error) {
                    view::problem(&cause::text(earlier.as_ref()));
                }
                continue;
            }
        };
        let told = &answer["told"];
        let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
        let (by, at, how) = (text(&told["by"]), view::time(&text(&told["at"]), &zone), text(&told["how"]));
        let said = if answer["before"] == true {
            say!("replies-noted-before", reply = reply, at = at, by = by, how = how)
        } else {
            say!("replies-noted", reply = reply, at = at, by = by, how = how)
        };
        view::line(&said);
    }
    refused.map_or(Ok(ExitCode::SUCCESS), Err)
}
