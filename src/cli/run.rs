//! `huiliu run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use super::service_manager::ServiceManager;
use super::{person, view};
use crate::audit::{Actor, machine_user};
use crate::catalogue::{Locale, say};
use crate::channels::{PackChange, Supervisor};
use crate::config::{Config, LogFormat, LogSettings};
use crate::gateway::Gateway;
use crate::sign_in::FIRST_VALID;
use crate::store::PackCause;

pub(super) async fn run(config: Config, pack: PathBuf) -> anyhow::Result<ExitCode> {
    start_log(&config.log)?;
    // Signals that come while it starts are for the gateway too.
    let (hangups, mut terminate) = (signal(SignalKind::hangup())?, signal(SignalKind::terminate())?);
    let gateway = tokio::select! {
        gateway = Gateway::start(&config, &pack) => gateway?,
        _ = terminate.recv() => end_while_starting(),
    };
    let manager = ServiceManager::of(&gateway);
    manager.tell_ready();
    tell_first_sign_in(&gateway).await?;
    let reloads = tokio::spawn(reload_on_hangup(hangups, Arc::clone(&gateway.engine.supervisor), manager.clone()));
    let reports = tokio::spawn(manager.clone().report());
    wait_for_stop(terminate).await?;
    manager.tell_stopping();
    // They hold handles to what is stopped now.
    for task in [reloads, reports] {
        task.abort();
        drop(task.await);
    }
    drop(manager);
    gateway.stop().await;
    Ok(ExitCode::SUCCESS)
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
