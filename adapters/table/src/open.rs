//! What is in a file, in its channel's format and by its content.

use std::path::Path;

use huiliu_adapter_api::{RawRecord, RecordBody, RecordFormat};
use huiliu_payload::FormatKind;

use crate::content::{Content, no_table};
use crate::delimited::csv_rows;
use crate::event::{Event, Events, Reason};
use crate::json_lines::json_lines;
use crate::table::Table;
use crate::workbook::sheets::workbook_rows;

/// Opens a file. What is in it always comes in the same order.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub fn open_file(path: &Path, format: &RecordFormat, table: &Table) -> Result<Events, Reason> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let events = match format.kind {
        FormatKind::Csv | FormatKind::Xlsx => open_table(path, format, table)?,
        FormatKind::JsonLines => json_lines(path, format)?,
        _ => Box::new(format.read_file(path, Ok).map_err(|error| Reason::of(&error))?.map(Event::Row)),
    };
    Ok(Box::new(events.map(move |event| named(event, &file))))
}

fn open_table(path: &Path, format: &RecordFormat, table: &Table) -> Result<Events, Reason> {
    match Content::of(path)? {
        Content::Text => csv_rows(path, format, table),
        Content::Foreign(zh, en) => Err(no_table((zh, en))),
        content => workbook_rows(path, content, format, table),
    }
}

/// Broken rows have no id of the source: file and row stand in.
fn named(event: Event, file: &str) -> Event {
    match event {
        Event::Row(record) if matches!(record.body, RecordBody::Broken { .. }) => {
            Event::Row(RawRecord { id: format!("{file} {}", record.id), ..record })
        }
        event => event,
    }
}
