//! A downstream platform: consumes a feed, knows which complaint is on which ticket, sends status updates.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, watch};

#[derive(Debug, Default)]
struct Seen {
    events: Vec<Value>,
    versions: BTreeMap<String, u64>,
    out_of_order: u64,
    ticket_of: BTreeMap<(String, String), String>,
    next_sequence: BTreeMap<String, i64>,
}

/// A running platform. It connects again when the broker has gone away.
#[derive(Clone)]
pub struct Platform {
    seen: Arc<Mutex<Seen>>,
    url: String,
    status: String,
    feed: String,
    user: Option<String>,
    sending: Arc<AsyncMutex<Option<(Connection, Channel)>>>,
    closed: Arc<watch::Sender<bool>>,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform").finish_non_exhaustive()
    }
}

/// Pause before the broker is tried again.
const PAUSE: Duration = Duration::from_millis(200);
/// How often a status update is sent before the platform gives up.
const MAX_ATTEMPTS: usize = 300;

async fn connect(url: &str, name: &str) -> lapin::Result<(Connection, Channel)> {
    let properties = ConnectionProperties::default().with_connection_name(format!("city {name}").into());
    let connection = Connection::connect(url, properties).await?;
    let channel = connection.create_channel().await?;
    Ok((connection, channel))
}

impl Platform {
    /// Connects and consumes a feed's queue that the gateway declared; `status` is the exchange of status updates.
    ///
    /// # Errors
    /// The broker cannot be reached, or there is no such queue.
    pub async fn start(url: &str, queue: &str, status: &str) -> anyhow::Result<Self> {
        let platform = Self {
            seen: Arc::default(),
            url: url.to_owned(),
            status: status.to_owned(),
            feed: queue.trim_start_matches("huiliu.feed.").to_owned(),
            user: None,
            sending: Arc::default(),
            closed: Arc::new(watch::Sender::new(false)),
        };
        let first = platform.consume(queue).await?;
        let (again, queue) = (platform.clone(), queue.to_owned());
        let mut closed = platform.closed.subscribe();
        tokio::spawn(async move {
            let mut consumed = Some(first);
            loop {
                if let Some((connection, consumer)) = consumed {
                    tokio::select! {
                        () = take(&again.seen, consumer) => {}
                        () = async { drop(closed.wait_for(|closed| *closed).await) } => {
                            drop(connection.close(200, "done".into()).await);
                        }
                    }
                }
                if *closed.borrow() {
                    return;
                }
                tokio::time::sleep(PAUSE).await;
                consumed = again.consume(&queue).await.ok();
            }
        });
        Ok(platform)
    }

    /// The same platform, which says as which user of the broker it publishes.
    #[must_use]
    pub fn signing_as(&self, user: &str) -> Self {
        Self { user: Some(user.to_owned()), sending: Arc::default(), ..self.clone() }
    }

    /// Name of its feed, which its updates carry.
    #[must_use]
    pub fn feed(&self) -> &str {
        &self.feed
    }

    async fn consume(&self, queue: &str) -> lapin::Result<(Connection, Consumer)> {
        let (connection, channel) = connect(&self.url, "platform").await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(queue.into(), "".into(), options, arguments).await?;
        Ok((connection, consumer))
    }

    /// Ends its connections; what it has not acknowledged goes back to the queue.
    ///
    /// # Errors
    /// The broker is gone already.
    pub async fn close(self) -> anyhow::Result<()> {
        self.closed.send_replace(true);
        if let Some((connection, _)) = self.sending.lock().await.take() {
            connection.close(200, "done".into()).await?;
        }
        Ok(())
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
            "update_id": format!("{ticket}-{sequence}"), "platform": self.feed, "ticket_id": ticket, "sequence": sequence,
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
        let mut properties =
            BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
        if let Some(user) = &self.user {
            properties = properties.with_user_id(user.as_str().into());
        }
        let mut sending = self.sending.lock().await;
        for _ in 0..MAX_ATTEMPTS {
            let sent = async {
                if sending.as_ref().is_none_or(|(connection, _)| !connection.status().connected()) {
                    let fresh = connect(&self.url, "status").await?;
                    fresh.1.confirm_select(ConfirmSelectOptions::default()).await?;
                    *sending = Some(fresh);
                }
                let Some((_, channel)) = sending.as_ref() else { return Ok(false) };
                let (exchange, options) = (self.status.as_str().into(), BasicPublishOptions::default());
                let confirm = channel.basic_publish(exchange, "city".into(), options, &body, properties.clone());
                lapin::Result::Ok(confirm.await?.await?.is_ack())
            };
            match sent.await {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(_gone) => *sending = None,
            }
            tokio::time::sleep(PAUSE).await;
        }
        anyhow::bail!("the broker does not take status updates")
    }
}

async fn take(seen: &Mutex<Seen>, mut consumer: Consumer) {
    while let Some(Ok(delivery)) = consumer.next().await {
        if let Ok(event) = serde_json::from_slice(&delivery.data) {
            note(&mut seen.lock().unwrap_or_else(PoisonError::into_inner), event);
        }
        if delivery.ack(BasicAckOptions::default()).await.is_err() {
            return;
        }
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
