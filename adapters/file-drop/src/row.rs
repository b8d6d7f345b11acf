//! Rows of any kind of file.

use huiliu_adapter_api::RawRecord;

/// Records of a file, read as they are asked for.
pub(crate) type Rows = Box<dyn Iterator<Item = RawRecord> + Send>;

/// A record for a row that cannot be read. Its id holds the row, the caller adds the file.
pub(crate) fn broken(row: usize, text: &str, reason: &str) -> RawRecord {
    let text: String = text.chars().take(10_000).collect();
    RawRecord::broken(format!("row {row}"), text, format!("row {row}: {reason}"))
}
