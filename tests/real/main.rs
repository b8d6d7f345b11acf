//! Real processes under faults: the gateway killed, RabbitMQ stopped, killed, blocked and cut off, disks full and damaged,
//! while the simulated city goes on complaining.
//!
//! `HULIU_CAMPAIGN_SECONDS=900 cargo test --test real -- --nocapture campaign` runs the campaign for that long and prints its
//! report; without the variable it is short. It starts a broker of its own.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test ends where something is missing")]

mod broker;
mod campaign;
mod crowd;
mod database;
mod disk;
mod report;
mod rolling;
mod stop;
#[path = "../gateway/town.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod town;
