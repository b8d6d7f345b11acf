//! `huiliu audit`: what people and tokens did, read through the gateway by an auditor, and whether the chain is whole, looked at in the
//! database itself.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use huiliu_sheet::{Cell, Charset, Sheet, SheetKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::{store, view, words};
use crate::audit::{AuditCheck, Checkpoint};
use crate::catalogue::say;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Entries of a page of an export.
const PAGE: usize = 500;

/// What is done with the audit log.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    List {
        #[arg(long)]
        from: Option<String>,
        #[arg(long)]
        to: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    Export {
        #[arg(long)]
        from: Option<String>,
        #[arg(long)]
        to: Option<String>,
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
    },
    Verify {
        #[arg(long)]
        checkpoint: Vec<Checkpoint>,
    },
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A JSON object a line.
    Jsonl,
    /// CSV, UTF-8 with a byte order mark, for spreadsheets.
    Csv,
}

pub(super) async fn list(
    client: &Client,
    (from, to): (Option<&str>, Option<&str>),
    limit: usize,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    let span = span(from, to, &zone)?;
    let page = client.get(&format!("/api/v1/audit?limit={limit}{span}")).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&page["entries"])?);
        return Ok(ExitCode::SUCCESS);
    }
    let row = |entry: &Value| {
        vec![
            text(entry, "/number"),
            view::time(&text(entry, "/at"), &zone),
            text(entry, "/actor"),
            text(entry, "/role"),
            text(entry, "/action"),
            words::audit_outcome(&text(entry, "/outcome")),
            text(entry, "/subject"),
            text(entry, "/count"),
        ]
    };
    let headings = [
        say!("number"),
        say!("time"),
        say!("explain-actor"),
        say!("role"),
        say!("explain-action"),
        say!("audit-outcome"),
        say!("audit-subject"),
        say!("count"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&page, "/entries").map(row).collect());
    if !page["next"].is_null() {
        view::note(&say!("audit-more"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Members of an entry in the order of the columns.
const COLUMNS: [&str; 10] =
    ["number", "at", "action", "outcome", "actor", "role", "subject", "count", "request_id", "link"];

/// Prints the whole log, or what was done between two times.
pub(super) async fn export(
    client: &Client,
    (from, to): (Option<&str>, Option<&str>),
    format: Format,
) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    // Reading is written down, too: an end in the past ends.
    let now = SystemClock.now().to_string();
    let span = span(from, Some(to.unwrap_or(&now)), &zone)?;
    let mut sheet = match format {
        Format::Jsonl => None,
        Format::Csv => {
            let columns: Vec<String> = COLUMNS.iter().map(|&name| name.to_owned()).collect();
            Some(Sheet::new(SheetKind::Csv(Charset::Utf8Mark), &columns)?)
        }
    };
    let mut after = String::new();
    loop {
        let page = client.get(&format!("/api/v1/audit?limit={PAGE}{span}{after}")).await?;
        for entry in items(&page, "/entries") {
            match &mut sheet {
                None => view::line(&entry.to_string()),
                Some(sheet) => sheet.push(&COLUMNS.map(|name| Cell::Text(text(entry, &format!("/{name}")))))?,
            }
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    if let Some(sheet) = sheet {
        view::line(String::from_utf8(sheet.finish()?.content)?.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

/// Times as they stand in the query.
fn span(from: Option<&str>, to: Option<&str>, zone: &TimeZone) -> anyhow::Result<String> {
    let mut query = String::new();
    for (name, given) in [("from", from), ("to", to)] {
        let Some(given) = given else { continue };
        let time = time(given, zone).ok_or_else(|| anyhow::anyhow!(say!("audit-no-time", time = given)))?;
        query.push_str(&format!("&{name}={}", in_query(&time.to_string())));
    }
    Ok(query)
}

/// A time with its zone, or a day or a time of the city.
fn time(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let of_city = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    text.parse().ok().or_else(of_city)
}

/// Looks at the chain in the database. With a failure where it is broken, and where.
pub(super) fn verify(config: &Config, known: &[Checkpoint]) -> anyhow::Result<ExitCode> {
    let AuditCheck { entries, begins_after, end, broken } = store::open_beside(config)?.check_audit(known)?;
    view::line(&say!("audit-checked", entries = entries, first = begins_after + 1, last = end.number));
    match broken {
        None => {
            view::line(&say!("audit-whole", checkpoint = end));
            Ok(ExitCode::SUCCESS)
        }
        Some((number, broken)) => {
            view::problem(&say!("audit-broken", number = number, what = words::audit_break(broken.name())));
            Ok(ExitCode::FAILURE)
        }
    }
}
