//! One channel's worker: pull, map, store, confirm. It owns what the adapter must not: the loop, the pace, the back-off.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use huiliu_adapter_api::{AdapterError, Batch, Delivery, Position};
use tokio::sync::{Mutex, MutexGuard, watch};

use super::pace::BACKOFF;
use super::remarks::{self, Remarks};
use super::session::SessionKeeper;
use super::{ChannelHealth, Pace, Pause, PullBell};
use crate::catalogue::{Locale, one_of};
use crate::clock::{Backoff, Clock, stopped, stopped_for};
use crate::desk::{DeskHandle, Incoming, Taken};
use crate::mapping::Channel;
use crate::mapping::normalize;
use crate::mask::mask_text;
use crate::pack::Rules;
use crate::store::StoreHandle;
use crate::telemetry::Metrics;

/// Most batches taken from a push source while stopping.
const MAX_LAST_BATCHES: usize = 64;

/// Batches of a push source under way at a time.
const PUSH_LANES: usize = 2;

/// How long a confirmation may still take once the channel is to stop.
const CONFIRM_GRACE: Duration = Duration::from_secs(5);

/// A running channel.
pub struct ChannelWorker {
    /// What the desk decides by.
    pub rules: Arc<Rules>,
    /// The channel.
    pub channel: Arc<Channel>,
    /// Where batches go.
    pub desk: DeskHandle,
    /// Where the position is.
    pub store: StoreHandle,
    /// The rate limit.
    pub pace: Arc<Pace>,
    /// For the health page.
    pub health: Arc<ChannelHealth>,
    /// Has it pulled at once.
    pub bell: Arc<PullBell>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
}

impl std::fmt::Debug for ChannelWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChannelWorker").field("channel", &self.channel.id).finish_non_exhaustive()
    }
}

impl ChannelWorker {
    /// Works from the stored position on until `stop` turns true, but for while it is paused; a batch under way is finished first.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut pauses = self.health.follow_pauses();
        while !*stop.borrow() {
            if self.halts() && pauses.borrow_and_update().is_some() {
                self.metrics.channel(&self.channel.id, self.channel.field_names());
                tokio::select! {
                    biased;
                    () = stopped(&mut stop) => {}
                    _ = pauses.changed() => {}
                }
                continue;
            }
            let (halt, halted) = watch::channel(false);
            let working = self.work(halted);
            tokio::pin!(working);
            let has_ended = tokio::select! {
                biased;
                () = stopped(&mut stop) => false,
                () = self.paused(&mut pauses) => false,
                () = &mut working => true,
            };
            if !has_ended {
                halt.send_replace(true);
                working.await;
            }
        }
        self.health.stopped();
    }

    /// Whether it stops while it is paused. One that is pushed to is refused at the door: what it has let in is taken.
    fn halts(&self) -> bool {
        !self.pushed() || self.channel.adapter.session().is_some()
    }

    /// Waits until it is to stop for a pause.
    async fn paused(&self, pauses: &mut watch::Receiver<Option<Pause>>) {
        let is_paused = pauses.wait_for(|pause| self.halts() && pause.is_some()).await.is_ok();
        if !is_paused {
            std::future::pending::<()>().await;
        }
    }

    /// Works until `stop` turns true. A standing link is held until the last batch is confirmed.
    async fn work(&self, stop: watch::Receiver<bool>) {
        let pushed = self.pushed();
        let (end_session, session_stop) = watch::channel(false);
        let keeper = self.session();
        self.health.starting(pushed && keeper.is_none());
        self.metrics.channel(&self.channel.id, self.channel.field_names());
        let session = keeper.map(|keeper| tokio::spawn(keeper.run(session_stop)));
        // What was pushed has no position: the next batch is taken and mapped while one is at the desk.
        let (lanes, turn) = (if pushed { PUSH_LANES } else { 1 }, Mutex::new(()));
        join_all((0..lanes).map(|_| self.lane(&turn, stop.clone()))).await;
        end_session.send_replace(true);
        if let Some(session) = session
            && let Err(error) = session.await
        {
            tracing::error!(%error, channel = self.channel.id, "A channel's session ended badly.");
        }
    }

    fn session(&self) -> Option<SessionKeeper> {
        Some(SessionKeeper {
            channel: self.channel.id.clone(),
            session: self.channel.adapter.session()?,
            health: Arc::clone(&self.health),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        })
    }

    fn pushed(&self) -> bool {
        self.channel.adapter.delivery() == Delivery::Pushed
    }

    /// Takes batch after batch. Lanes take turns, so that batches reach the desk in the order in which they came.
    async fn lane(&self, turn: &Mutex<()>, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, self.clock.as_ref());
        let mut position = self.stored_position(&mut backoff, &mut stop).await;
        while !*stop.borrow() {
            let pulled = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                pulled = self.pull(turn, position.as_ref()) => pulled,
            };
            let wait = match pulled {
                Ok(pulled) => self.take(pulled, &mut position, &mut backoff, &mut stop).await,
                Err(error) => Some(self.failed(&error, &mut backoff)),
            };
            if let Some(wait) = wait {
                tokio::select! {
                    biased;
                    () = stopped(&mut stop) => break,
                    () = self.bell.rung() => {}
                    () = self.clock.pause(wait) => {}
                }
            }
        }
        self.take_what_waits(turn, &mut position, &mut backoff, &mut stop).await;
    }

    /// Where reading stands. A store that cannot be asked now is asked again: a channel must not stay away for that.
    async fn stored_position(&self, backoff: &mut Backoff, stop: &mut watch::Receiver<bool>) -> Option<Position> {
        if self.pushed() {
            return None;
        }
        while !*stop.borrow() {
            let id = self.channel.id.clone();
            let wait = match self.store.ask(move |store| store.position(&id)).await {
                Ok(position) => {
                    backoff.reset();
                    return position.map(Position);
                }
                Err(error) => self.failed(&AdapterError::transient(error.to_string()), backoff),
            };
            tokio::select! {
                biased;
                () = stopped(stop) => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        None
    }

    async fn pull<'a>(
        &self,
        turn: &'a Mutex<()>,
        position: Option<&Position>,
    ) -> Result<(MutexGuard<'a, ()>, Batch), AdapterError> {
        let turn = turn.lock().await;
        self.pace.ready().await;
        Ok((turn, self.channel.adapter.pull(position, self.channel.pace.batch).await?))
    }

    /// Stores and confirms a batch; gives how long to wait before the next pull, if at all.
    async fn take(
        &self,
        (turn, batch): (MutexGuard<'_, ()>, Batch),
        position: &mut Option<Position>,
        backoff: &mut Backoff,
        stop: &mut watch::Receiver<bool>,
    ) -> Option<Duration> {
        let now = self.clock.now();
        let records: Vec<_> = batch.records.iter().map(|record| normalize(&self.channel, record, now)).collect();
        let remarked: Vec<Remarks> = records.iter().map(Remarks::of).collect();
        remarks::note_source(&self.channel.id, &batch.alarms, &self.health, &self.metrics, now);
        let (count, more, receipt) = (records.len(), batch.more, batch.receipt);
        let new_position = batch.position.filter(|new| Some(new) != position.as_ref());
        let taken = if count == 0 && new_position.is_none() && batch.file.is_none() {
            Taken::default()
        } else {
            let channel = self.channel.id.clone();
            let incoming =
                Incoming { channel, records, position: new_position.clone(), calls: batch.calls, file: batch.file };
            let handed_in = self.desk.hand_in(incoming, &self.rules).await;
            drop(turn);
            let stored = match handed_in {
                Ok(handed_in) => handed_in.taken().await,
                Err(error) => Err(error),
            };
            match stored {
                Ok(taken) => taken,
                Err(error) => {
                    self.channel.adapter.abandon(&receipt);
                    return Some(self.failed(&AdapterError::transient(error.to_string()), backoff));
                }
            }
        };
        if new_position.is_some() {
            *position = new_position;
        }
        self.metrics.outcomes(&self.channel.id, &taken.outcomes);
        let now = self.clock.now();
        self.health.succeeded(count, now);
        remarks::note(&self.channel, (&remarked, &taken.fates), &self.health, &self.metrics, now);
        let confirming = self.channel.adapter.confirm(&receipt, &taken.outcomes);
        // The records are safe; a source that is slow to be told must not hold up a stop for long.
        let confirmed = tokio::select! {
            biased;
            confirmed = confirming => confirmed,
            () = stopped_for(stop, CONFIRM_GRACE) => Ok(()),
        };
        if let Err(error) = confirmed {
            // The records are safe. The source delivers them again, which changes nothing.
            return Some(self.failed(&error, backoff));
        }
        backoff.reset();
        (!more).then(|| Duration::from_secs(self.channel.pace.every_s))
    }

    /// Callers of a push source that wait while the channel stops are answered, not sent away.
    async fn take_what_waits(
        &self,
        turn: &Mutex<()>,
        position: &mut Option<Position>,
        backoff: &mut Backoff,
        stop: &mut watch::Receiver<bool>,
    ) {
        if !self.pushed() {
            return;
        }
        for _ in 0..MAX_LAST_BATCHES {
            let turn = turn.lock().await;
            let waiting = self.channel.adapter.pull(position.as_ref(), self.channel.pace.batch).now_or_never();
            let Some(Ok(batch)) = waiting else { return };
            self.take((turn, batch), position, backoff, stop).await;
        }
    }

    fn failed(&self, error: &AdapterError, backoff: &mut Backoff) -> Duration {
        let repeated = self.health.is_repeated(error);
        let failures = self.health.failed(error, self.clock.now());
        self.metrics.channel_error(&self.channel.id, error.kind());
        let wait = match error {
            AdapterError::Misconfigured { .. } => {
                backoff.reset();
                Duration::from_secs(self.channel.pace.every_s)
            }
            _ => backoff.next_after(error),
        };
        // The same again is told now and then: a login that is refused would fill the log.
        if repeated && !failures.is_power_of_two() {
            return wait;
        }
        let error_text = mask_text(&error.to_string());
        tracing::warn!(
            channel = self.channel.id,
            error = one_of(&error_text, Locale::of_process()),
            kind = error.kind(),
            failures,
            wait_s = wait.as_secs(),
            "The channel failed; it is tried again later."
        );
        wait
    }
}
