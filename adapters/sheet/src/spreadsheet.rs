//! A workbook with one sheet.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

use crate::{Cell, SheetError};

/// Most characters of a cell in a spreadsheet, as UTF-16 counts them.
pub const MAX_CELL_CHARS: usize = 32_767;

/// What stands at the end of a text that had more.
pub const CUT_MARK: &str = "……（已截断）";

/// Largest whole number that a spreadsheet keeps digit by digit: it has fifteen.
const MAX_EXACT: i64 = 999_999_999_999_999;

/// A workbook under way. Texts are written as texts, so that none is a formula, and none loses digits or leading zeros.
pub(crate) struct Spreadsheet {
    workbook: Workbook,
    text: Format,
    next_row: u32,
    cut: usize,
}

impl Spreadsheet {
    pub(crate) fn new(columns: &[String]) -> Result<Self, SheetError> {
        let mut workbook = Workbook::new();
        // The same rows give the same bytes; when a file was made stands in its manifest.
        let never = ExcelDateTime::from_ymd(2000, 1, 1).map_err(|error| unwritten(&error))?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&never));
        let sheet = workbook.add_worksheet();
        sheet.set_freeze_panes(1, 0).map_err(|error| unwritten(&error))?;
        let mut spreadsheet = Self { workbook, text: Format::new().set_num_format("@"), next_row: 0, cut: 0 };
        let headings: Vec<Cell> = columns.iter().map(|column| Cell::from(column.as_str())).collect();
        spreadsheet.push(&headings)?;
        Ok(spreadsheet)
    }

    pub(crate) fn push(&mut self, cells: &[Cell]) -> Result<(), SheetError> {
        let row = self.next_row;
        let sheet = self.workbook.worksheet_from_index(0).map_err(|error| unwritten(&error))?;
        for (column, cell) in (0_u16..).zip(cells) {
            let written = match cell {
                Cell::Text(text) if !text.is_empty() => {
                    let (text, cut) = fitting(text);
                    self.cut += usize::from(cut);
                    sheet.write_string_with_format(row, column, text, &self.text)
                }
                Cell::Integer(number) if number.abs() > MAX_EXACT => {
                    sheet.write_string_with_format(row, column, number.to_string(), &self.text)
                }
                #[expect(clippy::cast_precision_loss, reason = "at most fifteen digits")]
                Cell::Integer(number) => sheet.write_number(row, column, *number as f64),
                Cell::Decimal(number) if number.is_finite() => sheet.write_number(row, column, *number),
                Cell::Flag(flag) => sheet.write_string(row, column, if *flag { "是" } else { "否" }),
                Cell::Empty | Cell::Text(_) | Cell::Decimal(_) => continue,
            };
            written.map_err(|error| unwritten(&error))?;
        }
        self.next_row += 1;
        Ok(())
    }

    /// The file, and how many texts were cut.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, usize), SheetError> {
        let content = self.workbook.save_to_buffer().map_err(|error| unwritten(&error))?;
        Ok((content, self.cut))
    }
}

/// A text that fits into a cell, and whether it was cut.
fn fitting(text: &str) -> (String, bool) {
    if text.encode_utf16().count() <= MAX_CELL_CHARS {
        return (text.to_owned(), false);
    }
    let room = MAX_CELL_CHARS - CUT_MARK.encode_utf16().count();
    let mut used = 0;
    let kept = text.chars().take_while(|c| {
        used += c.len_utf16();
        used <= room
    });
    (kept.chain(CUT_MARK.chars()).collect(), true)
}

fn unwritten(error: &XlsxError) -> SheetError {
    SheetError::Unwritten(error.to_string())
}
