//! Runs the simulated city for about a minute and says what came of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use huiliu_city::{
    Board, Callbacks, Hotline, PlaceRun, Platform, Sandbox, Summary, Until, World, eventually, places, run_place,
    write_history,
};

/// A simulated city in front of a real gateway.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `huiliu` binary.
    #[arg(long, default_value = "target/debug/huiliu")]
    gateway: PathBuf,
    /// City pack.
    #[arg(long, default_value = "mappings/rongcheng")]
    pack: PathBuf,
    /// URL of the broker.
    #[arg(
        long,
        env = "HULIU_AMQP_URL",
        hide_env_values = true,
        default_value = "amqp://guest:guest@127.0.0.1:5672/%2f"
    )]
    amqp: String,
    /// Seed: equal seeds give equal cities.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many matters there are.
    #[arg(long, default_value_t = 40)]
    matters: usize,
    /// Over how many seconds citizens report them.
    #[arg(long, default_value_t = 40)]
    seconds: u64,
    /// Write labelled complaints into this folder instead of running (messages.csv, labels.csv, hard-negatives.csv), for
    /// `huiliu evaluate merge`; `--matters` says how many matters.
    #[arg(long, value_name = "FOLDER")]
    labelled: Option<PathBuf>,
    /// Write a small database that holds some of everything, and its keys, into this folder instead, for `tests/upgrade`.
    #[arg(long, value_name = "FOLDER")]
    history: Option<PathBuf>,
    /// Run a place for weeks of its own time instead, and hold its figures against the truth; "all" runs all five.
    #[arg(long, value_name = "NAME")]
    city: Option<String>,
    /// For `--city`: the gateway by a clock that is turned by hand.
    #[arg(long, default_value = "target/debug/huiliu-clockwork")]
    clockwork: PathBuf,
    /// For `--city`: folder of the packs.
    #[arg(long, default_value = "mappings")]
    mappings: PathBuf,
    /// For `--city`: file for everything that was sent and received, to look into.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// For `--city`: print every finding, however many there are.
    #[arg(long)]
    all: bool,
    /// Leave the city running afterwards, until Ctrl-C.
    #[arg(long)]
    stay: bool,
}

/// How long the city waits for the gateway to catch up.
const PATIENCE: Until = Until(Duration::from_secs(60));

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    if let Some(folder) = &arguments.labelled {
        return write_labelled(folder, arguments.seed, arguments.matters);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    if let Some(city) = &arguments.city {
        return runtime.block_on(run_city(&arguments, city));
    }
    match &arguments.history {
        Some(folder) => runtime.block_on(write_history(&arguments.gateway, &arguments.pack, &arguments.amqp, folder)),
        None => runtime.block_on(run(arguments)),
    }
}

fn write_labelled(folder: &Path, seed: u64, matters: usize) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let texts = World::new(seed).labelled(matters).to_csv();
    for (name, text) in ["messages.csv", "labels.csv", "hard-negatives.csv"].iter().zip(texts) {
        std::fs::write(folder.join(name), text).with_context(|| folder.join(name).display().to_string())?;
    }
    Ok(())
}

async fn run_city(arguments: &Arguments, city: &str) -> anyhow::Result<()> {
    let run = PlaceRun {
        huiliu: arguments.gateway.clone(),
        clockwork: arguments.clockwork.clone(),
        mappings: arguments.mappings.clone(),
        amqp: arguments.amqp.clone(),
        seed: arguments.seed,
        log: arguments.log.clone(),
        all: arguments.all,
    };
    let names = if city == "all" { places() } else { vec![city] };
    let mut wrong = 0;
    for name in names {
        wrong += run_place(&run, name).await?;
    }
    anyhow::ensure!(wrong == 0, "{wrong} things are not as they must be");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "this program talks to the person who started it")]
async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let (hotline, board, callbacks) = (Hotline::start().await?, Board::start().await?, Callbacks::start().await?);
    let channels = (&hotline, &board, &callbacks);
    let mut sandbox =
        Sandbox::prepare(&arguments.gateway, &arguments.pack, folder.path(), &arguments.amqp, "", channels).await?;
    sandbox.start().await?;
    for queue in ["huiliu.feed.command", "huiliu.feed.urban", "huiliu.unrouted.371082"] {
        Platform::purge(&arguments.amqp, queue).await?;
    }
    let platform = Platform::start(&arguments.amqp, "huiliu.feed.command", sandbox.status_exchange()).await?;
    let reports = World::new(arguments.seed).reports(arguments.matters);
    println!(
        "city: {} citizens report {} matters over {} s; tickets as they leave:",
        reports.len(),
        arguments.matters,
        arguments.seconds
    );
    let mut tail = sandbox.tail(u64::MAX)?;
    let pause = Duration::from_secs(arguments.seconds) / u32::try_from(reports.len().max(1)).unwrap_or(1);
    for report in &reports {
        report.hand_in(&hotline, &board, &sandbox.folder.join("var/petition"), &sandbox.url).await?;
        tokio::time::sleep(pause).await;
    }
    eventually("every complaint is on a ticket", PATIENCE, || async {
        (platform.ticket_of().len() >= reports.len()).then_some(())
    })
    .await
    .with_context(|| sandbox.log())?;
    println!("city: all reported; the platform signs and resolves");
    for ticket in platform.tickets() {
        platform.send(&ticket, "accepted", None).await?;
        platform.send(&ticket, "resolved", Some("经现场核查，问题已处理完毕。")).await?;
    }
    let replies = folder.path().join("var/petition/replies");
    let answered = eventually("every citizen is answered", PATIENCE, || async {
        let answered = Summary::answered(&reports, &hotline, &board, &callbacks, &read_all(&replies));
        (answered == reports.len()).then_some(answered)
    })
    .await
    .unwrap_or_else(|_late| Summary::answered(&reports, &hotline, &board, &callbacks, &read_all(&replies)));
    tail.kill().await?;
    let summary = Summary::of(&reports, &platform, answered);
    println!("\n{summary}\n");
    println!("{}", sandbox.command(&["status", "--token", &sandbox.token]).await?);
    if arguments.stay {
        println!("city: staying. Gateway {}, token {}; Ctrl-C ends it.", sandbox.url, sandbox.token);
        tell_sign_ins(&sandbox).await?;
        tokio::signal::ctrl_c().await?;
    }
    sandbox.stop().await?;
    println!("{}", sandbox.command(&["doctor"]).await?);
    anyhow::ensure!(
        summary.answered == reports.len(),
        "{} citizens were not answered",
        reports.len() - summary.answered
    );
    anyhow::ensure!(summary.out_of_order == 0, "messages came out of order");
    Ok(())
}

/// Lets somebody of each kind into the console, and tells their one-time passwords.
#[expect(clippy::print_stdout, reason = "this program talks to the person who started it")]
async fn tell_sign_ins(sandbox: &Sandbox) -> anyhow::Result<()> {
    println!("city: the console is at {}/console/ (each one-time password is for setting another):", sandbox.url);
    print!("{}", sandbox.printed());
    for (name, role) in [("operator", "operator"), ("leader", "viewer"), ("admin", "admin"), ("auditor", "auditor")] {
        print!("  {}", sandbox.command(&["people", "add", name, "--role", role]).await?);
    }
    let unit = ["people", "add", "clerk", "--role", "clerk", "--department", "urban-management"];
    print!("  {}", sandbox.command(&unit).await?);
    Ok(())
}

fn read_all(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect()
}
