//! `huiliu find`: complaints by receipt number, the source's number or telephone number.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::client::{Client, in_query};
use super::view;

/// What is looked for; all that is given must fit.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(super) struct Wanted {
    /// Receipt number.
    #[arg(long)]
    receipt: Option<String>,
    /// The source's number, on any channel.
    #[arg(long)]
    source_number: Option<String>,
    /// Telephone number of the reporter, in any spelling; needs a token with role operator.
    #[arg(long)]
    phone: Option<String>,
}

pub(super) async fn find(client: &Client, wanted: &Wanted, as_json: bool) -> anyhow::Result<ExitCode> {
    let given = [("receipt", &wanted.receipt), ("source_number", &wanted.source_number), ("phone", &wanted.phone)];
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
        view::line("没有找到（nothing found）");
    } else {
        let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
        let zone = client.zone().await?;
        let cell = |complaint: &Value, name: &str| match (name, &complaint["withheld"]) {
            ("source_number" | "title", Value::Bool(true)) => "（保密）".to_owned(),
            ("received_at", _) => view::time(&text(&complaint[name]), &zone),
            _ => text(&complaint[name]),
        };
        let row = |complaint: &Value| {
            ["receipt_number", "ticket", "channel", "source_number", "received_at", "title"]
                .map(|name| cell(complaint, name))
                .to_vec()
        };
        view::table(&["受理号", "工单", "渠道", "来源编号", "收到时间", "标题"], complaints.iter().map(row).collect());
    }
    Ok(if complaints.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
