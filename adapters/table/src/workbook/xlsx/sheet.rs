//! The cells of a sheet, row by row.

use quick_xml::events::{BytesStart, Event};

use crate::cell::number_format::NumberFormat;
use crate::cell::shown::show;
use crate::event::Reason;
use crate::workbook::office_xml::{add_text, attribute, next, unescaped};
use crate::workbook::put;
use crate::workbook::xlsx::package::Part;

/// What cells refer to.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub strings: Vec<Box<str>>,
    pub styles: Vec<NumberFormat>,
    pub since_1904: bool,
}

/// Gives the rows until `take` has had enough.
pub(crate) fn read_rows(
    mut part: Part<'_>,
    shared: &Shared,
    take: &mut dyn FnMut(usize, Vec<String>) -> bool,
) -> Result<(), Reason> {
    let (mut row, mut cell, mut buffer) = (Row::default(), Cell::default(), Vec::new());
    loop {
        match next(&mut part, &mut buffer)? {
            Event::Start(start) => match start.local_name().as_ref() {
                "row" => row = Row::begin(&start, row.number),
                "c" => cell = Cell::begin(&start, row.next_column),
                name => cell.enter(name),
            },
            Event::End(end) => match end.local_name().as_ref() {
                "c" => {
                    row.next_column = cell.column + 1;
                    put(&mut row.cells, cell.column, cell.text(shared));
                    cell = Cell::default();
                }
                "row" => {
                    if !take(row.number, std::mem::take(&mut row.cells)) {
                        return Ok(());
                    }
                }
                "sheetData" => return Ok(()),
                name => cell.leave(name),
            },
            Event::Eof => {
                let (zh, en) = ("工作表没有结尾，文件可能不完整", "the sheet has no end, the file may be cut");
                return Err(Reason::new(zh, en));
            }
            event if cell.place == Place::Text => add_text(&mut cell.raw, &event)?,
            _ => {}
        }
    }
}

#[derive(Debug, Default)]
struct Row {
    number: usize,
    next_column: usize,
    cells: Vec<String>,
}

impl Row {
    fn begin(start: &BytesStart<'_>, before: usize) -> Self {
        let number = attribute(start, "r").and_then(|number| number.parse().ok()).unwrap_or(before.saturating_add(1));
        Self { number, ..Self::default() }
    }
}

/// A cell that is being read.
#[derive(Debug, Default)]
struct Cell {
    column: usize,
    kind: String,
    style: usize,
    raw: String,
    place: Place,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Elsewhere,
    /// In a value or a text that counts.
    Text,
    /// In a formula or a phonetic guide, whose texts do not.
    Aside,
}

impl Cell {
    fn begin(start: &BytesStart<'_>, next_column: usize) -> Self {
        Self {
            column: attribute(start, "r").and_then(|place| column_of(&place)).unwrap_or(next_column),
            kind: attribute(start, "t").unwrap_or_default(),
            style: attribute(start, "s").and_then(|style| style.parse().ok()).unwrap_or_default(),
            ..Self::default()
        }
    }

    fn enter(&mut self, name: &str) {
        match name {
            "f" | "rPh" => self.place = Place::Aside,
            "v" | "t" if self.place == Place::Elsewhere => self.place = Place::Text,
            _ => {}
        }
    }

    fn leave(&mut self, name: &str) {
        let ends = match self.place {
            Place::Text => matches!(name, "v" | "t"),
            Place::Aside => matches!(name, "f" | "rPh"),
            Place::Elsewhere => false,
        };
        if ends {
            self.place = Place::Elsewhere;
        }
    }

    /// What the cell shows; nothing for an error.
    fn text(&mut self, shared: &Shared) -> String {
        let raw = std::mem::take(&mut self.raw);
        match self.kind.as_str() {
            "s" => {
                let place = raw.trim().parse::<usize>().ok();
                place.and_then(|place| shared.strings.get(place)).map(|text| text.to_string()).unwrap_or_default()
            }
            "str" | "inlineStr" => unescaped(&raw),
            "b" if raw.trim().is_empty() => String::new(),
            "b" => if raw.trim() == "0" { "FALSE" } else { "TRUE" }.to_owned(),
            "e" => String::new(),
            // An ISO date carries a T before its time, which formats of the mapping may not have.
            // One with a zone stays whole: without its zone it would be another moment.
            "d" if has_zone(raw.trim()) => raw.trim().to_owned(),
            "d" => raw.trim().replacen('T', " ", 1),
            _ => show(&raw, shared.styles.get(self.style).unwrap_or(&NumberFormat::General), shared.since_1904),
        }
    }
}

/// Whether an ISO date and time ends in `Z` or in an offset.
fn has_zone(text: &str) -> bool {
    text.split_once('T').is_some_and(|(_, time)| time.ends_with(['Z', 'z']) || time.contains(['+', '-']))
}

/// The column of a place like `AB12`, from 0.
fn column_of(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters
        .take(4)
        .fold(0_usize, |column, letter| column * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_iso_date_with_a_zone_keeps_it() {
        for (raw, expected) in [
            ("2026-11-21T01:12:05Z", "2026-11-21T01:12:05Z"),
            ("2026-11-21T09:12:05.000+08:00", "2026-11-21T09:12:05.000+08:00"),
            ("2026-11-21T09:12:05", "2026-11-21 09:12:05"),
            ("2026-11-21", "2026-11-21"),
        ] {
            let mut cell = Cell { kind: "d".to_owned(), raw: raw.to_owned(), ..Cell::default() };
            assert_eq!(cell.text(&Shared::default()), expected);
        }
    }
}
