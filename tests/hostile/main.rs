//! Hostile and broken input at every door: each attack with its expected outcome, the memory it cost, and the proof that the
//! gateway goes on as if nothing had happened.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod bodies;
mod connections;
mod files;
mod secrecy;
#[path = "../gateway/town.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod town;
mod updates;
mod victim;
