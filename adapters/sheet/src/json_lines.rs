//! A JSON object a line.

use serde_json::{Map, Value};

use crate::{Cell, SheetError};

/// A file of JSON lines under way.
pub(crate) struct JsonLines {
    columns: Vec<String>,
    content: Vec<u8>,
}

impl JsonLines {
    pub(crate) fn new(columns: &[String]) -> Self {
        Self { columns: columns.to_vec(), content: Vec::new() }
    }

    pub(crate) fn push(&mut self, cells: &[Cell]) -> Result<(), SheetError> {
        let members = self.columns.iter().cloned().zip(cells.iter().map(value)).collect::<Map<_, _>>();
        serde_json::to_writer(&mut self.content, &members).map_err(|error| SheetError::Unwritten(error.to_string()))?;
        self.content.push(b'\n');
        Ok(())
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.content
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Integer(number) => Value::from(*number),
        // Null for one that is not finite.
        Cell::Decimal(number) => Value::from(*number),
        Cell::Flag(flag) => Value::from(*flag),
    }
}
