//! Drafts that are checked and tried: as a reload would, on a sample, on the newest records.

use std::path::Path;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::catalogue::say;
use crate::cli::client::Client;
use crate::cli::status::{items, pair, text};
use crate::cli::view;

pub(super) async fn check(client: &Client, id: u64) -> anyhow::Result<()> {
    let checked = client.post(&format!("/api/v1/pack/drafts/{id}/check"), &json!({})).await?;
    for note in items(&checked, "/notes") {
        view::note(&say!("check-note", problem = pair(note, "/zh", "/en")));
    }
    let good = say!(
        "draft-good",
        id = id,
        revision = text(&checked, "/revision"),
        version = text(&checked, "/version"),
        notes = items(&checked, "/notes").count()
    );
    view::line(&view::color(&good, "32"));
    Ok(())
}

pub(super) async fn try_file(client: &Client, id: u64, channel: &str, file: &Path) -> anyhow::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let sample = std::fs::read(file).with_context(|| say!("draft-sample", path = file.display()))?;
    let sample = STANDARD.encode(sample);
    let body = json!({ "channel": channel, "name": name, "base64": sample });
    let tried = client.post(&format!("/api/v1/pack/drafts/{id}/try"), &body).await?;
    view::line(&serde_json::to_string_pretty(&tried["outcomes"])?);
    Ok(())
}

/// What a draft would make of the newest records, beside what the live pack makes of them.
pub(super) async fn preview(
    client: &Client,
    id: u64,
    (channel, records): (Option<&str>, Option<u16>),
    as_json: bool,
) -> anyhow::Result<()> {
    let body = json!({ "records": records, "channel": channel });
    let found = client.post(&format!("/api/v1/pack/drafts/{id}/preview"), &body).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    let zone = client.zone().await?;
    view::line(&say!("draft-preview", records = text(&found, "/records"), changed = text(&found, "/changed")));
    let row = |change: &Value, differs: &Value| {
        let receipt = change["receipt"].as_str().map_or_else(|| text(change, "/raw"), str::to_owned);
        let at = view::time(&text(change, "/received_at"), &zone);
        let [member, live, draft] = ["/member", "/live", "/draft"].map(|part| text(differs, part));
        vec![receipt, text(change, "/channel"), at, member, live, draft]
    };
    let rows = items(&found, "/changes")
        .flat_map(|change| items(change, "/differs").map(move |differs| row(change, differs)).collect::<Vec<_>>());
    let headings = [
        say!("receipt"),
        say!("channel"),
        say!("time"),
        say!("draft-differs"),
        say!("draft-live"),
        say!("draft-label"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows.collect());
    Ok(())
}
