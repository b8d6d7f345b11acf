//! A file under way: rows are pushed, then it is finished.

use std::collections::BTreeSet;

use crate::json_lines::JsonLines;
use crate::separated::Separated;
use crate::spreadsheet::Spreadsheet;
use crate::{Cell, MAX_COLUMNS, MAX_ROWS, MAX_SHEET_BYTES, SheetError, SheetKind};

/// Bytes that a cell costs besides its text.
const CELL_BYTES: usize = 8;

/// A file under way.
pub struct Sheet {
    writer: Writer,
    columns: usize,
    rows: usize,
    bytes: usize,
}

enum Writer {
    Separated(Box<Separated>),
    JsonLines(JsonLines),
    Spreadsheet(Box<Spreadsheet>),
}

/// A file that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its content.
    pub content: Vec<u8>,
    /// Rows below the headings.
    pub rows: usize,
    /// Texts that were longer than a cell of a spreadsheet and were cut, each with [`CUT_MARK`](crate::CUT_MARK) at its end.
    pub cut: usize,
}

impl Sheet {
    /// A file with these headings.
    ///
    /// # Errors
    /// No headings, too many, one that is empty or repeated.
    pub fn new(kind: SheetKind, columns: &[String]) -> Result<Self, SheetError> {
        let different: BTreeSet<&str> = columns.iter().map(|column| column.trim()).collect();
        if columns.is_empty()
            || columns.len() > MAX_COLUMNS
            || different.len() < columns.len()
            || different.contains("")
        {
            return Err(SheetError::Columns);
        }
        let writer = match kind {
            SheetKind::Csv(charset) => Writer::Separated(Box::new(Separated::new(charset, columns)?)),
            SheetKind::JsonLines => Writer::JsonLines(JsonLines::new(columns)),
            SheetKind::Xlsx => Writer::Spreadsheet(Box::new(Spreadsheet::new(columns)?)),
        };
        Ok(Self { writer, columns: columns.len(), rows: 0, bytes: 0 })
    }

    /// Adds a row: one cell for each heading.
    ///
    /// # Errors
    /// Another number of cells; more rows or bytes than one file takes. The file is then as it was before the row.
    pub fn push(&mut self, cells: &[Cell]) -> Result<(), SheetError> {
        let row = self.rows + 1;
        if cells.len() != self.columns {
            return Err(SheetError::Width { row, cells: cells.len(), columns: self.columns });
        }
        let bytes = self.bytes + cells.iter().map(bytes_of).sum::<usize>();
        if row > MAX_ROWS || bytes > MAX_SHEET_BYTES {
            return Err(SheetError::TooLarge);
        }
        match &mut self.writer {
            Writer::Separated(file) => file.push(cells)?,
            Writer::JsonLines(file) => file.push(cells)?,
            Writer::Spreadsheet(file) => file.push(cells)?,
        }
        (self.rows, self.bytes) = (row, bytes);
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    /// A library fails.
    pub fn finish(self) -> Result<Finished, SheetError> {
        let (content, cut) = match self.writer {
            Writer::Separated(file) => (file.finish()?, 0),
            Writer::JsonLines(file) => (file.finish(), 0),
            Writer::Spreadsheet(file) => file.finish()?,
        };
        Ok(Finished { content, rows: self.rows, cut })
    }
}

impl std::fmt::Debug for Sheet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sheet").field("rows", &self.rows).finish_non_exhaustive()
    }
}

fn bytes_of(cell: &Cell) -> usize {
    CELL_BYTES + if let Cell::Text(text) = cell { text.len() } else { 0 }
}
