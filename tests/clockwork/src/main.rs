//! Runs the gateway by a clock that is turned by hand: each line on standard input is a time; when everything that had to happen by then has
//! happened and has left the gateway, the line comes back on standard output. Without more lines the gateway ends.

mod clock;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use huiliu::config::Config;
use huiliu::gateway::Gateway;
use huiliu::store::{Store, StoreError};
use huiliu_adapter_api::Clock as _;
use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tracing_subscriber::EnvFilter;

use crate::clock::HandClock;

/// The gateway by a clock that is turned by hand.
#[derive(Debug, Parser)]
struct Arguments {
    /// Settings file.
    #[arg(long)]
    config: PathBuf,
    /// City pack.
    #[arg(long)]
    pack: PathBuf,
    /// What the clock shows first.
    #[arg(long)]
    at: Timestamp,
}

/// How often it is looked whether everything has left, in real time.
const LOOK: Duration = Duration::from_millis(2);
/// How old what is due can be before somebody looks at it, in the city's time: those who wait for a time look every few seconds.
const GLANCE: SignedDuration = SignedDuration::from_secs(10);
/// How many looks in a row find nothing to do before a turn is over.
const LOOKS: u32 = 2;
/// Longest real time that a turn of the clock may take.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let config = Config::read(Some(&arguments.config))?;
    let filter = EnvFilter::try_new(&config.log.filter)?;
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(std::io::stderr).init();
    let clock = Arc::new(HandClock::at(arguments.at));
    let gateway = Gateway::start_at(&config, &arguments.pack, Arc::clone(&clock) as _).await?;
    let (mut lines, mut answers) = (BufReader::new(tokio::io::stdin()).lines(), tokio::io::stdout());
    while let Some(line) = lines.next_line().await? {
        let to: Timestamp = line.trim().parse().with_context(|| format!("not a time: {line}"))?;
        clock.turn(to);
        tokio::time::timeout(PATIENCE, settled(&gateway, &clock))
            .await
            .with_context(|| format!("not settled at {to}"))??;
        answers.write_all(format!("{to}\n").as_bytes()).await?;
        answers.flush().await?;
    }
    gateway.stop().await;
    Ok(())
}

/// Waits until nothing is due that has not been done, and nothing that has been done has still to leave. Deliveries to destinations have
/// times of their own: whoever makes them is back at the clock when they are made, and is woken before it is looked a second time.
async fn settled(gateway: &Gateway, clock: &HandClock) -> Result<(), StoreError> {
    let mut idle = 0;
    while idle < LOOKS {
        let now = clock.now();
        let looked = now - GLANCE;
        let done = clock.is_seen()
            && gateway
                .store
                .ask(move |store: &mut dyn Store| {
                    Ok(store.due_replies(looked, 1)?.is_empty()
                        && store.due_alarms(looked, 1)?.is_empty()
                        && store.due_reminders(looked, 1)?.is_empty()
                        && store.pending_messages(0, 1, &mut |_| true)?.0.is_empty())
                })
                .await?
            && clock.is_seen();
        idle = if done { idle + 1 } else { 0 };
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
