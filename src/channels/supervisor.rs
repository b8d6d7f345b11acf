//! Starts and stops the channels of the live pack, and replaces the pack.
//!
//! A new pack is checked whole, its cases included, before anything of the old one is touched; if it fails, the old one
//! stays live. Then old workers finish what they have, and new ones start from the stored positions with the new pack's
//! endpoints: every record is mapped by one whole pack, and none is lost. A caller that pushes in between is told to send
//! again.

mod commands;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use huiliu_adapter_api::wording;
use huiliu_adapter_api::{Delivery, Factory, Receipts};
use jiff::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use super::change::PackChange;
use super::control::Trials;
use super::folder::{self, ExchangeError, Terms};
use super::trial::Trial;
use super::undecided::decide_undecided;
use super::{ChannelHealth, ChannelWorker, Pace, Pause, PullBell};
use crate::audit::{Actor, AuditEntry};
use crate::catalogue::Locale;
use crate::city::{PackFiles, Problem};
use crate::clock::Clock;
use crate::desk::DeskHandle;
use crate::mapping::{Channel, Loading};
use crate::pack::Pack;
use crate::store::{PackCause, StoreError, StoreHandle};
use crate::telemetry::Metrics;

pub use commands::CommandError;

/// What the supervisor is made from.
pub struct SupervisorParts {
    /// Folder of the pack.
    pub folder: PathBuf,
    /// The adapters there are.
    pub factories: Arc<Vec<Box<dyn Factory>>>,
    /// Where batches go.
    pub desk: DeskHandle,
    /// For positions and the history of settings.
    pub store: StoreHandle,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// For adapters that are asked what became of a complaint.
    pub receipts: Arc<dyn Receipts>,
}

/// A channel that runs.
#[derive(Debug, Clone)]
pub struct RunningChannel {
    /// The channel.
    pub channel: Arc<Channel>,
    /// Its rate limit.
    pub pace: Arc<Pace>,
    /// Its health.
    pub health: Arc<ChannelHealth>,
    /// Has it pulled at once.
    pub bell: Arc<PullBell>,
}

/// What the last reload said.
#[derive(Debug, Clone, Default)]
pub struct ReloadState {
    /// When the live pack went live.
    pub live_since: Option<Timestamp>,
    /// When a reload failed last, and why; forgotten by the next one that succeeds.
    pub failed: Option<(Timestamp, Vec<String>)>,
}

struct Worker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Runs the channels of the live pack.
pub struct Supervisor {
    parts: SupervisorParts,
    live: watch::Sender<Arc<Pack>>,
    channels: RwLock<BTreeMap<String, RunningChannel>>,
    reload_state: RwLock<ReloadState>,
    workers: Mutex<Vec<Worker>>,
    /// Held by whoever reads or writes the folder for an exchange.
    exchange: Mutex<()>,
    /// Channels that are being tried.
    trials: Trials,
    /// Held by whoever opens a pack to try one of its channels: one at a time, for that is work of this machine and soon done.
    opening: Mutex<()>,
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Supervisor").field("folder", &self.parts.folder).finish_non_exhaustive()
    }
}

impl Supervisor {
    /// A supervisor of a pack that was loaded; nothing runs yet.
    #[must_use]
    pub fn new(parts: SupervisorParts, pack: Arc<Pack>) -> Arc<Self> {
        Arc::new(Self {
            parts,
            live: watch::Sender::new(pack),
            channels: RwLock::default(),
            reload_state: RwLock::default(),
            workers: Mutex::default(),
            exchange: Mutex::default(),
            trials: Trials::default(),
            opening: Mutex::default(),
        })
    }

    /// The folder that the pack is loaded from.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.parts.folder
    }

    /// The live pack.
    #[must_use]
    pub fn pack(&self) -> Arc<Pack> {
        Arc::clone(&self.live.borrow())
    }

    /// Follows the live pack.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Pack>> {
        self.live.subscribe()
    }

    /// A running channel.
    #[must_use]
    pub fn channel(&self, id: &str) -> Option<RunningChannel> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// All running channels.
    #[must_use]
    pub fn channels(&self) -> Vec<RunningChannel> {
        self.channels.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// What the last reload said.
    #[must_use]
    pub fn reload_state(&self) -> ReloadState {
        self.reload_state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts the channels of the live pack.
    ///
    /// # Errors
    /// The store cannot be asked for positions.
    pub async fn start(&self, by: Actor) -> Result<(), StoreError> {
        decide_undecided(&self.parts.store, &self.parts.desk, &self.pack()).await?;
        let change = PackChange::of(by, PackCause::Start);
        self.change_workers(&mut *self.workers.lock().await, self.pack(), &change).await
    }

    /// Loads the pack again and exchanges it if it is good. Gives its version.
    ///
    /// # Errors
    /// All problems; the old pack stays live.
    pub async fn reload(&self, change: PackChange) -> Result<String, Vec<Problem>> {
        let _exchange = self.exchange.lock().await;
        let reloaded = self.reload_folder(change).await;
        self.parts.metrics.reload(reloaded.is_ok());
        reloaded
    }

    /// What packs are tried with.
    #[must_use]
    pub fn trial(&self) -> Trial {
        let SupervisorParts { factories, clock, receipts, .. } = &self.parts;
        Trial { factories: Arc::clone(factories), clock: Arc::clone(clock), receipts: Arc::clone(receipts) }
    }

    /// Puts the files of an earlier version or of a draft into the folder and puts them live. Where the folder holds what never went
    /// live, only by force. Gives the version.
    ///
    /// # Errors
    /// Why not; folder and live pack are as they were.
    pub async fn exchange(&self, wanted: PackFiles, change: PackChange, terms: Terms) -> Result<String, ExchangeError> {
        let _exchange = self.exchange.lock().await;
        let (folder, live) = (self.parts.folder.clone(), self.pack());
        if terms.live.is_some_and(|expected| expected != live.files.digest()) {
            self.note(change.entry(self.parts.clock.now()).refused()).await;
            return Err(ExchangeError::Superseded);
        }
        let written = tokio::task::spawn_blocking(move || {
            let now = PackFiles::read(&folder).map_err(ExchangeError::Problems)?;
            let uncommitted = folder::differing(&now, &live.files);
            if !uncommitted.is_empty() && !terms.by_force {
                return Err(ExchangeError::Uncommitted(uncommitted));
            }
            match folder::write(&folder, &now, &wanted) {
                Ok(()) => Ok((folder, now)),
                Err(error) => {
                    restore(&folder, &now);
                    Err(ExchangeError::Folder(error))
                }
            }
        });
        let written = written.await.unwrap_or_else(|error| Err(ExchangeError::Folder(std::io::Error::other(error))));
        let refused = change.entry(self.parts.clock.now()).refused();
        let (folder, before) = match written {
            Ok(written) => written,
            Err(error) => {
                self.note(refused).await;
                return Err(error);
            }
        };
        let reloaded = self.reload_folder(change).await;
        self.parts.metrics.reload(reloaded.is_ok());
        if reloaded.is_err() {
            drop(tokio::task::spawn_blocking(move || restore(&folder, &before)).await);
        }
        reloaded.map_err(ExchangeError::Problems)
    }

    /// Writes an entry of the audit log about what came to nothing.
    async fn note(&self, entry: AuditEntry) {
        if let Err(error) = self.parts.store.ask(move |store| store.note_audit(&[entry])).await {
            tracing::error!(%error, "A refused change of the pack could not be written into the audit log.");
        }
    }

    async fn reload_folder(&self, change: PackChange) -> Result<String, Vec<Problem>> {
        let (folder, factories) = (self.parts.folder.clone(), Arc::clone(&self.parts.factories));
        let (receipts, clock) = (Arc::clone(&self.parts.receipts), Arc::clone(&self.parts.clock));
        let loading = tokio::task::spawn_blocking(move || {
            let loading = Loading::running(&factories, clock, receipts);
            load_and_check(&folder, &loading)
        });
        let loaded = loading
            .await
            .unwrap_or_else(|error| Err(vec![Problem::of_file("city.toml", "加载中断", error.to_string())]));
        match loaded {
            Ok(pack) => self.put_live(Arc::new(pack), change).await,
            Err(problems) => {
                self.note(change.entry(self.parts.clock.now()).refused()).await;
                let shown = problems.iter().map(Problem::both).collect();
                self.note_reload(|state, now| state.failed = Some((now, shown)));
                tracing::warn!(
                    problems = problems.len(),
                    version = self.pack().version,
                    "The new pack has problems; the old one stays live."
                );
                Err(problems)
            }
        }
    }

    /// Puts a pack that was loaded and checked in the place of the live one. Gives its version.
    ///
    /// # Errors
    /// The store cannot be asked; the old pack stays live.
    pub async fn put_live(&self, pack: Arc<Pack>, change: PackChange) -> Result<String, Vec<Problem>> {
        let mut workers = self.workers.lock().await;
        let version = pack.version.clone();
        let changed = self.change_workers(&mut workers, pack, &change).await;
        changed.map_err(|error| {
            vec![Problem::of_file(
                "city.toml",
                format!("数据库出错，没有换上新的配置包{}", wording::original(&error)),
                error.to_string(),
            )]
        })?;
        tracing::info!(version, "A new pack is live.");
        Ok(version)
    }

    /// Puts the channels of a pack in the place of those that run. Who pushes finds the new endpoints before the old ones
    /// stop; a channel that is pulled starts where the old one has stopped, and one with a standing link when the old link is
    /// down: sources often allow one at a time.
    async fn change_workers(
        &self,
        workers: &mut Vec<Worker>,
        pack: Arc<Pack>,
        change: &PackChange,
    ) -> Result<(), StoreError> {
        let now = self.parts.clock.now();
        let (live, entry) = (change.of_pack(&pack, now), change.entry(now));
        let noted = self.parts.store.ask(move |store| {
            let pauses = store.pauses()?;
            store.note_live_pack(&live, &entry)?;
            Ok(pauses)
        });
        let mut pauses: BTreeMap<String, Pause> =
            noted.await?.into_iter().map(|row| (row.channel.clone(), row.into())).collect();
        let enabled = pack.channels.values().filter(|channel| channel.enabled);
        let before = self.channels.read().unwrap_or_else(PoisonError::into_inner).clone();
        let running: BTreeMap<String, RunningChannel> = enabled
            .map(|channel| {
                let pace = Arc::new(Pace::new(channel.pace));
                let old = before.get(&channel.id);
                let health = old.map(|old| Arc::new(old.health.after_reload())).unwrap_or_default();
                health.pause(pauses.remove(&channel.id));
                let bell = old.map(|old| Arc::clone(&old.bell)).unwrap_or_default();
                let entry = RunningChannel { channel: Arc::clone(channel), pace, health, bell };
                (channel.id.clone(), entry)
            })
            .collect();
        let (early, late): (Vec<_>, Vec<_>) = running.values().cloned().partition(|entry| {
            let adapter = &entry.channel.adapter;
            adapter.delivery() == Delivery::Pushed && adapter.session().is_none()
        });
        let fresh: Vec<Worker> = early.iter().map(|entry| self.spawn(entry, &pack)).collect();
        *self.channels.write().unwrap_or_else(PoisonError::into_inner) = running;
        self.live.send_replace(Arc::clone(&pack));
        stop_workers(workers).await;
        workers.extend(fresh);
        // Nothing may fail from here on: the old workers are gone.
        workers.extend(late.iter().map(|entry| self.spawn(entry, &pack)));
        self.note_reload(|state, now| *state = ReloadState { live_since: Some(now), failed: None });
        for note in &pack.notes {
            tracing::warn!(note = note.shown(Locale::of_process()), "A remark on the city pack.");
        }
        Ok(())
    }

    fn spawn(&self, entry: &RunningChannel, pack: &Arc<Pack>) -> Worker {
        let worker = ChannelWorker {
            rules: Arc::clone(&pack.rules),
            channel: Arc::clone(&entry.channel),
            desk: self.parts.desk.clone(),
            store: self.parts.store.clone(),
            pace: Arc::clone(&entry.pace),
            health: Arc::clone(&entry.health),
            bell: Arc::clone(&entry.bell),
            clock: Arc::clone(&self.parts.clock),
            metrics: Arc::clone(&self.parts.metrics),
        };
        let (stop, stopped) = watch::channel(false);
        Worker { stop, task: tokio::spawn(worker.run(stopped)) }
    }

    /// Stops all channels; batches under way are finished.
    pub async fn stop(&self) {
        stop_workers(&mut *self.workers.lock().await).await;
    }

    fn note_reload(&self, note: impl FnOnce(&mut ReloadState, Timestamp)) {
        note(&mut self.reload_state.write().unwrap_or_else(PoisonError::into_inner), self.parts.clock.now());
    }
}

/// Puts a folder back as it was before it was written.
fn restore(folder: &std::path::Path, before: &PackFiles) {
    let restored = match PackFiles::read(folder) {
        Ok(now) => folder::write(folder, &now, before),
        Err(_unread) => folder::write(folder, &PackFiles::default(), before),
    };
    if let Err(error) = restored {
        tracing::error!(%error, "The folder of the pack could not be put back as it was; the live pack is not touched.");
    }
}

async fn stop_workers(workers: &mut Vec<Worker>) {
    for worker in workers.iter() {
        worker.stop.send_replace(true);
    }
    for worker in workers.drain(..) {
        if let Err(error) = worker.task.await {
            tracing::error!(%error, "A channel's worker ended badly.");
        }
    }
}

/// Loads a pack and runs its cases.
///
/// # Errors
/// All problems, failed cases among them.
pub fn load_and_check(folder: &std::path::Path, loading: &Loading<'_>) -> Result<Pack, Vec<Problem>> {
    let pack = Pack::read(folder, loading)?;
    let failed: Vec<Problem> = pack
        .run_cases(folder, loading.factories)
        .into_iter()
        .filter_map(|case| {
            let (zh, en) = case.failure?;
            let zh = format!("用例未通过（- 应为，+ 实为）：\n{zh}");
            Some(Problem::of_file(&case.name, zh, format!("the case does not pass (- expected, + made):\n{en}")))
        })
        .collect();
    if !failed.is_empty() {
        return Err(failed);
    }
    Ok(pack)
}
