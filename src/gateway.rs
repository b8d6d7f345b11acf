//! A whole gateway: everything started in order, and stopped in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use huiliu_adapter_api::HttpClient;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::clock::{Clock, SystemClock, stopped};
use crate::config::{Config, RetentionSettings};
use crate::deadlines::DeadlineWatch;
use crate::feedback::{ReplySender, StatusDesk};
use crate::forward::{AmqpSettings, ForwardState, Forwarder, StatusConsumer};
use crate::http::{HttpServer, Site};
use crate::mapping::{Loading, Pack, Problem, SecretSource};
use crate::pipeline::{Desk, DeskHandle, DeskState, Supervisor, SupervisorParts, load_and_check};
use crate::registry::factories;
use crate::store::sqlite::SqliteStore;
use crate::store::{StoreHandle, StoreTask, Vault};
use crate::telemetry::Metrics;

/// How often published messages that are old enough are removed.
const RETENTION_LOOK: Duration = Duration::from_secs(3_600);
/// Most complaints erased in one look, so that the store is not held up.
const MAX_ERASED_AT_ONCE: usize = 5_000;
/// Longest wait for one part to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// A running gateway.
pub struct Gateway {
    /// The channels and the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Where it listens.
    pub address: std::net::SocketAddr,
    /// The store's writer.
    pub store: StoreHandle,
    stop_intake: watch::Sender<bool>,
    stop_rest: watch::Sender<bool>,
    intake_tasks: Vec<JoinHandle<()>>,
    rest_tasks: Vec<JoinHandle<()>>,
    store_tasks: Vec<StoreTask>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Starts everything.
    ///
    /// # Errors
    /// The pack has problems, the keys or the database cannot be used, or the port is taken.
    pub async fn start(config: &Config, pack_folder: &Path) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let client = HttpClient::new();
        let pack = Arc::new(load_pack(pack_folder.to_owned(), client.clone(), Arc::clone(&clock)).await?);
        let listener = TcpListener::bind(config.listen)
            .await
            .with_context(|| format!("cannot listen on {}; is another gateway running?", config.listen))?;
        let opened = open_store(config, &pack).await?;
        let parts = Parts {
            amqp: config.amqp.clone(),
            store: opened.writer.clone(),
            clock: Arc::clone(&clock),
            metrics: Arc::new(Metrics::new()),
            bell: Arc::new(Notify::new()),
            reply_bell: Arc::new(Notify::new()),
            forward_state: Arc::default(),
        };
        let bells = (Arc::clone(&parts.bell), Arc::clone(&parts.reply_bell));
        let (desk, desk_handle) =
            Desk::new(opened.writer.clone(), opened.state, &config.amqp, Arc::clone(&clock), bells.0, bells.1);
        let desk_task = tokio::spawn(desk.run());
        let supervisor = Supervisor::new(
            SupervisorParts {
                folder: pack_folder.to_owned(),
                factories: Arc::new(factories()),
                desk: desk_handle.clone(),
                store: opened.writer.clone(),
                clock: Arc::clone(&clock),
                metrics: Arc::clone(&parts.metrics),
                client,
            },
            pack,
        );
        let site = Site {
            supervisor: Arc::clone(&supervisor),
            desk: desk_handle.clone(),
            writer: opened.writer.clone(),
            reader: opened.reader,
            vault: Arc::new(Vault::new(&config.key_ring()?)?),
            metrics: Arc::clone(&parts.metrics),
            forward: Arc::clone(&parts.forward_state),
            clock: Arc::clone(&clock),
        };
        let address = listener.local_addr()?;
        let server = HttpServer { listener, site: Arc::new(site), max_connections: config.max_connections };
        supervisor.start().await?;
        let (stop_intake, intake_stopped) = watch::channel(false);
        let (stop_rest, stopped) = watch::channel(false);
        let mut intake_tasks = parts.start_intake(&supervisor, &desk_handle, &intake_stopped);
        intake_tasks.push(tokio::spawn(server.run(intake_stopped)));
        let mut rest_tasks = parts.start_rest(&supervisor, config.retention, &stopped);
        rest_tasks.push(desk_task);
        tracing::info!(%address, version = supervisor.pack().version, city = supervisor.pack().city.name, "The gateway runs.");
        Ok(Self {
            supervisor,
            address,
            store: opened.writer,
            stop_intake,
            stop_rest,
            intake_tasks,
            rest_tasks,
            store_tasks: opened.tasks,
        })
    }

    /// Stops in order: channels finish what they have, then the listener and the status queue, then the rest.
    pub async fn stop(self) {
        tracing::info!("Stopping.");
        self.supervisor.stop().await;
        self.stop_intake.send_replace(true);
        join_all(self.intake_tasks).await;
        self.stop_rest.send_replace(true);
        // The desk ends when the last handle to it is gone.
        drop((self.supervisor, self.store));
        join_all(self.rest_tasks).await;
        let joined = tokio::task::spawn_blocking(move || self.store_tasks.into_iter().for_each(StoreTask::join));
        if tokio::time::timeout(STOP_TIMEOUT, joined).await.is_err() {
            tracing::warn!("The store did not stop in time.");
        }
        tracing::info!("Stopped.");
    }
}

/// What the parts of a gateway share.
struct Parts {
    amqp: AmqpSettings,
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    bell: Arc<Notify>,
    reply_bell: Arc<Notify>,
    forward_state: Arc<ForwardState>,
}

impl Parts {
    /// Starts what brings work to the desk besides channels: status updates and deadlines.
    fn start_intake(
        &self,
        supervisor: &Arc<Supervisor>,
        desk: &DeskHandle,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let (supervisor, metrics) = (Arc::clone(supervisor), Arc::clone(&self.metrics));
        let handler = StatusDesk { desk: desk.clone(), supervisor: Arc::clone(&supervisor), metrics };
        let consumer = StatusConsumer { settings: self.amqp.clone(), handler: Arc::new(handler) };
        let deadlines =
            DeadlineWatch { desk: desk.clone(), store: self.store.clone(), supervisor, clock: Arc::clone(&self.clock) };
        vec![tokio::spawn(consumer.run(stop.clone())), tokio::spawn(deadlines.run(stop.clone()))]
    }

    /// Starts what carries the desk's work away: forwarding, replies, retention.
    fn start_rest(
        &self,
        supervisor: &Arc<Supervisor>,
        retention: RetentionSettings,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let forwarder = Forwarder {
            settings: self.amqp.clone(),
            feeds: follow_feeds(supervisor),
            store: self.store.clone(),
            bell: Arc::clone(&self.bell),
            clock: Arc::clone(&self.clock),
            state: Arc::clone(&self.forward_state),
        };
        let replies = ReplySender {
            supervisor: Arc::clone(supervisor),
            store: self.store.clone(),
            bell: Arc::clone(&self.reply_bell),
            clock: Arc::clone(&self.clock),
            metrics: Arc::clone(&self.metrics),
        };
        let retention = retain(self.store.clone(), Arc::clone(&self.clock), retention, stop.clone());
        vec![
            tokio::spawn(forwarder.run(stop.clone())),
            tokio::spawn(replies.run(stop.clone())),
            tokio::spawn(retention),
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

async fn load_pack(folder: PathBuf, client: HttpClient, clock: Arc<dyn Clock>) -> anyhow::Result<Pack> {
    let loaded = tokio::task::spawn_blocking(move || {
        let factories = factories();
        let loading = Loading { factories: &factories, secrets: SecretSource::Required, client, clock };
        load_and_check(&folder, &loading)
    })
    .await?;
    loaded.map_err(|problems| anyhow::anyhow!(shown(&problems)))
}

fn shown(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    format!("the city pack has {} problem(s):\n{}", problems.len(), lines.join("\n"))
}

struct OpenedStore {
    writer: StoreHandle,
    reader: StoreHandle,
    state: DeskState,
    tasks: Vec<StoreTask>,
}

async fn open_store(config: &Config, pack: &Arc<Pack>) -> anyhow::Result<OpenedStore> {
    let ring = config.key_ring().context("the keys cannot be used; make some with `huiliu keys new`")?;
    if let Some(folder) = config.database.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    let (path, pack) = (config.database.clone(), Arc::clone(pack));
    let now = SystemClock.now();
    let opened = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut writer = SqliteStore::open(&path, Vault::new(&ring)?)?;
        let state = DeskState::rebuild(&mut writer, Vault::new(&ring)?, &pack, now)?;
        let reader = SqliteStore::open_reader(&path, Vault::new(&ring)?)?;
        Ok((writer, reader, state))
    });
    let (writer, reader, state) =
        opened.await?.with_context(|| format!("the database {} cannot be used", config.database.display()))?;
    tracing::info!(open_complaints = state.open_complaints(), "The merge index is ready.");
    let (writer, writer_task) = StoreHandle::start(Box::new(writer), "store-writer")?;
    let (reader, reader_task) = StoreHandle::start(Box::new(reader), "store-reader")?;
    Ok(OpenedStore { writer, reader, state, tasks: vec![writer_task, reader_task] })
}

/// The names of the live pack's feeds, whenever it changes.
fn follow_feeds(supervisor: &Arc<Supervisor>) -> watch::Receiver<Vec<String>> {
    let names = |pack: &Pack| pack.city.feeds.iter().map(|feed| feed.name.get_ref().clone()).collect::<Vec<_>>();
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

async fn retain(
    store: StoreHandle,
    clock: Arc<dyn Clock>,
    settings: RetentionSettings,
    mut stop: watch::Receiver<bool>,
) {
    let days_ago = |days: u32| clock.now() - SignedDuration::from_hours(24 * i64::from(days));
    while !*stop.borrow() {
        let before = days_ago(settings.published_days.clamp(1, 3_650));
        match store.ask(move |store| store.forget_published(before)).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "Published messages past their time were removed."),
            Err(error) => tracing::error!(%error, "Published messages could not be removed."),
        }
        if let Some(days) = settings.personal_days {
            let (before, now) = (days_ago(days.clamp(30, 36_500)), clock.now());
            match store.ask(move |store| store.erase_finished(before, MAX_ERASED_AT_ONCE, now)).await {
                Ok(0) => {}
                Ok(complaints) => tracing::info!(complaints, "Personal data past its time was erased."),
                Err(error) => tracing::error!(%error, "Personal data could not be erased."),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(RETENTION_LOOK) => {}
            () = stopped(&mut stop) => {}
        }
    }
}
