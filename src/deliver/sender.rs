//! One destination: its events go out oldest first, a few at a time, none before an earlier one of its ticket.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::{Notify, watch};

use super::attempt::{Standing, result};
use crate::clock::{Clock, stopped, stopped_for};
use crate::destinations::{Destination, Order, Outcome};
use crate::key::DeliveryKey;
use crate::store::{DeliveryResult, DeliveryState, PendingDelivery, StoreError, StoreHandle};

/// How often it is looked when nothing rings.
const IDLE_LOOK: Duration = Duration::from_secs(2);
/// How long an attempt may still take while stopping. One that is broken off is made again at the next start, with the same key.
const STOP_GRACE: Duration = Duration::from_secs(1);

/// Sends to one destination.
pub(super) struct Sender {
    destination: Arc<Destination>,
    store: StoreHandle,
    outbox: StoreHandle,
    bell: Arc<Notify>,
    clock: Arc<dyn Clock>,
    limiter: DefaultDirectRateLimiter,
}

/// A result that is to be stored.
type Noted = (DeliveryKey, DeliveryResult, Timestamp);

impl Sender {
    pub(super) fn new(
        destination: Arc<Destination>,
        (store, outbox): (StoreHandle, StoreHandle),
        bell: Arc<Notify>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let per_minute = NonZeroU32::new(destination.pace.per_minute).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(destination.pace.per_minute / 10).unwrap_or(NonZeroU32::MIN);
        let limiter = RateLimiter::direct(Quota::per_minute(per_minute).allow_burst(burst));
        Self { destination, store, outbox, bell, clock, limiter }
    }

    /// Works until `stop` turns true.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut standing = Standing::default();
        // Results that the store did not take. Nothing more is sent before they are in: an event whose delivery is forgotten would
        // be sent again and again for as long as the disk is full.
        let mut unstored: Vec<Noted> = Vec::new();
        while !*stop.borrow() {
            let bell = self.bell.notified();
            tokio::pin!(bell);
            // Before the look: what is stored after it rings.
            bell.as_mut().enable();
            let sent = match self.note_results(&mut unstored).await {
                Ok(()) => self.send_due(&mut standing, &mut unstored, &stop).await,
                Err(error) => Err(error),
            };
            match sent {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    let destination = self.destination.id.as_str();
                    tracing::error!(%error, destination, "Deliveries wait until the store works again.");
                }
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = bell, if unstored.is_empty() => {}
                () = tokio::time::sleep(IDLE_LOOK) => {}
            }
        }
        if let Err(error) = self.note_results(&mut unstored).await {
            let events = unstored.len();
            tracing::error!(%error, events, "The results of deliveries could not be stored; they are delivered again.");
        }
    }

    /// Sends what is due; the number of events.
    async fn send_due(
        &self,
        standing: &mut Standing,
        unstored: &mut Vec<Noted>,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreError> {
        let now = self.clock.now();
        if standing.quiet_until.is_some_and(|until| until > now) {
            return Ok(0);
        }
        let in_one_order = self.destination.order == Order::Destination;
        let most = if in_one_order || standing.is_away() { 1 } else { self.destination.pace.at_once };
        let name = self.destination.id.clone();
        let look = self.outbox.ask(move |store| store.due_deliveries(&name, in_one_order, now, most)).await;
        let due = match look {
            // It would hold up its ticket for ever: a person has to see to it.
            Err(StoreError::Damaged { table: "delivery", row, reason }) => {
                tracing::error!(delivery = row, reason, "An event cannot be read; it is given up, and listed as dead.");
                let error = Some(format!("its content cannot be read: {reason}"));
                let dead = DeliveryResult { state: DeliveryState::Dead, error, proof: None, next_at: None };
                unstored.push((DeliveryKey(row), dead, now));
                return Ok(1);
            }
            due => due?,
        };
        let attempts = join_all(due.iter().map(|delivery| self.attempt(delivery, stop.clone()))).await;
        let count = due.len();
        for (delivery, outcome) in due.iter().zip(attempts) {
            let Some(outcome) = outcome else { continue };
            let (now, jitter) = (self.clock.now(), jitter());
            let was_away = standing.is_away();
            standing.note(&outcome, &self.destination.retry, now, jitter);
            self.tell(delivery, &outcome, was_away, *standing);
            let result = result(delivery, outcome, &self.destination.retry, (*standing, now, jitter));
            unstored.push((delivery.id, result, now));
        }
        self.note_results(unstored).await.map(|()| count)
    }

    async fn attempt(&self, delivery: &PendingDelivery, mut stop: watch::Receiver<bool>) -> Option<Outcome> {
        let posting = async {
            self.limiter.until_ready().await;
            self.destination.way.carry(&delivery.message_id, &delivery.body, self.clock.now()).await
        };
        tokio::select! {
            biased;
            outcome = posting => Some(outcome),
            () = stopped_for(&mut stop, STOP_GRACE) => None,
        }
    }

    /// Notes results in their order.
    async fn note_results(&self, unstored: &mut Vec<Noted>) -> Result<(), StoreError> {
        while let Some((id, result, at)) = unstored.first().cloned() {
            self.store.ask(move |store| store.mark_delivery(id, &result, at)).await?;
            unstored.remove(0);
        }
        Ok(())
    }

    /// Says what an operator wants to know, once: not every attempt of a destination that is away.
    fn tell(&self, delivery: &PendingDelivery, outcome: &Outcome, was_away: bool, standing: Standing) {
        let destination = self.destination.id.as_str();
        let message_id = delivery.message_id.as_str();
        match outcome {
            Outcome::Taken(_) if was_away => {
                tracing::info!(destination, "The destination is back; what waited goes out.")
            }
            Outcome::Taken(_) => {}
            Outcome::Failed(failure) if failure.is_end => tracing::warn!(
                destination,
                message_id,
                reason = failure.reason,
                "A delivery was given up: the destination will never take it. See `huiliu deliveries list --state dead`."
            ),
            Outcome::Failed(failure) if standing.is_away() && !was_away => tracing::warn!(
                destination,
                reason = failure.reason,
                "The destination counts as away; it is probed, and what is for it waits."
            ),
            Outcome::Failed(failure) if !was_away => {
                tracing::info!(
                    destination,
                    message_id,
                    reason = failure.reason,
                    "A delivery failed; it is tried again."
                );
            }
            Outcome::Failed(_) => {}
        }
    }
}

/// A share of 1,024, below a half.
fn jitter() -> u32 {
    let mut bytes = [0; 2];
    // Without random numbers all waits are whole, and events are delivered all the same.
    let _whole = SystemRandom::new().fill(&mut bytes);
    u32::from(u16::from_ne_bytes(bytes)) % 512
}
