//! How long a search for words takes among finished tickets, whether it finds what reading everything finds, and what the index costs.
//!
//! ```sh
//! cargo bench --bench search                                  # a million complaints; about 2 GB of disk
//! cargo bench --bench search -- --complaints 100000
//! ```
//!
//! Texts are invented, from a seed. Words are pieces of texts that are there, so that something is found, and pieces put together that are
//! not. The first page of 50 is asked for; for some of them all pages, and everything is read once beside.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use huiliu::complaint::{Complaint, Place};
use huiliu::key::{ComplaintKey, RawKey, TicketKey};
use huiliu::store::{
    Changes, ComplaintRow, Database, KeyRing, NewRaw, Page, RawState, Search, Spelling, Store, TicketFilter, Vault,
    Words, open,
};
use huiliu::ticket::{Route, Status, Ticket};
use huiliu_city::World;
use jiff::Timestamp;
use serde_json::json;

/// As in the gateway.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Complaints of one step.
const STEP: usize = 500;

#[derive(Debug, Parser)]
struct Arguments {
    /// Complaints, each alone on its finished ticket.
    #[arg(long, default_value_t = 1_000_000)]
    complaints: usize,
    /// Searches of each kind.
    #[arg(long, default_value_t = 100)]
    queries: usize,
    /// Searches of each kind that are compared with reading everything.
    #[arg(long, default_value_t = 5)]
    compared: usize,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the database; it stays there.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// `cargo bench` passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let temporary = tempfile::tempdir()?;
    let folder = arguments.folder.clone().unwrap_or_else(|| temporary.path().to_owned());
    let (ring, database) = (KeyRing::generate()?, folder.join("search.db"));
    let mut opened = open(&Database::Sqlite(database.clone()), Vault::new(&ring)?)?;
    let texts = texts(arguments.seed, arguments.complaints);
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    println!("{} complaints of {} characters on average", texts.len(), characters / texts.len().max(1));

    side_by_side(&texts, &ring)?;
    let begun = Instant::now();
    write(&mut *opened.writer, &texts, 0)?;
    report("written", begun.elapsed(), texts.len(), bytes(&database)?);
    let (begun, mut longest) = (Instant::now(), Duration::ZERO);
    loop {
        let part = Instant::now();
        if opened.writer.index_words(1)?.indexed == 0 {
            break;
        }
        longest = longest.max(part.elapsed());
    }
    report("indexed", begun.elapsed(), texts.len(), bytes(&database)?);
    println!("a block took {} ms at most", longest.as_millis());

    let mut reader = opened.reader()?;
    let mut compared = Vec::new();
    println!("{:>24} {:>8} {:>8} {:>8} {:>8} {:>10}", "words", "p50 ms", "p95 ms", "max ms", "empty", "not full");
    for (kind, make) in KINDS {
        let mut dice = Dice(arguments.seed);
        let queries: Vec<Search> = (0..arguments.queries).map(|_| make(&texts, &mut dice)).collect();
        measure(kind, &mut *reader, &queries)?;
        compared.extend(queries.into_iter().take(arguments.compared));
    }
    let begun = Instant::now();
    let expected = read_all(&mut *reader, &compared)?;
    println!("everything was read in {} ms", begun.elapsed().as_millis());
    let mut found = 0;
    for (search, expected) in compared.iter().zip(expected) {
        let all = find_all(&mut *reader, search)?;
        anyhow::ensure!(all == expected, "{search:?}: {} instead of {}", all.len(), expected.len());
        found += all.len();
    }
    println!("{} searches gave what reading everything gives, {found} complaints", compared.len());
    Ok(())
}

fn texts(seed: u64, count: usize) -> Vec<String> {
    let mut world = World::new(seed);
    (0..count).map(|serial| world.complaint_text(serial)).collect()
}

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn report(what: &str, took: Duration, complaints: usize, bytes: u64) {
    let each = complaints.max(1);
    let (micros, size) = (took.as_micros() / each as u128, bytes / each as u64);
    println!("{what} in {} ms, {micros} µs each; the database has {size} bytes for each", took.as_millis());
}

fn bytes(database: &Path) -> anyhow::Result<u64> {
    rusqlite::Connection::open(database)?.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(std::fs::metadata(database)?.len())
}

/// Writing with and without what search adds to a step, in turns: the index of times, and the look whether a block is there.
#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn side_by_side(texts: &[String], ring: &KeyRing) -> anyhow::Result<()> {
    let some: Vec<String> = texts.iter().take(20_000).cloned().collect();
    for round in 0..3 {
        let mut took = Vec::new();
        for with in [true, false] {
            let folder = tempfile::tempdir()?;
            let path = folder.path().join("write.db");
            let mut opened = open(&Database::Sqlite(path.clone()), Vault::new(ring)?)?;
            write(&mut *opened.writer, &some, 0)?;
            while with && opened.writer.index_words(1)?.indexed > 0 {}
            if !with {
                rusqlite::Connection::open(&path)?.execute_batch("DROP INDEX complaint_by_time")?;
            }
            let begun = Instant::now();
            write(&mut *opened.writer, &some, some.len())?;
            took.push(begun.elapsed().as_nanos() as f64 / 1_000.0 / some.len() as f64);
        }
        println!("round {round}: a step's complaint took {:.1} µs with, {:.1} µs without", took[0], took[1]);
    }
    Ok(())
}

/// Writes complaints, each alone on a ticket that is closed.
fn write(store: &mut dyn Store, texts: &[String], before: usize) -> anyhow::Result<()> {
    for (step, part) in texts.chunks(STEP).enumerate() {
        let mut changes = Changes::default();
        for (place, text) in part.iter().enumerate() {
            add(&mut changes, i64::try_from(before + step * STEP + place + 1)?, text)?;
        }
        store.commit(changes)?;
    }
    Ok(())
}

fn add(changes: &mut Changes, id: i64, text: &str) -> anyhow::Result<()> {
    let at = Timestamp::from_second(1_700_000_000 + id * 30)?;
    let title: String = text.chars().take(20).collect();
    changes.raw.push(NewRaw {
        id: RawKey(id),
        channel: "hotline".into(),
        record_id: format!("n{id}"),
        digest: [7; 16],
        state: RawState::Complaint,
        complaint: Some(ComplaintKey(id)),
        rule: None,
        received_at: at,
        settings_version: "v".into(),
        source_file: None,
        body: json!({ "id": id, "content": text }),
    });
    let place = Place { address: Some(text.chars().take(8).collect()), ..Place::default() };
    let complaint = Complaint {
        channel: "hotline".into(),
        number: format!("n{id}"),
        title: title.clone(),
        text: text.to_owned(),
        place,
        ..Complaint::default()
    };
    changes.complaints.push(Arc::new(ComplaintRow {
        id: ComplaintKey(id),
        receipt: format!("R{id}"),
        raw_id: RawKey(id),
        ticket: TicketKey(id),
        district: None,
        category: "light".into(),
        received_at: at,
        phone_hash: Some(u64::try_from(id % 50_000)?),
        id_hash: None,
        account_hash: None,
        complaint,
    }));
    let route = Route { department: format!("d{}", id % 40), category: "light".into(), ..Route::default() };
    let ticket = Ticket {
        id: format!("T{id}"),
        version: 3,
        status: Status::Closed,
        route,
        title,
        text: text.to_owned(),
        created_at: at,
        finished_at: Some(at),
        complaints: 1,
        ..Ticket::default()
    };
    changes.tickets.push((TicketKey(id), ticket));
    Ok(())
}

/// A linear congruential generator (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound.max(1)
    }

    /// So many characters of some text.
    fn piece(&mut self, texts: &[String], characters: usize) -> String {
        let Some(text) = texts.get(self.below(texts.len())) else { return String::new() };
        let chars: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let begin = self.below(chars.len().saturating_sub(characters));
        chars.into_iter().skip(begin).take(characters).collect()
    }
}

fn words(words: &str) -> Search {
    Search { words: Words::read(words), ..Search::default() }
}

type Make = fn(&[String], &mut Dice) -> Search;

const KINDS: [(&str, Make); 9] = [
    ("1 character", |texts, dice| words(&dice.piece(texts, 1))),
    ("2 characters", |texts, dice| words(&dice.piece(texts, 2))),
    ("4 characters", |texts, dice| words(&dice.piece(texts, 4))),
    ("8 characters", |texts, dice| words(&dice.piece(texts, 8))),
    ("2 words", |texts, dice| words(&format!("{} {}", dice.piece(texts, 2), dice.piece(texts, 3)))),
    ("2 pieces as one word", |texts, dice| words(&format!("{}{}", dice.piece(texts, 2), dice.piece(texts, 2)))),
    ("3 characters, of a unit", |texts, dice| Search {
        ticket: TicketFilter { department: Some("d7".to_owned()), ..TicketFilter::default() },
        ..words(&dice.piece(texts, 3))
    }),
    ("4 characters of a place", |texts, dice| Search {
        place: Words::read(&texts[dice.below(texts.len())].chars().take(4).collect::<String>()),
        ..Search::default()
    }),
    ("4 elsewhere than there", |texts, dice| Search { place: Words::read(&dice.piece(texts, 4)), ..Search::default() }),
];

#[expect(clippy::print_stdout, reason = "a benchmark reports on standard output")]
fn measure(kind: &str, store: &mut dyn Store, queries: &[Search]) -> anyhow::Result<()> {
    let (mut took, mut empty, mut unfilled) = (Vec::new(), 0, 0);
    for search in queries {
        let begun = Instant::now();
        let part = store.search(search, Page::first(50), &mut |_| true)?;
        took.push(begun.elapsed().as_micros() as f64 / 1_000.0);
        empty += usize::from(part.complaints.is_empty());
        unfilled += usize::from(part.complaints.len() < 50 && part.next.is_some());
    }
    took.sort_by(f64::total_cmp);
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied();
    let [p50, p95, max] = [50, 95, 100].map(|share| at(share).unwrap_or_default());
    println!("{kind:>24} {p50:>8.1} {p95:>8.1} {max:>8.1} {empty:>8} {unfilled:>10}");
    Ok(())
}

/// What a search finds over all pages.
fn find_all(store: &mut dyn Store, search: &Search) -> anyhow::Result<Vec<ComplaintKey>> {
    let (mut all, mut page) = (Vec::new(), Page::first(Page::MAX));
    loop {
        let part = store.search(search, page, &mut |_| true)?;
        all.extend(part.complaints.iter().map(|view| view.id));
        match part.next {
            Some(next) => page.after = Some(next),
            None => return Ok(all),
        }
    }
}

/// What reading every complaint finds, the newest first.
fn read_all(store: &mut dyn Store, searches: &[Search]) -> anyhow::Result<Vec<Vec<ComplaintKey>>> {
    let mut found = vec![Vec::new(); searches.len()];
    let last = store.counters()?.complaint.0;
    for first in (1..last).step_by(10_000) {
        let keys: Vec<ComplaintKey> = (first..last.min(first + 10_000)).map(ComplaintKey).collect();
        let complaints = store.complaints(&keys)?;
        let tickets: Vec<TicketKey> = complaints.iter().map(|view| view.ticket).collect();
        for (view, detail) in complaints.iter().zip(store.tickets(&tickets, 0)?) {
            let complaint = &view.complaint;
            let place: Vec<Spelling> = complaint.place.address.as_deref().map(Spelling::of).into_iter().collect();
            let mut told = vec![Spelling::of(&complaint.title), Spelling::of(&complaint.text)];
            told.extend(place.iter().cloned());
            for (search, found) in searches.iter().zip(&mut found) {
                let of_unit =
                    search.ticket.department.as_ref().is_none_or(|unit| *unit == detail.ticket.route.department);
                if of_unit && search.words.are_in(&told) && search.place.are_in(&place) {
                    found.push(view.id);
                }
            }
        }
    }
    found.iter_mut().for_each(|found| found.reverse());
    Ok(found)
}
