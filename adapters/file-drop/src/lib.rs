//! `file-drop`: a watched folder into which somebody or something puts tables (CSV, XLSX, XLS, and HTML or XML under those names), XML or JSON-lines files.
//!
//! A file is taken when it has been left alone for a while, read row by row in bounded memory, and moved to `done` when its
//! last row is stored. The position (file, row) is stored with the rows, so that a crash neither loses nor doubles any. A
//! row that cannot be read becomes a broken record of its own. A file that cannot be read, not whole, or that gives no record goes to
//! `failed` and leaves a broken record and an alarm that say why. Rows may name files beside the table, such as photos.
//!
//! What a file is its content says. What a cell shows counts, never digits that nobody wrote.

mod adapter;
mod attached;
mod factory;
mod reading;
mod settings;
mod unended;

pub use factory::FileDropFactory;
