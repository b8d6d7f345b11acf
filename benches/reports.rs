//! How long a monthly report of many tickets takes: facts are written, summed up, and made a report of.
//!
//! `cargo bench --bench reports [tickets]`; 100,000 where nothing is said.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement ends where something is missing, and prints"
)]

use std::sync::Arc;
use std::time::Instant;

use huiliu::city::Names;
use huiliu::complaint::Satisfaction;
use huiliu::report::{Fact, FactKind, Key, Reports};
use huiliu::store::{Changes, Database, KeyRing, Store, Vault, open};
use huiliu_expression::Language;
use jiff::ToSpan;
use jiff::civil::date;
use jiff::tz::TimeZone;

/// Facts of one step.
const STEP: usize = 1_000;
const REPORTS: &str = include_str!("../mappings/rongcheng/reports.toml");

/// A ticket that came, was signed, finished and rated; by its number one of 15 channels, 80 categories and 40 units.
fn matter(number: u32) -> [Fact; 4] {
    let key = Key {
        channel: format!("channel-{}", number % 15),
        kind: "complaint".to_owned(),
        category: format!("category-{}", number % 80),
        domain: format!("domain-{}", number % 16),
        district: format!("3710820{:02}", number % 22),
        department: format!("unit-{}", number % 40),
        level: String::new(),
        grade: "green".to_owned(),
    };
    let day = date(2026, 11, 1).saturating_add(i64::from(number % 30).days());
    let rating = [Satisfaction::Satisfied, Satisfaction::Fair, Satisfaction::Dissatisfied];
    let fact = |kind, seconds| {
        let rating = (kind == FactKind::Rated).then(|| rating[number as usize / 7 % 3]);
        Fact { day, kind, key: key.clone(), kept: !number.is_multiple_of(9), again: false, rating, seconds }
    };
    [
        fact(FactKind::Created, 0),
        fact(FactKind::Signed, number % 86_400),
        fact(FactKind::Finished, number.wrapping_mul(7_919) % 864_000),
        fact(FactKind::Rated, 0),
    ]
}

fn report(store: &mut dyn Store, what: &str) {
    let began = Instant::now();
    let days = (date(2026, 11, 1), date(2026, 11, 30));
    let cells = store.facts(days.0, days.1).unwrap();
    let read = began.elapsed();
    let reports = Reports::load(REPORTS, &Language::new(TimeZone::UTC, Arc::default()), &Names::default()).unwrap();
    let rows: usize = reports.reports.iter().map(|report| report.table(&cells, days, None).rows.len()).sum();
    let reports = reports.reports.len();
    println!(
        "{what}: {} cells read in {read:.2?}; {reports} reports with {rows} rows in {:.2?} altogether",
        cells.len(),
        began.elapsed()
    );
}

fn main() {
    let tickets = std::env::args().find_map(|word| word.parse().ok()).unwrap_or(100_000);
    let folder = tempfile::tempdir().unwrap();
    let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
    let mut store = open(&Database::Sqlite(folder.path().join("facts.db")), vault).unwrap().writer;
    let began = Instant::now();
    let facts: Vec<Fact> = (0..tickets).flat_map(matter).collect();
    for step in facts.chunks(STEP) {
        store.commit(Changes { facts: step.to_vec(), ..Changes::default() }).unwrap();
    }
    println!("{} facts of {tickets} tickets written in {:.2?}", facts.len(), began.elapsed());
    report(&mut *store, "from rows");
    let began = Instant::now();
    while store.sum_facts(5_000).unwrap() > 0 {}
    println!("summed up in {:.2?}", began.elapsed());
    report(&mut *store, "from sums");
}
