//! Rows become a file for whoever reads deliveries: CSV, JSON lines or XLSX, and a manifest of such files.
//!
//! - The same rows give the same bytes: a delivery that is made again is recognized by its SHA-256.
//! - A text never becomes a formula or a number: texts of citizens stand in files that officials open in a spreadsheet.
//! - Everything is bounded: rows, columns, bytes, characters of a cell.
//!
//! It knows neither tickets nor where the file goes.

mod cell;
mod error;
mod guard;
mod json_lines;
mod kind;
mod manifest;
mod separated;
mod sheet;
mod spreadsheet;

pub use cell::Cell;
pub use error::SheetError;
pub use kind::{Charset, SheetKind};
pub use manifest::{MAX_MANIFEST_FILES, Manifest, ManifestFile};
pub use sheet::{Finished, Sheet};
pub use spreadsheet::{CUT_MARK, MAX_CELL_CHARS};

/// Most rows below the headings. A spreadsheet takes 1,048,576 with them.
pub const MAX_ROWS: usize = 1_000_000;

/// Most columns.
pub const MAX_COLUMNS: usize = 500;

/// Most bytes of text in one file, before it is packed.
pub const MAX_SHEET_BYTES: usize = 64 << 20;
