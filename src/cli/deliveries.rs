//! `huiliu deliveries`: what waits for pulled feeds and destinations, what was given up, and what is tried again.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Value, json};

use super::client::{Client, Refused, in_query};
use super::status::{items, text};
use super::view;
use crate::catalogue::{Locale, one_of, say};

/// What is done with deliveries.
#[derive(Debug, Subcommand)]
pub(super) enum DeliveriesCommand {
    List {
        destination: Option<String>,
        #[arg(long, default_value = "dead")]
        state: String,
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    Send {
        to: String,
        ticket: Option<String>,
        #[arg(long, conflicts_with = "ticket", required_unless_present = "ticket")]
        since: Option<jiff::civil::Date>,
    },
    Retry {
        what: String,
    },
    Discard {
        destination: String,
        #[arg(long)]
        reason: String,
        #[arg(long)]
        dead: bool,
    },
}

pub(super) async fn run(client: &Client, command: &DeliveriesCommand) -> anyhow::Result<ExitCode> {
    match command {
        DeliveriesCommand::List { destination, state, limit, json } => {
            list(client, destination.as_deref(), (state, *limit), *json).await?;
        }
        DeliveriesCommand::Send { to, ticket: Some(ticket), .. } => {
            client.post(&format!("/api/v1/tickets/{ticket}/send"), &json!({ "to": to })).await?;
            view::line(&say!("delivery-sent-one", ticket = ticket, to = to));
        }
        DeliveriesCommand::Send { to, ticket: None, since } => backfill(client, to, since.unwrap_or_default()).await?,
        DeliveriesCommand::Retry { what } => {
            let is_number = !what.is_empty() && what.bytes().all(|byte| byte.is_ascii_digit());
            let answer = match is_number {
                true => client.post(&format!("/api/v1/deliveries/{what}/retry"), &json!({})).await?,
                false => client.post("/api/v1/deliveries/retry", &json!({ "destination": what })).await?,
            };
            view::line(&say!("delivery-retried", count = text(&answer, "/retried")));
        }
        DeliveriesCommand::Discard { destination, reason, dead } => {
            let body = json!({ "destination": destination, "reason": reason, "dead_only": dead });
            let answer = client.post("/api/v1/deliveries/discard", &body).await?;
            view::line(&say!("delivery-discarded", count = text(&answer, "/discarded"), of = destination));
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(
    client: &Client,
    destination: Option<&str>,
    (state, limit): (&str, usize),
    as_json: bool,
) -> anyhow::Result<()> {
    let of = destination.map(|name| format!("&destination={}", in_query(name))).unwrap_or_default();
    let page = client.get(&format!("/api/v1/deliveries?state={}&limit={limit}{of}", in_query(state))).await?;
    if as_json {
        view::line(&serde_json::to_string_pretty(&page["deliveries"])?);
        return Ok(());
    }
    let zone = client.zone().await?;
    let row = |delivery: &Value| {
        vec![
            text(delivery, "/id"),
            text(delivery, "/destination"),
            text(delivery, "/ticket_id"),
            text(delivery, "/version"),
            view::time(&text(delivery, "/at"), &zone),
            text(delivery, "/attempts"),
            view::time(&text(delivery, "/next_at"), &zone),
            one_of(&text(delivery, "/last_error"), Locale::of_process()).to_owned(),
        ]
    };
    let rows = items(&page, "/deliveries").map(row).collect();
    let headings = [
        say!("number"),
        say!("delivery"),
        say!("ticket"),
        say!("delivery-version"),
        say!("time"),
        say!("count"),
        say!("delivery-next"),
        say!("last-error"),
    ];
    view::table(&headings.each_ref().map(String::as_str), rows);
    Ok(())
}

/// Tells all tickets since a day to a feed or destination, page by page; what its filter does not want is passed over.
async fn backfill(client: &Client, to: &str, since: jiff::civil::Date) -> anyhow::Result<()> {
    let zone = client.zone().await?;
    let (mut sent, mut passed_over, mut after) = (0_u64, 0_u64, String::new());
    loop {
        let page = client.get(&format!("/api/v1/tickets?limit=500{after}")).await?;
        for ticket in items(&page, "/tickets") {
            let made: jiff::Timestamp = text(ticket, "/created_at").parse()?;
            if made.to_zoned(zone.clone()).date() < since {
                view::line(&say!("delivery-sent", sent = sent, to = to, passed = passed_over));
                return Ok(());
            }
            let id = text(ticket, "/id");
            match client.post(&format!("/api/v1/tickets/{id}/send"), &json!({ "to": to })).await {
                Ok(_) => sent += 1,
                Err(error) if error.downcast_ref::<Refused>().is_some_and(|refused| refused.status == 409) => {
                    passed_over += 1;
                }
                Err(error) => return Err(error),
            }
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    view::line(&say!("delivery-sent", sent = sent, to = to, passed = passed_over));
    Ok(())
}
