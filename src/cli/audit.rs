//! `huiliu audit`: what people and tokens did, read through the gateway by an auditor, and whether the chain is whole, looked at in the
//! database itself.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use huiliu_sheet::{Cell, Charset, Sheet, SheetKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::{store, view, words};
use crate::audit::{AuditAction, AuditCheck, Checkpoint};
use crate::catalogue::{Locale, say, states};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;

/// Entries of a page of an export.
const PAGE: usize = 500;

/// What is done with the audit log.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    List {
        #[command(flatten)]
        wanted: Wanted,
        #[arg(long)]
        oldest_first: bool,
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    Export {
        #[command(flatten)]
        wanted: Wanted,
        #[arg(long, value_enum, default_value_t = Format::Jsonl)]
        format: Format,
    },
    Verify {
        #[arg(long)]
        checkpoint: Vec<Checkpoint>,
    },
}

/// Which entries are wanted; all that is given must fit.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    #[arg(long)]
    from: Option<String>,
    #[arg(long)]
    to: Option<String>,
    #[arg(long)]
    actor: Option<String>,
    #[arg(long)]
    action: Option<String>,
}

impl Wanted {
    /// The query of the call, behind others.
    fn query(&self, zone: &TimeZone) -> anyhow::Result<String> {
        let time = |text: &str| {
            let at = time(text, zone).with_context(|| say!("audit-no-time", time = text));
            at.map(|at| at.to_string())
        };
        let given = [
            ("from", self.from.as_deref().map(time).transpose()?),
            ("to", self.to.as_deref().map(time).transpose()?),
            ("actor", self.actor.clone()),
            ("action", self.action.as_deref().map(action).transpose()?.map(str::to_owned)),
        ];
        let part = |(name, value): (&str, Option<String>)| Some(format!("&{name}={}", in_query(&value?)));
        Ok(given.into_iter().filter_map(part).collect())
    }
}

/// The action that somebody names: as the log does, or as it is shown.
fn action(text: &str) -> anyhow::Result<&'static str> {
    let shown = |name: &str| [Locale::Zh, Locale::En].map(|locale| states::audit_action(locale, name));
    let mut names = AuditAction::ALL.iter().map(|(_, name)| *name);
    let found = names.clone().find(|name| *name == text || shown(name).iter().any(|word| word == text));
    found.with_context(|| {
        let locale = Locale::of_process();
        let known = names.by_ref().map(|name| format!("{name} {}", states::audit_action(locale, name)));
        say!("audit-no-action", action = text, known = known.collect::<Vec<_>>().join(&say!("list-comma")))
    })
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A JSON object a line.
    Jsonl,
    /// CSV, UTF-8 with a byte order mark, for spreadsheets.
    Csv,
}

/// Shows entries, as many as are wanted: what is looked at for one page is limited.
pub(super) async fn list(
    client: &Client,
    wanted: &Wanted,
    (oldest_first, limit): (bool, usize),
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    let path = format!("/api/v1/audit?oldest_first={oldest_first}{}", wanted.query(&zone)?);
    let (mut entries, mut after) = (Vec::new(), String::new());
    let is_more = loop {
        let rows = limit.saturating_sub(entries.len()).clamp(1, PAGE);
        let page = client.get(&format!("{path}&limit={rows}{after}")).await?;
        entries.extend(items(&page, "/entries").cloned());
        match page["next"].as_str() {
            Some(next) if entries.len() < limit => after = format!("&after={next}"),
            next => break next.is_some(),
        }
    };
    entries.truncate(limit);
    if as_json {
        view::line(&serde_json::to_string_pretty(&entries)?);
        return Ok(ExitCode::SUCCESS);
    }
    let row = |entry: &Value| {
        vec![
            text(entry, "/number"),
            view::time(&text(entry, "/at"), &zone),
            text(entry, "/actor"),
            text(entry, "/role"),
            words::audit_action(&text(entry, "/action")),
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
    view::table(&headings.each_ref().map(String::as_str), entries.iter().map(row).collect());
    if is_more {
        view::note(&say!("audit-more"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Members of an entry in the order of the columns.
const COLUMNS: [&str; 10] =
    ["number", "at", "action", "outcome", "actor", "role", "subject", "count", "request_id", "link"];

/// Prints the whole log, or what is wanted of it, the oldest first.
pub(super) async fn export(client: &Client, wanted: Wanted, format: Format) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    // Reading is written down, too: an end in the past ends.
    let wanted = Wanted { to: wanted.to.or_else(|| Some(SystemClock.now().to_string())), ..wanted };
    let path = format!("/api/v1/audit?oldest_first=true&limit={PAGE}{}", wanted.query(&zone)?);
    let mut sheet = match format {
        Format::Jsonl => None,
        Format::Csv => {
            let columns: Vec<String> = COLUMNS.iter().map(|&name| name.to_owned()).collect();
            Some(Sheet::new(SheetKind::Csv(Charset::Utf8Mark), &columns)?)
        }
    };
    let mut after = String::new();
    loop {
        let page = client.get(&format!("{path}{after}")).await?;
        for entry in items(&page, "/entries") {
            match &mut sheet {
                None => view::line(&entry.to_string()),
                Some(sheet) => sheet.push(&COLUMNS.map(|name| Cell::from(&entry[name])))?,
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
