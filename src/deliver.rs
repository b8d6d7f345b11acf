//! Deliveries to destinations: each destination at its own pace, again and again until taken or given up. What is slow, away or
//! broken delays nobody else.

mod attempt;
mod sender;

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::destinations::Destination;
use crate::store::StoreHandle;
use sender::Sender;

/// Sends to the destinations of the live pack until told to stop.
#[derive(Debug)]
pub struct Deliverer {
    /// For the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Where results are noted.
    pub store: StoreHandle,
    /// The same store, read beside what is being written.
    pub outbox: StoreHandle,
    /// Rings whenever there may be something to deliver.
    pub bell: Arc<Notify>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Deliverer {
    /// Works until `stop` turns true; attempts under way are finished, if they are soon.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut packs = self.supervisor.subscribe();
        while !*stop.borrow() {
            let destinations: Vec<Arc<Destination>> =
                packs.borrow_and_update().destinations.values().map(Arc::clone).collect();
            let (stop_these, these_stopped) = watch::channel(false);
            let mut senders = JoinSet::new();
            for destination in destinations {
                senders.spawn(self.sender(destination).run(these_stopped.clone()));
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                changed = packs.changed() => {
                    if changed.is_err() {
                        stopped(&mut stop).await;
                    }
                }
            }
            stop_these.send_replace(true);
            while let Some(ended) = senders.join_next().await {
                if let Err(error) = ended {
                    tracing::error!(%error, "Deliveries to a destination ended badly.");
                }
            }
        }
    }

    fn sender(&self, destination: Arc<Destination>) -> Sender {
        let (store, outbox) = (self.store.clone(), self.outbox.clone());
        Sender::new(destination, (store, outbox), Arc::clone(&self.bell), Arc::clone(&self.clock))
    }
}
