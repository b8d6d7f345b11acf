//! Files of a watched folder, and answers kept in files.

use std::io::Write as _;

use huiliu::mapping::Channel;

use crate::pack::PACK;

/// Most rows taken of one file.
const MAX_ROWS: usize = 10_000;

fn read(channel: &str, ending: &str, bytes: &[u8]) {
    let Some(channel): Option<&Channel> =
        PACK.as_ref().ok().and_then(|pack| pack.channels.get(channel)).map(AsRef::as_ref)
    else {
        return;
    };
    let Ok(mut file) = tempfile::Builder::new().suffix(ending).tempfile() else { return };
    if file.write_all(bytes).is_err() {
        return;
    }
    if let Ok(rows) = channel.adapter.read_file(file.path()) {
        for record in rows.take(MAX_ROWS) {
            assert!(!record.id.is_empty(), "a row without an id");
            let applied = channel.apply(&record, jiff::Timestamp::MAX);
            assert_eq!(applied, channel.apply(&record, jiff::Timestamp::MAX), "the same row, the same complaint");
        }
    }
}

/// A CSV file.
pub fn csv(bytes: &[u8]) {
    read("ledger", ".csv", bytes);
}

/// A workbook of before 2007, or what programs write under its name: HTML, XML, text.
pub fn xls(bytes: &[u8]) {
    read("petition", ".xls", bytes);
}

/// An XLSX file.
pub fn xlsx(bytes: &[u8]) {
    read("petition", ".xlsx", bytes);
}

/// The answer of a SOAP service, envelope and all.
pub fn soap(bytes: &[u8]) {
    read("hotline", ".xml", bytes);
}
