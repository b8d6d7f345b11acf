//! Everything that reads bytes from outside, as functions from bytes to nothing. They end where a promise about hostile
//! input is broken: a panic, a value that is too large, a text that does not survive a round trip.
//!
//! `fuzz/` calls them with inputs of its own making (`cargo +nightly fuzz run --fuzz-dir tests/decoders/fuzz <target>`);
//! `tests/replay.rs` calls them with every file of `corpus/`, so that what was found once is tested ever after.

mod files;
mod language;
mod pack;
mod payloads;

pub use files::{csv, xlsx};
pub use language::expression;
pub use pack::{mapping, settings};
pub use payloads::{form, json, status_update, xml};

/// A target: its name, which is also its corpus folder, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 9] = [
    ("csv", csv),
    ("expression", expression),
    ("form", form),
    ("json", json),
    ("mapping", mapping),
    ("settings", settings),
    ("status-update", status_update),
    ("xlsx", xlsx),
    ("xml", xml),
];
