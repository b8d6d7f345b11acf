//! `huiliu find`: complaints by numbers, by words, and by how their tickets stand.

use std::process::ExitCode;

use clap::Args;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::items;
use super::{view, words};
use crate::catalogue::say;

/// Most rows that are asked for at once.
const MAX_PAGE: usize = 500;

/// What is looked for; all that is given must fit.
#[derive(Debug, Args)]
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
    /// Whether nothing narrows what is looked for.
    fn is_empty(&self) -> bool {
        let texts = [
            &self.receipt,
            &self.source_number,
            &self.foreign_number,
            &self.phone,
            &self.words,
            &self.address,
            &self.channel,
            &self.category,
            &self.department,
            &self.district,
            &self.grade,
            &self.status,
        ];
        texts.into_iter().all(Option::is_none) && self.since.is_none() && self.until.is_none() && !self.overdue
    }

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
    } else {
        show(&complaints, (is_all, wanted.is_empty()), &zone);
    }
    Ok(if complaints.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show(complaints: &[Value], (is_all, is_unnarrowed): (bool, bool), zone: &TimeZone) {
    if complaints.is_empty() {
        return view::line(&say!("find-nothing"));
    }
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let cell = |complaint: &Value, name: &str| match (name, &complaint["withheld"]) {
        ("source_number" | "title", Value::Bool(true)) => say!("withheld"),
        ("received_at", _) => view::time(&text(&complaint[name]), zone),
        ("overdue", _) => overdue(complaint, zone),
        ("ticket_status", _) => words::status(&text(&complaint[name])),
        _ => text(&complaint[name]),
    };
    let columns = [
        ("receipt_number", say!("receipt")),
        ("ticket", say!("ticket")),
        ("ticket_status", say!("event-status")),
        ("overdue", say!("find-overdue")),
        ("department_name", say!("department")),
        ("channel", say!("channel")),
        ("source_number", say!("source-number")),
        ("received_at", say!("received-at")),
        ("title", say!("title")),
    ];
    let row = |complaint: &Value| columns.each_ref().map(|(name, _)| cell(complaint, name)).to_vec();
    view::table(&columns.each_ref().map(|(_, heading)| heading.as_str()), complaints.iter().map(row).collect());
    if is_unnarrowed {
        view::note(&say!("find-newest", shown = complaints.len()));
    }
    if !is_all {
        view::line(&say!("find-more", shown = complaints.len()));
    }
}

/// What of a complaint's ticket is past due: its deadline, and clocks by their names.
fn overdue(complaint: &Value, zone: &TimeZone) -> String {
    let due = |name: String, at: &Value| format!("{name} {}", view::time(at.as_str().unwrap_or("—"), zone));
    let deadline = (complaint["overdue"] == true).then(|| due(say!("find-deadline"), &complaint["due_at"]));
    let clock = |clock: &Value| due(clock["name"].as_str().unwrap_or_default().to_owned(), &clock["due_at"]);
    let clocks = items(complaint, "/overdue_clocks").map(clock);
    deadline.into_iter().chain(clocks).collect::<Vec<_>>().join("\n")
}
