//! `huiliu run`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::channels::Supervisor;
use crate::config::{Config, LogFormat, LogSettings};
use crate::gateway::Gateway;

pub(super) async fn run(config: Config, pack: PathBuf) -> anyhow::Result<ExitCode> {
    start_log(&config.log)?;
    let gateway = Gateway::start(&config, &pack).await?;
    let reloads = tokio::spawn(reload_on_hangup(Arc::clone(&gateway.engine.supervisor)));
    wait_for_stop().await?;
    reloads.abort();
    drop(reloads.await);
    gateway.stop().await;
    Ok(ExitCode::SUCCESS)
}

fn start_log(settings: &LogSettings) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&settings.filter)?;
    let colored = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colored).with_writer(std::io::stderr);
    match settings.format {
        LogFormat::Text => builder.with_target(false).init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}

async fn wait_for_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(())
}

async fn reload_on_hangup(supervisor: Arc<Supervisor>) {
    let mut hangup = match signal(SignalKind::hangup()) {
        Ok(hangup) => hangup,
        Err(error) => return tracing::error!(%error, "SIGHUP cannot be received; reload by the API."),
    };
    while hangup.recv().await.is_some() {
        if let Err(problems) = supervisor.reload().await {
            for problem in problems {
                tracing::warn!(%problem, "A problem of the new pack.");
            }
        }
    }
}
