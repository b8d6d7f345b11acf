//! Lines of a JSON-lines file: one record each.

use std::io::{BufRead, BufReader};
use std::path::Path;

use huiliu_adapter_api::RecordFormat;
use huiliu_payload::{Format, FormatKind};

use crate::delimited::decoded;
use crate::delimited::lines::MAX_LINE_BYTES;
use crate::event::{Event, Events, Reason, broken};

/// The records.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn json_lines(path: &Path, format: &RecordFormat) -> Result<Events, Reason> {
    let reader = BufReader::new(decoded(path, format).map_err(|error| Reason::of(&error))?);
    let format = format.clone();
    let parser = Format::new(FormatKind::Json);
    let mut lines = Lines { reader, number: 0, failed: false };
    Ok(Box::new(std::iter::from_fn(move || {
        loop {
            let line = match lines.next()? {
                Ok(line) => line,
                Err(Unread::Line(text, reason)) => return Some(Event::Row(broken(lines.number, &text, &reason))),
                Err(Unread::Rest(reason)) => return Some(Event::Failed(reason)),
            };
            let text = line.trim_start_matches('\u{FEFF}').trim();
            if text.is_empty() {
                continue;
            }
            return Some(Event::Row(match parser.parse(text.as_bytes()) {
                Ok(parsed) => format.record(parsed.tree),
                Err(error) => broken(lines.number, text, &Reason::of(&error)),
            }));
        }
    })))
}

enum Unread {
    /// A line; its beginning.
    Line(String, Reason),
    Rest(Reason),
}

struct Lines<R> {
    reader: BufReader<R>,
    number: usize,
    failed: bool,
}

impl<R: std::io::Read> Lines<R> {
    fn next(&mut self) -> Option<Result<String, Unread>> {
        if self.failed {
            return None;
        }
        self.number += 1;
        let mut line = Vec::new();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let read = std::io::Read::take(&mut self.reader, limit).read_until(b'\n', &mut line);
        let too_long = line.len() >= MAX_LINE_BYTES && !line.ends_with(b"\n");
        let rest = match read {
            Ok(0) => return None,
            Ok(_) if too_long => self.reader.skip_until(b'\n').map(drop),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        };
        Some(match rest {
            Err(error) => {
                self.failed = true;
                Err(Unread::Rest(Reason::of(&error)))
            }
            Ok(()) if too_long => Err(Unread::Line(
                String::from_utf8_lossy(&line).into_owned(),
                Reason::new(
                    format!("该行超过 {MAX_LINE_BYTES} 字节"),
                    format!("the line is longer than {MAX_LINE_BYTES} bytes"),
                ),
            )),
            // Bytes that are no text have become U+FFFD, which mappings see.
            Ok(()) => Ok(String::from_utf8_lossy(&line).into_owned()),
        })
    }
}
