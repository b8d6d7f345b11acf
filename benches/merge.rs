//! How fast merging finds and decides, how well it finds, and how much memory it takes, by the number of open tickets.
//!
//! ```sh
//! cargo bench --bench merge                                   # 10,000, 100,000 and 1,000,000 tickets; about 6 GB, 10 minutes
//! cargo bench --bench merge -- --lengths hotline              # 142 characters instead of 365, as on message boards
//! cargo bench --bench merge -- --tickets 10000 --queries 500
//! cargo bench --bench merge -- --tickets 200000 --export target/peers/data   # also writes the texts for benches/peers/run
//! cargo bench --bench merge -- --texts corpus.jsonl           # your own texts: {"id": 1, "text": "…"} by line
//! ```
//!
//! Texts are invented, from a seed. A *noisy copy* of an open complaint is looked for: *mild* changes 3 % of the characters
//! and leaves out one sentence in eight, *hard* changes 10 %, leaves out one in three and shuffles the rest. recall@10 is the
//! share of copies whose original is among the first ten candidates.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Parser;
use huiliu::key::{ComplaintKey, TicketKey};
use huiliu::merge::{MergeIndex, MergeSettings, Merging, Profile, ProfileInput, Zone};
use huiliu_city::{Noise, World};
use jiff::Timestamp;

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of open tickets.
    #[arg(long, value_delimiter = ',', default_values_t = [10_000, 100_000, 1_000_000])]
    tickets: Vec<usize>,
    /// How long the texts are.
    #[arg(long, value_enum, default_value_t = Lengths::Board)]
    lengths: Lengths,
    /// Noisy copies looked for, and as many decided on, of each kind.
    #[arg(long, default_value_t = 2_000)]
    queries: usize,
    /// Complaints of the flood.
    #[arg(long, default_value_t = 50_000)]
    flood: usize,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Also write corpus and queries there, for the peers.
    #[arg(long)]
    export: Option<PathBuf>,
    /// Take the texts of this file.
    #[arg(long)]
    texts: Option<PathBuf>,
    /// `cargo bench` passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Lengths {
    /// As messages of boards: 365 characters on average (real ones 335), half of them below 216, one in ten above 800.
    Board,
    /// As what an operator notes: 142 on average, at most 300.
    Hotline,
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let own = arguments.texts.as_ref().map(|path| read_texts(path)).transpose()?;
    let sizes = own.as_ref().map_or(arguments.tickets.clone(), |texts| vec![texts.len()]);
    println!(
        "{:>9} {:>7} {:>9} {:>9} {:>7} {:>7} {:>9} {:>7} {:>7} {:>9} {:>9}",
        "tickets",
        "copies",
        "insert/s",
        "search/s",
        "p50 µs",
        "p99 µs",
        "decide/s",
        "p50 µs",
        "p99 µs",
        "recall@10",
        "B/ticket"
    );
    for size in sizes {
        let texts = own.clone().unwrap_or_else(|| {
            let mut world = World::new(arguments.seed);
            let text = |serial| match arguments.lengths {
                Lengths::Board => world.posting_text(serial),
                Lengths::Hotline => world.complaint_text(serial),
            };
            (0..size).map(text).collect()
        });
        measure(&texts, &arguments)?;
    }
    flood(&arguments);
    Ok(())
}

fn read_texts(path: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let lines = std::fs::read_to_string(path)?;
    lines
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line)?;
            Ok(row["text"].as_str().unwrap_or_default().to_owned())
        })
        .collect()
}

fn profile(text: &str, serial: usize) -> Profile {
    let (title, text) = text.split_once('。').unwrap_or(("", text));
    let number = serial.to_string();
    Profile::new(&ProfileInput {
        number: ("bench", &number),
        title,
        text,
        at: Timestamp::from_second(i64::try_from(serial).unwrap_or_default()).unwrap_or_default(),
        ..ProfileInput::default()
    })
}

fn key(serial: usize) -> ComplaintKey {
    ComplaintKey(i64::try_from(serial).unwrap_or(i64::MAX))
}

/// The ticket that a complaint opens.
fn ticket_of(serial: usize) -> TicketKey {
    TicketKey(key(serial).0)
}

fn quantiles(mut took: Vec<Duration>) -> (f64, u128, u128) {
    took.sort_unstable();
    let total: Duration = took.iter().sum();
    let at = |percent: usize| took[(took.len() * percent / 100).min(took.len() - 1)].as_micros();
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = took.len() as f64 / total.as_secs_f64();
    (rate, at(50), at(99))
}

#[expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a benchmark reports on standard output")]
fn measure(texts: &[String], arguments: &Arguments) -> anyhow::Result<()> {
    let merging = Merging::from(MergeSettings { window_days: 3650, ..MergeSettings::default() });
    let mut index = MergeIndex::new();
    let begun = Instant::now();
    for (serial, text) in texts.iter().enumerate() {
        let profile = profile(text, serial);
        index.learn(&profile);
        index.insert(key(serial), ticket_of(serial), &profile);
    }
    let inserted = texts.len() as f64 / begun.elapsed().as_secs_f64();
    let bytes = index.memory_bytes() / texts.len();
    let mut world = World::new(arguments.seed + 1);
    let mut exported = String::new();
    for (name, noise) in [("mild", Noise::Mild), ("hard", Noise::Hard)] {
        let (mut searching, mut deciding, mut found) = (Vec::new(), Vec::new(), 0);
        exported.clear();
        for serial in 0..2 * arguments.queries {
            let original = world.below(texts.len());
            let copy = world.noisy(&texts[original], noise);
            // Never both with one copy: what one has read, the other finds in the processor's cache.
            let begun = Instant::now();
            let asked = profile(&copy, texts.len());
            if serial % 2 == 0 {
                std::hint::black_box(index.decide(&asked, None, &merging));
                deciding.push(begun.elapsed());
                continue;
            }
            let candidates = index.blocked(&asked, &merging.settings);
            searching.push(begun.elapsed());
            found += usize::from(candidates.iter().take(10).any(|candidate| *candidate == key(original)));
            exported += &serde_json::json!({ "id": original, "text": copy }).to_string();
            exported.push('\n');
        }
        let recall = f64::from(u32::try_from(found)?) / arguments.queries as f64;
        let ((search, s50, s99), (decide, d50, d99)) = (quantiles(searching), quantiles(deciding));
        println!(
            "{:>9} {name:>7} {inserted:>9.0} {search:>9.0} {s50:>7} {s99:>7} {decide:>9.0} {d50:>7} {d99:>7} {recall:>9.3} {bytes:>9}",
            texts.len()
        );
        if let Some(folder) = &arguments.export {
            std::fs::create_dir_all(folder)?;
            std::fs::write(folder.join(format!("queries-{name}.jsonl")), &exported)?;
        }
    }
    if let Some(folder) = &arguments.export {
        let lines =
            texts.iter().enumerate().map(|(id, text)| serde_json::json!({ "id": id, "text": text }).to_string());
        std::fs::write(folder.join("corpus.jsonl"), lines.collect::<Vec<_>>().join("\n") + "\n")?;
    }
    Ok(())
}

/// Near-identical complaints among normal ones: an organized campaign, a gateway that replays.
#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn flood(arguments: &Arguments) {
    let merging = Merging::from(MergeSettings { window_days: 3650, ..MergeSettings::default() });
    let mut index = MergeIndex::new();
    let mut world = World::new(arguments.seed + 2);
    let mut tickets = std::collections::BTreeSet::new();
    let decide = |index: &mut MergeIndex, text: &str, serial: usize| {
        let asked = profile(text, serial);
        let begun = Instant::now();
        let decision = index.decide(&asked, None, &merging);
        let ticket = if decision.zone == Zone::Auto { decision.ticket.unwrap_or_default() } else { ticket_of(serial) };
        index.insert_decided(key(serial), ticket, &asked, decision);
        (begun.elapsed(), ticket)
    };
    let normal: Vec<String> = (0..10_000).map(|serial| world.complaint_text(serial)).collect();
    let before = normal.iter().enumerate().map(|(serial, text)| decide(&mut index, text, serial).0).collect();
    let original = world.complaint_text(1);
    let mut during = Vec::with_capacity(arguments.flood);
    for serial in 0..arguments.flood {
        let copy = format!("{original}{}", world.below(1_000_000));
        let (took, ticket) = decide(&mut index, &copy, 10_000 + serial);
        during.push(took);
        tickets.insert(ticket);
    }
    let ((_, n50, n99), (_, f50, f99)) = (quantiles(before), quantiles(during));
    println!(
        "flood of {} near-identical complaints: p50 {f50} µs, p99 {f99} µs (normal before it: {n50}, {n99}), {} ticket(s)",
        arguments.flood,
        tickets.len()
    );
}
