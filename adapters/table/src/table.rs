//! From the rows of a table to records: the headings are found, and what is no record is passed over.
//!
//! Titles above the headings, headings once more, totals and lines of signatures are no records. They are recognized only where nothing of a complaint
//! can be in them; a row in doubt is a record.

mod no_record;

use std::collections::VecDeque;

use huiliu_adapter_api::RecordFormat;

use crate::cell::meant;
use crate::event::{Event, Reason, broken};
use crate::headings::Headings;
use crate::headings::header::{Header, MAX_COLUMNS};
use crate::table::no_record::{is_signature, is_total, note};

/// Rows below the declared one in which headings are looked for.
const MAX_TITLE_ROWS: usize = 20;
/// Longest cell of a row that may be headings, in characters.
const MAX_HEADING_CHARS: usize = 40;

/// How the rows of a table are read.
#[derive(Debug, Clone)]
pub struct Table {
    /// The only sheet that is read; `None` for every visible one with the headings.
    pub sheet: Option<String>,
    /// Row of the headings, from 1; they are looked for in the rows after it.
    pub header_row: usize,
    /// The headings that are known.
    pub headings: Headings,
}

/// Reads one table, row by row.
pub(crate) struct TableReader {
    table: Table,
    format: RecordFormat,
    /// Headings of an earlier table of the same file, which this one must have where the settings name none.
    like: Option<Header>,
    header: Option<Header>,
    /// Rows before the headings.
    above: Vec<(usize, Vec<String>)>,
    titles: Vec<String>,
    passed_over: usize,
}

/// Whether it is worth going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    On,
    /// There are no headings where they should be.
    NoHeadings,
}

impl TableReader {
    pub(crate) fn new(table: &Table, format: &RecordFormat, like: Option<Header>) -> Self {
        let (table, format) = (table.clone(), format.clone());
        Self { table, format, like, header: None, above: Vec::new(), titles: Vec::new(), passed_over: 0 }
    }

    /// Takes the next row; what comes of it is put to `events`.
    pub(crate) fn take(&mut self, number: usize, cells: Vec<String>, events: &mut VecDeque<Event>) -> Going {
        let cells: Vec<String> = cells.iter().map(|cell| meant(cell)).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Going::On;
        }
        if self.header.is_some() {
            events.extend(self.record(number, &cells));
            return Going::On;
        }
        let last = number >= self.table.header_row + MAX_TITLE_ROWS;
        self.above.push((number, cells));
        if number < self.table.header_row {
            return Going::On;
        }
        let Some(place) = self.place() else { return if last { Going::NoHeadings } else { Going::On } };
        let mut rows = std::mem::take(&mut self.above).into_iter().skip(place);
        if let Some((_, cells)) = rows.next() {
            self.header = Some(Header::new(&cells, &self.table.headings));
            events.push_back(Event::Headings);
        }
        for (number, cells) in rows {
            events.extend(self.record(number, &cells));
        }
        Going::On
    }

    /// The rest of the table has no headings: what it seems to have instead, and whether it looks like a table at all.
    pub(crate) fn without_headings(&self) -> (Reason, bool) {
        let wanted = self.table.headings.examples();
        let seeming =
            self.above.iter().filter(|(_, cells)| is_like_headings(cells)).max_by_key(|(_, cells)| filled(cells));
        let row = self.table.header_row;
        let wide = self.above.iter().filter(|(_, cells)| filled(cells) >= 3).count();
        let reason = match seeming {
            Some((number, _)) => Reason::new(
                format!(
                    "第 {row} 行及其下没有列名（需要：{wanted}）；第 {number} 行像是列名：请设置 header_row = {number}，列名不同时在 aliases 里写明"
                ),
                format!(
                    "row {row} and those below have none of the headings ({wanted}); row {number} seems to be the headings: set header_row = {number}, and name other headings in aliases"
                ),
            ),
            None => Reason::new(
                format!(
                    "前 {} 行没有列名（需要：{wanted}）；请检查 header_row、sheet、aliases、encoding",
                    row + MAX_TITLE_ROWS
                ),
                format!(
                    "the first {} rows have none of the headings ({wanted}); see to header_row, sheet, aliases and encoding",
                    row + MAX_TITLE_ROWS
                ),
            ),
        };
        (reason, seeming.is_some() && wide >= 2)
    }

    /// Whether the table has any filled cell so far.
    pub(crate) fn has_content(&self) -> bool {
        self.header.is_some() || !self.above.is_empty()
    }

    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Rows that are no records.
    pub(crate) fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// Which of the rows seen is the headings: the declared one if it can be, else the first that is.
    fn place(&mut self) -> Option<usize> {
        let declared = self.above.iter().position(|(number, _)| *number >= self.table.header_row);
        let fits = |index: &usize| self.above.get(*index).is_some_and(|(_, cells)| self.is_header(cells));
        let place = declared.filter(fits).or_else(|| (0..self.above.len()).find(fits))?;
        self.titles = self.above.iter().take(place).map(|(_, cells)| cells.concat()).collect();
        Some(place)
    }

    fn is_header(&self, cells: &[String]) -> bool {
        if !self.table.headings.is_empty() {
            return self.table.headings.are_in(cells);
        }
        self.like.as_ref().is_none_or(|first| first.is_like(cells))
    }

    fn record(&mut self, number: usize, cells: &[String]) -> Option<Event> {
        let header = self.header.as_ref()?;
        if header.is_repeated_in(cells)
            || self.titles.contains(&cells.concat())
            || is_total(cells)
            || is_signature(cells)
        {
            self.passed_over += 1;
            return None;
        }
        if let Some(reason) = note(cells, header.len()) {
            return Some(Event::Row(broken(number, &cells.join(","), &reason)));
        }
        Some(Event::Row(match header.row(cells) {
            Some(tree) => self.format.record(tree),
            None => {
                let row = self.table.header_row;
                let reason = Reason::new(
                    format!("该行的单元格比列名多：可能有未加引号的分隔符；若第 {row} 行不是列名，请改 header_row"),
                    format!(
                        "the row has more cells than there are headings: a delimiter may be without quotation marks; where row {row} is not the headings, set header_row"
                    ),
                );
                broken(number, &cells.join(","), &reason)
            }
        }))
    }
}

/// Checks what the headings may be.
///
/// # Errors
/// Too many columns, or text that is none.
pub(crate) fn check_width(cells: &[String]) -> Result<(), Reason> {
    let columns = cells.len();
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    Err(Reason::new(
        format!("文件有 {columns} 列，最多读 {MAX_COLUMNS} 列"),
        format!("the file has {columns} columns, at most {MAX_COLUMNS} are read"),
    ))
}

fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Several short words, none of them a number.
fn is_like_headings(cells: &[String]) -> bool {
    let word = |cell: &&String| {
        let cell = cell.trim();
        cell.chars().count() <= MAX_HEADING_CHARS
            && cell.chars().any(char::is_alphabetic)
            && !cell.chars().take(4).all(|c| c.is_ascii_digit())
    };
    let words: Vec<&String> = cells.iter().filter(|cell| !cell.trim().is_empty()).collect();
    words.len() >= 3 && words.iter().all(word)
}
