//! `huiliu trace`: the life of one matter, on the terminal, as JSON or as a signed file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::Value;

use super::client::{Client, Refused, in_query};
use super::view;
use crate::catalogue::{Locale, say};

/// Which matter, and how it is shown.
#[derive(Debug, Args)]
pub(super) struct Traced {
    #[arg(value_name = "MATTER")]
    matter: String,
    #[arg(long)]
    json: bool,
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    signed: Option<PathBuf>,
}

pub(super) fn run(client: &Client, traced: &Traced) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(trace(client, traced))
}

async fn trace(client: &Client, traced: &Traced) -> anyhow::Result<ExitCode> {
    let Some(path) = place(client, traced.matter.trim()).await? else { return Ok(ExitCode::FAILURE) };
    match &traced.signed {
        Some(file) => signed(client, &path, file).await,
        None => {
            let life = client.get(&path).await?;
            if traced.json {
                view::line(&serde_json::to_string_pretty(&life)?);
            } else {
                show(client, &life).await?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Where the life of a matter is: by a receipt number, a ticket's id, a number of its source or of another system, or a telephone
/// number. None where there is no such matter or several; then that is said.
async fn place(client: &Client, matter: &str) -> anyhow::Result<Option<String>> {
    let given = in_query(matter);
    let mut found = sought(client, &format!("receipt={given}")).await?;
    if found.is_empty() {
        if is_there(client, &format!("/api/v1/tickets/{given}")).await? {
            return Ok(Some(format!("/api/v1/tickets/{given}/life")));
        }
        for by in ["source_number", "foreign_number", "phone"] {
            found.append(&mut sought(client, &format!("{by}={given}")).await?);
        }
    }
    let mut receipts = found.keys();
    match (receipts.next(), found.len()) {
        (Some(receipt), 1) => Ok(Some(format!("/api/v1/complaints/{}/life", in_query(receipt)))),
        (None, _) => {
            view::line(&say!("find-nothing"));
            Ok(None)
        }
        _ => {
            let zone = client.zone().await?;
            let row = |complaint: &Value| {
                let text = |name: &str| complaint[name].as_str().unwrap_or("—").to_owned();
                vec![
                    text("receipt_number"),
                    text("ticket"),
                    text("channel"),
                    view::time(&text("received_at"), &zone),
                    text("title"),
                ]
            };
            let headings = [say!("receipt"), say!("ticket"), say!("channel"), say!("received-at"), say!("title")];
            view::table(&headings.each_ref().map(String::as_str), found.values().map(row).collect());
            view::note(&say!("trace-several", count = found.len()));
            Ok(None)
        }
    }
}

/// Complaints by their receipt numbers; none where the look-up is not for this token, or not for such a text.
async fn sought(client: &Client, query: &str) -> anyhow::Result<BTreeMap<String, Value>> {
    let page = match client.get(&format!("/api/v1/complaints?{query}&limit=500")).await {
        Err(error) if is_refused(&error, &[400, 403, 422]) => return Ok(BTreeMap::new()),
        page => page?,
    };
    let complaints = page["complaints"].as_array().into_iter().flatten();
    Ok(complaints
        .filter_map(|complaint| Some((complaint["receipt_number"].as_str()?.to_owned(), complaint.clone())))
        .collect())
}

async fn is_there(client: &Client, path: &str) -> anyhow::Result<bool> {
    match client.get(path).await {
        Err(error) if is_refused(&error, &[400, 404]) => Ok(false),
        found => found.map(|_| true),
    }
}

fn is_refused(error: &anyhow::Error, statuses: &[u16]) -> bool {
    error.downcast_ref::<Refused>().is_some_and(|refused| statuses.contains(&refused.status))
}

async fn show(client: &Client, life: &Value) -> anyhow::Result<()> {
    let (zone, locale) = (client.zone().await?, Locale::of_process());
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let row = |entry: &Value| {
        vec![
            view::time(&text(&entry["at"]), &zone),
            text(&entry["receipt_number"]),
            text(&entry["ticket"]),
            text(&entry[locale.pick("zh", "en")]),
            words_of(&entry["details"]),
        ]
    };
    let rows = life["entries"].as_array().into_iter().flatten().map(row).collect();
    let headings = [say!("time"), say!("receipt"), say!("ticket"), say!("trace-happened"), say!("trace-words")];
    view::table(&headings.each_ref().map(String::as_str), rows);
    for cut in life["cut"].as_array().into_iter().flatten() {
        let (ticket, what) = (text(&cut["ticket"]), text(&cut["what"]));
        view::note(&say!("trace-cut", ticket = ticket, what = what, told = cut["told"].to_string()));
    }
    if life["masked"] == true {
        view::note(&say!("trace-masked"));
    }
    Ok(())
}

/// The words of an entry: of a reply, of a channel's answer, of evidence, of reasons.
fn words_of(details: &Value) -> String {
    let lines = details["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let reasons = lines.collect::<Vec<_>>().join("\n");
    let note = Locale::of_process().pick("note_zh", "note");
    let one = ["text", "answer", "card", "result", "reason", "error", "how", note].map(|name| details[name].as_str());
    one.into_iter().flatten().find(|text| !text.is_empty()).map_or(reasons, str::to_owned)
}

/// Writes the document and, beside it, its signature.
async fn signed(client: &Client, path: &str, file: &Path) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("{path}/signed")).await?;
    let (document, signature) = (answer["document"].as_str(), answer["signature"].as_str());
    let signature = signature.and_then(|signature| STANDARD.decode(signature).ok());
    let (document, signature) =
        document.zip(signature).with_context(|| say!("error-answer", path = path, status = 200))?;
    let mut beside = file.as_os_str().to_owned();
    beside.push(".sig");
    std::fs::write(file, document).with_context(|| file.display().to_string())?;
    std::fs::write(&beside, signature).with_context(|| PathBuf::from(&beside).display().to_string())?;
    let (file, beside) = (file.display().to_string(), PathBuf::from(beside).display().to_string());
    view::line(&say!(
        "trace-signed",
        file = file,
        signature = beside,
        key = answer["key"].as_str().unwrap_or_default()
    ));
    Ok(ExitCode::SUCCESS)
}
