//! Rows of a CSV file, and lines of a JSON-lines file.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use huiliu_adapter_api::RecordFormat;
use huiliu_payload::{Format, FormatKind};

use crate::decoding::{BUFFER_BYTES, DecodingReader};
use crate::header::Header;
use crate::row::{Rows, broken};
use crate::settings::Compiled;

/// Longest line of a JSON-lines file, in bytes.
const MAX_LINE_BYTES: usize = 1 << 20;

fn decoded(path: &Path, format: &RecordFormat) -> io::Result<DecodingReader<BufReader<File>>> {
    DecodingReader::new(BufReader::with_capacity(BUFFER_BYTES, File::open(path)?), format.charset)
}

/// The rows below the headings.
pub(crate) fn csv_rows(path: &Path, format: &RecordFormat, settings: &Compiled) -> Result<Rows, String> {
    let delimiter = delimiter_of(path, format, settings.header_row).map_err(|error| error.to_string())?;
    let reader = decoded(path, format).map_err(|error| error.to_string())?;
    let mut rows = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(reader)
        .into_records();
    let mut header = None;
    for _ in 0..settings.header_row {
        header = rows.next().transpose().map_err(|error| format!("the headings cannot be read: {error}"))?;
    }
    let header = header.ok_or("the file has no headings")?;
    if header.iter().any(|cell| cell.contains('\u{FFFD}')) {
        return Err("the headings are not text in the declared encoding".to_owned());
    }
    let header = Header::new(header.iter(), &settings.aliases);
    let format = format.clone();
    let mut number = settings.header_row;
    Ok(Box::new(rows.filter_map(move |row| {
        number += 1;
        let row = match row {
            Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => return None,
            Ok(row) => row,
            Err(error) => return Some(broken(number, "", &error.to_string())),
        };
        let text = || row.iter().collect::<Vec<_>>().join(",");
        if row.iter().any(|cell| cell.contains('\u{FFFD}')) {
            return Some(broken(number, &text(), "the row is not text in the file's encoding"));
        }
        Some(match header.row(row.iter()) {
            Some(tree) => format.record(tree),
            None => broken(number, &text(), "the row has more cells than the file has headings"),
        })
    })))
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
    let lines = BufReader::new(decoded(path, format)?).lines();
    let line = lines.into_iter().nth(header_row - 1).transpose()?.unwrap_or_default();
    let count = |delimiter: &u8| line.bytes().filter(|byte| byte == delimiter).count();
    Ok([b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b','))
}
