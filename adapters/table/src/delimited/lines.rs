//! Lines of a text file put together to rows: a quotation mark may hold several lines together, one that is never closed may not hold the rest.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use crate::event::Reason;

/// Longest row of a CSV file and line of a JSON-lines file, in bytes.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 20;
/// Most lines of one row.
const MAX_ROW_LINES: usize = 500;

/// The text of one row, or why it is none, with the beginning of its text.
pub(crate) type RowText = Result<String, (String, Reason)>;

/// Reads rows. Bounded by [`MAX_LINE_BYTES`] and [`MAX_ROW_LINES`].
pub(crate) struct RowTexts<R> {
    source: R,
    delimiter: char,
    /// Ends a line: a line feed, or a carriage return in files of old systems.
    line_end: u8,
    /// Lines that were read while the end of a row was looked for.
    ahead: VecDeque<Line>,
    failed: bool,
}

enum Line {
    Text(String),
    /// Longer than may be; its beginning.
    TooLong(String),
    Failed(String),
}

impl<R: BufRead> RowTexts<R> {
    pub(crate) fn new(source: R, delimiter: char, line_end: u8) -> Self {
        Self { source, delimiter, line_end, ahead: VecDeque::new(), failed: false }
    }

    /// The next row; `Err` in the outer result where the rest of the file cannot be read.
    pub(crate) fn next_row(&mut self) -> Option<Result<RowText, Reason>> {
        let first = match self.next_line()? {
            Line::Text(text) => text,
            Line::TooLong(text) => return Some(Ok(Err((text, too_long())))),
            Line::Failed(error) => return Some(Err(Reason::of(&error))),
        };
        let mut state = Quoting::FieldStart.after(&first, self.delimiter);
        if state != Quoting::Open {
            return Some(Ok(Ok(first)));
        }
        let (mut taken, mut bytes) = (Vec::new(), first.len());
        while state == Quoting::Open && taken.len() < MAX_ROW_LINES && bytes <= MAX_LINE_BYTES {
            match self.next_line() {
                Some(Line::Text(text)) => {
                    bytes += text.len();
                    state = state.after(&text, self.delimiter);
                    taken.push(Line::Text(text));
                }
                Some(other) => {
                    taken.push(other);
                    break;
                }
                None => break,
            }
        }
        if state == Quoting::Open {
            taken.into_iter().rev().for_each(|line| self.ahead.push_front(line));
            return Some(Ok(Err((first, unclosed()))));
        }
        let more = taken.into_iter().filter_map(|line| if let Line::Text(text) = line { Some(text) } else { None });
        Some(Ok(Ok(std::iter::once(first).chain(more).collect())))
    }

    /// A line with its end.
    fn next_line(&mut self) -> Option<Line> {
        if let Some(line) = self.ahead.pop_front() {
            return Some(line);
        }
        if self.failed {
            return None;
        }
        let mut line = Vec::new();
        let limit = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let read = io::Read::take(&mut self.source, limit).read_until(self.line_end, &mut line);
        let ended = line.last() == Some(&self.line_end);
        let rest = match read {
            Ok(0) => return None,
            Ok(_) if line.len() >= MAX_LINE_BYTES && !ended => self.source.skip_until(self.line_end).map(|_bytes| true),
            Ok(_) => Ok(false),
            Err(error) => Err(error),
        };
        if ended {
            line.pop();
            line.push(b'\n');
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        Some(match rest {
            Ok(false) => Line::Text(text),
            Ok(true) => Line::TooLong(text),
            Err(error) => {
                self.failed = true;
                Line::Failed(error.to_string())
            }
        })
    }
}

/// Where in a row the text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    FieldStart,
    Bare,
    Open,
    /// A quotation mark that ends the field, or is half of a doubled one.
    Closing,
}

impl Quoting {
    fn after(self, text: &str, delimiter: char) -> Self {
        text.chars().fold(self, |state, c| match (state, c) {
            (Self::Open, '"') => Self::Closing,
            (Self::Open, _) | (Self::Closing | Self::FieldStart, '"') => Self::Open,
            (_, c) if c == delimiter || c == '\n' => Self::FieldStart,
            _ => Self::Bare,
        })
    }
}

fn too_long() -> Reason {
    Reason::new(
        format!("该行超过 {MAX_LINE_BYTES} 字节；请检查引号和 encoding"),
        format!("the row is longer than {MAX_LINE_BYTES} bytes; see to quotation marks and encoding"),
    )
}

fn unclosed() -> Reason {
    Reason::new("引号没有闭合；其后的行照常读取", "a quotation mark is not closed; the rows after this one are read")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows_of(text: &str) -> Vec<Result<String, String>> {
        let mut texts = RowTexts::new(text.as_bytes(), ',', b'\n');
        let next = || texts.next_row().map(|row| row.unwrap().map_err(|(text, _)| text));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_quotation_mark_holds_lines_together_and_one_that_is_open_holds_only_its_own() {
        let ok = |text: &str| Ok(text.to_owned());
        assert_eq!(rows_of("a,\"b\nc\"\"\nd\",e\nf\n"), [ok("a,\"b\nc\"\"\nd\",e\n"), ok("f\n")]);
        assert_eq!(rows_of("1,5\"管漏水\n2,b\n"), [ok("1,5\"管漏水\n"), ok("2,b\n")]);
        assert_eq!(rows_of("1,\"a\n2,b\n3,c"), [Err("1,\"a\n".to_owned()), ok("2,b\n"), ok("3,c")]);
        assert_eq!(rows_of("1,\"a\n2,\"b\"\n3,\"c\n"), [ok("1,\"a\n2,\"b\"\n"), Err("3,\"c\n".to_owned())]);
    }

    #[test]
    fn an_open_quotation_mark_is_looked_after_within_bounds() {
        let many = format!("1,\"a\n{}", "2,b\n".repeat(2_000));
        let rows = rows_of(&many);
        assert_eq!((rows.len(), rows.iter().filter(|row| row.is_err()).count()), (2_001, 1));
        let long = format!("{}\n2,b\n", "x".repeat(MAX_LINE_BYTES + 5));
        assert!(matches!(&rows_of(&long)[..], [Err(_), Ok(_)]));
    }
}
