//! The rows of a file in its channel's format.

use std::path::Path;

use huiliu_adapter_api::{RecordBody, RecordFormat};
use huiliu_payload::FormatKind;

use crate::csv_rows::{csv_rows, json_lines};
use crate::row::Rows;
use crate::settings::Table;
use crate::xlsx_rows::xlsx_rows;

/// Opens a file. Rows of one file always come in the same order.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub(crate) fn open_rows(path: &Path, format: &RecordFormat, table: &Table) -> Result<Rows, String> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rows = match format.kind {
        FormatKind::Csv => csv_rows(path, format, table)?,
        FormatKind::Xlsx => xlsx_rows(path, format, table)?,
        FormatKind::JsonLines => json_lines(path, format)?,
        _ => format.read_file(path, Ok).map_err(|error| error.to_string())?,
    };
    // Broken rows have no id of the source: file and row stand in.
    Ok(Box::new(rows.map(move |mut record| {
        if matches!(record.body, RecordBody::Broken { .. }) {
            record.id = format!("{file} {}", record.id);
        }
        record
    })))
}
