//! `huiliu import`: a file through a channel, straight to the desk.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use huiliu_adapter_api::{FileReading, MAX_BATCH, OutcomeState};
use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::Notify;

use super::view;
use crate::audit::AuditAction;
use crate::catalogue::say;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::desk::{Desk, DeskHandle, DeskState, Incoming};
use crate::mapping::normalize;
use crate::store::{StoreHandle, Vault};

#[derive(Debug, Default)]
struct Count {
    accepted: u64,
    amended: u64,
    follow_ups: u64,
    repeated: u64,
    quarantined: u64,
    discarded: u64,
}

pub(super) async fn import(config: Config, folder: &Path, id: &str, file: &Path) -> anyhow::Result<ExitCode> {
    let pack = Arc::new(super::load_pack(folder)?);
    let channel = pack.channels.get(id).ok_or_else(|| {
        let known: Vec<&str> = pack.channels.keys().map(String::as_str).collect();
        anyhow::anyhow!(say!("no-channel", id = id, known = known.join(&say!("list-comma"))))
    })?;
    let mut store = super::store::open(&config)?;
    let state = DeskState::rebuild(&mut *store, Vault::new(&config.key_ring()?)?, &pack.rules, SystemClock.now())?;
    let (handle, store_task) = StoreHandle::start(store, "store-writer")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (desk, desk_handle) =
        Desk::new(handle.clone(), state, config.amqp.outlets(), clock, Arc::default(), Arc::new(Notify::new()));
    let desk_task = tokio::spawn(desk.run());
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
        take(&desk_handle, (id, mapped, reading.clone()), &pack.rules, &mut count).await?;
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
    handle.ask(move |store| store.note_audit(&[imported])).await?;
    drop((desk_handle, handle));
    desk_task.await?;
    tokio::task::spawn_blocking(move || store_task.join()).await?;
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

fn progress() -> ProgressBar {
    let bar = view::spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos}，{per_sec}，{elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}
