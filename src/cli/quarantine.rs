//! `huiliu quarantine`: records that could not be taken.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::view;

/// What is asked of the quarantine.
#[derive(Debug, Subcommand)]
pub(super) enum QuarantineCommand {
    /// List them, oldest first.
    List {
        /// Only of this channel.
        #[arg(long)]
        channel: Option<String>,
        /// Only those after this raw record.
        #[arg(long)]
        after: Option<i64>,
        /// Show at most so many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Map a record again by the settings of now.
    Replay {
        /// Number of the raw record.
        raw_id: i64,
    },
    /// Discard a record for good: it is kept with the reason and counts as discarded.
    Discard {
        /// Number of the raw record.
        raw_id: i64,
        /// Why, without personal data: its source is answered with it should it deliver the record again.
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
            let problem = |problem| format!("{}：{}", text(problem, "/field"), text(problem, "/zh"));
            let problems: Vec<String> = items(entry, "/problems").map(problem).collect();
            vec![
                text(entry, "/raw_id"),
                text(entry, "/channel"),
                view::time(&text(entry, "/at"), &zone),
                problems.join("\n"),
            ]
        })
        .collect();
    if rows.is_empty() {
        view::line("没有待修复的记录（nothing in quarantine）");
    } else {
        view::table(&["原始记录", "渠道", "自", "问题"], rows);
    }
    Ok(ExitCode::SUCCESS)
}

async fn replay(client: &Client, raw_id: i64) -> anyhow::Result<ExitCode> {
    let answer = client.post(&format!("/api/v1/quarantine/{raw_id}/replay"), &json!({})).await?;
    view::line(&format!("结果（became）：{}", text(&answer, "/became")));
    for problem in items(&answer, "/problems") {
        view::problem(&format!("{}：{}", text(problem, "/field"), text(problem, "/zh")));
    }
    Ok(if text(&answer, "/kept") == "0" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn discard(client: &Client, raw_id: i64, reason: &str) -> anyhow::Result<ExitCode> {
    client.post(&format!("/api/v1/quarantine/{raw_id}/discard"), &json!({ "reason": reason })).await?;
    view::line("已舍弃（discarded）");
    Ok(ExitCode::SUCCESS)
}
