//! `huiliu topic`: matters that come back, what was decided on them, and when they are looked at again.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, in_query};
use super::{view, words};
use crate::catalogue::say;

/// What is done with topics.
#[derive(Debug, Subcommand)]
pub(super) enum TopicCommand {
    New {
        title: String,
        #[arg(required = true)]
        tickets: Vec<String>,
    },
    List {
        #[arg(long)]
        state: Option<String>,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Show {
        topic: i64,
    },
    Add {
        topic: i64,
        #[arg(required = true)]
        tickets: Vec<String>,
    },
    Decide {
        topic: i64,
        #[arg(long)]
        state: String,
        #[arg(long)]
        words: String,
    },
    Adopt {
        topic: i64,
        #[arg(long)]
        words: String,
    },
    FollowUp {
        topic: i64,
        #[arg(long, required_unless_present = "words")]
        every: Option<String>,
        #[arg(long)]
        words: Option<String>,
    },
    Rank {
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
}

pub(super) fn run(client: &Client, command: &TopicCommand) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(carry_out(client, command))
}

async fn carry_out(client: &Client, command: &TopicCommand) -> anyhow::Result<ExitCode> {
    let post = |path: String, body: Value| async move { done(&client.post(&path, &body).await?) };
    match command {
        TopicCommand::New { title, tickets } => {
            post("/api/v1/topics".to_owned(), json!({ "title": title, "tickets": tickets })).await
        }
        TopicCommand::Add { topic, tickets } => {
            post(format!("/api/v1/topics/{topic}/tickets"), json!({ "tickets": tickets })).await
        }
        TopicCommand::Decide { topic, state, words } => {
            post(format!("/api/v1/topics/{topic}/decision"), json!({ "state": state, "words": words })).await
        }
        TopicCommand::Adopt { topic, words } => {
            post(format!("/api/v1/topics/{topic}/decision"), json!({ "state": "adopted", "words": words })).await
        }
        TopicCommand::FollowUp { topic, every, words } => {
            post(format!("/api/v1/topics/{topic}/follow-up"), json!({ "every": every, "words": words })).await
        }
        TopicCommand::List { state, limit } => list(client, state.as_deref(), *limit).await,
        TopicCommand::Show { topic } => show(client, *topic).await,
        TopicCommand::Rank { days } => rank(client, *days).await,
    }
}

fn done(answer: &Value) -> anyhow::Result<ExitCode> {
    view::line(&say!("topic-done", id = answer["id"].to_string()));
    Ok(ExitCode::SUCCESS)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("—").to_owned()
}

async fn list(client: &Client, state: Option<&str>, limit: u32) -> anyhow::Result<ExitCode> {
    let state = state.map_or_else(String::new, |state| format!("&state={}", in_query(state)));
    let answer = client.get(&format!("/api/v1/topics?limit={limit}{state}")).await?;
    let zone = client.zone().await?;
    let row = |topic: &Value| {
        let next = topic["follow_up_at"].as_str().map_or_else(|| "—".to_owned(), |at| view::time(at, &zone));
        vec![
            topic["id"].to_string(),
            text(&topic["title"]),
            words::topic(&text(&topic["state"])),
            topic["ticket_count"].to_string(),
            view::time(&text(&topic["changed_at"]), &zone),
            next,
        ]
    };
    let rows: Vec<Vec<String>> = answer["topics"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("topic-none"));
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [
        say!("topic-id"),
        say!("topic-title"),
        say!("topic-state"),
        say!("topic-tickets"),
        say!("topic-changed"),
        say!("topic-next"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    if answer["next"].is_string() {
        view::line(&say!("watch-more"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(client: &Client, topic: i64) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/topics/{topic}")).await?;
    let zone = client.zone().await?;
    let head = &answer["topic"];
    view::line(&format!("{}  {}", text(&head["title"]), words::topic(&text(&head["state"]))));
    let step = |step: &Value| {
        let state = step["state"].as_str().map_or_else(|| say!("topic-looked-at"), words::topic);
        vec![view::time(&text(&step["at"]), &zone), text(&step["by"]), state, text(&step["words"])]
    };
    let rows: Vec<Vec<String>> = answer["steps"].as_array().into_iter().flatten().map(step).collect();
    let headings = [say!("topic-at"), say!("topic-by"), say!("topic-state"), say!("topic-words")];
    view::table(&headings.each_ref().map(String::as_str), rows);
    let tickets: Vec<String> =
        answer["tickets"].as_array().into_iter().flatten().map(|ticket| text(&ticket["id"])).collect();
    view::line(&format!("{}: {}", say!("topic-tickets"), tickets.join(" ")));
    Ok(ExitCode::SUCCESS)
}

async fn rank(client: &Client, days: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/topics/ranking?days={days}")).await?;
    let row = |topic: &Value| {
        vec![
            topic["place"].to_string(),
            topic["id"].to_string(),
            text(&topic["title"]),
            words::topic(&text(&topic["state"])),
            topic["count"].to_string(),
            topic["before"].to_string(),
            words::trend(&text(&topic["trend"])),
        ]
    };
    let rows: Vec<Vec<String>> = answer["topics"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("topic-none"));
        return Ok(ExitCode::SUCCESS);
    }
    let headings = [
        say!("watch-rank"),
        say!("topic-id"),
        say!("topic-title"),
        say!("topic-state"),
        say!("watch-count"),
        say!("watch-before"),
        say!("watch-trend"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    Ok(ExitCode::SUCCESS)
}
