//! `huiliu rewards`: points and stars of a citizen who takes part.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::citizen::typed;
use super::client::Client;
use super::view;
use crate::catalogue::say;

/// What is done with points.
#[derive(Debug, Subcommand)]
pub(super) enum RewardsCommand {
    Show {
        #[command(flatten)]
        whose: Whose,
        #[arg(long)]
        json: bool,
    },
}

/// Whose points are meant. `-` reads a line from standard input.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Whose {
    #[arg(long, allow_hyphen_values = true)]
    phone: Option<String>,
    #[arg(long, allow_hyphen_values = true)]
    id_number: Option<String>,
    #[arg(long, requires = "channel", allow_hyphen_values = true)]
    account: Option<String>,
    #[arg(long, requires = "account")]
    channel: Option<String>,
}

pub(super) fn run(client: &Client, command: RewardsCommand) -> anyhow::Result<ExitCode> {
    let RewardsCommand::Show { whose, json } = command;
    let mut body = json!({});
    let Whose { phone, id_number, account, channel } = whose;
    let given = [("phone", typed(phone)?), ("id_number", typed(id_number)?), ("account", typed(account)?)];
    for (name, value) in given.into_iter().chain([("channel", channel)]) {
        if let Some(value) = value {
            body[name] = Value::String(value);
        }
    }
    super::runtime()?.block_on(show(client, &body, json))
}

async fn show(client: &Client, body: &Value, json: bool) -> anyhow::Result<ExitCode> {
    let answer = client.post("/api/v1/rewards", body).await?;
    if json {
        view::line(&serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    let (points, stars) = (answer["points"].to_string(), answer["stars"].to_string());
    view::line(&match answer["points_to_next"].as_i64() {
        Some(missing) => say!("rewards-standing", points = points, stars = stars, missing = missing.to_string()),
        None => say!("rewards-standing-top", points = points, stars = stars),
    });
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let row = |entry: &Value| {
        let time = |name: &str| entry[name].as_str().map_or_else(|| "—".to_owned(), |at| view::time(at, &zone));
        vec![
            time("at"),
            entry["points"].to_string(),
            text(&entry["rule_name"]),
            text(&entry["receipt_number"]),
            time("taken_back_at"),
        ]
    };
    let rows: Vec<Vec<String>> = answer["entries"].as_array().into_iter().flatten().map(row).collect();
    if !rows.is_empty() {
        let headings = [
            say!("rewards-at"),
            say!("rewards-points"),
            say!("rewards-why"),
            say!("rewards-receipt"),
            say!("rewards-taken-back"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    if answer["has_more"].as_bool() == Some(true) {
        view::line(&say!("rewards-more"));
    }
    Ok(ExitCode::SUCCESS)
}
