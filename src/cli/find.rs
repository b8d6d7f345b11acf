//! `huiliu find`: complaints by receipt number, the source's number or telephone number.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::client::{Client, in_query};
use super::view;
use crate::catalogue::say;

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
}

pub(super) fn run(client: &Client, wanted: &Wanted, as_json: bool) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(find(client, wanted, as_json))
}

async fn find(client: &Client, wanted: &Wanted, as_json: bool) -> anyhow::Result<ExitCode> {
    let given = [
        ("receipt", &wanted.receipt),
        ("source_number", &wanted.source_number),
        ("foreign_number", &wanted.foreign_number),
        ("phone", &wanted.phone),
    ];
    let filters: Vec<String> =
        given.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", in_query(value.as_ref()?)))).collect();
    let path = format!("/api/v1/complaints?{}", filters.join("&"));
    let mut complaints: Vec<Value> = Vec::new();
    let mut after = String::new();
    loop {
        let mut page = client.get(&format!("{path}{after}")).await?;
        if let Some(found) = page["complaints"].as_array_mut() {
            complaints.append(found);
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    if as_json {
        view::line(&serde_json::to_string_pretty(&complaints)?);
    } else if complaints.is_empty() {
        view::line(&say!("find-nothing"));
    } else {
        let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
        let zone = client.zone().await?;
        let cell = |complaint: &Value, name: &str| match (name, &complaint["withheld"]) {
            ("source_number" | "title", Value::Bool(true)) => say!("withheld"),
            ("received_at", _) => view::time(&text(&complaint[name]), &zone),
            _ => text(&complaint[name]),
        };
        let row = |complaint: &Value| {
            ["receipt_number", "ticket", "channel", "source_number", "received_at", "title"]
                .map(|name| cell(complaint, name))
                .to_vec()
        };
        let headings = [
            say!("receipt"),
            say!("ticket"),
            say!("channel"),
            say!("source-number"),
            say!("received-at"),
            say!("title"),
        ];
        view::table(&headings.each_ref().map(String::as_str), complaints.iter().map(row).collect());
    }
    Ok(if complaints.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
