//! Rows of an XLSX file, read cell by cell on a thread of their own.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, open_workbook};
use huiliu_adapter_api::{RawRecord, RecordFormat};

use crate::header::{Header, MAX_COLUMNS};
use crate::row::{Rows, broken};
use crate::settings::Table;

/// Rows that wait to be taken.
const MAX_WAITING_ROWS: usize = 512;
/// Most parts of a workbook.
const MAX_PARTS: usize = 5_000;
/// Largest sheet, unpacked; sheets are read cell by cell.
const MAX_SHEET_BYTES: u64 = 4 << 30;
/// Largest other part, unpacked; the strings that cells share are kept in memory, at up to eight bytes a byte.
const MAX_PART_BYTES: u64 = 128 << 20;
/// Longest text of a cell, with its marks. Excel allows 32,767 characters.
const MAX_CELL_BYTES: usize = 1 << 20;

/// The rows below the headings.
pub(crate) fn xlsx_rows(path: &Path, format: &RecordFormat, table: &Table) -> Result<Rows, String> {
    let (sender, rows) = sync_channel(MAX_WAITING_ROWS);
    let (opened, opening) = sync_channel(1);
    let job = Job { path: path.to_owned(), format: format.clone(), table: table.clone() };
    std::thread::Builder::new()
        .name("xlsx".to_owned())
        .spawn(move || job.run(&opened, &sender))
        .map_err(|error| error.to_string())?;
    opening.recv().map_err(|_gone| "the reader stopped".to_owned())??;
    Ok(Box::new(RowReceiver { rows, ended: false }))
}

/// Takes rows until the end marker. Without one the reader ended badly, which must not look like the end of the file.
struct RowReceiver {
    rows: Receiver<Option<RawRecord>>,
    ended: bool,
}

impl Iterator for RowReceiver {
    type Item = RawRecord;

    fn next(&mut self) -> Option<RawRecord> {
        if self.ended {
            return None;
        }
        match self.rows.recv() {
            Ok(Some(record)) => Some(record),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(_) => {
                self.ended = true;
                Some(broken(0, "", "reading broke off; rows after this one were not read"))
            }
        }
    }
}

struct Job {
    path: PathBuf,
    format: RecordFormat,
    table: Table,
}

impl Job {
    /// Says whether the file can be opened, then sends its rows until nobody takes them.
    fn run(&self, opened: &SyncSender<Result<(), String>>, rows: &SyncSender<Option<RawRecord>>) {
        if let Err(reason) = examine(&self.path) {
            return drop(opened.send(Err(reason)));
        }
        let mut workbook: Xlsx<_> = match open_workbook(&self.path) {
            Ok(workbook) => workbook,
            Err(error) => return drop(opened.send(Err(format!("not a readable XLSX file: {error}")))),
        };
        let sheet = match self.sheet(&mut workbook) {
            Ok(sheet) => sheet,
            Err(reason) => return drop(opened.send(Err(reason))),
        };
        drop(opened.send(Ok(())));
        if let Err(reason) = self.send_rows(&mut workbook, &sheet, rows) {
            drop(rows.send(Some(broken(0, "", &reason))));
        }
        drop(rows.send(None));
    }

    fn sheet<R: std::io::Read + std::io::Seek>(&self, workbook: &mut Xlsx<R>) -> Result<String, String> {
        let sheets: Vec<(String, bool)> = workbook
            .sheets_metadata()
            .iter()
            .map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible))
            .collect();
        if let Some(wanted) = &self.table.sheet {
            let known = || sheets.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
            return match sheets.iter().any(|(name, _)| name == wanted) {
                true => Ok(wanted.clone()),
                false => Err(format!("there is no sheet {wanted}; there are: {}", known())),
            };
        }
        for (name, _) in sheets.into_iter().filter(|(_, visible)| *visible) {
            let mut cells = workbook.worksheet_cells_reader(&name).map_err(|error| error.to_string())?;
            if matches!(cells.next_cell(), Ok(Some(_))) {
                return Ok(name);
            }
        }
        Err("no visible sheet has content".to_owned())
    }

    fn send_rows<R: std::io::Read + std::io::Seek>(
        &self,
        workbook: &mut Xlsx<R>,
        sheet: &str,
        rows: &SyncSender<Option<RawRecord>>,
    ) -> Result<(), String> {
        let mut cells = workbook.worksheet_cells_reader(sheet).map_err(|error| error.to_string())?;
        let mut sender = RowSender { job: self, header: None, rows, number: 0, cells: Vec::new() };
        while let Some(cell) = cells.next_cell().map_err(|error| format!("the sheet breaks off: {error}"))? {
            let (row, column) = cell.get_position();
            let (row, column) =
                (usize::try_from(row).unwrap_or(usize::MAX), usize::try_from(column).unwrap_or(usize::MAX));
            if row + 1 != sender.number {
                if !sender.finish_row() {
                    return Ok(());
                }
                sender.number = row + 1;
            }
            if column < MAX_COLUMNS {
                sender.cells.resize(sender.cells.len().max(column + 1), String::new());
                if let Some(place) = sender.cells.get_mut(column) {
                    *place = text(cell.get_value());
                }
            }
        }
        sender.finish_row();
        Ok(())
    }
}

/// Whether the workbook's parts, unpacked, are within bounds: what reads them takes each whole, or cell by cell. The sizes that
/// the archive states are not believed.
fn examine(path: &Path) -> Result<(), String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("not a readable XLSX file: {error}");
    let file = BufReader::new(File::open(path).map_err(|error| unreadable(&error))?);
    let mut archive = zip::ZipArchive::new(file).map_err(|error| unreadable(&error))?;
    if archive.len() > MAX_PARTS {
        return Err(format!("the workbook has {} parts, at most {MAX_PARTS} are read", archive.len()));
    }
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).map_err(|error| unreadable(&error))?;
        let name = part.name().map_err(|error| unreadable(&error))?.to_lowercase();
        if !name.ends_with(".xml") && !name.ends_with(".rels") {
            continue;
        }
        let most = if name.contains("worksheets/sheet") { MAX_SHEET_BYTES } else { MAX_PART_BYTES };
        let (mut buffer, mut bytes, mut run) = (vec![0; 64 << 10], 0_u64, 0_usize);
        loop {
            let count = part.read(&mut buffer).map_err(|error| unreadable(&error))?;
            let read = buffer.get(..count).unwrap_or_default();
            if count == 0 {
                break;
            }
            bytes += u64::try_from(count).unwrap_or(u64::MAX);
            for byte in read {
                run = if *byte == b'<' { 0 } else { run + 1 };
                if run > MAX_CELL_BYTES {
                    return Err(format!("a cell holds more than {MAX_CELL_BYTES} bytes"));
                }
            }
            if bytes > most {
                return Err(format!("{name} unpacks to more than {most} bytes; divide the table, or send it as CSV"));
            }
        }
    }
    Ok(())
}

struct RowSender<'a> {
    job: &'a Job,
    header: Option<Header>,
    rows: &'a SyncSender<Option<RawRecord>>,
    number: usize,
    cells: Vec<String>,
}

impl RowSender<'_> {
    /// Sends the row that was gathered; false when nobody takes rows any more.
    fn finish_row(&mut self) -> bool {
        let cells = std::mem::take(&mut self.cells);
        if cells.iter().all(|cell| cell.trim().is_empty()) || self.number < self.job.table.header_row {
            return true;
        }
        let Some(header) = &self.header else {
            self.header = Some(Header::new(cells.iter().map(String::as_str), &self.job.table.aliases));
            return true;
        };
        let record = match header.row(cells.iter().map(String::as_str)) {
            Some(tree) => self.job.format.record(tree),
            None => broken(self.number, &cells.join(","), "the row has more cells than the sheet has headings"),
        };
        self.rows.send(Some(record)).is_ok()
    }
}

/// A cell as text: whole numbers without decimals (ids stay ids), dates as their serial number, 15 significant digits.
fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::Int(whole) => whole.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::DateTime(date) => number_text(date.as_f64()),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn number_text(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let rounded: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    rounded.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_the_sheet() {
        assert_eq!(number_text(20_261_121_000_123.0), "20261121000123");
        assert_eq!(number_text(0.1 + 0.2), "0.3");
        assert_eq!(number_text(46347.3833), "46347.3833");
    }
}
