//! `huiliu unrouted`, `huiliu dead`, `huiliu refused`: look into the queues that nobody has to consume, and empty them.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::client::{Client, zone_of};
use super::status::text;
use super::{load_pack, view};
use crate::catalogue::say;
use crate::config::Config;
use crate::forward::{Letter, SetAside, SetAsideQueue};

/// Most messages that are looked at in one go.
const MAX_LOOKED_AT: u64 = 10_000;
/// Longest reason in a list, in characters.
const MAX_REASON_CHARS: usize = 80;

fn show_rows(rows: Vec<Vec<String>>) {
    let headings = [say!("message"), say!("time"), say!("from"), say!("reason")];
    view::table(&headings.each_ref().map(String::as_str), rows);
}

/// Which city's queues.
#[derive(Debug, Args)]
pub(super) struct City {
    #[arg(long = "pack", value_name = "FOLDER", global = true)]
    pack: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum SetAsideCommand {
    List {
        #[arg(long, default_value_t = 20)]
        limit: u64,
    },
    Show {
        message: String,
    },
    Return(Which),
    Discard(Which),
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Which {
    messages: Vec<String>,
    #[arg(long)]
    all: bool,
}

impl Which {
    fn names(&self, letter: &Letter) -> bool {
        self.all || self.messages.contains(&letter.name)
    }
}

/// Runs a command on a queue.
pub(super) async fn run(
    config: &Config,
    city: City,
    which: SetAsideQueue,
    command: SetAsideCommand,
) -> anyhow::Result<ExitCode> {
    let (code, zone) = city.code_and_zone(config, which).await?;
    let mut queue = SetAside::open(&config.amqp, &code, which).await?;
    let name = queue.queue().to_owned();
    let done = match command {
        SetAsideCommand::List { limit } => list(&mut queue, limit, &zone).await,
        SetAsideCommand::Show { message } => show(&mut queue, &message, &zone).await,
        SetAsideCommand::Return(which) => each(&mut queue, &which, true).await,
        SetAsideCommand::Discard(which) => each(&mut queue, &which, false).await,
    };
    // What happened before the connection was lost counts; the broker keeps the rest.
    drop(queue.close().await);
    done.with_context(|| say!("queue", name = name))
}

impl City {
    /// The code after which queues are named, and the time zone: of the pack where one is given, else of the gateway that runs.
    async fn code_and_zone(&self, config: &Config, which: SetAsideQueue) -> anyhow::Result<(String, TimeZone)> {
        if let Some(folder) = &self.pack {
            let city = load_pack(folder)?.city;
            return Ok((city.code.clone(), city.time_zone().unwrap_or(TimeZone::UTC)));
        }
        let named = match which {
            SetAsideQueue::Unrouted => config.amqp.unrouted.is_some(),
            SetAsideQueue::Dead => config.amqp.dead.is_some(),
            SetAsideQueue::Refused => true,
        };
        match Client::of_settings(config).get("/healthz").await {
            Ok(health) => Ok((text(&health, "/pack/code"), zone_of(&health))),
            Err(_) if named => Ok((String::new(), TimeZone::UTC)),
            Err(error) => Err(error.context(say!("queue-which-city"))),
        }
    }
}

async fn list(queue: &mut SetAside, limit: u64, zone: &TimeZone) -> anyhow::Result<ExitCode> {
    let mut rows = Vec::new();
    for _ in 0..limit.min(MAX_LOOKED_AT) {
        let Some(letter) = queue.next().await? else { break };
        rows.push(row(&letter, zone));
    }
    if rows.is_empty() {
        view::note(&say!("queue-empty", name = queue.queue()));
    } else {
        show_rows(rows);
    }
    Ok(ExitCode::SUCCESS)
}

fn row(letter: &Letter, zone: &TimeZone) -> Vec<String> {
    let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let reason = shown(&letter.reason).lines().next().unwrap_or_default().chars().take(MAX_REASON_CHARS).collect();
    let from = letter.queue.clone().or_else(|| letter.user.clone());
    vec![letter.name.clone(), published(letter, zone), shown(&from), reason]
}

fn published(letter: &Letter, zone: &TimeZone) -> String {
    let seconds = letter.published_s.and_then(|seconds| i64::try_from(seconds).ok());
    seconds
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or("-".to_owned(), |at| view::seconds(at, zone))
}

async fn show(queue: &mut SetAside, message: &str, zone: &TimeZone) -> anyhow::Result<ExitCode> {
    for _ in 0..MAX_LOOKED_AT {
        let Some(letter) = queue.next().await? else { break };
        if letter.name == message {
            show_rows(vec![row(&letter, zone)]);
            view::note(&format!("{}  {}", letter.kind.as_deref().unwrap_or("-"), letter.routing_key));
            letter.reason.iter().for_each(|reason| view::note(reason));
            let body = match serde_json::from_slice::<Value>(&letter.body) {
                Ok(body) => serde_json::to_string_pretty(&body)?,
                Err(_no_json) => String::from_utf8_lossy(&letter.body).into_owned(),
            };
            view::line(&body);
            return Ok(ExitCode::SUCCESS);
        }
    }
    anyhow::bail!(say!("queue-no-message", message = message))
}

/// Gives back or throws away what is named. The messages that come behind while this runs are not touched.
async fn each(queue: &mut SetAside, which: &Which, give_back: bool) -> anyhow::Result<ExitCode> {
    let (mut done, waiting) = (0_u64, queue.waiting().await?);
    let mut failed = None;
    for _ in 0..waiting.min(MAX_LOOKED_AT) {
        let Some(letter) = queue.next().await? else { break };
        if !which.names(&letter) {
            continue;
        }
        let ended = if give_back { queue.give_back().await } else { queue.discard().await };
        if let Err(error) = ended {
            failed = Some(anyhow::Error::from(error).context(say!("queue-message", name = letter.name)));
            break;
        }
        done += 1;
    }
    view::line(&if give_back { say!("queue-returned", count = done) } else { say!("queue-discarded", count = done) });
    match failed {
        Some(error) => Err(error),
        None if done == 0 => anyhow::bail!(say!("queue-nothing-done")),
        None => Ok(ExitCode::SUCCESS),
    }
}
