//! `huiliu quarantine`: records that could not be taken.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, in_query};
use super::status::{items, pair, text};
use super::{view, words};
use crate::catalogue::say;

/// What is asked of the quarantine.
#[derive(Debug, Subcommand)]
pub(super) enum QuarantineCommand {
    List {
        #[arg(long)]
        channel: Option<String>,
        #[arg(long)]
        after: Option<i64>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Replay {
        raw_id: i64,
    },
    Discard {
        raw_id: i64,
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn run(client: &Client, command: QuarantineCommand) -> anyhow::Result<ExitCode> {
    match command {
        QuarantineCommand::List { channel, after, limit } => list(client, channel.as_deref(), (after, limit)).await,
        QuarantineCommand::Replay { raw_id } => replay(client, raw_id).await,
        QuarantineCommand::Discard { raw_id, reason } => discard(client, raw_id, &reason).await,
    }
}

async fn list(client: &Client, channel: Option<&str>, (after, limit): (Option<i64>, u32)) -> anyhow::Result<ExitCode> {
    let mut path = format!("/api/v1/quarantine?limit={limit}");
    if let Some(channel) = channel {
        path.push_str(&format!("&channel={}", in_query(channel)));
    }
    if let Some(after) = after {
        path.push_str(&format!("&after={after}"));
    }
    let found = client.get(&path).await?;
    let zone = client.zone().await?;
    let rows: Vec<Vec<String>> = items(&found, "/quarantine")
        .map(|entry| {
            let problems: Vec<String> = items(entry, "/problems").map(problem_of).collect();
            vec![
                text(entry, "/raw_id"),
                text(entry, "/channel"),
                view::time(&text(entry, "/at"), &zone),
                problems.join("\n"),
            ]
        })
        .collect();
    if rows.is_empty() {
        view::line(&say!("quarantine-nothing"));
    } else {
        let headings = [say!("raw-record"), say!("channel"), say!("since"), say!("problems")];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// A problem of a record: its field, and what is wrong with it.
fn problem_of(problem: &Value) -> String {
    match text(problem, "/field").as_str() {
        "" | "-" => pair(problem, "/zh", "/en"),
        field => say!("named", name = field, said = pair(problem, "/zh", "/en")),
    }
}

async fn replay(client: &Client, raw_id: i64) -> anyhow::Result<ExitCode> {
    let answer = client.post(&format!("/api/v1/quarantine/{raw_id}/replay"), &json!({})).await?;
    view::line(&say!("quarantine-became", became = words::became(&text(&answer, "/became"))));
    for problem in items(&answer, "/problems") {
        view::problem(&problem_of(problem));
    }
    Ok(if text(&answer, "/kept") == "0" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn discard(client: &Client, raw_id: i64, reason: &str) -> anyhow::Result<ExitCode> {
    client.post(&format!("/api/v1/quarantine/{raw_id}/discard"), &json!({ "reason": reason })).await?;
    view::line(&say!("quarantine-discarded"));
    Ok(ExitCode::SUCCESS)
}
