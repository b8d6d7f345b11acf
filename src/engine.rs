//! Everything behind the listener, started and stopped in order: desk, channels, forwarding, status updates, replies,
//! deadlines, retention. Store, broker, clock and adapters are given, so that a simulation can give its own.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::{Factory, Receipts};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::audit::Actor;
use crate::channels::{Supervisor, SupervisorParts};
use crate::clock::Clock;
use crate::config::RetentionSettings;
use crate::deliver::{Deliverer, RetryRequests};
use crate::desk::{Desk, DeskHandle, DeskState};
use crate::feedback::{ReplySender, StatusDesk};
use crate::forward::{AmqpSettings, Broker, FileAddresses, ForwardState, Forwarder, Outlets, StatusConsumer};
use crate::pack::Pack;
use crate::schedule::{EditionMaker, FactSums, Indexing, ReminderWatch, Retention};
use crate::store::{HandlerLinks, StoreError, StoreHandle};
use crate::telemetry::Metrics;

/// Longest wait for one part to stop.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// What an engine is made from.
pub struct EngineParts {
    /// Folder of the pack.
    pub folder: PathBuf,
    /// The pack to start with.
    pub pack: Arc<Pack>,
    /// The adapters there are.
    pub factories: Arc<Vec<Box<dyn Factory>>>,
    /// For adapters that are asked what became of a complaint.
    pub receipts: Arc<dyn Receipts>,
    /// The store's writer.
    pub store: StoreHandle,
    /// The same store, to read the outbox from beside what is being written.
    pub outbox: StoreHandle,
    /// The same store, to make the index of words beside what is being written.
    pub indexer: StoreHandle,
    /// What the desk knows, rebuilt from that store.
    pub state: DeskState,
    /// The broker.
    pub broker: Arc<dyn Broker>,
    /// Names of exchanges, sizes and times.
    pub amqp: AmqpSettings,
    /// Who starts it.
    pub started_by: Actor,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// Addresses of files, where platforms can reach this gateway.
    pub files: Option<FileAddresses>,
    /// Links of handlers, where they can reach this gateway with their phones.
    pub links: Option<HandlerLinks>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A running engine.
pub struct Engine {
    /// The channels and the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Where changes go.
    pub desk: DeskHandle,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Forwarding.
    pub forward: Arc<ForwardState>,
    /// Rings whenever there may be something to deliver.
    pub delivery_bell: Arc<Notify>,
    /// What people want delivered at once.
    pub retries: Arc<RetryRequests>,
    stop_intake: watch::Sender<bool>,
    stop_rest: watch::Sender<bool>,
    intake_tasks: Vec<JoinHandle<()>>,
    rest_tasks: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("supervisor", &self.supervisor).finish_non_exhaustive()
    }
}

impl Engine {
    /// Starts everything.
    ///
    /// # Errors
    /// The store cannot be asked.
    pub async fn start(parts: EngineParts) -> Result<Self, StoreError> {
        let (bell, reply_bell) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let bells = (Arc::clone(&bell), Arc::clone(&reply_bell));
        let clock = Arc::clone(&parts.clock);
        let outlets = Outlets { files: parts.files, ..parts.amqp.outlets() };
        let (desk, desk_handle) = Desk::new(parts.store.clone(), parts.state, outlets, clock, bells.0, bells.1);
        let delivery_bell: Arc<Notify> = Arc::default();
        let desk = desk.waking(Arc::clone(&delivery_bell));
        let retries = Arc::new(RetryRequests::new(Arc::clone(&delivery_bell)));
        let metrics = Arc::new(Metrics::new());
        let supervisor = Supervisor::new(
            SupervisorParts {
                folder: parts.folder,
                factories: parts.factories,
                desk: desk_handle.clone(),
                store: parts.store.clone(),
                clock: Arc::clone(&parts.clock),
                metrics: Arc::clone(&metrics),
                receipts: parts.receipts,
            },
            parts.pack,
        );
        let mut rest_tasks = vec![tokio::spawn(desk.run())];
        supervisor.start(parts.started_by).await?;
        let shared = Shared {
            supervisor: Arc::clone(&supervisor),
            desk: desk_handle.clone(),
            store: parts.store,
            outbox: parts.outbox,
            indexer: parts.indexer,
            broker: parts.broker,
            amqp: parts.amqp,
            clock: parts.clock,
            metrics: Arc::clone(&metrics),
            forward: Arc::default(),
            delivery_bell: Arc::clone(&delivery_bell),
            retries: Arc::clone(&retries),
            links: parts.links,
        };
        let (stop_intake, intake_stopped) = watch::channel(false);
        let (stop_rest, rest_stopped) = watch::channel(false);
        let intake_tasks = shared.start_intake(&intake_stopped);
        rest_tasks.extend(shared.start_rest(bell, reply_bell, parts.retention, &rest_stopped));
        let forward = Arc::clone(&shared.forward);
        let desk = desk_handle;
        Ok(Self {
            supervisor,
            desk,
            metrics,
            forward,
            delivery_bell,
            retries,
            stop_intake,
            stop_rest,
            intake_tasks,
            rest_tasks,
        })
    }

    /// Stops in order: channels finish what they have, then the status queue, then the rest. Whoever pushes must have been sent
    /// away before: without channels nobody answers.
    pub async fn stop(self) {
        self.supervisor.stop().await;
        self.stop_intake.send_replace(true);
        join_all(self.intake_tasks).await;
        self.stop_rest.send_replace(true);
        // The desk ends when the last handle to it is gone.
        drop((self.supervisor, self.desk));
        join_all(self.rest_tasks).await;
    }
}

/// What the parts of an engine share.
struct Shared {
    supervisor: Arc<Supervisor>,
    desk: DeskHandle,
    store: StoreHandle,
    outbox: StoreHandle,
    indexer: StoreHandle,
    broker: Arc<dyn Broker>,
    amqp: AmqpSettings,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    forward: Arc<ForwardState>,
    delivery_bell: Arc<Notify>,
    retries: Arc<RetryRequests>,
    links: Option<HandlerLinks>,
}

impl Shared {
    /// Starts what brings work to the desk besides channels: status updates and deadlines.
    fn start_intake(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let handler = StatusDesk {
            desk: self.desk.clone(),
            supervisor: Arc::clone(&self.supervisor),
            metrics: Arc::clone(&self.metrics),
        };
        let consumer = StatusConsumer {
            broker: Arc::clone(&self.broker),
            handler: Arc::new(handler),
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&self.forward),
        };
        let deadlines = ReminderWatch {
            desk: self.desk.clone(),
            store: self.store.clone(),
            supervisor: Arc::clone(&self.supervisor),
            clock: Arc::clone(&self.clock),
        };
        vec![tokio::spawn(consumer.run(stop.clone())), tokio::spawn(deadlines.run(stop.clone()))]
    }

    /// Starts what carries the desk's work away: forwarding, replies, retention; and the index of words.
    fn start_rest(
        &self,
        bell: Arc<Notify>,
        reply_bell: Arc<Notify>,
        retention: RetentionSettings,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let forwarder = Forwarder {
            broker: Arc::clone(&self.broker),
            window: self.amqp.window,
            confirm_timeout: Duration::from_secs(self.amqp.confirm_timeout_s.max(1)),
            feeds: follow_feeds(&self.supervisor),
            store: self.store.clone(),
            outbox: self.outbox.clone(),
            bell,
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&self.forward),
        };
        let deliverer = Deliverer {
            supervisor: Arc::clone(&self.supervisor),
            store: self.store.clone(),
            outbox: self.outbox.clone(),
            bell: Arc::clone(&self.delivery_bell),
            retries: Arc::clone(&self.retries),
            links: self.links.clone(),
            clock: Arc::clone(&self.clock),
        };
        let replies = ReplySender {
            supervisor: Arc::clone(&self.supervisor),
            store: self.store.clone(),
            bell: reply_bell,
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        };
        let retention = Retention {
            store: self.store.clone(),
            desk: self.desk.clone(),
            supervisor: Arc::clone(&self.supervisor),
            clock: Arc::clone(&self.clock),
            settings: retention,
        };
        let sums = FactSums {
            store: self.store.clone(),
            supervisor: Arc::clone(&self.supervisor),
            clock: Arc::clone(&self.clock),
        };
        let editions = EditionMaker {
            store: self.store.clone(),
            reader: self.outbox.clone(),
            supervisor: Arc::clone(&self.supervisor),
            clock: Arc::clone(&self.clock),
        };
        vec![
            tokio::spawn(forwarder.run(stop.clone())),
            tokio::spawn(replies.run(stop.clone())),
            tokio::spawn(deliverer.run(stop.clone())),
            tokio::spawn(retention.run(stop.clone())),
            tokio::spawn(sums.run(stop.clone())),
            tokio::spawn(editions.run(stop.clone())),
            tokio::spawn(Indexing { store: self.indexer.clone() }.run(stop.clone())),
        ]
    }
}

async fn join_all(tasks: Vec<JoinHandle<()>>) {
    for task in tasks {
        match tokio::time::timeout(STOP_TIMEOUT, task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "A part of the gateway ended badly."),
            Err(_elapsed) => tracing::warn!("A part of the gateway did not stop in time."),
        }
    }
}

/// The names of the live pack's feeds, whenever it changes.
fn follow_feeds(supervisor: &Arc<Supervisor>) -> watch::Receiver<Vec<String>> {
    let names = |pack: &Pack| pack.rules.feeds.queues().map(str::to_owned).collect::<Vec<_>>();
    let mut packs = supervisor.subscribe();
    let (sender, receiver) = watch::channel(names(&supervisor.pack()));
    tokio::spawn(async move {
        while packs.changed().await.is_ok() {
            let feeds = names(&packs.borrow_and_update());
            sender.send_if_modified(|known| {
                let differs = *known != feeds;
                *known = feeds;
                differs
            });
        }
    });
    receiver
}
