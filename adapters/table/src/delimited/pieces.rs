//! Pieces of a row whose text holds a line break without quotation marks around it: none of them may become a complaint of its own.
//!
//! Many programs leave out empty cells at the end of a row, so a short row alone says nothing. A piece is a short row whose number does not
//! look like the numbers of the file, and which together with the rows before it has no more cells than the headings.

use crate::event::Reason;
use crate::headings::header::Header;
use crate::shape::Shapes;

/// Most lines of one row that are put together.
const MAX_PIECES: usize = 100;

/// A row by its number.
pub(super) type Row = (usize, Vec<String>);

/// What is to be done with a row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Row(Row),
    /// A row is set aside.
    Aside(Row, Reason),
}

/// Rows on their way; a short one waits for the row after it.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    numbers: Shapes,
    /// A short row, and the pieces that go on with it.
    held: Vec<Row>,
    /// The last row, where it was given on: its place and its cells.
    before: Option<(usize, usize)>,
    /// Rows with as many cells as the headings, and rows with more that are empty.
    exact: usize,
    longer: usize,
}

impl Pieces {
    /// Takes a row below the headings.
    pub(super) fn take(&mut self, row: Row, header: &Header) -> Vec<Verdict> {
        let width = header.width();
        let Some(id) = header.id_in(&row.1).map(str::to_owned) else { return vec![Verdict::Row(row)] };
        let short = row.1.len() < width;
        let strange = short && !self.numbers.fit(&id);
        let together: usize = self.held.iter().map(|(_, cells)| cells.len() - 1).sum::<usize>() + row.1.len();
        let held_alone = match self.held.as_slice() {
            [first] => header.id_in(&first.1).is_some_and(|held| !same_shape(held, &id)),
            held => !held.is_empty(),
        };
        if strange && held_alone && together <= width && self.held.len() < MAX_PIECES {
            self.held.push(row);
            return Vec::new();
        }
        let mut verdicts = self.flush();
        if strange && row.1.len() == 1 && self.before.is_some_and(|(_, cells)| cells >= width) && width > 1 {
            let line = self.before.map_or(0, |(line, _)| line);
            verdicts.push(Verdict::Aside(row, piece(line)));
            return verdicts;
        }
        if short {
            self.held.push(row);
            return verdicts;
        }
        let is_longer = row.1.len() > width;
        self.longer += usize::from(is_longer);
        self.exact += usize::from(!is_longer);
        self.numbers.add(&id);
        self.before = Some((row.0, row.1.len()));
        verdicts.push(if is_longer && self.exact >= self.longer {
            Verdict::Aside(row, longer())
        } else {
            Verdict::Row(row)
        });
        verdicts
    }

    /// Gives on what waits: nothing follows that could belong to it.
    pub(super) fn flush(&mut self) -> Vec<Verdict> {
        let held = std::mem::take(&mut self.held);
        let Some(first) = held.first().map(|(line, _)| *line) else { return Vec::new() };
        self.before = held.last().map(|(line, cells)| (*line, cells.len()));
        if held.len() > 1 {
            return held.into_iter().map(|row| Verdict::Aside(row, piece(first))).collect();
        }
        held.into_iter().map(Verdict::Row).collect()
    }

    /// A number of a row that was taken alone.
    pub(super) fn know(&mut self, id: &str) {
        self.numbers.add(id);
    }
}

fn same_shape(a: &str, b: &str) -> bool {
    let mut shapes = Shapes::default();
    shapes.add(a);
    shapes.fit(b)
}

fn piece(first: usize) -> Reason {
    Reason::new(
        format!("第 {first} 行起的一条记录被未加引号的换行断成几行；请让导出程序给文本加双引号"),
        format!(
            "the record that begins in row {first} is cut by a line break without quotation marks; have the export quote texts"
        ),
    )
}

fn longer() -> Reason {
    Reason::new(
        "该行的单元格比列名多：文本里可能有未加引号的分隔符，请让导出程序给文本加双引号；若列名取错了行，请改 header_row",
        "the row has more cells than there are headings: a text may hold a delimiter without quotation marks: have the export quote texts; if the headings are in another row, set header_row",
    )
}
