//! The language of channel files: Jinja expressions and templates, evaluated by `minijinja`, with the filters that
//! complaints need.
//!
//! One [`Language`] is made per city pack; it holds the time zone and the code tables. It compiles [`Expression`]s
//! (one value out: a complaint field, a cursor, a condition) and [`Template`]s (text out: request bodies,
//! acknowledgements, replies). Compiling checks everything that can be checked without a record: syntax, the names of
//! filters, functions, tests and variables, members of what is known ([`Shape`]), code tables, time formats and regular expressions.
//!
//! Evaluation is pure and bounded: a missing path is empty instead of an error, every evaluation has [`FUEL`], a
//! template's output at most [`MAX_OUTPUT_BYTES`]. Nothing here reads the clock, a file or the network.
//!
//! ```
//! use huiliu_expression::{Context, Language};
//! let language = Language::new(jiff::tz::TimeZone::UTC, Default::default());
//! let title = language.expression("record.title | text", &["record"]).unwrap();
//! let record = serde_json::json!({"title": "  路灯不亮 "});
//! assert_eq!(title.eval(&Context::of("record", &record)).unwrap().value, "路灯不亮");
//! ```

mod charset;
mod check;
mod coalesce;
mod compiled;
mod fault;
mod filters;
mod language;
mod raw;
mod sample;
mod shape;
mod table;

pub use charset::FormCharset;
pub use compiled::{Context, Evaluated, Expression, Template};
pub use fault::{Fault, Notice};
pub use filters::{
    FILTERS, GivenTime, halfwidth, in_area, is_error_cell, is_invisible, read_flag, read_idnumber, read_phone,
};
pub use language::{Escape, Language};
pub use raw::raw_text;
pub use sample::Sample;
pub use shape::{Shape, Variables};
pub use table::{CodeRow, CodeTable, TableError};

/// Steps that one evaluation may take, in minijinja's fuel units (about one instruction each).
pub const FUEL: u64 = 100_000;
/// Largest text a template may render, in bytes.
pub const MAX_OUTPUT_BYTES: usize = 4 << 20;
/// Largest compiled size of one regular expression, in bytes.
pub const MAX_REGEX_BYTES: usize = 1 << 20;
