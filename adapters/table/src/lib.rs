//! Tables in, records out: CSV, XLSX, XLS, HTML and XML under those names, JSON lines.
//!
//! [`open_file`] gives what a file holds as [`Event`]s, in the order of the file and in bounded memory: sheets, headings, records, and
//! why something cannot be read. What a file is its content says. What a cell shows counts, never digits that nobody wrote. A row
//! that cannot be read becomes a broken record of its own; totals, repeated headings and signatures are none.
//!
//! It knows nothing of folders, of positions and of what becomes of records.

mod cell;
mod content;
mod delimited;
mod event;
mod headings;
mod json_lines;
mod open;
mod shape;
mod table;
mod workbook;

pub use event::{Event, Events, Reason};
pub use headings::Headings;
pub use open::open_file;
pub use table::Table;
