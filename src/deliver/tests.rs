//! Deliveries on simulated time: a store in memory, destinations that do what a test says.

mod events;
mod files;
mod outage;

use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::RetryRequests;
use super::desk::{DeliveryDesk, Work};
use crate::key::TicketKey;
use crate::store::{
    Changes, Database, DeliveryRow, DeliveryState, DeliveryView, KeyRing, Page, Store, StoreHandle, Vault, open,
};

/// Keys that are no secret.
const KEYS: &str =
    "hash AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

/// A store with nothing in it, and what carries out what it is asked for.
fn store() -> (StoreHandle, impl Future<Output = ()> + Send) {
    let vault = Vault::new(&KeyRing::parse(KEYS).unwrap()).unwrap();
    StoreHandle::in_line(open(&Database::SqliteInMemory, vault).unwrap().writer)
}

/// The runtime's time as the time of day.
#[derive(Debug)]
struct RunningClock(Timestamp, Instant);

impl Clock for RunningClock {
    fn now(&self) -> Timestamp {
        self.0 + SignedDuration::try_from(self.1.elapsed()).unwrap()
    }
}

/// What outlives those who deliver.
struct Site {
    store: StoreHandle,
    bell: Arc<Notify>,
    retries: Arc<RetryRequests>,
    clock: Arc<dyn Clock>,
    stop: watch::Sender<bool>,
}

impl Site {
    /// It begins at a time in Shanghai.
    fn new(begins: &str) -> Self {
        let (store, work) = store();
        tokio::spawn(work);
        let bell = Arc::new(Notify::new());
        let begins: Timestamp = format!("{begins}:00+08:00").parse().unwrap();
        let retries = Arc::new(RetryRequests::new(Arc::clone(&bell)));
        let clock = Arc::new(RunningClock(begins, Instant::now()));
        Self { store, bell, retries, clock, stop: watch::channel(false).0 }
    }

    /// Delivers to a destination until the task is ended.
    fn deliver(&self, destination: &str, work: impl Work + 'static) -> JoinHandle<()> {
        self.deliver_marking(destination, work, self.store.clone())
    }

    /// As [`Site::deliver`], with a store of its own for results.
    fn deliver_marking(&self, destination: &str, work: impl Work + 'static, store: StoreHandle) -> JoinHandle<()> {
        let desk = DeliveryDesk {
            destination: destination.to_owned(),
            store,
            outbox: self.store.clone(),
            bell: Arc::clone(&self.bell),
            retries: Arc::clone(&self.retries),
            clock: Arc::clone(&self.clock),
            unstored: Vec::new(),
        };
        tokio::spawn(desk.run(work, self.stop.subscribe()))
    }

    /// An event of a ticket, for each of these destinations.
    async fn happen(&self, destinations: &[&str], ticket: i64, version: u64) {
        let at = self.clock.now();
        let row = |destination: &&str| {
            let message_id = format!("T{ticket}.{version}.{destination}");
            let data = json!({ "ticket_id": format!("T{ticket}"), "version": version, "title": format!("={ticket}.{version}"),
                "change": { "event": "created" } });
            DeliveryRow {
                destination: (*destination).to_owned(),
                ticket: TicketKey(ticket),
                ticket_id: format!("T{ticket}"),
                version,
                message_id: message_id.clone(),
                kind: "created".to_owned(),
                at,
                body: json!({ "id": message_id, "data": data }),
            }
        };
        let deliveries = destinations.iter().map(row).collect();
        self.store.ask(|store| store.commit(Changes { deliveries, ..Changes::default() }).map(drop)).await.unwrap();
        self.bell.notify_waiters();
    }

    /// What is for a destination and stands so, oldest first.
    async fn standing(&self, destination: &str, state: DeliveryState) -> Vec<DeliveryView> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (name, page) = (destination.to_owned(), Page { after, limit: 500 });
            let look = move |store: &mut dyn Store| store.list_deliveries(Some(&name), state, page);
            let listed = self.store.ask(look).await.unwrap();
            let Some(last) = listed.last() else { break };
            after = Some(last.id.0);
            found.extend(listed);
        }
        found.reverse();
        found
    }

    /// Lets time pass until it is this time of the day in Shanghai.
    async fn until(&self, time: &str) {
        let wanted: Timestamp = format!("{time}:00+08:00").parse().unwrap();
        let wait = wanted.duration_since(self.clock.now());
        sleep(Duration::try_from(wait).unwrap() + Duration::from_secs(5)).await;
    }
}
