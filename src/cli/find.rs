//! `huiliu find`: complaints by numbers, by words, and by how their tickets stand.

use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::view;
use crate::catalogue::{Locale, say};

/// Most rows that are asked for at once.
const MAX_PAGE: usize = 500;

/// What is looked for; all that is given must fit.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Wanted {
    #[arg(long)]
    receipt: Option<String>,
    #[arg(long)]
    source_number: Option<String>,
    #[arg(long)]
    foreign_number: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    words: Option<String>,
    #[arg(long)]
    address: Option<String>,
    #[arg(long)]
    channel: Option<String>,
    #[arg(long)]
    category: Option<String>,
    #[arg(long)]
    department: Option<String>,
    #[arg(long)]
    district: Option<String>,
    #[arg(long)]
    grade: Option<String>,
    #[arg(long)]
    status: Option<String>,
    #[arg(long)]
    since: Option<Date>,
    #[arg(long)]
    until: Option<Date>,
    #[arg(long)]
    overdue: bool,
}

impl Wanted {
    /// The query of the call, of days in the city's zone.
    fn query(&self, zone: &TimeZone) -> anyhow::Result<String> {
        let begin = |day: Date| Ok::<_, jiff::Error>(day.to_zoned(zone.clone())?.timestamp().to_string());
        let since = self.since.map(begin).transpose()?;
        // A day is meant whole.
        let before = self.until.map(|day| begin(day.tomorrow()?)).transpose()?;
        let overdue = self.overdue.then(|| "true".to_owned());
        let given = [
            ("receipt", &self.receipt),
            ("source_number", &self.source_number),
            ("foreign_number", &self.foreign_number),
            ("phone", &self.phone),
            ("words", &self.words),
            ("address", &self.address),
            ("channel", &self.channel),
            ("category", &self.category),
            ("department", &self.department),
            ("district", &self.district),
            ("grade", &self.grade),
            ("status", &self.status),
            ("received_from", &since),
            ("received_before", &before),
            ("overdue", &overdue),
        ];
        let filter = |(name, value): (&str, &Option<String>)| Some(format!("{name}={}", in_query(value.as_ref()?)));
        Ok(given.into_iter().filter_map(filter).collect::<Vec<_>>().join("&"))
    }
}

pub(super) fn run(client: &Client, wanted: &Wanted, limit: usize, as_json: bool) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(find(client, wanted, limit, as_json))
}

async fn find(client: &Client, wanted: &Wanted, limit: usize, as_json: bool) -> anyhow::Result<ExitCode> {
    let zone = client.zone().await?;
    let page_rows = limit.clamp(1, MAX_PAGE);
    let path = format!("/api/v1/complaints?limit={page_rows}&{}", wanted.query(&zone)?);
    let mut complaints: Vec<Value> = Vec::new();
    let (mut after, mut is_all) = (String::new(), true);
    loop {
        let mut page = client.get(&format!("{path}{after}")).await?;
        if let Some(found) = page["complaints"].as_array_mut() {
            complaints.append(found);
        }
        match page["next"].as_str() {
            Some(next) if complaints.len() < limit => after = format!("&after={next}"),
            Some(_) => {
                is_all = false;
                break;
            }
            None => break,
        }
    }
    is_all &= complaints.len() <= limit;
    complaints.truncate(limit);
    if as_json {
        view::line(&serde_json::to_string_pretty(&complaints)?);
    } else if complaints.is_empty() {
        view::line(&say!("find-nothing"));
    } else {
        let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
        let cell = |complaint: &Value, name: &str| match (name, &complaint["withheld"]) {
            ("source_number" | "title", Value::Bool(true)) => say!("withheld"),
            ("received_at", _) => view::time(&text(&complaint[name]), &zone),
            _ => text(&complaint[name]),
        };
        let status = Locale::of_process().pick("ticket_status_zh", "ticket_status");
        let row = |complaint: &Value| {
            ["receipt_number", "ticket", status, "department_name", "channel", "source_number", "received_at", "title"]
                .map(|name| cell(complaint, name))
                .to_vec()
        };
        let headings = [
            say!("receipt"),
            say!("ticket"),
            say!("event-status"),
            say!("department"),
            say!("channel"),
            say!("source-number"),
            say!("received-at"),
            say!("title"),
        ];
        view::table(&headings.each_ref().map(String::as_str), complaints.iter().map(row).collect());
        if !is_all {
            view::line(&say!("find-more", shown = complaints.len()));
        }
    }
    Ok(if complaints.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
