//! `huiliu report`: what was counted, as the city's `reports.toml` says, through the gateway.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, text};
use super::view;
use crate::catalogue::{Locale, say};
use crate::report::{LIST, Line, named};

/// Which report of what, and how it is written.
#[derive(Debug, Args)]
pub(super) struct Wanted {
    name: Option<String>,
    #[arg(long)]
    from: Option<Date>,
    #[arg(long)]
    to: Option<Date>,
    #[arg(long)]
    district: Option<String>,
    #[arg(long, value_enum, default_value_t = Form::Table)]
    format: Form,
    #[arg(long, short)]
    output: Option<PathBuf>,
    #[arg(long, conflicts_with_all = ["from", "to", "district", "edition", "output"])]
    kept: bool,
    #[arg(long, conflicts_with_all = ["name", "from", "to", "district"])]
    edition: Option<i64>,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For the terminal.
    Table,
    /// A document for programs.
    Json,
    /// A page with charts.
    Html,
    /// CSV, UTF-8 with a byte order mark, for spreadsheets.
    Csv,
    /// A workbook.
    Xlsx,
}

pub(super) async fn run(client: &Client, wanted: &Wanted) -> anyhow::Result<ExitCode> {
    if let Some(edition) = wanted.edition {
        let format = match wanted.format {
            Form::Table | Form::Json | Form::Html => "html",
            Form::Csv => "csv",
            Form::Xlsx => "xlsx",
        };
        return put(wanted, client.get_file(&format!("/api/v1/editions/{edition}?format={format}")).await?);
    }
    if wanted.kept {
        return kept(client, wanted.name.as_deref()).await;
    }
    let Some(name) = wanted.name.as_deref().filter(|name| *name != LIST) else { return list(client).await };
    let (Some(from), Some(to)) = (wanted.from, wanted.to) else { anyhow::bail!(say!("report-needs-days")) };
    let district = wanted.district.as_deref().map(|code| format!("&district={}", in_query(code))).unwrap_or_default();
    let language = Locale::of_process().pick("zh", "en");
    let path = format!("/api/v1/reports/{}?from={from}&to={to}{district}&language={language}", in_query(name));
    let content = match (wanted.format, &wanted.output) {
        (Form::Table, None) => {
            show(&client.get(&path).await?);
            return Ok(ExitCode::SUCCESS);
        }
        (Form::Json, _) => serde_json::to_vec_pretty(&client.get(&path).await?)?,
        (Form::Html, _) => client.get_file(&format!("{path}&format=html")).await?,
        (Form::Table | Form::Csv, _) => client.get_file(&format!("{path}&format=csv")).await?,
        (Form::Xlsx, _) => client.get_file(&format!("{path}&format=xlsx")).await?,
    };
    put(wanted, content)
}

/// Into the file that is named, or to the terminal.
fn put(wanted: &Wanted, content: Vec<u8>) -> anyhow::Result<ExitCode> {
    match &wanted.output {
        Some(path) => std::fs::write(path, content)?,
        None if wanted.format == Form::Xlsx => anyhow::bail!(say!("report-needs-file")),
        None => view::line(String::from_utf8(content)?.trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

/// The newest of those that were made by themselves.
async fn kept(client: &Client, report: Option<&str>) -> anyhow::Result<ExitCode> {
    let only = report.map(|name| format!("?report={}", in_query(name))).unwrap_or_default();
    let list = client.get(&format!("/api/v1/editions{only}")).await?;
    let row = |edition: &Value| {
        let places = items(edition, "/copies").map(|copy| match copy["sent_at"].as_str() {
            Some(_) => text(copy, "/destination"),
            None => say!("report-waits", destination = text(copy, "/destination")),
        });
        let formats: Vec<String> = items(edition, "/formats").map(|format| text(format, "")).collect();
        let [id, name, from, to, made] = ["/id", "/report", "/from", "/to", "/made_at"].map(|part| text(edition, part));
        vec![id, name, from, to, made, formats.join(" "), places.collect::<Vec<_>>().join(" ")]
    };
    let headings = [
        say!("report-edition"),
        say!("report-name"),
        say!("report-from"),
        say!("report-to"),
        say!("report-made"),
        say!("report-formats"),
        say!("report-places"),
    ];
    view::table(&headings.each_ref().map(String::as_str), items(&list, "/editions").map(row).collect());
    Ok(ExitCode::SUCCESS)
}

async fn list(client: &Client) -> anyhow::Result<ExitCode> {
    let list = client.get("/api/v1/reports").await?;
    let row = |report: &Value| vec![text(report, "/name"), text(report, "/title"), text(report, "/period")];
    let headings = [say!("report-name"), say!("report-title"), say!("report-period")];
    view::table(&headings.each_ref().map(String::as_str), items(&list, "/reports").map(row).collect());
    Ok(ExitCode::SUCCESS)
}

fn show(report: &Value) {
    view::note(&text(report, "/title"));
    let headings = headings(report);
    let rows = items(report, "/rows").map(|row| cells(report, row)).collect();
    view::table(&headings.iter().map(String::as_str).collect::<Vec<_>>(), rows);
}

fn headings(report: &Value) -> Vec<String> {
    let named = |of: &str| -> Vec<String> {
        items(report, of).map(|item| Locale::of_process().pick(text(item, "/zh"), text(item, "/en"))).collect()
    };
    let mut headings = vec![say!("report-from"), say!("report-to")];
    headings.extend(named("/by"));
    headings.extend(named("/figures"));
    if report["scored"] == true {
        let of_score = [
            say!("report-score"),
            say!("report-group"),
            say!("report-rank"),
            say!("report-grade"),
            say!("report-line"),
            say!("report-last"),
        ];
        headings.extend(of_score);
    }
    headings
}

fn cells(report: &Value, row: &Value) -> Vec<String> {
    let mut cells = vec![text(row, "/from"), text(row, "/to")];
    let by = items(report, "/by").count();
    match row["codes"].as_array() {
        Some(codes) => cells.extend(codes.iter().map(|code| text(code, "/name"))),
        None => cells.extend((0..by).map(|at| if at == 0 { say!("report-all") } else { String::new() })),
    }
    let figures = items(report, "/figures").zip(items(row, "/figures"));
    cells.extend(figures.map(|(figure, value)| number(value, &text(figure, "/measure"))));
    if report["scored"] == true {
        let standing = &row["standing"];
        let optional = |name: &str| match &standing[name] {
            Value::String(text) => text.clone(),
            value => value.as_f64().map_or_else(String::new, |value| decimal(value, 100.0)),
        };
        cells.extend(["score", "group", "rank", "grade"].map(optional));
        let line = [Line::BelowBase, Line::Bonus].into_iter().find(|line| standing["line"] == line.words().0);
        let (_, zh, en) = line.unwrap_or(Line::Between).words();
        cells.push(Locale::of_process().pick(zh, en).to_owned());
        let in_a_row = standing["in_a_row"].as_u64().and_then(|times| usize::try_from(times).ok()).unwrap_or_default();
        cells.push(named(Locale::of_process(), in_a_row, standing["step"].as_str()).unwrap_or_default());
    }
    cells
}

/// A figure, with as many places as anybody reads.
fn number(value: &Value, measure: &str) -> String {
    let places = if measure == "share" { 10_000.0 } else { 100.0 };
    value.as_f64().map_or_else(String::new, |value| decimal(value, places))
}

fn decimal(value: f64, places: f64) -> String {
    ((value * places).round() / places).to_string()
}
