//! `huiliu run`.

use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_blocking;
use tracing_subscriber::EnvFilter;

use super::service_manager::{ServiceManager, tell_standing_by};
use super::{person, view};
use crate::audit::{Actor, machine_user};
use crate::catalogue::{Locale, say};
use crate::channels::{PackChange, Supervisor};
use crate::clock::SystemClock;
use crate::config::{Config, LogFormat, LogSettings};
use crate::gateway::{Gateway, fit};
use crate::mapping::SecretSource;
use crate::node::{Deciding, Listeners, Node};
use crate::sign_in::FIRST_VALID;
use crate::store::PackCause;

pub(super) async fn run(config: Config, pack: PathBuf) -> anyhow::Result<ExitCode> {
    start_log(&config.log)?;
    // Signals that come while it starts are for the gateway too.
    let (hangups, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    fit(&config)?;
    let (listeners, mut deciding) = tokio::select! {
        deciding = decides(&config, &pack) => deciding?.unzip(),
        _ = terminate.recv() => end_while_starting(),
    };
    let right = deciding.as_ref().map(|deciding| deciding.right.clone());
    let started = tokio::select! {
        gateway = Gateway::start_on(&config, &pack, (Arc::new(SystemClock), right), listeners.as_ref()) => gateway,
        () = lost(&mut deciding) => end_without_lease(),
        _ = terminate.recv() => {
            end(deciding.take()).await;
            end_while_starting()
        }
    };
    let gateway = match (started, deciding.as_mut()) {
        (Ok(gateway), None) => gateway,
        (Ok(gateway), Some(deciding)) => {
            deciding.has_begun().await;
            gateway
        }
        (Err(error), _) => {
            end(deciding).await;
            return Err(error);
        }
    };
    let manager = ServiceManager::of(&gateway);
    manager.tell_ready();
    tell_first_sign_in(&gateway).await?;
    let reloads = tokio::spawn(reload_on_hangup(hangups, Arc::clone(&gateway.engine.supervisor), manager.clone()));
    let reports = tokio::spawn(manager.clone().report());
    tokio::select! {
        stopped = wait_for_stop(terminate) => stopped?,
        () = lost(&mut deciding) => end_without_lease(),
    }
    manager.tell_stopping();
    // They hold handles to what is stopped now.
    for task in [reloads, reports] {
        task.abort();
        drop(task.await);
    }
    drop(manager);
    // With the gateway's own ones the sockets are closed: who comes now is refused, and goes to another node.
    drop(listeners);
    gateway.stop().await;
    end(deciding).await;
    Ok(ExitCode::SUCCESS)
}

/// Waits until this node may decide; at once, and without a right, where the store is of one process.
async fn decides(config: &Config, pack: &Path) -> anyhow::Result<Option<(Listeners, Deciding)>> {
    let Some(node) = Node::of(config).await? else { return Ok(None) };
    // One whose pack cannot be used would take over and end.
    let folder = pack.to_owned();
    let read = spawn_blocking(move || super::load_pack_with(&folder, SecretSource::Required).map(drop)).await?;
    read.map_err(|problems| anyhow::anyhow!(super::list(&problems)))?;
    let listeners = Listeners::bind(config).await?;
    let deciding =
        node.stand_by(&listeners, |holder| tell_standing_by(holder.map(|holder| holder.address.name.as_str())));
    let deciding = deciding.await?;
    Ok(Some((listeners, deciding)))
}

/// Waits until the right to decide is lost; where there needs to be none, for ever.
async fn lost(deciding: &mut Option<Deciding>) {
    match deciding {
        Some(deciding) => deciding.lost().await,
        None => std::future::pending().await,
    }
}

async fn end(deciding: Option<Deciding>) {
    if let Some(deciding) = deciding {
        deciding.end().await;
    }
}

/// Begins anew at once, and stands by: another node decides, or soon will, and nothing may be left of what this one still believes. The
/// process stays, so that whoever started it need not start it again.
fn end_without_lease() -> ! {
    tracing::error!("The lease could not be kept: this node gives up what it was doing, and stands by.");
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    // The file of a program that is running can have been replaced: then it is the one of its name.
    let path = std::env::current_exe().ok().filter(|path| path.exists()).unwrap_or_else(|| program.into());
    let error = std::process::Command::new(path).args(arguments).exec();
    tracing::error!(%error, "It cannot begin anew, and ends.");
    std::process::exit(1)
}

/// Tells once, on the first start, how somebody signs in who lets others in. It does not go into the log.
async fn tell_first_sign_in(gateway: &Gateway) -> anyhow::Result<()> {
    let first = gateway.store.ask(|store| Ok(person::first(store))).await??;
    if let Some((name, password)) = first {
        let address = gateway.management_address.unwrap_or(gateway.address);
        let hours = FIRST_VALID.as_hours();
        view::line(&say!("people-first", address = address, name = name, password = password, hours = hours));
    }
    Ok(())
}

/// Ends at once: what reads a pack or a million complaints is not waited for, and the store is whole at every moment.
fn end_while_starting() -> ! {
    tracing::info!("Stopped while it was starting.");
    std::process::exit(0)
}

fn start_log(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let colored = view::is_colored(&std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colored).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

async fn wait_for_stop(mut terminate: Signal) -> anyhow::Result<()> {
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

/// A signal does not say who has sent it: somebody who may, as this user or as root.
fn machine_user_by_signal() -> Actor {
    let own = machine_user();
    Actor { name: format!("SIGHUP to {}", own.name), ..own }
}

async fn reload_on_hangup(mut hangups: Signal, supervisor: Arc<Supervisor>, manager: ServiceManager) {
    while hangups.recv().await.is_some() {
        manager.tell_reloading();
        if let Err(problems) = supervisor.reload(PackChange::of(machine_user_by_signal(), PackCause::Reload)).await {
            for problem in problems {
                tracing::warn!(problem = problem.shown(Locale::of_process()), "A problem of the new pack.");
            }
        }
        manager.tell_ready();
    }
}
