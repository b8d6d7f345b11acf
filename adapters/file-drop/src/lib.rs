//! `file-drop`: a watched folder into which somebody or something puts CSV, XLSX, XML or JSON-lines files.
//!
//! A file is taken when it has been left alone for a while, read row by row in bounded memory, and moved to `done` when its
//! last row is stored. The position (file, row) is stored with the rows, so that a crash neither loses nor doubles any. A
//! row that cannot be read becomes a broken record of its own; a file that cannot be read at all goes to `failed` and
//! leaves a broken record that says why. Rows may name files beside the table, such as photos.

mod adapter;
mod attached;
mod csv_rows;
mod decoding;
mod factory;
mod header;
mod row;
mod rows;
mod settings;
mod xlsx_rows;

pub use factory::FileDropFactory;
