//! What people decide from the terminal: `huiliu explain`, `huiliu review`, `huiliu ticket`.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Refused, in_query};
use super::status::items;
use super::ticket_show::show;
use super::{view, words};
use crate::catalogue::{Locale, say};
use crate::merge::Evidence;

/// HTTP status of what is not there.
const NOT_FOUND: u16 = 404;

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
    Show {
        ticket: String,
        #[arg(long)]
        json: bool,
    },
    Waiting {
        #[arg(long, value_name = "CODE")]
        list: Option<String>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
        #[arg(long)]
        json: bool,
    },
    Answer {
        ticket: String,
    },
    Release {
        ticket: String,
    },
    Approve {
        ticket: String,
        update_id: String,
    },
    SendBack {
        ticket: String,
        update_id: String,
        reason: String,
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
        TicketCommand::Waiting { list, limit, json } => return waiting(client, list.as_deref(), *limit, *json).await,
        TicketCommand::Show { ticket, json } => return show(client, ticket, *json).await,
        TicketCommand::Answer { ticket } => return answer(client, ticket).await,
        TicketCommand::Release { ticket } => (format!("tickets/{ticket}/release"), json!({})),
        TicketCommand::Approve { ticket, update_id } => {
            (format!("tickets/{ticket}/approve"), json!({ "update_id": update_id }))
        }
        TicketCommand::SendBack { ticket, update_id, reason } => {
            (format!("tickets/{ticket}/send-back"), json!({ "update_id": update_id, "reason": reason }))
        }
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

/// What waits for a person, the newest first.
async fn waiting(client: &Client, list: Option<&str>, limit: u32, as_json: bool) -> anyhow::Result<ExitCode> {
    let list = list.map(|code| format!("&waits_in={}", in_query(code))).unwrap_or_default();
    let answer = client.get(&format!("/api/v1/tickets?waits=true&limit={limit}{list}")).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let rows: Vec<Vec<String>> = answer["tickets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|ticket| {
            let hold = &ticket["hold"];
            let list = hold["name"].as_str().or(hold["code"].as_str()).unwrap_or("—").to_owned();
            let title = if ticket["withheld"] == true { say!("withheld") } else { text(&ticket["title"]) };
            let since = hold["since"].as_str().map_or_else(String::new, |at| view::time(at, &zone));
            vec![text(&ticket["id"]), list, words::waits_before(&text(&hold["before"])), since, title]
        })
        .collect();
    if rows.is_empty() {
        view::line(&say!("nothing-waits"));
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [say!("ticket"), say!("waiting-list"), say!("waiting-before"), say!("waiting-since"), say!("title")];
    view::table(&headings.each_ref().map(String::as_str), rows);
    Ok(ExitCode::SUCCESS)
}

/// The answer that waits at a ticket, with what it takes to decide on it.
async fn answer(client: &Client, ticket: &str) -> anyhow::Result<ExitCode> {
    let found = client.get(&format!("/api/v1/tickets/{ticket}")).await?;
    let submission = &found["submission"];
    let Some(update_id) = submission["update_id"].as_str() else {
        view::line(&say!("no-answer-waits"));
        return Ok(ExitCode::SUCCESS);
    };
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    view::line(&say!(
        "answer-waits",
        ticket = ticket,
        status = text(&submission[Locale::of_process().pick("status_zh", "status")]),
        platform = text(&submission["platform"])
    ));
    view::line(&text(&submission["result"]));
    for own in submission["results"].as_array().into_iter().flatten() {
        view::line(&format!("{}: {}", text(&own["receipt_number"]), text(&own["result"])));
    }
    view::line(&say!("answer-decide", ticket = ticket, update = quoted(update_id)));
    Ok(ExitCode::SUCCESS)
}

/// Two complaints, each by its receipt or source number: why they are or are not one matter. One ticket, or the ticket of one
/// complaint: why each of its complaints is there.
pub(super) async fn explain(client: &Client, a: &str, b: Option<&str>, as_json: bool) -> anyhow::Result<ExitCode> {
    let answer = match b {
        Some(b) => client.get(&format!("/api/v1/explain?a={}&b={}", in_query(a), in_query(b))).await?,
        None => match client.get(&format!("/api/v1/tickets/{}", in_query(a))).await {
            Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == NOT_FOUND) => {
                let ticket = ticket_of(client, a).await?;
                client.get(&format!("/api/v1/tickets/{}", in_query(&ticket))).await?
            }
            ticket => ticket?,
        },
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

/// The ticket of the one complaint that has this receipt or source number.
async fn ticket_of(client: &Client, number: &str) -> anyhow::Result<String> {
    for by in ["receipt", "source_number"] {
        let found = client.get(&format!("/api/v1/complaints?{by}={}", in_query(number))).await?;
        let tickets: Vec<&str> = items(&found, "/complaints").filter_map(|one| one["ticket"].as_str()).collect();
        match tickets.as_slice() {
            [] => {}
            [ticket] => return Ok((*ticket).to_owned()),
            several => anyhow::bail!(say!("trace-several", count = several.len())),
        }
    }
    anyhow::bail!(say!("explain-unknown", number = number))
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

/// As one word of a shell: a platform chose it, and people copy the line.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_is_one_word() {
        assert_eq!(quoted("20261123-000018"), "20261123-000018");
        assert_eq!(quoted("u1; touch /tmp/x"), "'u1; touch /tmp/x'");
        assert_eq!(quoted("a'b$(id)"), r"'a'\''b$(id)'");
        assert_eq!(quoted(""), "''");
    }
}
