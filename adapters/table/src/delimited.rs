//! Rows of a CSV file.

pub(crate) mod decoding;
pub(crate) mod lines;
mod pieces;
mod rounded;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use huiliu_adapter_api::RecordFormat;

use crate::cell::meant;
use crate::delimited::decoding::{BUFFER_BYTES, DecodingReader};
use crate::delimited::lines::RowTexts;
use crate::delimited::pieces::{Pieces, Verdict};
use crate::delimited::rounded::{Rounding, ends_rounded};
use crate::event::{Event, Events, Reason, broken};
use crate::headings::header::Header;
use crate::table::seeming::check_width;
use crate::table::{Going, Table, TableReader};

/// How much of a file is looked at to find its delimiter, in bytes of UTF-8.
const SAMPLE_BYTES: u64 = 256 << 10;
/// Lines below the headings' one that may tell the delimiter.
const SAMPLE_LINES: usize = 20;

pub(crate) fn decoded(path: &Path, format: &RecordFormat) -> io::Result<DecodingReader<BufReader<File>>> {
    DecodingReader::new(BufReader::with_capacity(BUFFER_BYTES, File::open(path)?), format.charset)
}

/// The rows below the headings.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn csv_rows(path: &Path, format: &RecordFormat, table: &Table) -> Result<Events, Reason> {
    let shape = Shape::of(path, format, table.header_row).map_err(|error| Reason::of(&error))?;
    let source = || decoded(path, format).map_err(|error| Reason::of(&error));
    let sample = CsvReading::new(BufReader::new(source()?.take(SAMPLE_BYTES)), &shape, format, table);
    let mut reading = CsvReading::new(BufReader::new(source()?), &shape, format, table);
    reading.rounded = sample.find_rounding();
    let mut events = VecDeque::new();
    Ok(Box::new(std::iter::from_fn(move || {
        while events.is_empty() && !reading.ended {
            reading.step(&mut events);
        }
        events.pop_front()
    })))
}

struct CsvReading<R> {
    texts: RowTexts<R>,
    delimiter: u8,
    table: TableReader,
    /// Rows read, as spreadsheets count them: without the line that only says the delimiter.
    number: usize,
    /// Why the first row above the headings could not be read.
    unreadable: Option<Reason>,
    pieces: Pieces,
    /// Whether the numbers were rounded before they came.
    rounded: bool,
    ended: bool,
}

impl<R: io::BufRead> CsvReading<R> {
    fn new(reader: R, shape: &Shape, format: &RecordFormat, table: &Table) -> Self {
        let mut texts = RowTexts::new(reader, char::from(shape.delimiter), shape.line_end);
        if shape.says_delimiter {
            drop(texts.next_row());
        }
        let (table, pieces) = (TableReader::new(table, format, None), Pieces::default());
        Self {
            texts,
            delimiter: shape.delimiter,
            table,
            number: 0,
            unreadable: None,
            pieces,
            rounded: false,
            ended: false,
        }
    }

    /// Reads to the end: whether the numbers were rounded.
    fn find_rounding(mut self) -> bool {
        let (mut rounding, mut unused) = (Rounding::default(), VecDeque::new());
        while let Some(Ok(row)) = self.texts.next_row() {
            self.number += 1;
            let Some(cells) = row.ok().and_then(|text| self.cells(&text).ok()) else { continue };
            if let Some(header) = self.table.header() {
                header.id_in(&cells).map(meant).into_iter().for_each(|number| rounding.see(&number, &cells));
            } else if self.table.take(self.number, cells, &mut unused) == Going::NoHeadings {
                break;
            }
            unused.clear();
        }
        rounding.is_rounded()
    }

    fn step(&mut self, events: &mut VecDeque<Event>) {
        let Some(row) = self.texts.next_row() else { return self.end(events) };
        self.number += 1;
        let mut is_ended = true;
        let read = match row {
            Ok(Ok(text)) => {
                is_ended = text.ends_with(['\n', '\r']);
                self.cells(&text)
            }
            Ok(Err(unreadable)) => Err(unreadable),
            Err(reason) => {
                self.ended = true;
                return events.push_back(Event::Failed(reason));
            }
        };
        match read {
            Ok(cells) => {
                let wide = if self.table.header().is_none() { check_width(&cells) } else { Ok(()) };
                if let Err(reason) = wide {
                    self.ended = true;
                    return events.push_back(Event::Failed(reason));
                }
                let row = (self.number, cells);
                let verdicts = match self.table.header() {
                    Some(_) if row.1.iter().all(|cell| cell.trim().is_empty()) => self.flush(),
                    Some(header) if !self.table.is_no_record(&row.1) && !self.table.is_of_another(&row.1) => {
                        self.pieces.take(row, header, is_ended)
                    }
                    _ => self.flush().into_iter().chain([Verdict::Row(row)]).collect(),
                };
                self.put(verdicts, events);
            }
            // Above the headings it is a title, or the file is not in the encoding that is taken for its.
            Err((_, reason)) if self.table.header().is_none() => drop(self.unreadable.get_or_insert(reason)),
            Err((text, reason)) => {
                let held = self.flush();
                self.put(held, events);
                events.push_back(Event::Row(broken(self.number, text.trim_end(), &reason)));
            }
        }
    }

    /// Rows that waited.
    fn flush(&mut self) -> Vec<Verdict> {
        let width = self.table.header().map_or(0, Header::width);
        self.pieces.end(width)
    }

    fn put(&mut self, verdicts: Vec<Verdict>, events: &mut VecDeque<Event>) {
        for verdict in verdicts {
            match verdict {
                Verdict::Aside((number, cells), reason) => {
                    events.push_back(Event::Row(broken(number, &cells.join(","), &reason)));
                }
                Verdict::Row((number, cells)) if self.ends_rounded(&cells) => {
                    events.push_back(Event::Row(broken(number, &cells.join(","), &rounded())));
                }
                Verdict::Row((number, cells)) => {
                    if let Some(id) = self.table.header().and_then(|header| header.id_in(&cells)) {
                        self.pieces.know(id);
                    }
                    if self.table.take(number, cells, events) == Going::NoHeadings {
                        return self.end(events);
                    }
                }
            }
        }
    }

    fn ends_rounded(&self, cells: &[String]) -> bool {
        let number = self.table.header().and_then(|header| header.id_in(cells));
        self.rounded && number.is_some_and(|number| ends_rounded(&meant(number)))
    }

    /// The cells of one row.
    fn cells(&self, text: &str) -> Result<Vec<String>, (String, Reason)> {
        if text.contains('\u{FFFD}') {
            let reason = Reason::new(
                "该行有不是文件编码的字节（可能被截断）；若许多行如此，请设置 [format] encoding",
                "the row is not text in the file's encoding, it may have been cut; where many rows are so, set [format] encoding",
            );
            return Err((text.to_owned(), reason));
        }
        // Carriage returns before the end belong to the end, those inside of cells to the cells.
        let row = text.strip_suffix('\n').unwrap_or(text).trim_end_matches('\r');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(self.delimiter)
            .terminator(csv::Terminator::Any(b'\n'))
            .has_headers(false)
            .flexible(true)
            .from_reader(row.as_bytes());
        let mut records = reader.records();
        let cells = match records.next() {
            None => return Ok(Vec::new()),
            Some(Ok(record)) => record.iter().map(str::to_owned).collect(),
            Some(Err(error)) => return Err((text.to_owned(), Reason::of(&error))),
        };
        if records.next().is_some() {
            let reason = Reason::new("引号使该行分成了几行", "quotation marks make several rows of this one");
            return Err((text.to_owned(), reason));
        }
        Ok(cells)
    }

    fn end(&mut self, events: &mut VecDeque<Event>) {
        self.ended = true;
        let held = self.flush();
        self.put(held, events);
        let passed_over = self.table.passed_over().reason(None);
        events.extend(passed_over.map(|reason| Event::Notice { reason, unread: false }));
        if self.table.header().is_none() {
            let foreign = self.table.has_content().then(|| self.table.without_headings());
            // Where the rows that can be read are a table, its headings are what is to be mended first.
            let reason = match (self.unreadable.take(), foreign) {
                (Some(unreadable), Some((_, false)) | None) => Some(unreadable),
                (_, Some((reason, _))) => Some(reason),
                (None, None) => None,
            };
            events.extend(reason.map(Event::Failed));
        }
    }
}

fn rounded() -> Reason {
    Reason::new(
        "编号被 Excel 舍入（只保留 15 位，其后补零），不是原来的编号；请把编号列设为文本格式后重新导出",
        "the number was rounded by a spreadsheet, which keeps 15 digits and writes zeros for the rest; export the column as text",
    )
}

/// What the beginning of a file shows of its shape.
struct Shape {
    delimiter: u8,
    line_end: u8,
    /// Whether the first line is `sep=…`, as spreadsheets write it.
    says_delimiter: bool,
}

impl Shape {
    fn of(path: &Path, format: &RecordFormat, header_row: usize) -> io::Result<Self> {
        let mut sample = Vec::new();
        decoded(path, format)?.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
        let sample = String::from_utf8_lossy(&sample);
        let line_end = if sample.contains('\r') && !sample.contains('\n') { b'\r' } else { b'\n' };
        let mut lines =
            sample.split(char::from(line_end)).map(|line| line.trim_start_matches('\u{FEFF}').trim_end_matches('\r'));
        let said = lines.clone().next().and_then(|line| {
            let delimiter = line.trim_matches('"').strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
            // A comma may be followed by the empty cells of the columns.
            delimiter.bytes().next().filter(|byte| matches!(byte, b',' | b';' | b'\t' | b'|'))
        });
        if let Some(delimiter) = said {
            return Ok(Self { delimiter, line_end, says_delimiter: true });
        }
        let delimiter = lines.by_ref().skip(header_row - 1).take(SAMPLE_LINES).find_map(delimiter_of).unwrap_or(b',');
        Ok(Self { delimiter, line_end, says_delimiter: false })
    }
}

/// The delimiter that a line has most of.
fn delimiter_of(line: &str) -> Option<u8> {
    let count = |delimiter: u8| line.bytes().filter(|byte| *byte == delimiter).count();
    let most = [b'|', b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter))?;
    (count(most) > 0).then_some(most)
}
