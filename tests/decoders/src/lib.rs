//! Everything that reads bytes from outside, as functions from bytes to nothing. They end where a promise about hostile
//! input is broken: a panic, a value that is too large, a text that does not survive a round trip.
//!
//! `fuzz/` calls them with inputs of its own making (`cargo +nightly fuzz run --fuzz-dir tests/decoders/fuzz <target>`);
//! `tests/replay.rs` calls them with every file of `corpus/`, so that what was found once is tested ever after.

mod files;
mod language;
mod pack;
mod payloads;
mod values;

pub use files::{csv, soap, xls, xlsx};
pub use language::expression;
pub use pack::{mapping, settings};
pub use payloads::{form, json, multipart, status_update, xml};
pub use values::values;

/// A target: its name, which is also its corpus folder, and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 13] = [
    ("csv", csv),
    ("expression", expression),
    ("form", form),
    ("json", json),
    ("mapping", mapping),
    ("multipart", multipart),
    ("settings", settings),
    ("soap", soap),
    ("status-update", status_update),
    ("values", values),
    ("xls", xls),
    ("xlsx", xlsx),
    ("xml", xml),
];
