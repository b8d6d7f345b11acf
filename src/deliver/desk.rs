//! What everything that delivers to one destination needs: its deliveries in the store, the bell, time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use tokio::sync::{Notify, watch};

use crate::clock::{Clock, stopped};
use crate::destinations::Parcel;
use crate::key::DeliveryKey;
use crate::store::{DeliveryResult, DeliveryState, ForeignNumber, PendingDelivery, Store, StoreError, StoreHandle};

use super::RetryRequests;

/// How often it is looked when nothing rings.
const IDLE_LOOK: Duration = Duration::from_secs(2);
/// How long an attempt may still take while stopping. One that is broken off is made again at the next start, with the same key.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(1);

/// The deliveries of one destination.
pub(super) struct DeliveryDesk {
    /// Its name.
    pub destination: String,
    /// Where results are noted.
    pub store: StoreHandle,
    /// The same store, read beside what is being written.
    pub outbox: StoreHandle,
    /// Rings whenever there may be something to deliver.
    pub bell: Arc<Notify>,
    /// What people want tried at once.
    pub retries: Arc<RetryRequests>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Results that the store did not take. Nothing more is sent before they are in: an event whose delivery is forgotten would be
    /// sent again and again for as long as the disk is full.
    pub unstored: Vec<Noted>,
}

/// A result of one or more deliveries that is to be stored.
#[derive(Clone)]
pub(super) struct Noted {
    pub ids: Vec<DeliveryKey>,
    pub result: DeliveryResult,
    pub at: Timestamp,
    /// The other system's number, where its answer gave one.
    pub number: Option<ForeignNumber>,
}

/// What is done again and again for one destination.
#[async_trait]
pub(super) trait Work: Send {
    /// Does what is due; how much that was.
    async fn do_due(&mut self, desk: &mut DeliveryDesk, stop: &watch::Receiver<bool>) -> Result<usize, StoreError>;
}

/// Reads deliveries; an error names one that is damaged.
pub(super) type Look = Box<dyn FnOnce(&mut dyn Store) -> Result<Vec<PendingDelivery>, StoreError> + Send>;

impl DeliveryDesk {
    /// Has work done until `stop` turns true: again at once while there was something to do, else when the bell rings. Results are
    /// stored first.
    pub(super) async fn run(mut self, mut work: impl Work, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let rings = Arc::clone(&self.bell);
            let bell = rings.notified();
            tokio::pin!(bell);
            // Before the look: what is stored after it rings.
            bell.as_mut().enable();
            let done = match self.note_results().await {
                Ok(()) => work.do_due(&mut self, &stop).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => {
                    let destination = self.destination.as_str();
                    tracing::error!(%error, destination, "Deliveries wait until the store works again.");
                }
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                () = bell, if self.unstored.is_empty() => {}
                () = self.clock.pause(IDLE_LOOK) => {}
            }
        }
        if let Err(error) = self.note_results().await {
            let results = self.unstored.len();
            tracing::error!(%error, results, "The results of deliveries could not be stored; they are delivered again.");
        }
    }

    /// Whether somebody wants it tried at once.
    pub(super) fn is_asked(&self) -> bool {
        self.retries.take(&self.destination)
    }

    /// Deliveries as the store gives them; none where one was damaged, which is given up.
    pub(super) async fn look(&mut self, look: Look) -> Result<Option<Vec<PendingDelivery>>, StoreError> {
        match self.outbox.ask(look).await {
            // It would hold up its ticket for ever: a person has to see to it.
            Err(StoreError::Damaged { table: "delivery", row, reason }) => {
                tracing::error!(delivery = row, reason, "An event cannot be read; it is given up, and listed as dead.");
                self.give_up(DeliveryKey(row), format!("its content cannot be read: {reason}"));
                Ok(None)
            }
            found => found.map(Some),
        }
    }

    /// Notes that a delivery will never be made.
    pub(super) fn give_up(&mut self, id: DeliveryKey, reason: String) {
        let dead = DeliveryResult { state: DeliveryState::Dead, error: Some(reason), proof: None, next_at: None };
        self.unstored.push(Noted { ids: vec![id], result: dead, at: self.clock.now(), number: None });
    }

    /// Stores results in their order.
    pub(super) async fn note_results(&mut self) -> Result<(), StoreError> {
        while let Some(noted) = self.unstored.first().cloned() {
            note(&self.store, noted).await?;
            self.unstored.remove(0);
        }
        Ok(())
    }
}

/// Notes a result. The number first: where the rest is lost, the matter is known to be there.
async fn note(store: &StoreHandle, noted: Noted) -> Result<(), StoreError> {
    let Noted { ids, result, at, number } = noted;
    let destination = number.as_ref().map(|number| number.destination.clone());
    let delivery = ids.first().map(|id| id.0);
    let is_noted = store
        .ask(move |store| {
            let is_noted = number.map(|number| store.note_foreign_number(&number)).transpose()?.unwrap_or(true);
            let result = if is_noted { result } else { strange_number(result) };
            store.mark_deliveries(&ids, &result, at).map(|()| is_noted)
        })
        .await?;
    if !is_noted {
        tracing::error!(
            destination,
            delivery,
            "The other system gave a number that another ticket has, or another one than before; the first stays, and the delivery \
             counts as given up. See its proof."
        );
    }
    Ok(())
}

/// The result of a call whose answer has somebody else's number: whether the matter is there nobody knows, a person has to look.
fn strange_number(result: DeliveryResult) -> DeliveryResult {
    let error = "对方给的编号是另一张工单的，或与先前的不同，请查对方系统（the other system gave a number that another ticket has, or another \
                 one than before; look there）";
    DeliveryResult { state: DeliveryState::Dead, error: Some(error.to_owned()), next_at: None, ..result }
}

/// What is sent of a delivery.
pub(super) fn parcel(delivery: &PendingDelivery) -> Parcel<'_> {
    Parcel {
        delivery: delivery.id,
        message_id: &delivery.message_id,
        ticket_id: &delivery.ticket_id,
        version: delivery.version,
        kind: &delivery.kind,
        at: delivery.at,
        attempts: delivery.attempts,
        number: None,
        may_be_there: false,
        event: &delivery.body,
    }
}

/// A share of 1,024, below a half.
pub(super) fn jitter() -> u32 {
    let mut bytes = [0; 2];
    // Without random numbers all waits are whole, and events are delivered all the same.
    let _whole = SystemRandom::new().fill(&mut bytes);
    u32::from(u16::from_ne_bytes(bytes)) % 512
}
