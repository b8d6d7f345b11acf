//! Rows of a CSV file, and lines of a JSON-lines file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use huiliu_adapter_api::{RawRecord, RecordFormat};
use huiliu_payload::{Format, FormatKind};

use crate::decoding::{BUFFER_BYTES, DecodingReader};
use crate::header::{Header, MAX_COLUMNS};
use crate::row::{Rows, broken};
use crate::settings::Table;

/// Longest row of a CSV file and line of a JSON-lines file, in bytes.
const MAX_LINE_BYTES: usize = 1 << 20;

fn decoded(path: &Path, format: &RecordFormat) -> io::Result<DecodingReader<BufReader<File>>> {
    DecodingReader::new(BufReader::with_capacity(BUFFER_BYTES, File::open(path)?), format.charset)
}

/// The rows below the headings.
pub(crate) fn csv_rows(path: &Path, format: &RecordFormat, table: &Table) -> Result<Rows, String> {
    let delimiter = delimiter_of(path, format, table.header_row).map_err(|error| error.to_string())?;
    let reader = decoded(path, format).map_err(|error| error.to_string())?;
    let watch = Arc::new(RowWatch::default());
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(WatchedReader { reader, watch: Arc::clone(&watch) })
        .into_records();
    let mut header = None;
    for _ in 0..table.header_row {
        watch.begin_row();
        header = rows.next().transpose().map_err(|error| format!("the headings cannot be read: {error}"))?;
    }
    let header = header.ok_or("the file has no headings")?;
    if header.iter().any(|cell| cell.contains('\u{FFFD}')) {
        return Err("the headings are not text in the declared encoding".to_owned());
    }
    if header.len() > MAX_COLUMNS {
        return Err(format!("the file has {} columns, at most {MAX_COLUMNS} are read", header.len()));
    }
    let header = Header::new(header.iter(), &table.aliases);
    let format = format.clone();
    let (mut number, mut ended) = (table.header_row, false);
    Ok(Box::new(std::iter::from_fn(move || {
        while !ended {
            number += 1;
            watch.begin_row();
            let row = match rows.next()? {
                Ok(row) => row,
                Err(error) => {
                    // What follows cannot be told apart any more.
                    ended = error.is_io_error();
                    return Some(broken(number, "", &error.to_string()));
                }
            };
            if let Some(record) = record_of(&row, number, &header, &format, &watch) {
                return Some(record);
            }
        }
        None
    })))
}

/// One row as a record; `None` for an empty one.
fn record_of(
    row: &csv::StringRecord,
    number: usize,
    header: &Header,
    format: &RecordFormat,
    watch: &RowWatch,
) -> Option<RawRecord> {
    if row.iter().all(|cell| cell.trim().is_empty()) {
        return None;
    }
    let text = || row.iter().collect::<Vec<_>>().join(",");
    if row.iter().any(|cell| cell.contains('\u{FFFD}')) {
        return Some(broken(number, &text(), "the row is not text in the file's encoding"));
    }
    if watch.ends_in_quotes() && row.iter().any(|cell| cell.contains('\n')) {
        let reason = "a quotation mark is not closed; the rows after this one were read as part of it";
        return Some(broken(number, &text(), reason));
    }
    Some(match header.row(row.iter()) {
        Some(tree) => format.record(tree),
        None => broken(number, &text(), "the row has more cells than the file has headings"),
    })
}

/// What is known of the row that is being read.
#[derive(Debug, Default)]
struct RowWatch {
    /// Bytes read since the row before.
    bytes: AtomicUsize,
    /// Quotation marks in the whole file so far.
    quotes: AtomicUsize,
    ended: AtomicBool,
}

impl RowWatch {
    fn begin_row(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Whether the file has ended with a quotation mark open.
    fn ends_in_quotes(&self) -> bool {
        self.ended.load(Ordering::Relaxed) && self.quotes.load(Ordering::Relaxed) % 2 == 1
    }
}

/// Gives up where a row is longer than [`MAX_LINE_BYTES`].
struct WatchedReader<R> {
    reader: R,
    watch: Arc<RowWatch>,
}

impl<R: io::Read> io::Read for WatchedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.bytes.load(Ordering::Relaxed) > MAX_LINE_BYTES {
            let what = "a row is longer than";
            let why = "a quotation mark may be missing; the rest of the file was not read";
            return Err(io::Error::other(format!("{what} {MAX_LINE_BYTES} bytes: {why}")));
        }
        let count = self.reader.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        self.watch.bytes.fetch_add(count, Ordering::Relaxed);
        self.watch.quotes.fetch_add(read.iter().filter(|byte| **byte == b'"').count(), Ordering::Relaxed);
        self.watch.ended.fetch_or(count == 0, Ordering::Relaxed);
        Ok(count)
    }
}

/// One record a line.
pub(crate) fn json_lines(path: &Path, format: &RecordFormat) -> Result<Rows, String> {
    let reader = BufReader::new(decoded(path, format).map_err(|error| error.to_string())?);
    let format = format.clone();
    let parser = Format::new(FormatKind::Json);
    let mut lines = Lines { reader, number: 0, failed: false };
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            return Some(match line {
                Err(reason) => broken(number, "", &reason),
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => match parser.parse(line.as_bytes()) {
                    Ok(parsed) => format.record(parsed.tree),
                    Err(error) => broken(number, &line, &error.to_string()),
                },
            });
        }
    })))
}

struct Lines<R> {
    reader: BufReader<R>,
    number: usize,
    failed: bool,
}

impl<R: io::Read> Lines<R> {
    fn next(&mut self) -> Option<(usize, Result<String, String>)> {
        if self.failed {
            return None;
        }
        self.number += 1;
        let mut line = Vec::new();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        match io::Read::take(&mut self.reader, limit).read_until(b'\n', &mut line) {
            Ok(0) => return None,
            Err(error) => {
                self.failed = true;
                return Some((self.number, Err(error.to_string())));
            }
            Ok(_) => {}
        }
        if line.len() >= MAX_LINE_BYTES && !line.ends_with(b"\n") {
            let rest = self.reader.skip_until(b'\n');
            let reason = format!("the line is longer than {MAX_LINE_BYTES} bytes");
            return Some((self.number, Err(rest.err().map_or(reason, |error| error.to_string()))));
        }
        Some((self.number, String::from_utf8(line).map_err(|error| error.to_string())))
    }
}

/// The delimiter that the line of the headings has most of.
fn delimiter_of(path: &Path, format: &RecordFormat, header_row: usize) -> io::Result<u8> {
    let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
    let lines = BufReader::new(io::Read::take(decoded(path, format)?, most)).lines();
    let line = lines.into_iter().nth(header_row - 1).transpose()?.unwrap_or_default();
    let count = |delimiter: &u8| line.bytes().filter(|byte| byte == delimiter).count();
    Ok([b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b','))
}
