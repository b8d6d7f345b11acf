//! The outbox is drained: persistent, mandatory, confirmed, in order per ticket and destination.
//!
//! Messages go out in windows. In one window a ticket has at most one message per exchange, so that a refused message can
//! never be overtaken by its successor. A window is judged only when all its confirms are in: lapin may hand a returned
//! message to another message's confirm, so returns are matched by our message id. What is neither confirmed nor returned
//! is unknown, and published again with the same id.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::lanes::{Choice, Lane, Stopped, Stuck, feed, lane};
use super::{AmqpError, Broker, Confirm, ForwardState, Publisher};
use crate::clock::{Backoff, Clock, stopped, stopped_for};
use crate::store::{PendingMessage, Store, StoreHandle};

/// How often an idle forwarder looks at the outbox and counts the queues that nobody has to consume.
const IDLE_LOOK: Duration = Duration::from_secs(5);
/// Messages read from the store at a time, as a multiple of the window.
const READ_AHEAD: usize = 4;
/// How often what exists with other arguments is declared again.
const DECLARE_AGAIN: Duration = Duration::from_secs(10);
/// How long the confirms of the last window are waited for when stopping. What is not confirmed is published again at the next
/// start, with the same ids.
const STOP_GRACE: Duration = Duration::from_secs(1);

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

/// How far a connection has come.
struct Progress {
    stuck: Stuck,
    stopped: Stopped,
    /// Whether something exists with other arguments.
    faulty: bool,
    declared_at: Instant,
    counted_at: Option<Instant>,
}

impl Default for Progress {
    fn default() -> Self {
        let (stuck, stopped) = (Stuck::default(), Stopped::default());
        Self { stuck, stopped, faulty: false, declared_at: Instant::now(), counted_at: None }
    }
}

impl Progress {
    fn declares_again(&self) -> bool {
        self.faulty && self.declared_at.elapsed() >= DECLARE_AGAIN
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
            let Err(error) = ended else {
                self.state.connected.store(false, Ordering::Relaxed);
                return;
            };
            tracing::warn!(%error, broker = self.broker.shown(), "Forwarding is interrupted; the outbox keeps everything until the broker is back.");
            self.state.note_lost(error.to_string(), self.clock.now());
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
        let mut publisher = tokio::select! {
            biased;
            () = stopped(stop) => return Ok(()),
            publisher = self.broker.publisher(names) => publisher?,
        };
        self.state.follow_blocking(publisher.blocked());
        let mut progress = Progress::default();
        self.note_declared(publisher.as_ref(), &mut progress);
        self.state.note_connected(self.clock.now());
        tracing::info!(broker = self.broker.shown(), "Connected to the broker; forwarding.");
        backoff.reset();
        loop {
            if feeds.has_changed().unwrap_or(false) || progress.declares_again() {
                let names = feeds.borrow_and_update().clone();
                self.declare(publisher.as_mut(), names, &mut progress).await?;
            }
            progress.stuck.release(Instant::now());
            match self.window(publisher.as_mut(), &mut progress, stop).await? {
                Window::Progress if !*stop.borrow() => continue,
                Window::Stuck => {
                    let names = self.feeds.borrow().clone();
                    self.declare(publisher.as_mut(), names, &mut progress).await?;
                }
                Window::Progress | Window::Empty => {}
            }
            if *stop.borrow() {
                publisher.close().await;
                return Ok(());
            }
            self.count(publisher.as_mut(), &mut progress).await?;
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

    async fn declare(
        &self,
        publisher: &mut dyn Publisher,
        feeds: Vec<String>,
        progress: &mut Progress,
    ) -> Result<(), AmqpError> {
        publisher.declare(feeds).await?;
        self.note_declared(publisher, progress);
        Ok(())
    }

    fn note_declared(&self, publisher: &dyn Publisher, progress: &mut Progress) {
        let faults = publisher.faults();
        self.state.note_faults(faults);
        progress.declared_at = Instant::now();
        progress.faulty = !faults.is_empty();
        progress.stopped.set(faults.iter().filter_map(|fault| fault.feed.clone()).collect());
    }

    /// Counts the queues that nobody has to consume, not more often than it looks when idle.
    async fn count(&self, publisher: &mut dyn Publisher, progress: &mut Progress) -> Result<(), AmqpError> {
        if progress.counted_at.is_none_or(|at| at.elapsed() >= IDLE_LOOK) {
            self.state.note_lengths(publisher.lengths().await?);
            progress.counted_at = Some(Instant::now());
        }
        Ok(())
    }

    /// Publishes one window and waits for all its confirms.
    async fn window(
        &self,
        publisher: &mut dyn Publisher,
        progress: &mut Progress,
        stop: &watch::Receiver<bool>,
    ) -> Result<Window, AmqpError> {
        let window = self.next_window(self.window.clamp(1, 1_000), progress).await?;
        if window.is_empty() {
            return Ok(Window::Empty);
        }
        let (mut stop, blocked) = (stop.clone(), publisher.blocked());
        tokio::select! {
            biased;
            () = stopped(&mut stop) => return Ok(Window::Empty),
            () = wait_unblocked(&blocked) => {}
        }
        let confirms = tokio::select! {
            biased;
            confirms = self.within_limit(publisher.publish(&window), &blocked) => confirms??,
            () = stopped_for(&mut stop, STOP_GRACE) => return Ok(Window::Empty),
        };
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
        progress.stuck.add(window.iter().filter(|message| !is_done.contains(&message.id)).map(lane), Instant::now());
        self.state.published.fetch_add(u64::try_from(done.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
        let now = self.clock.now();
        let published = window.iter().filter(|message| is_done.contains(&message.id));
        self.state.note_published(published.map(|message| feed(message).map(str::to_owned)), now);
        if !done.is_empty() {
            self.store.ask(move |store| store.mark_published(&done, now)).await?;
        }
        Ok(if failed { Window::Stuck } else { Window::Progress })
    }

    /// The oldest messages that may go out now; lanes that are stuck and feeds that are stopped are passed over.
    async fn next_window(&self, most: usize, progress: &mut Progress) -> Result<Vec<PendingMessage>, AmqpError> {
        let stuck: Arc<HashSet<Lane>> = Arc::new(progress.stuck.lanes.clone());
        let mut after = progress.stopped.only_theirs_until;
        loop {
            let mut choice = Choice::new(most, Arc::clone(&stuck), &progress.stopped);
            let look = move |store: &mut dyn Store| {
                let read = store.pending_messages(after, most * READ_AHEAD, &mut |message| choice.takes(message));
                read.map(|(window, last)| (window, last, choice.only_stopped_until))
            };
            let (window, last, only_stopped_until) = self.outbox.ask(look).await?;
            if after == progress.stopped.only_theirs_until {
                progress.stopped.only_theirs_until = only_stopped_until;
            }
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
