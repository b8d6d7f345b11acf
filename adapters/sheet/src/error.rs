//! Why rows cannot become a file.

use crate::{MAX_COLUMNS, MAX_MANIFEST_FILES, MAX_ROWS, MAX_SHEET_BYTES};

/// Why rows cannot become a file. None of it passes by waiting.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// No columns, too many, one without a name, or two of the same name.
    #[error(
        "列名为空、重复，或多于 {MAX_COLUMNS} 列 (a heading is empty or repeated, or there are more than {MAX_COLUMNS})"
    )]
    Columns,
    /// A row has not as many cells as there are columns.
    #[error("第 {row} 行有 {cells} 个单元格，列名有 {columns} 个 (row {row} has {cells} cells for {columns} columns)")]
    Width {
        /// The row, from 1.
        row: usize,
        /// Its cells.
        cells: usize,
        /// The columns.
        columns: usize,
    },
    /// More rows or bytes than one file takes: the delivery has to be made of several.
    #[error(
        "一个文件最多 {MAX_ROWS} 行、{MAX_SHEET_BYTES} 字节，请缩短间隔或分成几个文件 (one file takes {MAX_ROWS} rows and {MAX_SHEET_BYTES} bytes: deliver more often, or in several files)"
    )]
    TooLarge,
    /// A manifest names a file twice, one that is no plain name, or too many.
    #[error(
        "清单里的文件名重复、不是单纯的文件名，或多于 {MAX_MANIFEST_FILES} 个 (a file name in the manifest is repeated or no plain name, or there are more than {MAX_MANIFEST_FILES})"
    )]
    Name,
    /// A library failed at what it was given.
    #[error("文件写不成：{0} (the file cannot be written: {0})")]
    Unwritten(String),
}
