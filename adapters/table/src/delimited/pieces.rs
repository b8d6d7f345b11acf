//! Pieces of a row whose text holds a line break without quotation marks around it: none of them may become a complaint of its own.
//!
//! Many programs leave out empty cells at the end of a row, so a short row alone says nothing. A piece is a short row whose number does not
//! look like the numbers of the file, and which together with the rows before it has no more cells than the headings; or one cell behind a
//! row that has all of its cells, whose last one it goes on with.

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

/// Rows on their way; each waits for the row after it.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    numbers: Shapes,
    /// A row, and the pieces that go on with it.
    held: Vec<Row>,
    /// Rows with as many cells as the headings, with more, and with fewer.
    exact: usize,
    longer: usize,
    shorter: usize,
}

impl Pieces {
    /// Takes a row below the headings. `is_ended` says whether a line end stands behind it.
    pub(super) fn take(&mut self, row: Row, header: &Header, is_ended: bool) -> Vec<Verdict> {
        let width = header.width();
        let Some(id) = header.id_in(&row.1).map(str::to_owned) else {
            return self.flush(width).into_iter().chain([Verdict::Row(row)]).collect();
        };
        let cells = row.1.len();
        if cells < width && !self.numbers.fit(&id) && self.goes_on(cells, width, header.id_in(&self.first()), &id) {
            self.held.push(row);
            return Vec::new();
        }
        let mut verdicts = self.flush(width);
        if cells < width && !is_ended && self.exact > 0 && self.shorter == 0 {
            verdicts.push(Verdict::Aside(row, cut()));
            return verdicts;
        }
        if cells >= width {
            self.numbers.add(&id);
        }
        self.held.push(row);
        verdicts
    }

    fn first(&self) -> Vec<String> {
        self.held.first().map(|(_, cells)| cells.clone()).unwrap_or_default()
    }

    /// Whether a short row whose number is `id` goes on with those that are held, the first of which has the number `held`.
    fn goes_on(&self, cells: usize, width: usize, held: Option<&str>, id: &str) -> bool {
        let Some((_, first)) = self.held.first().filter(|_| self.held.len() < MAX_PIECES) else { return false };
        if first.len() >= width {
            return cells == 1 && width > 1;
        }
        let together = self.held.iter().map(|(_, cells)| cells.len() - 1).sum::<usize>() + cells;
        let are_apart = self.held.len() > 1 || held.is_some_and(|held| !same_shape(held, id));
        are_apart && together <= width
    }

    /// Gives on what waits: nothing follows that could belong to it.
    pub(super) fn flush(&mut self, width: usize) -> Vec<Verdict> {
        let held = std::mem::take(&mut self.held);
        let Some((first, cells)) = held.first().map(|(line, cells)| (*line, cells.len())) else { return Vec::new() };
        if held.len() > 1 {
            return held.into_iter().map(|row| Verdict::Aside(row, piece(first))).collect();
        }
        self.longer += usize::from(cells > width);
        self.exact += usize::from(cells == width);
        self.shorter += usize::from(cells < width);
        let is_longer = cells > width && self.exact >= self.longer;
        held.into_iter().map(|row| if is_longer { Verdict::Aside(row, longer()) } else { Verdict::Row(row) }).collect()
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

fn cut() -> Reason {
    Reason::new(
        "文件在这一行中间断了：单元格不够，行尾没有换行；请重新导出整个文件",
        "the file ends within this row: cells are missing, and no line end stands behind it; export the whole file again",
    )
}

fn longer() -> Reason {
    Reason::new(
        "该行的单元格比列名多：文本里可能有未加引号的分隔符，请让导出程序给文本加双引号；若列名取错了行，请改 header_row",
        "the row has more cells than there are headings: a text may hold a delimiter without quotation marks: have the export quote texts; if the headings are in another row, set header_row",
    )
}
