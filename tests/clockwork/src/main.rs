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
const PATIENCE: Duration = Duration::from_secs(40);

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
        match tokio::time::timeout(PATIENCE, turn(&gateway, &clock, to)).await {
            Ok(turned) => turned?,
            Err(_elapsed) => anyhow::bail!("not settled at {to}: {}", unsettled(&gateway, &clock).await?),
        }
        answers.write_all(format!("{to}\n").as_bytes()).await?;
        answers.flush().await?;
    }
    gateway.stop().await;
    Ok(())
}

/// Turns the clock from one planned alarm to the next, so that each is told at its own time, and then to `to`.
async fn turn(gateway: &Gateway, clock: &HandClock, to: Timestamp) -> Result<(), StoreError> {
    loop {
        let now = clock.now();
        match gateway.store.ask(move |store: &mut dyn Store| next_alarm(store, now, to)).await? {
            // What became due by what was just done is told at the next glance.
            Some(at) if at <= now && now + GLANCE > to => break,
            Some(at) => clock.turn(if at <= now { now + GLANCE } else { at }),
            None => break,
        }
        settled(gateway, clock).await?;
    }
    clock.turn(to);
    settled(gateway, clock).await
}

/// The time of the first planned alarm up to `to`, to the second.
fn next_alarm(store: &mut dyn Store, now: Timestamp, to: Timestamp) -> Result<Option<Timestamp>, StoreError> {
    let second = |second: i64| Timestamp::from_second(second).unwrap_or(to);
    let (mut before, mut by) = (now.as_second() - 1, to.as_second());
    if store.due_alarms(second(by), 1)?.is_empty() {
        return Ok(None);
    }
    while by - before > 1 {
        let middle = before + (by - before) / 2;
        if store.due_alarms(second(middle), 1)?.is_empty() {
            before = middle;
        } else {
            by = middle;
        }
    }
    Ok(Some(second(by)))
}

/// What is still to be done.
async fn unsettled(gateway: &Gateway, clock: &HandClock) -> Result<String, StoreError> {
    let now = clock.now();
    let waiting = move |store: &mut dyn Store| {
        let (replies, alarms) = (store.due_replies(now, 10)?.len(), store.due_alarms(now, 10)?);
        let messages = store.pending_messages(0, 10, &mut |_| true)?.0.len();
        Ok(format!("{replies} replies, {messages} messages, alarms {alarms:?}"))
    };
    let waiting = gateway.store.ask(waiting).await?;
    Ok(format!("it is {now}, {waiting}; everybody has seen the clock: {}", clock.is_seen()))
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
                        && store.pending_messages(0, 1, &mut |_| true)?.0.is_empty())
                })
                .await?
            && clock.is_seen();
        idle = if done { idle + 1 } else { 0 };
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
