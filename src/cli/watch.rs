//! `huiliu watch`: surges and warnings that were told, and which tags are most spoken of.

use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil::Date;
use serde_json::Value;

use super::client::{Client, in_query};
use super::{view, words};
use crate::catalogue::say;

/// What is looked at.
#[derive(Debug, Subcommand)]
pub(super) enum WatchCommand {
    Surges {
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Warnings {
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Ranking {
        #[arg(long)]
        from: Date,
        #[arg(long)]
        to: Date,
        #[arg(long)]
        district: Option<String>,
    },
}

pub(super) fn run(client: &Client, command: &WatchCommand) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(async {
        match command {
            WatchCommand::Surges { limit } => list(client, "surge", *limit).await,
            WatchCommand::Warnings { limit } => list(client, "warning", *limit).await,
            WatchCommand::Ranking { from, to, district } => ranking(client, (*from, *to), district.as_deref()).await,
        }
    })
}

async fn ranking(client: &Client, (from, to): (Date, Date), district: Option<&str>) -> anyhow::Result<ExitCode> {
    let district = district.map_or_else(String::new, |code| format!("&district={}", in_query(code)));
    let answer = client.get(&format!("/api/v1/tags/ranking?from={from}&to={to}{district}")).await?;
    let row = |tag: &Value| {
        let number = |value: &Value| value.as_u64().map_or_else(|| "—".to_owned(), |number| number.to_string());
        let trend = words::trend(tag["trend"].as_str().unwrap_or_default());
        let name = tag["name"].as_str().unwrap_or("—").to_owned();
        let [place, place_before, count, before] =
            ["place", "place_before", "count", "before"].map(|member| number(&tag[member]));
        vec![place, name, count, before, trend, place_before]
    };
    let rows: Vec<Vec<String>> = answer["tags"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("watch-none"));
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [
        say!("watch-rank"),
        say!("watch-tag"),
        say!("watch-count"),
        say!("watch-before"),
        say!("watch-trend"),
        say!("watch-rank-before"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, kind: &str, limit: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/alerts?kind={kind}&limit={limit}")).await?;
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let row = |alert: &Value| {
        let place = if alert["district_name"].is_string() { &alert["district_name"] } else { &alert["district"] };
        let state = match (alert["stands"].as_bool(), alert["ended_at"].as_str()) {
            (Some(true), _) => say!("watch-goes-on"),
            (_, Some(at)) => view::time(at, &zone),
            _ => "—".to_owned(),
        };
        let tickets: Vec<String> = alert["tickets"].as_array().into_iter().flatten().map(text).collect();
        vec![
            view::time(&text(&alert["at"]), &zone),
            text(&alert["name"]),
            text(place),
            alert["count"].to_string(),
            alert["usual"].as_f64().map_or_else(|| "—".to_owned(), |usual| usual.to_string()),
            state,
            tickets.join(" "),
        ]
    };
    let rows: Vec<Vec<String>> = answer["alerts"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("watch-none"));
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [
        say!("watch-at"),
        say!("watch-name"),
        say!("watch-place"),
        say!("watch-count"),
        say!("watch-usual"),
        say!("watch-ended"),
        say!("watch-tickets"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    if answer["next"].is_string() {
        view::line(&say!("watch-more"));
    }
    Ok(ExitCode::SUCCESS)
}
