//! A whole gateway: store, listener and broker around an [`Engine`].

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use futures_util::future::join_all;
use huiliu_adapter_api::{Factory, Receipts};
use huiliu_console::BACK;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::audit::machine_user;
use crate::catalogue::say;
use crate::channels::load_and_check;
use crate::city::{Problem, problem_lines};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, ConsoleSettings, FileSettings, HandlerSettings};
use crate::desk::DeskState;
use crate::engine::{Engine, EngineParts, STOP_TIMEOUT};
use crate::feedback::StoredReceipts;
use crate::forward::{AmqpBroker, FileAddresses, SettingFault};
use crate::http::{
    CitizenDoor, Door, Doorkeeper, HttpServer, LedgerMemory, Memories, PageSettings, ProviderDoor, Readiness, Refusals,
    Right, Site,
};
use crate::mapping::Loading;
use crate::node::Listeners;
use crate::pack::Pack;
use crate::registry::factories;
use crate::sign_in::provider::{Provider, ProviderSettings};
use crate::store::{self, Epoch, HandlerLinks, ProofKey, ReceiptCodes, StoreHandle, StoreTask, Vault};

/// Most callers that wait for events of feeds at a time, and never more than half of the connections.
const MAX_EVENT_WAITS: usize = 64;

/// A running gateway.
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where health, metrics and the API are, if not there.
    pub management_address: Option<SocketAddr>,
    /// Everything behind the listener.
    pub engine: Engine,
    /// The store's writer.
    pub store: StoreHandle,
    stop_listening: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
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
        Self::start_at(config, pack_folder, Arc::new(SystemClock)).await
    }

    /// Starts everything by another clock than the machine's, for rehearsals in which weeks pass in a minute. Signatures of callers and
    /// certificates go by the machine's clock all the same.
    ///
    /// # Errors
    /// As [`Gateway::start`].
    pub async fn start_at(config: &Config, pack_folder: &Path, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        fit(config)?;
        Self::start_on(config, pack_folder, (clock, None), None).await
    }

    /// Starts everything, on sockets that are bound already where they are; with the right of a node where several share the store.
    ///
    /// # Errors
    /// As [`Gateway::start`], or another node has the right by now.
    pub async fn start_on(
        config: &Config,
        pack_folder: &Path,
        (clock, right): (Arc<dyn Clock>, Option<Right>),
        listeners: Option<&Listeners>,
    ) -> anyhow::Result<Self> {
        let receipts = Arc::new(StoredReceipts::default());
        // The same for the first pack and for all later ones: they remember what callers may use once.
        let factories = Arc::new(factories());
        let loading = (Arc::clone(&factories), Arc::clone(&receipts) as _, Arc::new(SystemClock) as _);
        let pack = Arc::new(load_pack(pack_folder.to_owned(), loading).await?);
        let (listener, management) = sockets(config, listeners).await?;
        let opened = open_store(config, &pack, right.as_ref().map(|right| right.epoch)).await?;
        let (vault, signing) = keys(config)?;
        receipts.ask(opened.reader.clone(), ReceiptCodes::of(&vault));
        let (files, links) = (file_addresses(&config.files, &vault), handler_links(&config.handlers, &vault));
        let broker = AmqpBroker { settings: config.amqp.clone(), city: pack.city.code.clone() };
        let engine = Engine::start(EngineParts {
            folder: pack_folder.to_owned(),
            pack,
            factories,
            receipts,
            store: opened.writer.clone(),
            outbox: opened.outbox,
            indexer: opened.indexer,
            state: opened.state,
            broker: Arc::new(broker),
            amqp: config.amqp.clone(),
            started_by: machine_user(),
            retention: config.retention,
            files: files.clone(),
            links: links.clone(),
            clock: Arc::clone(&clock),
        })
        .await?;
        let site = Site {
            right,
            supervisor: Arc::clone(&engine.supervisor),
            desk: engine.desk.clone(),
            writer: opened.writer.clone(),
            reader: opened.reader,
            searcher: opened.searcher,
            citizens: CitizenDoor::new(ReceiptCodes::of(&vault), config.citizens.networks().unwrap_or_default()),
            vault,
            signing,
            files,
            links,
            metrics: Arc::clone(&engine.metrics),
            forward: Arc::clone(&engine.forward),
            delivery_bell: Arc::clone(&engine.delivery_bell),
            retries: Arc::clone(&engine.retries),
            event_waits: Arc::new(Semaphore::new(MAX_EVENT_WAITS.min(config.max_connections / 2))),
            readiness: Readiness::default(),
            ledger: LedgerMemory::default(),
            believed: Memories::default(),
            pages: pages(&config.console),
            doorkeeper: Doorkeeper::behind(config.console.networks().unwrap_or_default()),
            provider: provider(&config.console)?,
            refusals: Refusals::default(),
            started_at: clock.now(),
            clock,
        };
        let ((stop_listening, stop), max_connections) = (watch::channel(false), config.max_connections);
        let site = Arc::new(site);
        let start = |(listener, door)| {
            let server = HttpServer { listener, door, site: Arc::clone(&site), max_connections };
            tokio::spawn(server.run(stop.clone()))
        };
        let address = listener.local_addr()?;
        let management_address = management.as_ref().map(TcpListener::local_addr).transpose()?;
        let listeners = doors(listener, management).into_iter().map(start).collect();
        say_where(&engine.supervisor.pack(), address, management_address);
        let (store, store_tasks) = (opened.writer, opened.tasks);
        Ok(Self { address, management_address, engine, store, stop_listening, listeners, store_tasks })
    }

    /// Stops in order: the listeners, while channels still answer those who wait; then channels, status queue and the rest.
    pub async fn stop(self) {
        tracing::info!("Stopping.");
        drop(self.store);
        self.stop_listening.send_replace(true);
        for ended in join_all(self.listeners).await {
            if let Err(error) = ended {
                tracing::error!(%error, "A listener ended badly.");
            }
        }
        self.engine.stop().await;
        let joined = tokio::task::spawn_blocking(move || self.store_tasks.into_iter().for_each(StoreTask::join));
        if tokio::time::timeout(STOP_TIMEOUT, joined).await.is_err() {
            tracing::warn!("The store did not stop in time.");
        }
        tracing::info!("Stopped.");
    }
}

/// Says in the log where the gateway runs.
fn say_where(live: &Pack, address: SocketAddr, management_address: Option<SocketAddr>) {
    tracing::info!(%address, version = live.version, city = live.city.name, "The gateway runs.");
    if let Some(address) = management_address {
        tracing::info!(%address, "Health, metrics and the API are here.");
    }
}

/// Those that are bound already, or bound now.
async fn sockets(config: &Config, bound: Option<&Listeners>) -> anyhow::Result<(TcpListener, Option<TcpListener>)> {
    let own = match bound {
        Some(_) => None,
        None => Some(Listeners::bind(config).await?),
    };
    let listeners = bound.or(own.as_ref()).context("there are sockets")?;
    Ok((listeners.public()?, listeners.management()?))
}

/// What is behind which listener.
fn doors(listener: TcpListener, management: Option<TcpListener>) -> Vec<(TcpListener, Door)> {
    match management {
        Some(management) => vec![(listener, Door::Public), (management, Door::Management)],
        None => vec![(listener, Door::Whole)],
    }
}

/// Addresses of files, where it is said how platforms reach this gateway.
fn file_addresses(settings: &FileSettings, vault: &Vault) -> Option<FileAddresses> {
    let valid = SignedDuration::from_hours(24 * i64::from(settings.valid_days.clamp(1, 365)));
    Some(FileAddresses::new(settings.public_url.as_ref()?, valid, vault.signing_key("files")))
}

/// Links of handlers, where it is said how they reach this gateway with their phones.
fn handler_links(settings: &HandlerSettings, vault: &Arc<Vault>) -> Option<HandlerLinks> {
    let valid = SignedDuration::from_hours(i64::from(settings.link_hours.clamp(1, 720)));
    Some(HandlerLinks::new(settings.public_url.as_ref()?, valid, Arc::clone(vault)))
}

/// What a pack is loaded with.
type Parts = (Arc<Vec<Box<dyn Factory>>>, Arc<dyn Receipts>, Arc<dyn Clock>);

async fn load_pack(folder: PathBuf, (factories, receipts, clock): Parts) -> anyhow::Result<Pack> {
    let loaded = tokio::task::spawn_blocking(move || {
        let loading = Loading::running(&factories, clock, receipts);
        load_and_check(&folder, &loading)
    })
    .await?;
    loaded.map_err(|problems| {
        let count = problems.len();
        anyhow::anyhow!("{}\n{}", say!("error-pack-problems", count = count), problem_lines(&problems))
    })
}

fn of_settings(problems: &[Problem]) -> String {
    format!("{}\n{}", say!("error-settings-problems", count = problems.len()), problem_lines(problems))
}

/// Refuses settings that cannot work.
pub(crate) fn fit(config: &Config) -> anyhow::Result<()> {
    let problems = config.problems();
    anyhow::ensure!(problems.is_empty(), of_settings(&problems));
    Ok(())
}

struct OpenedStore {
    writer: StoreHandle,
    reader: StoreHandle,
    /// Searches only, so that no other question waits for one.
    searcher: StoreHandle,
    /// Reads the outbox only, so that no long question holds up forwarding.
    outbox: StoreHandle,
    /// Makes the index of words beside the writer.
    indexer: StoreHandle,
    state: DeskState,
    tasks: Vec<StoreTask>,
}

/// What seals and hashes, and what signs.
fn keys(config: &Config) -> anyhow::Result<(Arc<Vault>, ProofKey)> {
    let ring = config.key_ring()?;
    Ok((Arc::new(Vault::new(&ring)?), ProofKey::of(&ring)?))
}

async fn open_store(config: &Config, pack: &Arc<Pack>, epoch: Option<Epoch>) -> anyhow::Result<OpenedStore> {
    let ring = config.key_ring().with_context(|| say!("error-keys"))?;
    let (database, pack) = (config.database.clone(), Arc::clone(pack));
    let now = SystemClock.now();
    let opened = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
        let mut opened = store::open_as(&database, Vault::new(&ring)?, epoch)?;
        let state = DeskState::rebuild(&mut *opened.writer, Vault::new(&ring)?, &pack.rules, now)?;
        let readers = [opened.reader()?, opened.reader()?, opened.reader()?];
        let beside = opened.beside()?;
        Ok((opened.writer, readers, beside, state))
    });
    let (writer, [reader, searcher, outbox], indexer, state) =
        opened.await?.with_context(|| say!("error-database", database = config.database))?;
    tracing::info!(open_complaints = state.open_complaints(), "The merge index is ready.");
    let (writer, writer_task) = StoreHandle::start(writer, "store-writer")?;
    let (reader, reader_task) = StoreHandle::start(reader, "store-reader")?;
    let (searcher, searcher_task) = StoreHandle::start(searcher, "store-searcher")?;
    let (outbox, outbox_task) = StoreHandle::start(outbox, "store-outbox")?;
    let (indexer, indexer_task) = StoreHandle::start(indexer, "store-indexer")?;
    let tasks = vec![writer_task, reader_task, searcher_task, outbox_task, indexer_task];
    Ok(OpenedStore { writer, reader, searcher, outbox, indexer, state, tasks })
}
/// How people reach the pages, and how long a session lasts.
fn pages(settings: &ConsoleSettings) -> PageSettings {
    PageSettings {
        public_url: settings.public_url.clone(),
        secure: settings.is_over_tls(),
        idle: SignedDuration::from_mins(settings.idle_minutes.into()),
        longest: SignedDuration::from_hours(settings.session_hours.into()),
        second_factor: settings.second_factor,
        passwords: settings.oidc.as_ref().is_none_or(|oidc| oidc.passwords),
    }
}

/// The way in by the city's own identity provider, where there is one.
fn provider(settings: &ConsoleSettings) -> anyhow::Result<Option<ProviderDoor>> {
    let Some(oidc) = &settings.oidc else { return Ok(None) };
    let wrong = |fault: SettingFault| anyhow::anyhow!("{}: {}", fault.key, fault.en);
    let public_url = settings.public_url.as_deref().unwrap_or_default();
    let known = ProviderSettings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.secret().map_err(wrong)?,
        redirect_url: format!("{}{BACK}", public_url.trim_end_matches('/')),
        scopes: oidc.scopes.clone(),
        claim: oidc.claim.clone(),
        second_factors: oidc.second_factors.clone(),
    };
    let provider = Provider::new(known, oidc.client().map_err(wrong)?);
    Ok(Some(ProviderDoor::new(provider, oidc.name.clone(), oidc.second_factor)))
}
