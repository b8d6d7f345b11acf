//! `huiliu files`: what was read as a source of records, and what came of it.

use std::process::ExitCode;

use serde_json::Value;

use super::client::{Client, in_query};
use super::status::{items, pair, text};
use super::view;
use crate::catalogue::say;

/// Source files that `huiliu status` shows.
const SHOWN: usize = 5;
/// Newest source files among which `huiliu status` looks for trouble.
const LOOKED_AT: usize = 200;

fn show(rows: Vec<Vec<String>>) {
    let headings = [
        say!("channel"),
        say!("files-name"),
        say!("state"),
        say!("files-rows"),
        say!("files-new"),
        say!("amendments"),
        say!("repeated"),
        say!("quarantined"),
        say!("discarded"),
        say!("files-remarks"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
}

pub(super) async fn files(client: &Client, channel: Option<&str>, limit: u32) -> anyhow::Result<ExitCode> {
    let mut path = format!("/api/v1/source-files?limit={limit}");
    if let Some(channel) = channel {
        path.push_str(&format!("&channel={}", in_query(channel)));
    }
    let found = client.get(&path).await?;
    let rows: Vec<Vec<String>> = items(&found, "/source_files").map(file_row).collect();
    if rows.is_empty() {
        view::line(&say!("files-none"));
    } else {
        show(rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows the latest files, those with trouble first, and how many more there are.
pub(super) async fn show_last(client: &Client) -> anyhow::Result<()> {
    let found = client.get(&format!("/api/v1/source-files?limit={LOOKED_AT}")).await?;
    let mut files: Vec<&Value> = items(&found, "/source_files").collect();
    if files.is_empty() {
        return Ok(());
    }
    files.sort_by_key(|file| !has_trouble(file));
    let troubled = files.iter().filter(|file| has_trouble(file)).count();
    show(files.iter().take(SHOWN).map(|file| file_row(file)).collect());
    if let Some(more) = files.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let troubled = troubled.saturating_sub(SHOWN);
        view::line(&match files.len() {
            LOOKED_AT => say!("files-at-least-more", more = more, troubled = troubled),
            _ => say!("files-more", more = more, troubled = troubled),
        });
    }
    Ok(())
}

/// Whether somebody has to look at a file: it, or a sheet of it, was not read, or rows wait in quarantine.
fn has_trouble(file: &Value) -> bool {
    let left_out = items(file, "/sheets").any(|sheet| text(sheet, "/left_out_zh") != "-");
    left_out || text(file, "/state") == "failed" || !["0", "-"].contains(&text(file, "/set_aside").as_str())
}

fn file_row(file: &Value) -> Vec<String> {
    let state = match text(file, "/state").as_str() {
        "done" => say!("files-done"),
        "reading" => say!("files-reading"),
        _ => view::color(&say!("files-failed"), "31"),
    };
    let left_out = items(file, "/sheets").filter(|sheet| text(sheet, "/left_out_zh") != "-");
    let mut remarks: Vec<String> = left_out
        .map(|sheet| say!("named", name = text(sheet, "/name"), said = pair(sheet, "/left_out_zh", "/left_out")))
        .collect();
    remarks.extend(Some(pair(file, "/failure_zh", "/failure")).filter(|failure| failure != "-"));
    remarks.extend(items(file, "/notices").map(|notice| pair(notice, "/zh", "/en")));
    let mut row = vec![text(file, "/channel"), text(file, "/name"), state];
    let counts = ["/rows", "/taken", "/amended", "/repeated", "/set_aside", "/discarded"];
    row.extend(counts.map(|count| text(file, count)));
    row.push(remarks.join(&say!("list-semicolon")));
    row
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_has_trouble_when_it_or_a_part_of_it_was_not_taken() {
        let done = json!({ "state": "done", "set_aside": 0, "sheets": [{ "name": "1", "left_out_zh": null }] });
        assert!(!has_trouble(&done));
        for (member, value) in [
            ("state", json!("failed")),
            ("set_aside", json!(2)),
            ("sheets", json!([{ "name": "说明", "left_out_zh": "没有表头" }])),
        ] {
            let mut file = done.clone();
            file[member] = value;
            assert!(has_trouble(&file), "{file}");
        }
    }
}
