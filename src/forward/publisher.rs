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

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::{AmqpError, Broker, Confirm, Publisher};
use crate::clock::{Backoff, Clock, stopped};
use crate::key::TicketKey;
use crate::store::{PendingMessage, Store, StoreHandle};

/// How often an idle forwarder looks at the outbox and at the unrouted queue.
const IDLE_LOOK: Duration = Duration::from_secs(5);
/// Messages read from the store at a time, as a multiple of the window.
const READ_AHEAD: usize = 4;

/// How long a lane whose message was refused is passed over.
const STUCK_PAUSE: Duration = Duration::from_secs(5);

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

    /// Follows a connection's `connection.blocked` until it ends.
    fn follow_blocking(self: &Arc<Self>, mut blocked: watch::Receiver<bool>) {
        let state = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                state.blocked.store(*blocked.borrow_and_update(), Ordering::Relaxed);
                if blocked.changed().await.is_err() {
                    state.blocked.store(false, Ordering::Relaxed);
                    return;
                }
            }
        });
    }

    fn note_error(&self, error: Option<String>) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

/// Publishes the outbox until told to stop.
pub struct Forwarder {
    /// The broker.
    pub broker: Arc<dyn Broker>,
    /// Messages published before their confirms are awaited, 1 to 1,000.
    pub window: usize,
    /// Longest wait for the confirms of one window.
    pub confirm_timeout: Duration,
    /// Names of the feeds of the live pack.
    pub feeds: watch::Receiver<Vec<String>>,
    /// Where published messages are marked.
    pub store: StoreHandle,
    /// The outbox, read beside what is being written.
    pub outbox: StoreHandle,
    /// Rung when the outbox has grown.
    pub bell: Arc<Notify>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// For health and metrics.
    pub state: Arc<ForwardState>,
}

impl std::fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forwarder").field("broker", &self.broker.shown()).finish_non_exhaustive()
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
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), self.clock.as_ref());
        while !*stop.borrow() {
            let ended = self.session(&mut stop, &mut backoff).await;
            self.state.connected.store(false, Ordering::Relaxed);
            let Err(error) = ended else { return };
            tracing::warn!(%error, broker = self.broker.shown(), "Forwarding is interrupted; the outbox keeps everything until the broker is back.");
            self.state.note_error(Some(error.to_string()));
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self, stop: &mut watch::Receiver<bool>, backoff: &mut Backoff) -> Result<(), AmqpError> {
        let mut feeds = self.feeds.clone();
        let names = feeds.borrow_and_update().clone();
        let mut publisher = self.broker.publisher(names).await?;
        self.state.follow_blocking(publisher.blocked());
        self.state.connected.store(true, Ordering::Relaxed);
        self.state.note_error(None);
        tracing::info!(broker = self.broker.shown(), "Connected to the broker; forwarding.");
        backoff.reset();
        let mut stuck = Stuck::default();
        loop {
            if feeds.has_changed().unwrap_or(false) {
                let names = feeds.borrow_and_update().clone();
                publisher.declare(names).await?;
            }
            stuck.release(Instant::now());
            match self.window(publisher.as_mut(), &mut stuck, stop).await? {
                Window::Progress if !*stop.borrow() => continue,
                Window::Stuck => {
                    let names = self.feeds.borrow().clone();
                    publisher.declare(names).await?;
                }
                Window::Progress | Window::Empty => {}
            }
            if *stop.borrow() {
                publisher.close().await;
                return Ok(());
            }
            self.state.unrouted.store(publisher.count_unrouted().await?, Ordering::Relaxed);
            tokio::select! {
                biased;
                () = stopped(stop) => {}
                () = self.bell.notified() => {}
                _ = feeds.changed() => feeds.mark_changed(),
                () = tokio::time::sleep(IDLE_LOOK) => {}
            }
            if !publisher.connected() {
                return Err(AmqpError::Lost("closed by the broker".to_owned()));
            }
        }
    }

    /// Publishes one window and waits for all its confirms.
    async fn window(
        &self,
        publisher: &mut dyn Publisher,
        stuck: &mut Stuck,
        stop: &watch::Receiver<bool>,
    ) -> Result<Window, AmqpError> {
        let window = self.next_window(self.window.clamp(1, 1_000), &stuck.lanes).await?;
        if window.is_empty() {
            return Ok(Window::Empty);
        }
        let (mut stop, blocked) = (stop.clone(), publisher.blocked());
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return Ok(Window::Empty),
            () = wait_unblocked(&blocked) => {}
        }
        let confirms = self.within_limit(publisher.publish(&window), &blocked).await??;
        let (done, returned) = judge(&window, &confirms);
        let nacked = confirms.iter().filter(|confirm| !confirm.acknowledged).count();
        self.state.nacked.fetch_add(u64::try_from(nacked).unwrap_or(u64::MAX), Ordering::Relaxed);
        self.state.returned.fetch_add(u64::try_from(returned).unwrap_or(u64::MAX), Ordering::Relaxed);
        if returned > 0 {
            tracing::warn!(
                count = returned,
                "Messages came back unroutable; queues are declared again and the messages published again."
            );
        }
        let failed = done.len() < window.len();
        let is_done: HashSet<i64> = done.iter().copied().collect();
        stuck.add(window.iter().filter(|message| !is_done.contains(&message.id)).map(lane), Instant::now());
        self.state.published.fetch_add(u64::try_from(done.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let now = self.clock.now();
        if !done.is_empty() {
            self.store.ask(move |store| store.mark_published(&done, now)).await?;
        }
        Ok(if failed { Window::Stuck } else { Window::Progress })
    }

    /// The oldest messages that may go out now; lanes that are stuck are passed over.
    async fn next_window(&self, most: usize, stuck: &HashSet<Lane>) -> Result<Vec<PendingMessage>, AmqpError> {
        let (mut after, stuck) = (0, Arc::new(stuck.clone()));
        loop {
            let mut choice = Choice { taken: HashSet::new(), stuck: Arc::clone(&stuck), room: most };
            let look = move |store: &mut dyn Store| {
                store.pending_messages(after, most * READ_AHEAD, &mut |message| choice.takes(message))
            };
            let (window, last) = self.outbox.ask(look).await?;
            let Some(last) = last.filter(|_| window.is_empty()) else { return Ok(window) };
            after = last;
        }
    }

    /// Waits for `work` with the confirm time-out, which stands still while the broker blocks publishing.
    async fn within_limit<T>(
        &self,
        work: impl Future<Output = T>,
        blocked: &watch::Receiver<bool>,
    ) -> Result<T, AmqpError> {
        let limit = self.confirm_timeout;
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

async fn wait_unblocked(blocked: &watch::Receiver<bool>) {
    let mut blocked = blocked.clone();
    drop(blocked.wait_for(|blocked| !*blocked).await);
}

/// The messages of a window that are safe with the broker, and how many came back. A return may have come with the confirm
/// of another message.
fn judge(window: &[PendingMessage], confirms: &[Confirm]) -> (Vec<i64>, usize) {
    let returned: HashSet<&str> = confirms.iter().filter_map(|confirm| confirm.returned.as_deref()).collect();
    let safe = |(message, confirm): &(&PendingMessage, &Confirm)| {
        confirm.acknowledged && !returned.contains(message.message_id.as_str())
    };
    let done = window.iter().zip(confirms).filter(safe).map(|(message, _)| message.id).collect();
    (done, returned.len())
}

/// Lanes whose message was refused. They are passed over for a while, so that the others go on.
#[derive(Debug, Default)]
struct Stuck {
    lanes: HashSet<Lane>,
    until: Option<Instant>,
}

impl Stuck {
    fn add(&mut self, lanes: impl Iterator<Item = Lane>, now: Instant) {
        self.lanes.extend(lanes);
        if !self.lanes.is_empty() {
            self.until.get_or_insert(now + STUCK_PAUSE);
        }
    }

    fn release(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            *self = Self::default();
        }
    }
}

/// Ticket, exchange and feed: messages of one lane go out one after the other.
type Lane = (TicketKey, String, Option<String>);

/// The lane of a message. The feed is the first word of the key where the message id ends in it; the public stream has none.
fn lane(message: &PendingMessage) -> Lane {
    let first_word = message.routing_key.split('.').next().unwrap_or_default().to_owned();
    let feed = message.message_id.ends_with(&format!(".{first_word}")).then_some(first_word);
    (message.ticket, message.exchange.clone(), feed)
}

/// Which messages go into a window: of each lane only the oldest, none of those that are stuck.
struct Choice {
    taken: HashSet<Lane>,
    stuck: Arc<HashSet<Lane>>,
    room: usize,
}

impl Choice {
    fn takes(&mut self, message: &PendingMessage) -> bool {
        let lane = lane(message);
        let takes = self.room > 0 && !self.stuck.contains(&lane) && self.taken.insert(lane);
        self.room -= usize::from(takes);
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: i64, ticket: i64, exchange: &str, key: &str, message_id: &str) -> PendingMessage {
        PendingMessage {
            id,
            ticket: TicketKey(ticket),
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
        let pending = [
            message(1, 7, "tickets", "created.a.b.c", "T7.1"),
            message(2, 7, "feeds", "urban.created.a.b.c", "T7.1.urban"),
            message(3, 7, "feeds", "wages.created.a.b.c", "T7.1.wages"),
            message(4, 7, "tickets", "joined.a.b.c", "T7.2"),
            message(5, 7, "feeds", "urban.joined.a.b.c", "T7.2.urban"),
            message(6, 8, "tickets", "created.a.b.c", "T8.1"),
        ];
        let window = |room: usize, stuck: HashSet<Lane>| {
            let mut choice = Choice { taken: HashSet::new(), stuck: Arc::new(stuck), room };
            pending.iter().filter(|message| choice.takes(message)).map(|message| message.id).collect::<Vec<_>>()
        };
        assert_eq!(window(10, HashSet::new()), [1, 2, 3, 6]);
        assert_eq!(window(2, HashSet::new()), [1, 2]);
        let stuck = HashSet::from([lane(&pending[1])]);
        assert_eq!(window(10, stuck), [1, 3, 6], "a stuck lane lets the others pass");
    }
}
