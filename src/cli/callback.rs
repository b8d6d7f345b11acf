//! `huiliu callback`: whose citizens are to be called back, and what they said.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::Client;
use super::{view, words};
use crate::catalogue::say;

/// What is done with call-backs.
#[derive(Debug, Subcommand)]
pub(super) enum CallbackCommand {
    List {
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    Note {
        receipt: String,
        #[arg(long, required_unless_present = "unreached", conflicts_with = "unreached")]
        rating: Option<String>,
        #[arg(long)]
        words: Option<String>,
        #[arg(long)]
        unreached: bool,
    },
}

pub(super) fn run(client: &Client, command: &CallbackCommand) -> anyhow::Result<ExitCode> {
    super::runtime()?.block_on(carry_out(client, command))
}

async fn carry_out(client: &Client, command: &CallbackCommand) -> anyhow::Result<ExitCode> {
    match command {
        CallbackCommand::List { limit } => list(client, *limit).await,
        CallbackCommand::Note { receipt, rating, words, .. } => {
            let path = format!("/api/v1/callbacks/{receipt}");
            let answer = client.post(&path, &json!({ "rating": rating, "words": words })).await?;
            let tickets: Vec<&str> =
                answer["tickets"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            view::line(&say!("done", tickets = tickets.join(&say!("list-comma"))));
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn list(client: &Client, limit: u32) -> anyhow::Result<ExitCode> {
    let answer = client.get(&format!("/api/v1/callbacks?limit={limit}")).await?;
    let zone = client.zone().await?;
    let text = |value: &Value| value.as_str().unwrap_or("—").to_owned();
    let row = |due: &Value| {
        let [receipt, ticket, name, phone] =
            ["receipt_number", "ticket", "name", "phone"].map(|member| text(&due[member]));
        let way = words::call_back_way(&text(&due["way"]));
        vec![receipt, ticket, due["round"].to_string(), way, view::time(&text(&due["at"]), &zone), name, phone]
    };
    let rows: Vec<Vec<String>> = answer["call_backs"].as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        view::line(&say!("callback-none"));
    } else {
        let headings = [
            say!("receipt"),
            say!("ticket"),
            say!("callback-round"),
            say!("callback-way"),
            say!("callback-since"),
            say!("callback-name"),
            say!("callback-phone"),
        ];
        view::table(&headings.each_ref().map(String::as_str), rows);
        if answer["next"].is_string() {
            view::line(&say!("callback-more"));
        }
    }
    Ok(ExitCode::SUCCESS)
}
