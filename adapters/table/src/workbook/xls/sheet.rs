//! The cells of a sheet, row by row.

use crate::cell::number_format::NumberFormat;
use crate::cell::shown::show;
use crate::event::Reason;
use crate::workbook::put;
use crate::workbook::xls::Shared;
use crate::workbook::xls::records::{Record, Records, Slice};

/// Gives the rows until `take` has had enough.
pub(crate) fn read_rows(
    stream: &[u8],
    shared: &Shared,
    take: &mut dyn FnMut(usize, Vec<String>) -> bool,
) -> Result<(), Reason> {
    let mut sheet = SheetReader { shared, row: 0, cells: Vec::new(), formula: None, depth: 0, take };
    for record in Records::new(stream) {
        match record.kind {
            // A sheet holds its diagrams, which have cells of their own.
            0x0809 => sheet.depth += 1,
            0x000A if sheet.depth > 1 => sheet.depth -= 1,
            0x000A => {
                sheet.end_row();
                return Ok(());
            }
            _ if sheet.depth > 1 => {}
            _ => {
                if sheet.record(&record).is_none() {
                    return Ok(());
                }
            }
        }
    }
    // A sheet ends with a record that says so. The row that was being gathered may lack cells.
    let row = sheet.row + 1;
    Err(Reason::new(
        format!("文件不完整：第 {row} 行及其后没有读"),
        format!("the file is cut: row {row} and those after it were not read"),
    ))
}

struct SheetReader<'a> {
    shared: &'a Shared,
    row: usize,
    cells: Vec<String>,
    /// Place of a formula whose text follows.
    formula: Option<(usize, usize)>,
    /// Streams that have begun: the sheet, and what is in it.
    depth: usize,
    take: &'a mut dyn FnMut(usize, Vec<String>) -> bool,
}

impl SheetReader<'_> {
    /// Takes a record; `None` when no more rows are wanted. One that is damaged gives nothing.
    fn record(&mut self, record: &Record<'_>) -> Option<()> {
        let mut data = Slice(record.data);
        if record.kind == 0x0207 {
            let Some((row, column)) = self.formula.take() else { return Some(()) };
            let text = self.shared.reading.long(&mut data).unwrap_or_default();
            return self.put(row, column, text);
        }
        if !matches!(record.kind, 0x0006 | 0x00BD | 0x00D6 | 0x00FD | 0x0203 | 0x0204 | 0x0205 | 0x027E) {
            return Some(());
        }
        let (Some(row), Some(column)) = (data.u16(), data.u16()) else { return Some(()) };
        let (row, column) = (usize::from(row), usize::from(column));
        if record.kind == 0x00BD {
            return self.several(row, column, &mut data);
        }
        let Some(style) = data.u16() else { return Some(()) };
        let text = match record.kind {
            0x00FD => data.u32().and_then(|place| self.shared_text(place)),
            0x00D6 | 0x0204 => self.shared.reading.long(&mut data),
            0x0203 => data.u64().map(|bits| self.number(f64::from_bits(bits), style)),
            0x027E => data.u32().map(|packed| self.number(unpacked(packed), style)),
            0x0205 => truth(&mut data),
            _ => self.formula(row, column, style, &mut data),
        };
        self.put(row, column, text.unwrap_or_default())
    }

    fn several(&mut self, row: usize, first: usize, data: &mut Slice<'_>) -> Option<()> {
        // The last two bytes are the number of the last column.
        for column in (first..).take(data.0.len() / 6) {
            let (Some(style), Some(packed)) = (data.u16(), data.u32()) else { break };
            let text = self.number(unpacked(packed), style);
            self.put(row, column, text)?;
        }
        Some(())
    }

    fn shared_text(&self, place: u32) -> Option<String> {
        self.shared.strings.get(usize::try_from(place).ok()?).map(|text| text.to_string())
    }

    fn number(&self, value: f64, style: u16) -> String {
        let format = self.shared.styles.get(usize::from(style)).unwrap_or(&NumberFormat::General);
        show(&value.to_string(), format, self.shared.since_1904)
    }

    /// What a formula came to when the file was saved.
    fn formula(&mut self, row: usize, column: usize, style: u16, data: &mut Slice<'_>) -> Option<String> {
        let bits = data.u64()?;
        if bits >> 48 != 0xFFFF {
            return Some(self.number(f64::from_bits(bits), style));
        }
        match bits & 0xFF {
            0 => self.formula = Some((row, column)),
            1 => return Some(if (bits >> 16) & 0xFF == 0 { "FALSE" } else { "TRUE" }.to_owned()),
            _ => {}
        }
        None
    }

    fn put(&mut self, row: usize, column: usize, text: String) -> Option<()> {
        if row != self.row {
            if !self.end_row() {
                return None;
            }
            self.row = row;
        }
        put(&mut self.cells, column, text);
        Some(())
    }

    /// Gives the row that was gathered; false when no more are wanted.
    fn end_row(&mut self) -> bool {
        (self.take)(self.row + 1, std::mem::take(&mut self.cells))
    }
}

/// A truth value; nothing for an error.
fn truth(data: &mut Slice<'_>) -> Option<String> {
    let (value, is_error) = (data.u8()?, data.u8()?);
    (is_error == 0).then(|| if value == 0 { "FALSE" } else { "TRUE" }.to_owned())
}

/// A number in four bytes: thirty bits of a double or of a whole number, or a hundredth of that.
fn unpacked(packed: u32) -> f64 {
    let value = if packed & 2 == 2 {
        f64::from(packed.cast_signed() >> 2)
    } else {
        f64::from_bits(u64::from(packed & !3) << 32)
    };
    if packed & 1 == 1 { value / 100.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "the values are exact")]
    fn packed_numbers() {
        assert_eq!(unpacked((46347 << 2) | 2), 46347.0);
        assert_eq!(unpacked(((12345 << 2) | 2) | 1), 123.45);
        assert_eq!(unpacked(u32::from_be_bytes([0x3F, 0xF0, 0, 0])), 1.0);
    }
}
