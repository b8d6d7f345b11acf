//! The outbox is drained: persistent, mandatory, confirmed, in order per ticket and destination.
//!
//! Messages go out in windows. In one window a ticket has at most one message per exchange, so that a refused message can
//! never be overtaken by its successor. A window is judged only when all its confirms are in: lapin may hand a returned
//! message to another message's confirm, so returns are matched by our message id. What is neither confirmed nor returned
//! is unknown, and published again with the same id.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, Event};
use tokio::sync::{Notify, watch};

use super::{AmqpError, AmqpSettings, Topology};
use crate::clock::{Backoff, Clock, stopped};
use crate::store::{PendingMessage, StoreHandle};

/// How often an idle forwarder looks at the outbox and at the unrouted queue.
const IDLE_LOOK: Duration = Duration::from_secs(5);
/// Messages read from the store at a time, as a multiple of the window.
const READ_AHEAD: usize = 4;

const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

/// What the health page and the metrics know of forwarding.
#[derive(Debug, Default)]
pub struct ForwardState {
    /// Connected and topology declared.
    pub connected: AtomicBool,
    /// The broker has blocked publishing (`connection.blocked`).
    pub blocked: AtomicBool,
    /// Messages confirmed since the start.
    pub published: AtomicU64,
    /// Messages returned as unroutable since the start.
    pub returned: AtomicU64,
    /// Messages refused by the broker since the start.
    pub nacked: AtomicU64,
    /// Messages waiting in the unrouted queue.
    pub unrouted: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl ForwardState {
    /// What went wrong last; `None` while connected.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note_error(&self, error: Option<String>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

/// Publishes the outbox until told to stop.
pub struct Forwarder {
    /// The broker.
    pub settings: AmqpSettings,
    /// Names of the feeds of the live pack.
    pub feeds: watch::Receiver<Vec<String>>,
    /// The outbox.
    pub store: StoreHandle,
    /// Rung when the outbox has grown.
    pub bell: Arc<Notify>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// For health and metrics.
    pub state: Arc<ForwardState>,
}

impl std::fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forwarder").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// How one window ended.
enum Window {
    Empty,
    Progress,
    Stuck,
}

impl Forwarder {
    /// Connects, publishes, reconnects with back-off; returns when `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        while !*stop.borrow() {
            let ended = self.session(&mut stop, &mut backoff).await;
            self.state.connected.store(false, Ordering::Relaxed);
            self.state.blocked.store(false, Ordering::Relaxed);
            let Err(error) = ended else { return };
            tracing::warn!(%error, broker = self.settings.shown_url(), "Forwarding is interrupted; the outbox keeps everything until the broker is back.");
            self.state.note_error(Some(error.to_string()));
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn session(&self, stop: &mut watch::Receiver<bool>, backoff: &mut Backoff) -> Result<(), AmqpError> {
        let connection = self.settings.connect("forward").await?;
        let blocked = watch_blocking(&connection, Arc::clone(&self.state));
        let channel = connection.create_channel().await?;
        let mut feeds = self.feeds.clone();
        let names = feeds.borrow_and_update().clone();
        self.settings.topology(names).declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        self.state.connected.store(true, Ordering::Relaxed);
        self.state.note_error(None);
        tracing::info!(broker = self.settings.shown_url(), "Connected to the broker; forwarding.");
        backoff.reset();
        let mut stuck = HashSet::new();
        loop {
            if feeds.has_changed().unwrap_or(false) {
                let names = feeds.borrow_and_update().clone();
                self.settings.topology(names).declare(&channel).await?;
            }
            match self.window(&channel, &blocked, &mut stuck, stop).await? {
                Window::Progress if !*stop.borrow() => continue,
                Window::Stuck => {
                    let names = self.feeds.borrow().clone();
                    self.settings.topology(names).declare(&channel).await?;
                }
                Window::Progress | Window::Empty => {}
            }
            if *stop.borrow() {
                drop(tokio::time::timeout(Duration::from_secs(2), connection.close(200, "stopping".into())).await);
                return Ok(());
            }
            let unrouted = Topology::count_unrouted(&channel).await?;
            self.state.unrouted.store(u64::from(unrouted), Ordering::Relaxed);
            tokio::select! {
                () = self.bell.notified() => {}
                () = tokio::time::sleep(IDLE_LOOK) => stuck.clear(),
                _ = feeds.changed() => feeds.mark_changed(),
                () = stopped(stop) => {}
            }
            if !connection.status().connected() {
                return Err(AmqpError::Lost("closed by the broker".to_owned()));
            }
        }
    }

    /// Publishes one window and waits for all its confirms.
    async fn window(
        &self,
        channel: &Channel,
        blocked: &watch::Receiver<bool>,
        stuck: &mut HashSet<Lane>,
        stop: &watch::Receiver<bool>,
    ) -> Result<Window, AmqpError> {
        let most = self.settings.window.clamp(1, 1_000);
        let window = self.next_window(most, stuck).await?;
        if window.is_empty() {
            return Ok(Window::Empty);
        }
        let mut stop = stop.clone();
        tokio::select! {
            () = self.wait_unblocked(blocked) => {}
            () = stopped(&mut stop) => return Ok(Window::Empty),
        }
        let publish_all = async {
            let mut confirms = Vec::with_capacity(window.len());
            for message in &window {
                confirms.push(publish(channel, message).await?);
            }
            Ok::<_, AmqpError>(join_all(confirms).await)
        };
        let results = self.within_limit(publish_all, blocked).await??;
        let mut returned = HashSet::new();
        let mut confirmed = Vec::with_capacity(window.len());
        for (message, result) in window.iter().zip(results) {
            let confirmation = result?;
            let acknowledged = matches!(confirmation, Confirmation::Ack(_));
            if let Some(message) = confirmation.take_message() {
                returned.extend(message.properties.message_id().as_ref().map(|id| id.as_str().to_owned()));
            }
            if acknowledged {
                confirmed.push(message);
            } else {
                self.state.nacked.fetch_add(1, Ordering::Relaxed);
            }
        }
        let done: Vec<i64> = confirmed.iter().filter(|m| !returned.contains(&m.message_id)).map(|m| m.id).collect();
        self.state.returned.fetch_add(u64::try_from(returned.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        if !returned.is_empty() {
            tracing::warn!(
                count = returned.len(),
                "Messages came back unroutable; queues are declared again and the messages published again."
            );
        }
        let failed = done.len() < window.len();
        let is_done: HashSet<i64> = done.iter().copied().collect();
        stuck.extend(window.iter().filter(|message| !is_done.contains(&message.id)).map(lane));
        self.state.published.fetch_add(u64::try_from(done.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let now = self.clock.now();
        if !done.is_empty() {
            self.store.ask(move |store| store.mark_published(&done, now)).await?;
        }
        Ok(if failed { Window::Stuck } else { Window::Progress })
    }

    /// The oldest messages that may go out now; lanes that are stuck are passed over.
    async fn next_window(&self, most: usize, stuck: &HashSet<Lane>) -> Result<Vec<PendingMessage>, AmqpError> {
        let (mut taken, mut window, mut after) = (stuck.clone(), Vec::new(), 0);
        loop {
            let pending = self.store.ask(move |store| store.pending_messages(after, most * READ_AHEAD)).await?;
            let Some(last) = pending.last() else { return Ok(window) };
            after = last.id;
            window.extend(first_per_lane(pending, &mut taken, most - window.len()));
            if !window.is_empty() || window.len() >= most {
                return Ok(window);
            }
        }
    }

    async fn wait_unblocked(&self, blocked: &watch::Receiver<bool>) {
        let mut blocked = blocked.clone();
        drop(blocked.wait_for(|blocked| !*blocked).await);
    }

    /// Waits for `work` with the confirm time-out, which stands still while the broker blocks publishing.
    async fn within_limit<T>(
        &self,
        work: impl Future<Output = T>,
        blocked: &watch::Receiver<bool>,
    ) -> Result<T, AmqpError> {
        let limit = Duration::from_secs(self.settings.confirm_timeout_s.max(1));
        tokio::pin!(work);
        loop {
            match tokio::time::timeout(limit, &mut work).await {
                Ok(result) => return Ok(result),
                Err(_elapsed) if *blocked.borrow() => {}
                Err(_elapsed) => return Err(AmqpError::Timeout(limit)),
            }
        }
    }
}

/// Ticket, exchange and feed: messages of one lane go out one after the other.
type Lane = (i64, String, Option<String>);

/// The lane of a message. The feed is the first word of the key where the message id ends in it; the public stream has none.
fn lane(message: &PendingMessage) -> Lane {
    let first_word = message.routing_key.split('.').next().unwrap_or_default().to_owned();
    let feed = message.message_id.ends_with(&format!(".{first_word}")).then_some(first_word);
    (message.ticket, message.exchange.clone(), feed)
}

/// At most `most` messages, and of each lane only the oldest.
fn first_per_lane(pending: Vec<PendingMessage>, taken: &mut HashSet<Lane>, most: usize) -> Vec<PendingMessage> {
    pending.into_iter().filter(|message| taken.insert(lane(message))).take(most).collect()
}

/// Writes one message to the connection; what is returned waits for its confirm.
async fn publish(
    channel: &Channel,
    message: &PendingMessage,
) -> Result<impl Future<Output = lapin::Result<Confirmation>> + use<>, AmqpError> {
    let mut headers = FieldTable::default();
    headers.insert("ticket_id".into(), AMQPValue::LongString(message.ticket_id.as_str().into()));
    headers.insert("ticket_version".into(), AMQPValue::LongLongInt(i64::try_from(message.version).unwrap_or(i64::MAX)));
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/cloudevents+json".into())
        .with_message_id(short(&message.message_id))
        .with_type(short(&message.kind))
        .with_timestamp(u64::try_from(message.at.as_second()).unwrap_or_default())
        .with_headers(headers);
    let (exchange, key) = (short(&message.exchange), short(&message.routing_key));
    Ok(channel.basic_publish(exchange, key, MANDATORY, &message.body, properties).await?)
}

/// A short string; AMQP allows 255 bytes, and all of ours are made shorter.
fn short(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_else(|_too_long| ShortString::from("too-long"))
}

/// Follows the connection's events; the receiver is true while the broker blocks publishing.
fn watch_blocking(connection: &Connection, state: Arc<ForwardState>) -> watch::Receiver<bool> {
    let mut events = connection.events_listener();
    let (blocked, watched) = watch::channel(false);
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            match event {
                Event::ConnectionBlocked(reason) => {
                    tracing::warn!(reason, "The broker has blocked publishing; forwarding waits.");
                    state.blocked.store(true, Ordering::Relaxed);
                    blocked.send_replace(true);
                }
                Event::ConnectionUnblocked => {
                    tracing::info!("The broker accepts messages again.");
                    state.blocked.store(false, Ordering::Relaxed);
                    blocked.send_replace(false);
                }
                _ => {}
            }
        }
        blocked.send_replace(false);
    });
    watched
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: i64, ticket: i64, exchange: &str, key: &str, message_id: &str) -> PendingMessage {
        PendingMessage {
            id,
            ticket,
            ticket_id: format!("T{ticket}"),
            version: 1,
            exchange: exchange.to_owned(),
            routing_key: key.to_owned(),
            message_id: message_id.to_owned(),
            kind: String::new(),
            at: jiff::Timestamp::UNIX_EPOCH,
            body: Vec::new(),
        }
    }

    #[test]
    fn a_window_holds_one_message_per_ticket_and_destination() {
        let pending = vec![
            message(1, 7, "tickets", "created.a.b.c", "T7.1"),
            message(2, 7, "feeds", "urban.created.a.b.c", "T7.1.urban"),
            message(3, 7, "feeds", "wages.created.a.b.c", "T7.1.wages"),
            message(4, 7, "tickets", "joined.a.b.c", "T7.2"),
            message(5, 7, "feeds", "urban.joined.a.b.c", "T7.2.urban"),
            message(6, 8, "tickets", "created.a.b.c", "T8.1"),
        ];
        let window = first_per_lane(pending.clone(), &mut HashSet::new(), 10);
        assert_eq!(window.iter().map(|m| m.id).collect::<Vec<_>>(), [1, 2, 3, 6]);
        assert_eq!(first_per_lane(pending.clone(), &mut HashSet::new(), 2).len(), 2);
        let stuck = lane(&pending[1]);
        let window = first_per_lane(pending, &mut HashSet::from([stuck]), 10);
        assert_eq!(window.iter().map(|m| m.id).collect::<Vec<_>>(), [1, 3, 6], "a stuck lane lets the others pass");
    }
}
