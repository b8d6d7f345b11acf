//! `huiliu trace`: the life of one matter, on the terminal, as JSON or as a signed file.

mod words;

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, pair};
use super::view;
use crate::catalogue::{Locale, say, states};
use words::{Warnings, words_of};

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
    if let Some(file) = &traced.signed {
        writable(file)?;
    }
    let (matter, signed) = (in_query(traced.matter.trim()), traced.signed.is_some());
    let told = client.get(&format!("/api/v1/life?matter={matter}&signed={signed}")).await?;
    if items(&told, "/several").next().is_some() {
        several(client, &told, signed).await?;
        return Ok(ExitCode::FAILURE);
    }
    match &traced.signed {
        Some(file) => write_signed(&told["signed"], file)?,
        None if traced.json => view::line(&serde_json::to_string_pretty(&told["life"])?),
        None => show(client, &told["life"]).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The complaints of which one has to be named.
async fn several(client: &Client, told: &Value, signed: bool) -> anyhow::Result<()> {
    let zone = client.zone().await?;
    let row = |complaint: &Value| {
        let text = |name: &str| complaint[name].as_str().unwrap_or("—").to_owned();
        let at = view::time(&text("received_at"), &zone);
        vec![text("receipt_number"), text("ticket"), text("channel"), at, text("title")]
    };
    let headings = [say!("receipt"), say!("ticket"), say!("channel"), say!("received-at"), say!("title")];
    let rows: Vec<Vec<String>> = items(told, "/several").map(row).collect();
    let count = rows.len();
    view::table(&headings.each_ref().map(String::as_str), rows);
    let said = if signed { say!("trace-signed-several", count = count) } else { say!("trace-several", count = count) };
    view::note(&said);
    Ok(())
}

async fn show(client: &Client, life: &Value) -> anyhow::Result<()> {
    let (zone, locale) = (client.zone().await?, Locale::of_process());
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let warnings = Warnings::of(life);
    let row = |entry: &Value| {
        let at = view::time(&text(&entry["at"]), &zone);
        let happened = text(&entry[locale.pick("zh", "en")]);
        vec![at, text(&entry["receipt_number"]), text(&entry["ticket"]), happened, words_of(entry, &warnings, &zone)]
    };
    // Warnings stand with the fields that they are about.
    let entries = items(life, "/entries").filter(|entry| entry["what"] != "warning" || !warnings.is_shown(entry));
    let headings = [say!("time"), say!("receipt"), say!("ticket"), say!("trace-happened"), say!("trace-words")];
    view::table(&headings.each_ref().map(String::as_str), entries.map(row).collect());
    for cut in items(life, "/cut") {
        let (ticket, what) = (text(&cut["ticket"]), states::life(locale, &text(&cut["what"])));
        view::note(&say!("trace-cut", ticket = ticket, what = what, told = cut["told"].to_string()));
    }
    for gap in items(life, "/not_kept") {
        view::note(&say!("trace-not-kept", said = pair(gap, "/zh", "/en")));
    }
    if life["masked"] == true {
        view::note(&say!("trace-masked"));
    }
    Ok(())
}

/// Fails before anything is asked for, where a file cannot be written because its folder is not there.
fn writable(file: &Path) -> anyhow::Result<()> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    anyhow::ensure!(folder.is_dir(), say!("error-no-folder", file = file.display(), folder = folder.display()));
    Ok(())
}

/// Writes the document and, beside it, its signature.
fn write_signed(signed: &Value, file: &Path) -> anyhow::Result<()> {
    let (document, signature) = (signed["document"].as_str(), signed["signature"].as_str());
    let signature = signature.and_then(|signature| STANDARD.decode(signature).ok());
    let (document, signature) =
        document.zip(signature).with_context(|| say!("error-answer", path = "/api/v1/life", status = 200))?;
    let beside = PathBuf::from([file.as_os_str(), OsStr::new(".sig")].into_iter().collect::<OsString>());
    std::fs::write(file, document).with_context(|| say!("error-file-write", path = file.display()))?;
    std::fs::write(&beside, signature).with_context(|| say!("error-file-write", path = beside.display()))?;
    view::line(&say!(
        "trace-signed",
        file = file.display(),
        signature = beside.display(),
        key = signed["key"].as_str().unwrap_or_default()
    ));
    Ok(())
}
