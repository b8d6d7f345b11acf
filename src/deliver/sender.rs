//! One destination: its events go out oldest first, a few at a time, none before an earlier one of its ticket.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::attempt::{Standing, result};
use super::desk::{DeliveryDesk, Noted, STOP_GRACE, Work, jitter, parcel};
use super::numbers::Numbers;
use super::pace::Pace;
use crate::clock::{Clock, stopped_for};
use crate::destinations::{Destination, Order, Outcome, Parcel, Retry};
use crate::store::{ForeignNumber, PendingDelivery, Store, StoreError};

/// Of how many events that are due the one is chosen by which a destination that is away is probed.
const PROBE_CHOICE: usize = 16;
/// How long after its making a delivery without attempts has surely not been sent by anybody.
const FRESH: SignedDuration = SignedDuration::from_secs(10);

/// What takes events to a destination, one at a time.
#[async_trait]
pub(super) trait Carry: Send + Sync {
    /// Makes one attempt.
    async fn carry(&self, parcel: Parcel<'_>, now: Timestamp) -> Outcome;

    /// Whether numbers of the other system are given or needed.
    fn knows_numbers(&self) -> bool {
        false
    }
}

/// What is agreed on with a destination.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub order: Order,
    pub at_once: usize,
    pub per_minute: u32,
    pub retry: Retry,
}

impl Terms {
    pub(super) fn of(destination: &Destination) -> Self {
        let Destination { order, pace, retry, .. } = destination;
        Self { order: *order, at_once: pace.at_once, per_minute: pace.per_minute, retry: *retry }
    }
}

/// Sends to one destination.
pub(super) struct Sender {
    terms: Terms,
    carrier: Arc<dyn Carry>,
    pace: Pace,
    standing: Standing,
    /// What was made before may have been sent by one that was broken off.
    started_at: Timestamp,
}

#[async_trait]
impl Work for Sender {
    async fn do_due(&mut self, desk: &mut DeliveryDesk, stop: &watch::Receiver<bool>) -> Result<usize, StoreError> {
        let now = desk.clock.now();
        if desk.is_asked() {
            self.standing.quiet_until = None;
        }
        if self.standing.quiet_until.is_some_and(|until| until > now) {
            return Ok(0);
        }
        let in_one_order = self.terms.order == Order::Destination;
        let is_away = self.standing.is_away();
        let most = match (in_one_order, is_away) {
            (true, _) => 1,
            (false, true) => self.terms.at_once.max(PROBE_CHOICE),
            (false, false) => self.terms.at_once,
        };
        let name = desk.destination.clone();
        let look = Box::new(move |store: &mut dyn Store| store.due_deliveries(&name, in_one_order, now, most));
        let Some(mut due) = desk.look(look).await? else { return Ok(1) };
        if is_away {
            // Probed with what was tried least: one event that the other side fails at would hold up all others for ever.
            let probe = due.into_iter().min_by_key(|delivery| delivery.attempts);
            due = probe.into_iter().collect();
        }
        let numbers = match self.carrier.knows_numbers() {
            true => Numbers::of(&desk.outbox, &desk.destination, &due).await?,
            false => Numbers::default(),
        };
        let attempts = due.iter().map(|delivery| {
            let number = numbers.get(delivery.ticket);
            self.attempt(delivery, number, &desk.clock, stop.clone())
        });
        let attempts = join_all(attempts).await;
        let count = due.len();
        for (delivery, outcome) in due.iter().zip(attempts) {
            let Some(outcome) = outcome else { continue };
            let (now, jitter) = (desk.clock.now(), jitter());
            let was_away = self.standing.is_away();
            self.standing.note(delivery.id, &outcome, &self.terms.retry, (now, jitter));
            let is_away = self.standing.is_away();
            tell(&desk.destination, delivery, &outcome, (was_away, is_away));
            let number = given_number(&desk.destination, delivery, &outcome, now);
            let result = result(delivery, outcome, &self.terms.retry, (is_away, now, jitter));
            desk.unstored.push(Noted { ids: vec![delivery.id], result, at: now, number });
        }
        desk.note_results().await.map(|()| count)
    }
}

impl Sender {
    pub(super) fn new(terms: Terms, carrier: Arc<dyn Carry>, started_at: Timestamp) -> Self {
        Self { terms, carrier, pace: Pace::new(terms.per_minute), standing: Standing::of(terms.order), started_at }
    }

    async fn attempt(
        &self,
        delivery: &PendingDelivery,
        number: Option<&str>,
        clock: &Arc<dyn Clock>,
        mut stop: watch::Receiver<bool>,
    ) -> Option<Outcome> {
        let carrying = async {
            self.pace.ready().await;
            let is_old = clock.now().duration_since(delivery.at) > FRESH;
            let was_tried = delivery.attempts > 0 || delivery.is_repeated;
            let may_be_there = was_tried || delivery.at < self.started_at || is_old;
            let parcel = Parcel { number, may_be_there, ..parcel(delivery) };
            self.carrier.carry(parcel, clock.now()).await
        };
        tokio::select! {
            biased;
            outcome = carrying => Some(outcome),
            () = stopped_for(&mut stop, STOP_GRACE) => None,
        }
    }
}

/// The number that an answer gave.
fn given_number(
    destination: &str,
    delivery: &PendingDelivery,
    outcome: &Outcome,
    at: Timestamp,
) -> Option<ForeignNumber> {
    let Outcome::Taken { number: Some(number), .. } = outcome else { return None };
    let (destination, ticket) = (destination.to_owned(), delivery.ticket);
    Some(ForeignNumber { destination, ticket, number: number.clone(), at })
}

/// Says what an operator wants to know, once: not every attempt of a destination that is away.
fn tell(destination: &str, delivery: &PendingDelivery, outcome: &Outcome, (was_away, is_away): (bool, bool)) {
    let message_id = delivery.message_id.as_str();
    match outcome {
        Outcome::Taken { .. } if was_away => {
            tracing::info!(destination, "The destination is back; what waited goes out.")
        }
        Outcome::Taken { .. } => {}
        Outcome::Waits { reason } => tracing::debug!(destination, message_id, reason, "A delivery waits."),
        Outcome::Failed(failure) if failure.is_end => tracing::warn!(
            destination,
            message_id,
            reason = failure.reason,
            "A delivery was given up: the destination will never take it. See `huiliu deliveries list --state dead`."
        ),
        Outcome::Failed(failure) if is_away && !was_away => tracing::warn!(
            destination,
            reason = failure.reason,
            "The destination counts as away; it is probed, and what is for it waits."
        ),
        Outcome::Failed(failure) if !was_away => {
            tracing::info!(destination, message_id, reason = failure.reason, "A delivery failed; it is tried again.");
        }
        Outcome::Failed(_) => {}
    }
}
