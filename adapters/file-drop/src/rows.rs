//! The rows of a file in its channel's format.

use std::path::Path;

use huiliu_adapter_api::RecordFormat;

use crate::csv_rows::{csv_rows, json_lines};
use crate::row::Rows;
use crate::settings::Compiled;
use crate::xlsx_rows::xlsx_rows;

/// Opens a file. Rows of one file always come in the same order.
///
/// # Errors
/// Why the file as a whole cannot be read.
pub(crate) fn open_rows(path: &Path, format: &RecordFormat, settings: &Compiled) -> Result<Rows, String> {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let rows = match format.kind.as_str() {
        "csv" => csv_rows(path, format, settings)?,
        "xlsx" => xlsx_rows(path, format, settings)?,
        "json-lines" => json_lines(path, format)?,
        _ => format.read_file(path).map_err(|error| error.to_string())?,
    };
    // Broken rows have no id of the source: file and row stand in.
    Ok(Box::new(rows.map(move |mut record| {
        if matches!(record.body, huiliu_adapter_api::RecordBody::Broken { .. }) {
            record.id = format!("{file} {}", record.id);
        }
        record
    })))
}
