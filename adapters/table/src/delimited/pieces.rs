//! Pieces of a row whose text holds a line break without quotation marks around it: none of them may become a complaint of its own.
//!
//! Many programs leave out empty cells at the end of a row, so a short row alone says nothing. A piece is a short row whose number does not
//! look like the numbers of the file, behind a row that is short itself; or one cell between a row that has all of its cells, whose last one
//! it goes on with, and a further row. At the end of a table one cell is a remark.

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
        // Where every row was whole, the rest of a text with delimiters of its own may have as many cells as a row.
        let may_go_on = cells < width || (cells == width && self.exact > 0 && self.shorter == 0);
        if may_go_on && !self.numbers.fit(&id) && self.goes_on(cells, width, header.id_in(&self.first()), &id) {
            self.held.push(row);
            return Vec::new();
        }
        let mut verdicts = self.flush(width);
        if cells < width && !is_ended && self.exact > 0 && self.shorter == 0 {
            verdicts.push(Verdict::Aside(row, cut()));
            return verdicts;
        }
        if cells == 1 && width > 1 && self.exact > 0 && !self.numbers.fit(&id) {
            verdicts.push(Verdict::Aside(row, remark()));
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
        self.held.len() > 1 || held.is_some_and(|held| !same_shape(held, id))
    }

    /// Gives on what waits at the end of a table, where one cell below a whole row is not the rest of its text.
    pub(super) fn end(&mut self, width: usize) -> Vec<Verdict> {
        let is_remark = self.held.len() == 2 && self.held.first().is_some_and(|(_, cells)| cells.len() >= width);
        let Some((line, cells)) = self.held.pop_if(|_| is_remark) else { return self.flush(width) };
        let mut verdicts = self.flush(width);
        verdicts.push(Verdict::Aside((line, cells), remark()));
        verdicts
    }

    /// Gives on what waits: nothing follows that could belong to it.
    fn flush(&mut self, width: usize) -> Vec<Verdict> {
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

fn remark() -> Reason {
    Reason::new(
        "该行只有一个单元格，又不像编号：若是说明可以丢弃；若是上一行最后一格文本的续行，请让导出程序给文本加双引号",
        "the row has one cell that is no number: a remark can be discarded; where it is the rest of the text above, have the export quote texts",
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
