//! A downstream platform in one page: takes tickets from a feed, signs and resolves them.
//!
//! `cargo run -- huiliu.feed.command [count]`, with the broker in `HULIU_AMQP_URL` and the exchange of status updates in `HULIU_STATUS`.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::var("HULIU_AMQP_URL").unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned());
    let mut arguments = std::env::args().skip(1);
    let queue = arguments.next().unwrap_or_else(|| "huiliu.feed.command".to_owned());
    let count: Option<usize> = arguments.next().map(|count| count.parse()).transpose()?;

    // Updates carry the name of the feed, and the user of the connection, which the broker checks.
    let uri: AMQPUri = url.parse().map_err(anyhow::Error::msg)?;
    let sender = Sender {
        exchange: std::env::var("HULIU_STATUS").unwrap_or_else(|_| "huiliu.status".to_owned()),
        platform: queue.trim_start_matches("huiliu.feed.").to_owned(),
        user: uri.authority.userinfo.username,
    };

    let connection = Connection::connect(&url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    channel.basic_qos(50, BasicQosOptions::default()).await?;
    let mut feed = channel
        .basic_consume(queue.as_str().into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
        .await?;

    // Ticket id -> last version applied; a real platform keeps this in its database.
    let mut applied: HashMap<String, u64> = HashMap::new();
    // Ticket id -> last number of an update; it grows as long as the ticket lives, also when it comes back.
    let mut sent: HashMap<String, i64> = HashMap::new();
    let mut seen = 0;
    while let Some(delivery) = feed.next().await {
        let delivery = delivery?;
        let event: Value = serde_json::from_slice(&delivery.data)?;
        let ticket = &event["data"];
        let id = ticket["ticket_id"].as_str().unwrap_or_default().to_owned();
        let version = ticket["version"].as_u64().unwrap_or_default();
        // Rule 1: a repeat or an older version changes nothing.
        if version > applied.get(&id).copied().unwrap_or_default() {
            applied.insert(id.clone(), version);
            println!("{} {id} {version} {} {}", event["type"], ticket["grade"], ticket["title"]);
            // A ticket is new here when it was made, or came from elsewhere.
            if ticket["change"]["event"] == "created" || ticket["change"]["entered"] == true {
                let last = sent.entry(id.clone()).or_default();
                *last += 2;
                sender.say(&channel, &id, *last - 1, "accepted", None).await?;
                sender.say(&channel, &id, *last, "resolved", Some("经核查，问题已处理完毕。")).await?;
            }
        }
        // Rule 2: only after it is stored.
        delivery.ack(BasicAckOptions::default()).await?;
        seen += 1;
        if count.is_some_and(|count| seen >= count) {
            break;
        }
    }
    connection.close(200, "done".into()).await?;
    Ok(())
}

struct Sender {
    exchange: String,
    platform: String,
    user: String,
}

impl Sender {
    async fn say(
        &self,
        channel: &Channel,
        ticket: &str,
        sequence: i64,
        status: &str,
        result: Option<&str>,
    ) -> anyhow::Result<()> {
        let update = json!({
            "update_id": format!("rust-{ticket}-{sequence}"), "platform": self.platform, "ticket_id": ticket, "sequence": sequence,
            "status": status, "occurred_at": jiff::Timestamp::now().to_string(), "result": result,
        });
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type("application/json".into())
            .with_user_id(self.user.as_str().into());
        let (exchange, key) = (self.exchange.as_str().into(), self.platform.as_str().into());
        let (body, options) = (serde_json::to_vec(&update)?, BasicPublishOptions::default());
        let confirm = channel.basic_publish(exchange, key, options, &body, properties).await?.await?;
        anyhow::ensure!(confirm.is_ack(), "the broker refused a status update");
        Ok(())
    }
}
