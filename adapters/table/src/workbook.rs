//! Workbooks: what all kinds of them have in common. Each kind has a reader of its own; [`sheets`] goes through the sheets of any.

mod html_table;
mod markup;
mod office_xml;
pub(crate) mod sheets;
mod spreadsheet_xml;
mod xls;
mod xlsx;

use crate::event::Reason;
use crate::headings::header::MAX_COLUMNS;

/// A workbook that is open.
pub(crate) trait Workbook {
    /// Its sheets in their order.
    fn sheets(&self) -> Vec<Sheet>;

    /// Gives the rows of a sheet, with their numbers from 1, until `take` has had enough (`false`).
    ///
    /// # Errors
    /// The rest of the sheet cannot be read.
    fn rows(&mut self, sheet: usize, take: &mut dyn FnMut(usize, Vec<String>) -> bool) -> Result<(), Reason>;
}

/// A sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sheet {
    pub name: String,
    pub kind: SheetKind,
}

/// What a sheet can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SheetKind {
    Table,
    /// Not shown to who opens the workbook.
    Hidden,
    /// A diagram, a dialog, a macro.
    Other,
}

/// Puts a cell to a row; columns beyond [`MAX_COLUMNS`] are not kept.
pub(crate) fn put(cells: &mut Vec<String>, column: usize, text: String) {
    if column < MAX_COLUMNS && !text.is_empty() {
        cells.resize(cells.len().max(column + 1), String::new());
        if let Some(place) = cells.get_mut(column) {
            *place = text;
        }
    }
}
