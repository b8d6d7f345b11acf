//! From the rows of a table to records: the headings are found, and what is no record is passed over.
//!
//! Titles above the headings, headings once more, totals and lines of signatures are no records. They are recognized only where nothing of a complaint
//! can be in them; a row in doubt is a record.

pub(crate) mod continued;
mod no_headings;
mod no_record;
pub(crate) mod passed_over;
pub(crate) mod seeming;

use std::collections::VecDeque;

use huiliu_adapter_api::RecordFormat;

use crate::cell::meant;
use crate::event::{Event, Reason, broken};
use crate::headings::Headings;
use crate::headings::header::Header;
use crate::shape::Shapes;
use crate::table::continued::Earlier;
use crate::table::no_headings::no_headings;
use crate::table::no_record::{is_signature, is_total, note};
use crate::table::passed_over::{NoRecord, PassedOver};
use crate::table::seeming::{are_names_of_columns, is_like_headings, joined};

/// Rows below the declared one in which headings are looked for.
const MAX_TITLE_ROWS: usize = 20;

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
    like: Option<Earlier>,
    header: Option<Header>,
    /// The cells of the headings while the row below them may belong to them.
    upper: Option<Vec<String>>,
    /// What the numbers look like.
    numbers: Shapes,
    /// Rows before the headings.
    above: Vec<(usize, Vec<String>)>,
    titles: Vec<String>,
    passed_over: PassedOver,
    /// Whether rows stand under headings of an earlier table.
    gone_on: bool,
    /// The headings of another table, whose rows cannot be read by these.
    strange_from: Option<usize>,
}

/// What a row of headings below the first ones begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Begins {
    /// A table whose columns are known, in another order.
    Known,
    /// Another table.
    Strange,
}

/// Whether it is worth going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Going {
    On,
    /// There are no headings where they should be.
    NoHeadings,
}

impl TableReader {
    pub(crate) fn new(table: &Table, format: &RecordFormat, like: Option<Earlier>) -> Self {
        let (table, format) = (table.clone(), format.clone());
        let (above, titles) = (Vec::new(), Vec::new());
        Self {
            table,
            format,
            like,
            header: None,
            upper: None,
            numbers: Shapes::default(),
            above,
            titles,
            passed_over: PassedOver::default(),
            gone_on: false,
            strange_from: None,
        }
    }

    /// Takes the next row; what comes of it is put to `events`.
    pub(crate) fn take(&mut self, number: usize, cells: Vec<String>, events: &mut VecDeque<Event>) -> Going {
        let cells: Vec<String> = cells.iter().map(|cell| meant(cell)).collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Going::On;
        }
        if self.header.is_some() {
            self.below(number, &cells, events);
            return Going::On;
        }
        let last = number >= self.table.header_row + MAX_TITLE_ROWS;
        self.above.push((number, cells));
        if number < self.table.header_row {
            return Going::On;
        }
        let Some(place) = self.place() else {
            return if last && !self.go_on(events) { Going::NoHeadings } else { Going::On };
        };
        let mut rows = std::mem::take(&mut self.above).into_iter().skip(place);
        if let Some((_, cells)) = rows.next() {
            self.header = Some(Header::new(&cells, &self.table.headings));
            self.upper = Some(cells);
            events.push_back(Event::Headings);
        }
        for (number, cells) in rows {
            self.below(number, &cells, events);
        }
        Going::On
    }

    /// A row below the headings, the first of which may be their second row.
    fn below(&mut self, number: usize, cells: &[String], events: &mut VecDeque<Event>) {
        if let Some(upper) = self.upper.take() {
            if let Some(joined) = joined(&upper, cells) {
                self.header = Some(Header::new(&joined, &self.table.headings));
                return events.extend(self.repeated());
            }
            events.extend(self.repeated());
        }
        events.extend(self.record(number, cells));
    }

    /// Reads rows without headings under those of an earlier table, where they go on with it; whether they do.
    pub(crate) fn go_on(&mut self, events: &mut VecDeque<Event>) -> bool {
        let Some(earlier) = self.like.take_if(|earlier| earlier.goes_on_in(&self.above)) else { return false };
        if self.header.is_some() {
            return false;
        }
        (self.header, self.gone_on) = (Some(earlier.header), true);
        events.push_back(Event::Headings);
        for (number, cells) in std::mem::take(&mut self.above) {
            events.extend(self.record(number, &cells));
        }
        true
    }

    /// Whether rows stand under headings of an earlier table.
    pub(crate) fn has_gone_on(&self) -> bool {
        self.gone_on
    }

    /// What a further table may go on with.
    pub(crate) fn earlier(&self) -> Option<Earlier> {
        Some(Earlier { header: self.header.clone()?, numbers: self.numbers.clone() })
    }

    /// What is said of headings that stand above several columns.
    fn repeated(&self) -> Option<Event> {
        let (names, of_id) = self.header.as_ref()?.repeated();
        let named = names.join("、");
        let second = names.iter().map(|name| format!("{name}_2")).collect::<Vec<_>>().join("、");
        if names.is_empty() {
            return None;
        }
        let reason = if of_id {
            Reason::new(
                format!("列名 {named} 出现多次，像是并排的两张表；只读了左边一张，请把右边一张移到另一工作表或其下"),
                format!(
                    "the headings {named} stand there more than once, as of two tables side by side; only the left one is read, put the other on a sheet of its own"
                ),
            )
        } else {
            Reason::new(
                format!("列名 {named} 出现多次；第二列的内容在 {second}，映射里可用 record['列名_2'] 引用"),
                format!("the headings {named} stand there more than once; the second column is {second} in the record"),
            )
        };
        Some(Event::Notice { reason, unread: of_id })
    }

    /// The rest of the table has no headings: what it seems to have instead, and whether it looks like a table at all.
    pub(crate) fn without_headings(&self) -> (Reason, bool) {
        no_headings(&self.above, self.table.header_row, &self.table.headings.examples())
    }

    /// Whether the table has any filled cell so far.
    pub(crate) fn has_content(&self) -> bool {
        self.header.is_some() || !self.above.is_empty()
    }

    pub(crate) fn header(&self) -> Option<&Header> {
        self.header.as_ref()
    }

    /// Rows that are no records.
    pub(crate) fn passed_over(&self) -> &PassedOver {
        &self.passed_over
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
        self.like.as_ref().is_none_or(|first| first.header.is_like(cells))
    }

    /// Whether a row below the headings is passed over, or a remark.
    pub(crate) fn is_no_record(&self, cells: &[String]) -> bool {
        let Some(header) = self.header.as_ref() else { return false };
        let cells: Vec<String> = cells.iter().map(|cell| meant(cell)).collect();
        self.no_record(header, &cells).is_some() || note(&cells, header.len()).is_some()
    }

    fn no_record(&self, header: &Header, cells: &[String]) -> Option<NoRecord> {
        let kinds = [
            (header.is_repeated_in(cells), NoRecord::Headings),
            (self.titles.contains(&cells.concat()), NoRecord::Title),
            (is_total(cells), NoRecord::Total),
            (is_signature(cells), NoRecord::Signature),
        ];
        kinds.into_iter().find_map(|(is_kind, kind)| is_kind.then_some(kind))
    }

    /// Headings below the first ones, of a table that goes on in other columns, or of another one: what the row is then.
    fn begins_another(&self, cells: &[String]) -> Option<Begins> {
        let header = self.header.as_ref()?;
        if header.is_repeated_in(cells) {
            return self.strange_from.map(|_| Begins::Known);
        }
        if !is_like_headings(cells) {
            return None;
        }
        if !self.table.headings.is_empty() && self.table.headings.are_in(cells) || header.is_like(cells) {
            return Some(Begins::Known);
        }
        are_names_of_columns(cells).then_some(Begins::Strange)
    }

    /// Whether a row belongs to another table than that of the headings, or begins one.
    pub(crate) fn is_of_another(&self, cells: &[String]) -> bool {
        let cells: Vec<String> = cells.iter().map(|cell| meant(cell)).collect();
        self.strange_from.is_some() || self.begins_another(&cells).is_some()
    }

    fn record(&mut self, number: usize, cells: &[String]) -> Option<Event> {
        match self.begins_another(cells) {
            Some(Begins::Known) => {
                (self.header, self.strange_from) = (Some(Header::new(cells, &self.table.headings)), None);
                self.passed_over.add(number, NoRecord::Headings);
                return None;
            }
            Some(Begins::Strange) => self.strange_from = Some(number),
            None => {}
        }
        let header = self.header.as_ref()?;
        if let Some(kind) = self.no_record(header, cells) {
            self.passed_over.add(number, kind);
            return None;
        }
        if let Some(first) = self.strange_from {
            let reason = Reason::new(
                format!(
                    "第 {first} 行起像是另一张表，列名不同，不能按上面的列名读；请把它放到另一个文件，或在 aliases 里写明列名"
                ),
                format!(
                    "from row {first} on it seems to be another table with other headings; put it into a file of its own, or name its headings in aliases"
                ),
            );
            return Some(Event::Row(broken(number, &cells.join(","), &reason)));
        }
        if let Some(reason) = note(cells, header.len()) {
            return Some(Event::Row(broken(number, &cells.join(","), &reason)));
        }
        if let Some(id) = header.id_in(cells) {
            self.numbers.add(id);
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
