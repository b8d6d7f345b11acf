//! Deliveries to destinations: each destination at its own pace, again and again until taken or given up. What is slow, away or
//! broken delays nobody else.

mod attempt;
mod carriers;
mod collector;
mod desk;
mod editions;
mod numbers;
mod pace;
mod retries;
mod sender;

use std::sync::Arc;

use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::destinations::Destination;
use crate::store::{HandlerLinks, StoreHandle};
use carriers::{Carried, LiveChannels};
use collector::Collector;
use desk::DeliveryDesk;
use editions::EditionSender;
pub use retries::RetryRequests;
use sender::{Sender, Terms};

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
    /// What people want tried at once.
    pub retries: Arc<RetryRequests>,
    /// Links of handlers, where they can reach this gateway with their phones.
    pub links: Option<HandlerLinks>,
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
                let (desk, stop) = (self.desk(&destination.id), these_stopped.clone());
                if destination.way.collected().is_some() {
                    senders.spawn(self.editions(&destination).run(stop.clone()));
                    senders.spawn(desk.run(Collector::new(destination), stop));
                } else {
                    let terms = Terms::of(&destination);
                    let channels = LiveChannels {
                        supervisor: Arc::clone(&self.supervisor),
                        store: self.outbox.clone(),
                        links: self.links.clone(),
                        clock: Arc::clone(&self.clock),
                    };
                    let carried = Carried { destination, channels };
                    let sender = Sender::new(terms, Arc::new(carried), self.clock.now());
                    senders.spawn(desk.run(sender, stop));
                }
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

    fn editions(&self, destination: &Arc<Destination>) -> EditionSender {
        EditionSender {
            destination: Arc::clone(destination),
            store: self.store.clone(),
            outbox: self.outbox.clone(),
            clock: Arc::clone(&self.clock),
        }
    }

    fn desk(&self, destination: &str) -> DeliveryDesk {
        DeliveryDesk {
            destination: destination.to_owned(),
            store: self.store.clone(),
            outbox: self.outbox.clone(),
            bell: Arc::clone(&self.bell),
            retries: Arc::clone(&self.retries),
            clock: Arc::clone(&self.clock),
            unstored: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
