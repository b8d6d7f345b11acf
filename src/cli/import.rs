//! `huiliu import`: a file through a channel, straight to the desk.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use huiliu_adapter_api::{FileReading, MAX_BATCH, OutcomeState};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::view;
use crate::audit::{AuditAction, AuditEntry};
use crate::catalogue::say;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::desk::{Desk, DeskHandle, DeskState, Incoming};
use crate::mapping::{Channel, normalize};
use crate::pack::Pack;
use crate::store::{StoreHandle, StoreTask, Vault};

#[derive(Debug, Default)]
struct Count {
    accepted: u64,
    amended: u64,
    follow_ups: u64,
    repeated: u64,
    quarantined: u64,
    discarded: u64,
}

/// The channel of a pack with this name.
pub(super) fn channel<'a>(pack: &'a Pack, id: &str) -> anyhow::Result<&'a Arc<Channel>> {
    pack.channels.get(id).ok_or_else(|| {
        let known: Vec<&str> = pack.channels.keys().map(String::as_str).collect();
        anyhow::anyhow!(say!("no-channel", id = id, known = known.join(&say!("list-comma"))))
    })
}

/// A desk over the store of the settings, without a gateway.
pub(super) struct OpenedDesk {
    /// Asks it.
    pub handle: DeskHandle,
    store: StoreHandle,
    desk_task: JoinHandle<()>,
    store_task: StoreTask,
}

/// Opens the store and starts a desk over it.
pub(super) fn opened_desk(config: &Config, pack: &Pack) -> anyhow::Result<OpenedDesk> {
    let mut store = super::store::open(config)?;
    let state = DeskState::rebuild(&mut *store, Vault::new(&config.key_ring()?)?, &pack.rules, SystemClock.now())?;
    let (store, store_task) = StoreHandle::start(store, "store-writer")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let outlets = config.amqp.outlets();
    let (desk, handle) = Desk::new(store.clone(), state, outlets, clock, Arc::default(), Arc::new(Notify::new()));
    Ok(OpenedDesk { handle, store, desk_task: tokio::spawn(desk.run()), store_task })
}

impl OpenedDesk {
    /// Writes what was done to the audit log.
    pub(super) async fn note(&self, entry: AuditEntry) -> anyhow::Result<()> {
        Ok(self.store.ask(move |store| store.note_audit(&[entry])).await?)
    }

    /// Waits until everything is stored, and closes the store.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        let Self { handle, store, desk_task, store_task } = self;
        drop((handle, store));
        desk_task.await?;
        Ok(tokio::task::spawn_blocking(move || store_task.join()).await?)
    }
}

pub(super) async fn import(config: Config, folder: &Path, id: &str, file: &Path) -> anyhow::Result<ExitCode> {
    let pack = Arc::new(super::load_pack(folder)?);
    let channel = channel(&pack, id)?;
    let desk = opened_desk(&config, &pack)?;
    let mut records = channel.adapter.read_file(file)?;
    let mut reading = reading(file)?;
    let bar = progress();
    let mut count = Count::default();
    loop {
        let (batch, rest) = tokio::task::spawn_blocking(move || {
            let batch: Vec<_> = records.by_ref().take(MAX_BATCH).collect();
            (batch, records)
        })
        .await?;
        records = rest;
        reading.rows += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        reading.complete = batch.len() < MAX_BATCH;
        let now = SystemClock.now();
        let mapped: Vec<_> = batch.iter().map(|record| normalize(channel, record, now)).collect();
        take(&desk.handle, (id, mapped, reading.clone()), &pack.rules, &mut count).await?;
        bar.inc(u64::try_from(batch.len()).unwrap_or(u64::MAX));
        bar.set_message(say!(
            "import-progress",
            accepted = count.accepted,
            repeated = count.repeated,
            quarantined = count.quarantined
        ));
        if reading.complete {
            break;
        }
    }
    bar.finish_and_clear();
    let rows = usize::try_from(bar.position()).unwrap_or(usize::MAX);
    let imported = super::store::entry(AuditAction::Import).about("channel", [id]).counted(rows);
    desk.note(imported).await?;
    desk.close().await?;
    let headings = [
        say!("complaints-new"),
        say!("amendments"),
        say!("follow-ups"),
        say!("repeated"),
        say!("quarantined"),
        say!("discarded"),
    ];
    view::table(
        &headings.each_ref().map(String::as_str),
        vec![vec![
            count.accepted.to_string(),
            count.amended.to_string(),
            count.follow_ups.to_string(),
            count.repeated.to_string(),
            count.quarantined.to_string(),
            count.discarded.to_string(),
        ]],
    );
    view::note(&say!("import-done"));
    Ok(ExitCode::SUCCESS)
}

async fn take(
    desk: &DeskHandle,
    (id, records, file): (&str, Vec<crate::mapping::Normalized>, FileReading),
    rules: &Arc<crate::pack::Rules>,
    count: &mut Count,
) -> anyhow::Result<()> {
    let incoming =
        Incoming { channel: id.to_owned(), records, position: None, file: Some(file), ..Incoming::default() };
    for outcome in desk.hand_in(incoming, rules).await?.taken().await?.outcomes {
        match outcome.state {
            OutcomeState::Accepted { .. } => count.accepted += 1,
            OutcomeState::Amended { .. } => count.amended += 1,
            OutcomeState::FollowUp { .. } => count.follow_ups += 1,
            OutcomeState::Repeated { .. } => count.repeated += 1,
            OutcomeState::Quarantined { .. } => count.quarantined += 1,
            OutcomeState::Discarded { .. } => count.discarded += 1,
        }
    }
    Ok(())
}

/// Which file it is.
fn reading(file: &Path) -> anyhow::Result<FileReading> {
    let about = std::fs::metadata(file)?;
    let modified = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(FileReading {
        name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        size: about.len(),
        modified_ms: i64::try_from(modified.as_millis()).unwrap_or(i64::MAX),
        sheets: Vec::new(),
        rows: 0,
        complete: false,
        failure: None,
        notices: Vec::new(),
    })
}

pub(super) fn progress() -> ProgressBar {
    let bar = view::spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}，{per_sec}，{elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}
