//! `huiliu bulletin`: what boards show, and which of them did not fetch it, through the gateway.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::view;
use crate::catalogue::{Locale, say};
use crate::report::LIST;

/// Which bulletin of what, and how it is written.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    name: Option<String>,
    #[arg(long)]
    district: Option<String>,
    #[arg(long, conflicts_with_all = ["district", "format", "output"])]
    boards: bool,
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    #[arg(long, short)]
    output: Option<PathBuf>,
}

/// How a bulletin is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For the terminal.
    Table,
    /// A document for programs.
    Json,
    /// A page.
    Html,
}

pub(super) fn run(client: &Client, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(shown(client, wanted))
}

async fn shown(client: &Client, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    let Some(name) = wanted.name.as_deref().filter(|name| *name != LIST) else { return list(client).await };
    let name = in_query(name);
    if wanted.boards {
        return boards(&client.get(&format!("/api/v1/bulletins/{name}/boards")).await?);
    }
    let district = wanted.district.as_deref().map(|code| format!("&district={}", in_query(code))).unwrap_or_default();
    let language = Locale::of_process().pick("zh", "en");
    let path = format!("/api/v1/bulletins/{name}?language={language}{district}");
    let content = match (wanted.format, &wanted.output) {
        (Form::Table, None) => {
            show(&client.get(&path).await?);
            return Ok(ExitCode::SUCCESS);
        }
        (Form::Json, _) => serde_json::to_vec_pretty(&client.get(&path).await?)?,
        (Form::Table | Form::Html, _) => client.get_file(&format!("{path}&format=html")).await?,
    };
    match &wanted.output {
        Some(path) => std::fs::write(path, content)?,
        None => view::line(String::from_utf8(content)?.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client) -> anyhow::Result<ExitCode> {
    let list = client.get("/api/v1/bulletins").await?;
    let row = |bulletin: &Value| ["/name", "/title", "/days", "/boards"].map(|part| text(bulletin, part)).to_vec();
    let headings = [say!("report-name"), say!("report-title"), say!("bulletin-days"), say!("bulletin-boards")];
    view::table(&headings.each_ref().map(String::as_str), items(&list, "/bulletins").map(row).collect());
    Ok(ExitCode::SUCCESS)
}

/// Ends with 1 where a board is late: for whoever watches them by a script.
fn boards(list: &Value) -> anyhow::Result<ExitCode> {
    let row = |board: &Value| {
        let late = if board["late"] == true { say!("bulletin-board-late") } else { String::new() };
        vec![text(board, "/token"), text(board, "/district"), text(board, "/fetched_at"), late]
    };
    let headings =
        [say!("bulletin-board"), say!("bulletin-district"), say!("bulletin-fetched"), say!("bulletin-board-state")];
    view::table(&headings.each_ref().map(String::as_str), items(list, "/boards").map(row).collect());
    let is_late = items(list, "/boards").any(|board| board["late"] == true);
    Ok(if is_late { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(bulletin: &Value) {
    view::note(&text(bulletin, "/title"));
    let row = |notice: &Value| {
        let late = if notice["overdue"] == true { say!("bulletin-late") } else { String::new() };
        let status = Locale::of_process().pick(text(notice, "/status_zh"), text(notice, "/status"));
        let words = [text(notice, "/category"), text(notice, "/words")].join(" ");
        let parts = ["/due_at", "/department", "/person", "/result", "/satisfaction"].map(|part| text(notice, part));
        [vec![text(notice, "/ticket"), format!("{status}{late}"), words], parts.to_vec()].concat()
    };
    let headings = [
        say!("bulletin-ticket"),
        say!("bulletin-status"),
        say!("bulletin-words"),
        say!("bulletin-due"),
        say!("bulletin-department"),
        say!("bulletin-person"),
        say!("bulletin-result"),
        say!("bulletin-satisfaction"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(bulletin, "/notices").map(row).collect());
    if bulletin["without_consent"].is_u64() {
        let (consent, protected) = (text(bulletin, "/without_consent"), text(bulletin, "/protected"));
        view::note(&say!("bulletin-kept", consent = consent, protected = protected));
    }
}
