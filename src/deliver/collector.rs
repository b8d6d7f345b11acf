//! One destination that gets files at set times: what was there at a set time goes out in its order, a file at a time.
//!
//! Which events a file has follows from the first of them, and its name from what is in it. Between a file's being in its place and its
//! events' being marked a gateway can die: the next one makes the same file again, in the place of the first, or one of another name
//! where more has come.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::watch;

use super::attempt::{later, shortened};
use super::desk::{DeliveryDesk, Noted, STOP_GRACE, Work, jitter, parcel};
use crate::clock::stopped_for;
use crate::destinations::{Collected, Destination, Failure, Outcome, Parcel, TableFile};
use crate::key::DeliveryKey;
use crate::store::{DeliveryResult, DeliveryState, Page, PendingDelivery, Store, StoreError};

/// Brings together what is for one destination.
pub(super) struct Collector {
    destination: Arc<Destination>,
    standing: Standing,
}

/// How far it has come.
#[derive(Debug, Default)]
struct Standing {
    /// Files in a row that were not taken.
    failures: u32,
    /// It is not tried before.
    quiet_until: Option<Timestamp>,
    /// Somebody wanted what was there then, whatever the set times say.
    wanted_until: Option<Timestamp>,
    /// The last set time of which it is known whether anything had happened.
    looked_at: Option<Timestamp>,
}

#[async_trait]
impl Work for Collector {
    async fn do_due(&mut self, desk: &mut DeliveryDesk, stop: &watch::Receiver<bool>) -> Result<usize, StoreError> {
        let destination = Arc::clone(&self.destination);
        match destination.way.collected() {
            Some(collected) => {
                Round { destination: &destination, collected }.collect_due(desk, &mut self.standing, stop).await
            }
            None => Ok(0),
        }
    }
}

impl Collector {
    pub(super) fn new(destination: Arc<Destination>) -> Self {
        Self { destination, standing: Standing::default() }
    }
}

/// What does not change from file to file.
struct Round<'d> {
    destination: &'d Destination,
    collected: &'d Collected,
}

impl Round<'_> {
    /// Puts the next file that is due where it belongs; 0 where none is.
    async fn collect_due(
        &self,
        desk: &mut DeliveryDesk,
        standing: &mut Standing,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreError> {
        let now = desk.clock.now();
        if desk.is_asked() {
            (standing.quiet_until, standing.wanted_until) = (None, Some(now));
        }
        if standing.quiet_until.is_some_and(|until| until > now) {
            return Ok(0);
        }
        let Some(last) = self.collected.times.last(now) else { return Ok(0) };
        let until = standing.wanted_until.map_or(last, |wanted| wanted.max(last));
        let Some(due) = self.due(desk, until).await? else { return Ok(1) };
        let for_time = due.first().and_then(|first| self.collected.times.belonging(first.at));
        let Some(for_time) = for_time else {
            return self.tell_of_nothing(desk, standing, last, stop).await;
        };
        let for_time = for_time.to_zoned(self.collected.times.zone().clone());
        let parcels: Vec<Parcel<'_>> = due.iter().map(parcel).collect();
        let found = match self.collected.table.collect(&self.destination.id, &for_time, &parcels) {
            Ok(found) => found,
            // What every file would be: nothing is given up for that.
            Err(error) => {
                let failure = Failure::without_answer(error.to_string());
                self.note(desk, standing, due.iter().map(|one| one.id).collect(), Outcome::Failed(failure));
                return desk.note_results().await.map(|()| 1);
            }
        };
        for (id, reason) in found.impossible {
            tracing::warn!(
                destination = self.destination.id,
                delivery = id.0,
                reason,
                "An event has no row; it is given up, and listed as dead."
            );
            desk.give_up(id, reason);
        }
        if let Some((file, first)) = found.file.zip(found.within.first()) {
            let id = format!("{}-{}-{}", self.destination.id, first.0, file.digest);
            if let Some(outcome) = self.put(desk, &id, file, stop).await {
                self.note(desk, standing, found.within, outcome);
            }
        }
        desk.note_results().await.map(|()| 1)
    }

    /// The first events of the oldest set time that has some which were made until then; none where the store had to be mended.
    async fn due(&self, desk: &mut DeliveryDesk, until: Timestamp) -> Result<Option<Vec<PendingDelivery>>, StoreError> {
        let (most, bytes) = (self.collected.table.max_rows(), self.collected.max_event_bytes());
        let name = self.destination.id.clone();
        let look = Box::new(move |store: &mut dyn Store| store.pending_deliveries(&name, DeliveryKey(0), most, bytes));
        let Some(mut due) = desk.look(look).await? else { return Ok(None) };
        let times = &self.collected.times;
        let belongs = due.first().and_then(|first| times.belonging(first.at));
        let end = due.iter().position(|one| one.at > until || times.belonging(one.at) != belongs);
        due.truncate(end.unwrap_or(due.len()));
        Ok(Some(due))
    }

    /// A file without rows, where settings want one and nothing was there for the last set time.
    async fn tell_of_nothing(
        &self,
        desk: &mut DeliveryDesk,
        standing: &mut Standing,
        last: Timestamp,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreError> {
        if !self.collected.table.makes_empty() || standing.looked_at.is_some_and(|looked_at| looked_at >= last) {
            return Ok(0);
        }
        if self.had_something(desk, last).await? {
            standing.looked_at = Some(last);
            return Ok(0);
        }
        let for_time = last.to_zoned(self.collected.times.zone().clone());
        let file = match self.collected.table.without_rows(&self.destination.id, &for_time) {
            Ok(file) => file,
            Err(error) => {
                let failure = Failure::without_answer(error.to_string());
                self.note(desk, standing, Vec::new(), Outcome::Failed(failure));
                return Ok(0);
            }
        };
        let id = format!("{}-0-{}", self.destination.id, for_time.strftime("%Y%m%d%H%M"));
        if let Some(outcome) = self.put(desk, &id, file, stop).await {
            if matches!(outcome, Outcome::Taken { .. }) {
                standing.looked_at = Some(last);
            }
            self.note(desk, standing, Vec::new(), outcome);
        }
        Ok(0)
    }

    /// Whether events were there for a set time, by the newest that were delivered or given up.
    async fn had_something(&self, desk: &DeliveryDesk, time: Timestamp) -> Result<bool, StoreError> {
        for state in [DeliveryState::Sent, DeliveryState::Dead] {
            let name = self.destination.id.clone();
            let look = move |store: &mut dyn Store| store.list_deliveries(Some(&name), state, Page::first(1));
            let newest = desk.outbox.ask(look).await?;
            if newest.first().is_some_and(|newest| self.collected.times.belonging(newest.at) == Some(time)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One attempt; nothing where the gateway stops meanwhile.
    async fn put(
        &self,
        desk: &DeliveryDesk,
        id: &str,
        file: TableFile,
        stop: &watch::Receiver<bool>,
    ) -> Option<Outcome> {
        let (mut stop, now) = (stop.clone(), desk.clock.now());
        tokio::select! {
            biased;
            outcome = self.collected.put(id, file, now) => Some(outcome),
            () = stopped_for(&mut stop, STOP_GRACE) => None,
        }
    }

    /// Notes how a file fared, for all its events.
    fn note(&self, desk: &mut DeliveryDesk, standing: &mut Standing, ids: Vec<DeliveryKey>, outcome: Outcome) {
        let (now, destination) = (desk.clock.now(), self.destination.id.as_str());
        let result = match outcome {
            // A file needs nothing to be known first.
            Outcome::Waits { .. } => return,
            Outcome::Taken { answer, .. } => {
                if standing.failures > 0 {
                    tracing::info!(destination, "Files are taken again; what waited goes out.");
                }
                (standing.failures, standing.quiet_until) = (0, None);
                let (events, file) = (ids.len(), answer.as_str());
                tracing::info!(destination, events, file, "A file was delivered.");
                DeliveryResult { state: DeliveryState::Sent, error: None, proof: Some(answer), next_at: None }
            }
            Outcome::Failed(failure) if failure.is_end => {
                tracing::warn!(
                    destination,
                    reason = failure.reason,
                    "A file was refused for good; its events are listed as dead."
                );
                let (error, proof) = (Some(failure.reason), failure.answer);
                DeliveryResult { state: DeliveryState::Dead, error, proof, next_at: None }
            }
            Outcome::Failed(failure) => {
                if standing.failures == 0 {
                    tracing::warn!(destination, reason = failure.reason, "A file was not taken; it is tried again.");
                }
                let wait = shortened(self.destination.retry.wait(standing.failures), jitter());
                let until = later(now, wait.max(failure.retry_after.unwrap_or(Duration::ZERO)));
                standing.failures = standing.failures.saturating_add(1);
                standing.quiet_until = Some(until);
                let (error, proof) = (Some(failure.reason), failure.answer);
                DeliveryResult { state: DeliveryState::Pending, error, proof, next_at: Some(until) }
            }
        };
        if !ids.is_empty() {
            desk.unstored.push(Noted { ids, result, at: now, number: None });
        }
    }
}
