//! How much the gateway takes, how fast, and what happens beyond that. Everything is real: a gateway process, RabbitMQ with
//! quorum queues, SQLite with full durability, HTTP over sockets. Source, broker and gateway share this machine.
//!
//! ```sh
//! eval "$(deploy/services start)"
//! cargo bench --bench load                          # peak, half of it, three times it, and a bare publisher beside it
//! cargo bench --bench load -- --only soak --seconds 900 --rate 2000 --open 200000 --plot target/soak.svg
//! cargo bench --bench load -- --only day            # 100,000 complaints and 5,000 updates an hour, as fast as they go
//! cargo bench --bench load -- --only file           # a million rows through the watched folder
//! cargo bench --bench load -- --only parts          # mapping alone, store alone
//! cargo bench --bench load -- --only pages          # each page of the console over a million tickets; about 8 GB of disk
//! cargo bench --bench load -- --only rebuild        # a million open complaints at the start of the gateway; about 6 GB of disk
//! ```
//!
//! Records are complaints of 1 KiB, invented from a seed, each with a number of its own. *Latency* runs from just before the
//! HTTP request to the arrival of the ticket's message at a consumer of the public stream.

mod bare;
mod drive;
mod pages;
mod parts;
mod runs;
mod stream;
mod target;

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What to run and how much of it.
#[derive(Debug, Parser)]
pub struct Arguments {
    /// One of: peak, soak, day, file, pages, parts, rebuild; default: peak.
    #[arg(long, default_value = "peak")]
    only: String,
    /// Seconds of each measurement; for pages, how often each is asked for.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Records a second of the soak.
    #[arg(long, default_value_t = 2_000)]
    rate: u64,
    /// Callers at a time.
    #[arg(long, default_value_t = 16)]
    callers: usize,
    /// Records in one call.
    #[arg(long, default_value_t = 16)]
    batch: usize,
    /// Rows of the file, complaints of the day or of the index, tickets behind the pages.
    #[arg(long)]
    count: Option<usize>,
    /// Take the texts of this file for the index: lines like {"id": 1, "text": "…"}.
    #[arg(long)]
    texts: Option<PathBuf>,
    /// Leave the pack's feeds in, so that every ticket's event is published once more for each feed it passes.
    #[arg(long)]
    feeds: bool,
    /// Open complaints that merging keeps (`most_open`); default: as the pack says.
    #[arg(long)]
    open: Option<usize>,
    /// Where the picture of the soak goes.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// URL of the broker.
    #[arg(
        long,
        env = "HULIU_AMQP_URL",
        hide_env_values = true,
        default_value = "amqp://guest:guest@127.0.0.1:5672/%2f"
    )]
    amqp: String,
    /// `cargo bench` passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Arguments {
    fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if arguments.only == "rebuild" {
        return parts::rebuild(&arguments);
    }
    if arguments.only == "parts" {
        return parts::run(&arguments);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match arguments.only.as_str() {
            "peak" => runs::peak(&arguments).await,
            "soak" => runs::soak(&arguments).await,
            "day" => runs::day(&arguments).await,
            "file" => runs::file(&arguments).await,
            "pages" => pages::run(&arguments).await,
            other => {
                anyhow::bail!("there is no measurement {other}; there are peak, soak, day, file, pages, parts, rebuild")
            }
        }
    })
}
