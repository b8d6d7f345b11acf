//! What people decide from the terminal: `huiliu explain`, `huiliu review`, `huiliu ticket`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Client;
use super::view;

/// A decision on tickets and complaints.
#[derive(Debug, Subcommand)]
pub(super) enum TicketCommand {
    /// Take a complaint out of its ticket.
    Split {
        /// Receipt number of the complaint.
        receipt: String,
    },
    /// Put a complaint to another ticket.
    Move {
        /// Receipt number of the complaint.
        receipt: String,
        /// Ticket that it belongs to.
        into: String,
    },
    /// Put all complaints of a ticket to another, which answers for it from then on.
    Merge {
        /// Ticket that is absorbed.
        from: String,
        /// Ticket that stays.
        into: String,
    },
    /// Let nothing join a ticket by itself.
    Pin {
        /// Ticket.
        ticket: String,
    },
    /// Let it be joined again.
    Unpin {
        /// Ticket.
        ticket: String,
    },
    /// Take back what a person decided last on a ticket.
    Undo {
        /// Ticket.
        ticket: String,
    },
}

pub(super) async fn ticket(client: &Client, command: &TicketCommand) -> anyhow::Result<ExitCode> {
    let (path, body) = match command {
        TicketCommand::Split { receipt } => (format!("complaints/{receipt}/split"), json!({})),
        TicketCommand::Move { receipt, into } => (format!("complaints/{receipt}/move"), json!({ "into": into })),
        TicketCommand::Merge { from, into } => (format!("tickets/{from}/merge"), json!({ "into": into })),
        TicketCommand::Pin { ticket } => (format!("tickets/{ticket}/pin"), json!({ "pinned": true })),
        TicketCommand::Unpin { ticket } => (format!("tickets/{ticket}/pin"), json!({ "pinned": false })),
        TicketCommand::Undo { ticket } => (format!("tickets/{ticket}/undo"), json!({})),
    };
    let answer = client.post(&format!("/api/v1/{path}"), &body).await?;
    let tickets: Vec<&str> = answer["tickets"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    view::line(&format!("已完成（done）：{}", tickets.join("、")));
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
    if let Some(card) = answer["card"].as_str() {
        view::line(card);
        return Ok(ExitCode::SUCCESS);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let title = if answer["withheld"] == true { "（保密）".to_owned() } else { text(&answer["title"]) };
    view::line(&format!("{}  {title}  {} 件诉求", text(&answer["id"]), answer["complaints"]));
    let zone = client.zone().await?;
    let events = answer["merge_events"].as_array().into_iter().flatten();
    let rows: Vec<Vec<String>> = events
        .map(|event| {
            let card = event["card"].as_str().unwrap_or("（人工）").to_owned();
            vec![
                view::time(&text(&event["at"]), &zone),
                text(&event["kind"]),
                text(&event["receipt_number"]),
                text(&event["actor"]),
                card,
            ]
        })
        .collect();
    if rows.is_empty() {
        view::line("没有归并：只有一件诉求（nothing was merged into it）");
    } else {
        view::table(&["时间", "操作", "诉求", "谁", "依据"], rows);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn reviews(client: &Client, limit: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/reviews?limit={limit}")).await?;
    let rows: Vec<Vec<String>> = answer["reviews"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|review| {
            let card = review["card"].as_str().unwrap_or_default().to_owned();
            let side = |complaint: &Value, ticket: &Value| {
                let part = |value: &Value| value.as_str().unwrap_or("—").to_owned();
                let (receipt, text) = (part(&complaint["receipt_number"]), part(&complaint["text"]));
                format!("{receipt}（{}）\n{}\n{text}", part(ticket), part(&complaint["title"]))
            };
            let asked = side(&review["complaint"], &review["current_ticket"]);
            vec![review["id"].to_string(), asked, side(&review["matched"], &review["ticket"]), card]
        })
        .collect();
    if rows.is_empty() {
        view::line("没有待确认（no open questions）");
    } else {
        view::table(&["编号", "诉求（工单）", "可能是同一件（工单）", "依据"], rows);
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn answer_review(client: &Client, review: i64, same: bool) -> anyhow::Result<ExitCode> {
    let answer = client.post(&format!("/api/v1/reviews/{review}"), &json!({ "same": same })).await?;
    view::line(&format!("已完成（done）：{}", answer["tickets"]));
    Ok(ExitCode::SUCCESS)
}
