//! `huiliu warnings`: what the mappings remarked on records that were accepted all the same.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, pair, text};
use super::view;
use crate::catalogue::say;

pub(super) async fn warnings(
    client: &Client,
    (channel, field): (Option<&str>, Option<&str>),
    limit: u32,
) -> anyhow::Result<ExitCode> {
    let mut path = format!("/api/v1/warnings?limit={limit}");
    for (name, value) in [("channel", channel), ("field", field)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", in_query(value)));
        }
    }
    let (found, zone) = (client.get(&path).await?, client.zone().await?);
    let rows: Vec<Vec<String>> = items(&found, "/warnings").map(|group| row(group, &zone)).collect();
    if rows.is_empty() {
        view::line(&say!("warnings-none"));
    } else {
        let headings = [
            say!("channel"),
            say!("field"),
            say!("count"),
            say!("latest"),
            say!("warnings-said"),
            say!("place"),
            say!("warnings-samples"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn row(group: &Value, zone: &TimeZone) -> Vec<String> {
    let sample = |sample: &Value| format!("{}: {}", text(sample, "/raw_id"), text(sample, "/value"));
    let samples: Vec<String> = items(group, "/samples").map(sample).collect();
    let mut row: Vec<String> = ["/channel", "/field", "/count"].map(|path| text(group, path)).into();
    row.push(view::time(&text(group, "/last_at"), zone));
    row.extend([pair(group, "/zh", "/en"), text(group, "/place")]);
    row.push(samples.join("\n"));
    row
}
