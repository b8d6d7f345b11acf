//! The real engine over a store, a broker and sources whose faults are drawn from one seed.
//!
//! Everything happens in one order on simulated time (what large batches read and seal on threads beside is awaited and has no
//! order), so a seed gives the same run again, step by step. After every step safety
//! is checked (nothing acknowledged that is not stored, nothing counted as published that the broker does not hold, versions
//! in order, one home per record, the ledger); when the faults stop, liveness (all stored, all published, all answered).
//!
//! - `HULIU_SEEDS=10000 cargo test --test simulation` runs that many seeds; a failing one is printed.
//! - `HULIU_SEED=123 cargo test --test simulation -- --nocapture` runs one and tells every step.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a test ends where something is missing"
)]

mod actors;
mod book;
mod broker;
mod clocks;
mod dice;
mod disk;
mod evaluation;
mod holds;
mod matters;
mod people;
mod quiet;
mod routes;
mod run;
mod sources;
mod verdict;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use run::{Outcome, Town};

/// A tenth of the time goes into memory otherwise.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds run when nobody says how many.
const SEEDS: u64 = 1_000;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn every_promise_is_kept_whatever_fails() {
    if let Some(seed) = number("HULIU_SEED") {
        let outcome = Town::load().run(seed, true);
        println!("{}", outcome.trace.join("\n"));
        assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
        return;
    }
    let (first, seeds) = (number("HULIU_FIRST_SEED").unwrap_or(1), number("HULIU_SEEDS").unwrap_or(SEEDS));
    let (next, totals) = (AtomicU64::new(first), Mutex::new(Outcome::default()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let town = Town::load();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    let outcome = town.run(seed, false);
                    let mut totals = totals.lock().unwrap_or_else(PoisonError::into_inner);
                    if !outcome.violations.is_empty() && totals.violations.len() < 20 {
                        totals.violations.push(format!(
                            "seed {seed}: {}\n  again with: HULIU_SEED={seed} cargo test --test simulation -- --nocapture",
                            outcome.violations.join("; ")
                        ));
                    }
                    totals.add(&outcome);
                }
            });
        }
    });
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!("{seeds} seeds: {}", totals.summary());
    assert!(totals.violations.is_empty(), "{}", totals.violations.join("\n"));
    for fault in world::FAULTS {
        assert!(seeds < 200 || totals.faults.contains_key(fault), "the fault {fault} never happened");
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let town = Town::load();
    for seed in [3, 7, 11] {
        let (first, second) = (town.run(seed, true), town.run(seed, true));
        let differs = first.trace.iter().zip(&second.trace).position(|(a, b)| a != b);
        assert_eq!(differs.map(|at| (&first.trace[at], &second.trace[at])), None, "seed {seed}");
        assert_eq!(first.trace.len(), second.trace.len(), "seed {seed}");
    }
}
