//! Five places, each run for weeks of its own time in front of a real gateway and a real broker, and its own figures held against the truth.

mod baiyin;
mod baoshan;
mod book;
mod calendar;
mod clocks;
mod compare;
mod console;
mod feed;
mod gateway;
mod gongxian;
mod log;
mod outside;
mod people;
mod rongcheng;
mod tally;
mod truth;
mod watched;
mod yantian;

use std::path::{Path, PathBuf};

use jiff::ToSpan as _;

use self::book::Book;
use self::compare::Pair;
use self::feed::Broker;
use self::gateway::{Programs, Turned};
use self::outside::Outside;
use self::people::People;
use self::truth::Truth;

/// The places.
const BOOKS: [&Book; 5] = [&rongcheng::BOOK, &yantian::BOOK, &baoshan::BOOK, &gongxian::BOOK, &baiyin::BOOK];
/// Most findings that are printed, unless all are wanted.
const MAX_SHOWN: usize = 40;

/// What a run of a place needs.
#[derive(Debug)]
pub struct PlaceRun {
    /// `huiliu`.
    pub huiliu: PathBuf,
    /// The gateway by a clock that is turned by hand.
    pub clockwork: PathBuf,
    /// Folder of the packs.
    pub mappings: PathBuf,
    /// URL of the broker.
    pub amqp: String,
    /// Where everything that was sent and received is written, to look into.
    pub log: Option<PathBuf>,
    /// Whether every finding is printed, however many there are.
    pub all: bool,
    /// Seed: equal seeds give equal runs.
    pub seed: u64,
}

/// The names of the places.
#[must_use]
pub fn places() -> Vec<&'static str> {
    BOOKS.iter().map(|book| book.name).collect()
}

/// Runs a place and prints its figures; the number of things that are not as they must be.
///
/// # Errors
/// There is no such place, or a program fails.
pub async fn run_place(run: &PlaceRun, name: &str) -> anyhow::Result<usize> {
    let book = BOOKS.iter().find(|book| book.name == name);
    let book = *book.ok_or_else(|| anyhow::anyhow!("there is no place {name}; there are {}", places().join(", ")))?;
    let folder = tempfile::tempdir()?;
    Broker::sweep(&run.amqp, book.code, &book.queues()).await?;
    let outcome = live(run, book, folder.path()).await;
    Broker::sweep(&run.amqp, book.code, &book.queues()).await?;
    outcome
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this program talks to the person who started it")]
async fn live(run: &PlaceRun, book: &'static Book, folder: &Path) -> anyhow::Result<usize> {
    let outside = Outside::start().await?;
    let programs = Programs {
        huiliu: run.huiliu.canonicalize()?,
        clockwork: run.clockwork.canonicalize()?,
        amqp: run.amqp.clone(),
    };
    let mut gateway = Turned::prepare(&programs, &run.mappings.join(book.name), folder, &outside.address).await?;
    if book.by_console {
        gateway.let_in(console::COMMISSION, "clerk").await?;
    }
    let begin = people::begin(book)?;
    gateway.start(begin).await?;
    println!("{}: {} matters in {} days", book.title, book.matters, book.days);
    let mut people = People::of(book, run.seed, gateway, outside, &run.amqp).await?;
    let mut shown = 0;
    let lived = people
        .live(|percent| {
            if percent >= shown + 10 {
                shown = percent / 10 * 10;
                eprintln!("{}: {shown} %", book.title);
            }
        })
        .await;
    let (end, mut gateway, log) = people.end();
    if let Some(path) = &run.log {
        std::fs::write(path, log.lines().join("\n"))?;
    }
    lived?;
    let truth = Truth::of(book, &log, end);
    if book.by_console {
        println!("spoken    {} times on phones, {} times at the console", log.on_phones, log.at_console);
    }
    let days = (calendar::day(begin), calendar::day(end).saturating_add(1.day()));
    let pairs = compare::figures(book, &gateway, &truth, days).await?;
    gateway.stop().await?;
    Ok(show(&truth, &pairs, if run.all { usize::MAX } else { MAX_SHOWN }))
}

#[expect(clippy::print_stdout, reason = "this program talks to the person who started it")]
fn show(truth: &Truth, pairs: &[Pair], most: usize) -> usize {
    let differing: Vec<&Pair> = pairs.iter().filter(|pair| !pair.agrees()).collect();
    println!("figures   {} of {} agree with the truth", pairs.len() - differing.len(), pairs.len());
    let (expected, made) = truth.notices;
    println!("notices   {made} made, {expected} due: {:?}", truth.by_notice);
    let told = &truth.watched;
    println!(
        "watched   {} surges, {} complaints while one went on, {} warnings",
        told.surges, told.kept, told.warnings
    );
    for pair in differing.iter().take(most) {
        let Pair { report, from, row, figure, found, truth } = pair;
        println!("  differs {report} from {from}, {row} {figure}: {found}, in truth {truth}");
    }
    for finding in truth.findings.iter().take(most) {
        println!("  found   {finding}");
    }
    if truth.findings.len() > most {
        println!("  …       {} more", truth.findings.len() - most);
    }
    differing.len() + truth.findings.len()
}
