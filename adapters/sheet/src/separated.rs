//! Values between commas.

use csv::{Terminator, Writer, WriterBuilder};

use crate::guard::guarded;
use crate::{Cell, Charset, SheetError};

/// The mark by which spreadsheets know UTF-8.
const MARK: &[u8] = b"\xEF\xBB\xBF";

/// A CSV file under way, in UTF-8 until it is finished.
pub(crate) struct Separated {
    writer: Writer<Vec<u8>>,
    charset: Charset,
}

impl Separated {
    pub(crate) fn new(charset: Charset, columns: &[String]) -> Result<Self, SheetError> {
        let writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
        let mut separated = Self { writer, charset };
        separated.write(columns.iter().map(|column| guarded(column)))?;
        Ok(separated)
    }

    pub(crate) fn push(&mut self, cells: &[Cell]) -> Result<(), SheetError> {
        self.write(cells.iter().map(shown))
    }

    fn write(&mut self, fields: impl Iterator<Item = String>) -> Result<(), SheetError> {
        let fields: Vec<String> = fields.collect();
        self.writer.write_record(&fields).map_err(|error| SheetError::Unwritten(error.to_string()))
    }

    pub(crate) fn finish(self) -> Result<Vec<u8>, SheetError> {
        let plain = self.writer.into_inner().map_err(|error| SheetError::Unwritten(error.to_string()))?;
        Ok(match self.charset {
            Charset::Utf8 => plain,
            Charset::Utf8Mark => [MARK, &plain].concat(),
            // Every character has a place in GB18030.
            Charset::Gb18030 => encoding_rs::GB18030.encode(&String::from_utf8_lossy(&plain)).0.into_owned(),
        })
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => guarded(text),
        Cell::Integer(number) => number.to_string(),
        Cell::Decimal(number) if number.is_finite() => number.to_string(),
        Cell::Decimal(_) => String::new(),
        Cell::Flag(flag) => if *flag { "是" } else { "否" }.to_owned(),
    }
}
