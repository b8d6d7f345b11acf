//! A downstream platform: consumes a feed, knows which complaint is on which ticket, sends status updates.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use serde_json::{Value, json};

#[derive(Debug, Default)]
struct Seen {
    events: Vec<Value>,
    versions: BTreeMap<String, u64>,
    out_of_order: u64,
    ticket_of: BTreeMap<(String, String), String>,
    next_sequence: BTreeMap<String, i64>,
}

/// A running platform.
#[derive(Clone)]
pub struct Platform {
    seen: Arc<Mutex<Seen>>,
    channel: Channel,
    status: String,
    connection: Arc<Connection>,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}

impl Platform {
    /// Connects and consumes a queue that the gateway declared; `status` is the exchange of status updates.
    ///
    /// # Errors
    /// The broker cannot be reached, or there is no such queue.
    pub async fn start(url: &str, queue: &str, status: &str) -> anyhow::Result<Self> {
        let connection =
            Connection::connect(url, ConnectionProperties::default().with_connection_name("city platform".into()))
                .await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let mut consumer = channel
            .basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
        let platform =
            Self { seen: Arc::default(), channel, status: status.to_owned(), connection: Arc::new(connection) };
        let seen = Arc::clone(&platform.seen);
        tokio::spawn(async move {
            while let Some(Ok(delivery)) = consumer.next().await {
                if let Ok(event) = serde_json::from_slice(&delivery.data) {
                    note(&mut seen.lock().unwrap_or_else(PoisonError::into_inner), event);
                }
                if delivery.ack(BasicAckOptions::default()).await.is_err() {
                    return;
                }
            }
        });
        Ok(platform)
    }

    /// Ends its connection; what it has not acknowledged goes back to the queue.
    ///
    /// # Errors
    /// The broker is gone already.
    pub async fn close(self) -> anyhow::Result<()> {
        Ok(self.connection.close(200, "done".into()).await?)
    }

    /// Removes what earlier runs left in a queue.
    ///
    /// # Errors
    /// The broker cannot be reached, or there is no such queue.
    pub async fn purge(url: &str, queue: &str) -> anyhow::Result<()> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        channel.queue_purge(queue.into(), QueuePurgeOptions::default()).await?;
        connection.close(200, "done".into()).await?;
        Ok(())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All events so far.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.seen().events.clone()
    }

    /// Which ticket covers which complaint, by channel and source number.
    #[must_use]
    pub fn ticket_of(&self) -> BTreeMap<(String, String), String> {
        self.seen().ticket_of.clone()
    }

    /// Tickets that cover a complaint.
    #[must_use]
    pub fn tickets(&self) -> Vec<String> {
        let mut tickets: Vec<String> = self.seen().ticket_of.values().cloned().collect();
        tickets.sort();
        tickets.dedup();
        tickets
    }

    /// Messages whose version was not above the last one of their ticket and that were no repeats either.
    #[must_use]
    pub fn out_of_order(&self) -> u64 {
        self.seen().out_of_order
    }

    /// Sends a status update with the next sequence of the ticket.
    ///
    /// # Errors
    /// The broker does not take it.
    pub async fn send(&self, ticket: &str, status: &str, result: Option<&str>) -> anyhow::Result<()> {
        let sequence = {
            let mut seen = self.seen();
            let next = seen.next_sequence.entry(ticket.to_owned()).or_default();
            *next += 1;
            *next
        };
        self.send_raw(&json!({
            "update_id": format!("{ticket}-{sequence}"), "platform": "city", "ticket_id": ticket, "sequence": sequence,
            "status": status, "occurred_at": "2026-11-22T16:20:00+08:00", "department": "综合行政执法局", "result": result,
        }))
        .await
    }

    /// Sends anything to the status exchange.
    ///
    /// # Errors
    /// The broker does not take it.
    pub async fn send_raw(&self, update: &Value) -> anyhow::Result<()> {
        let body = serde_json::to_vec(update)?;
        let properties = BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
        let confirm = self
            .channel
            .basic_publish(
                self.status.as_str().into(),
                "city".into(),
                BasicPublishOptions::default(),
                &body,
                properties,
            )
            .await?
            .await?;
        anyhow::ensure!(confirm.is_ack(), "the broker refused a status update");
        Ok(())
    }
}

fn note(seen: &mut Seen, event: Value) {
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let ticket = text(&event, "/data/ticket_id");
    let version = event.pointer("/data/version").and_then(Value::as_u64).unwrap_or_default();
    let last = seen.versions.entry(ticket.clone()).or_default();
    if version > *last + 1 {
        seen.out_of_order += 1;
    }
    *last = version.max(*last);
    if text(&event, "/data/status") != "absorbed" {
        for complaint in event.pointer("/data/complaints").and_then(Value::as_array).into_iter().flatten() {
            let key = (text(complaint, "/channel"), text(complaint, "/source_number"));
            seen.ticket_of.insert(key, ticket.clone());
        }
    }
    seen.events.push(event);
}
