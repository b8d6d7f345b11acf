//! What people decide from the terminal: `huiliu explain`, `huiliu review`, `huiliu ticket`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Client;
use super::{view, words};
use crate::catalogue::{Locale, say};
use crate::merge::Evidence;

/// A decision on tickets and complaints.
#[derive(Debug, Subcommand)]
pub(super) enum TicketCommand {
    Split {
        receipt: String,
    },
    Move {
        receipt: String,
        into: String,
    },
    Merge {
        from: String,
        into: String,
    },
    Pin {
        ticket: String,
    },
    Unpin {
        ticket: String,
    },
    Undo {
        ticket: String,
    },
    Rate {
        ticket: String,
        #[arg(long)]
        rating: String,
        #[arg(long)]
        words: Option<String>,
    },
}

pub(super) fn ticket(client: &Client, command: &TicketCommand) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(decide(client, command))
}

async fn decide(client: &Client, command: &TicketCommand) -> anyhow::Result<ExitCode> {
    let (path, body) = match command {
        TicketCommand::Split { receipt } => (format!("complaints/{receipt}/split"), json!({})),
        TicketCommand::Move { receipt, into } => (format!("complaints/{receipt}/move"), json!({ "into": into })),
        TicketCommand::Merge { from, into } => (format!("tickets/{from}/merge"), json!({ "into": into })),
        TicketCommand::Pin { ticket } => (format!("tickets/{ticket}/pin"), json!({ "pinned": true })),
        TicketCommand::Unpin { ticket } => (format!("tickets/{ticket}/pin"), json!({ "pinned": false })),
        TicketCommand::Undo { ticket } => (format!("tickets/{ticket}/undo"), json!({})),
        TicketCommand::Rate { ticket, rating, words } => {
            (format!("tickets/{ticket}/rating"), json!({ "rating": rating, "words": words }))
        }
    };
    let answer = client.post(&format!("/api/v1/{path}"), &body).await?;
    let tickets: Vec<&str> = answer["tickets"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    view::line(&say!("done", tickets = tickets.join(&say!("list-comma"))));
    Ok(ExitCode::SUCCESS)
}

/// Two receipt numbers: why they are or are not one matter. One ticket: why each of its complaints is there.
pub(super) async fn explain(client: &Client, a: &str, b: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let answer = match b {
        Some(b) => client.get(&format!("/api/v1/explain?a={a}&b={b}")).await?,
        None => client.get(&format!("/api/v1/tickets/{a}")).await?,
    };
    if as_json {
        let shown = if b.is_some() { &answer["evidence"] } else { &answer["merge_events"] };
        view::line(&serde_json::to_string_pretty(shown)?);
        return Ok(ExitCode::SUCCESS);
    }
    if answer["card"].is_string() {
        view::line(&card(&answer));
        return Ok(ExitCode::SUCCESS);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let title = if answer["withheld"] == true { say!("withheld") } else { text(&answer["title"]) };
    view::line(&say!("explain-ticket", ticket = text(&answer["id"]), title = title, count = answer["complaints"]));
    let zone = client.zone().await?;
    let events = answer["merge_events"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> = events
        .map(|event| {
            vec![
                view::time(&text(&event["at"]), &zone),
                words::merge_event(&text(&event["kind"])),
                text(&event["receipt_number"]),
                text(&event["actor"]),
                text(&event["settings_version"]),
                card(event),
            ]
        })
        .collect();
    if rows.is_empty() {
        view::line(&say!("explain-nothing"));
    } else {
        let headings = [
            say!("time"),
            say!("explain-action"),
            say!("complaint"),
            say!("explain-actor"),
            say!("pack-version"),
            say!("evidence"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(ExitCode::SUCCESS)
}

/// The evidence of a document as lines of text.
fn card(document: &Value) -> String {
    let evidence = serde_json::from_value::<Evidence>(document["evidence"].clone());
    match (evidence, document["card"].as_str()) {
        (Ok(evidence), _) => evidence.card(Locale::of_process()),
        (Err(_), Some(_)) => say!("evidence-withheld"),
        (Err(_), None) => say!("by-hand"),
    }
}

pub(super) async fn reviews(client: &Client, limit: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/reviews?limit={limit}")).await?;
    let rows: Vec<Vec<String>> = answer["reviews"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|review| {
            let side = |complaint: &Value, ticket: &Value| {
                let part = |value: &Value| value.as_str().unwrap_or("—").to_owned();
                let (receipt, text) = (part(&complaint["receipt_number"]), part(&complaint["text"]));
                format!("{receipt} ({})\n{}\n{text}", part(ticket), part(&complaint["title"]))
            };
            let asked = side(&review["complaint"], &review["current_ticket"]);
            vec![review["id"].to_string(), asked, side(&review["matched"], &review["ticket"]), card(review)]
        })
        .collect();
    if rows.is_empty() {
        view::line(&say!("review-nothing"));
    } else {
        let headings = [say!("number"), say!("review-complaint"), say!("review-matched"), say!("evidence")];
        view::table(&headings.each_ref().map(String::as_str), rows);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn answer_review(client: &Client, review: i64, same: bool) -> anyhow::Result<ExitCode> {
    let answer = client.post(&format!("/api/v1/reviews/{review}"), &json!({ "same": same })).await?;
    let tickets: Vec<&str> = answer["tickets"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    view::line(&say!("done", tickets = tickets.join(&say!("list-comma"))));
    Ok(ExitCode::SUCCESS)
}
