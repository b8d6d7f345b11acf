//! XLSX: a workbook in a ZIP archive (ECMA-376), read cell by cell.
//!
//! Cells are read from the file's own text, because what a number shows depends on its format, and how many of its digits are the source's on how it is
//! written. Hidden rows and columns are read like others: filters hide rows that are complaints all the same. Of merged cells the first has the value.

mod book;
mod package;
mod sheet;
mod strings;
mod styles;

pub(crate) use book::Xlsx;
