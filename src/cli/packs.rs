//! `huiliu pack`: versions of the city pack, what differs, and back to an earlier one.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, in_query};
use super::drafts::{self, DraftCommand};
use super::status::{items, text};
use super::{view, words};
use crate::catalogue::say;

/// What is done with the city pack.
#[derive(Debug, Subcommand)]
pub(super) enum PackCommand {
    List {
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    Show {
        number: String,
        file: Option<String>,
        #[arg(long)]
        json: bool,
    },
    Diff {
        from: Option<String>,
        to: Option<String>,
        #[arg(long)]
        json: bool,
    },
    Reload {
        #[arg(long)]
        reason: Option<String>,
    },
    Draft {
        #[command(subcommand)]
        command: DraftCommand,
    },
    Rollback {
        number: String,
        #[arg(long)]
        reason: Option<String>,
        #[arg(long)]
        force: bool,
    },
}

pub(super) async fn run(client: &Client, command: &PackCommand) -> anyhow::Result<ExitCode> {
    match command {
        PackCommand::List { limit, json } => list(client, *limit, *json).await?,
        PackCommand::Show { number, file, json } => show(client, number, file.as_deref(), *json).await?,
        PackCommand::Diff { from, to, json } => diff(client, from.as_deref(), to.as_deref(), *json).await?,
        PackCommand::Reload { reason } => {
            let answer = client.post("/api/v1/pack/reload", &json!({ "reason": reason })).await?;
            view::line(&say!("pack-live", version = text(&answer, "/version")));
        }
        PackCommand::Draft { command } => return drafts::run(client, command).await,
        PackCommand::Rollback { number, reason, force } => {
            let body = json!({ "to": number, "reason": reason, "force": force });
            let answer = client.post("/api/v1/pack/rollback", &body).await?;
            view::line(&say!("pack-live", version = text(&answer, "/version")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client, limit: usize, as_json: bool) -> anyhow::Result<()> {
    let page = client.get(&format!("/api/v1/pack/versions?limit={limit}")).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&page["versions"])?);
        return Ok(());
    }
    let zone = client.zone().await?;
    let row = |version: &Value| {
        vec![
            text(version, "/number"),
            text(version, "/version"),
            view::time(&text(version, "/at"), &zone),
            text(version, "/actor"),
            words::pack_cause(&text(version, "/cause")),
            text(version, "/reason"),
            match (version["live"] == true, version["same_as_live"] == true) {
                (true, _) => say!("pack-is-live"),
                (false, true) => say!("pack-same-as-live"),
                (false, false) => String::new(),
            },
        ]
    };
    let headings = [
        say!("number"),
        say!("pack-version"),
        say!("time"),
        say!("explain-actor"),
        say!("pack-cause"),
        say!("pack-reason"),
        String::new(),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&page, "/versions").map(row).collect());
    Ok(())
}

async fn show(client: &Client, version: &str, file: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let of_file = file.map(|path| format!("?path={}", in_query(path))).unwrap_or_default();
    let document = client.get(&format!("/api/v1/pack/versions/{}{of_file}", in_query(version))).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    if file.is_some() {
        let shown = &document["files"][0];
        let content = shown["text"].as_str().or_else(|| shown["base64"].as_str()).unwrap_or_default();
        view::line(content.strip_suffix('\n').unwrap_or(content));
        return Ok(());
    }
    let rows = items(&document, "/files").map(|file| vec![text(file, "/path"), text(file, "/size_bytes")]);
    view::table(&[&say!("pack-file"), &say!("pack-bytes")], rows.collect());
    if document["kept"] == false {
        view::note(&say!("pack-not-kept"));
    }
    Ok(())
}

async fn diff(client: &Client, from: Option<&str>, to: Option<&str>, as_json: bool) -> anyhow::Result<()> {
    let wanted: Vec<String> = [("from", from), ("to", to)]
        .into_iter()
        .filter_map(|(name, version)| Some(format!("{name}={}", in_query(version?))))
        .collect();
    show_difference(client, &wanted.join("&"), as_json).await
}

/// Shows what differs, by the query of the API.
pub(super) async fn show_difference(client: &Client, query: &str, as_json: bool) -> anyhow::Result<()> {
    let document = client.get(&format!("/api/v1/pack/difference?{query}")).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&document)?);
        return Ok(());
    }
    for file in items(&document, "/files") {
        view::line(&format!("{} {}", words::file_change(&text(file, "/change")), text(file, "/path")));
        for line in items(file, "/lines").filter_map(Value::as_str) {
            let colored = match line.chars().next() {
                Some('-') => view::color(line, "31"),
                Some('+') => view::color(line, "32"),
                _ => line.to_owned(),
            };
            view::line(&colored);
        }
    }
    match (items(&document, "/files").next(), document["cut"] == true) {
        (None, _) => view::line(&say!("pack-same")),
        (_, true) => view::note(&say!("pack-cut")),
        _ => {}
    }
    Ok(())
}
