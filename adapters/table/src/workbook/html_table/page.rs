//! The rows of a page: which cells stand in which columns, and whether the page has its end.

use crate::event::Reason;
use crate::headings::header::MAX_COLUMNS;
use crate::workbook::html_table::shown;
use crate::workbook::office_xml::MAX_TEXT_BYTES;
use crate::workbook::put;

/// Most columns that one cell takes.
const MAX_COLUMN_SPAN: usize = 1_000;
/// Most rows that one cell takes, as browsers have it.
const MAX_ROW_SPAN: usize = 65_534;
/// Longest text that stands in each row of its cell, in bytes; a longer one stands in the first.
const MAX_REPEATED_BYTES: usize = 32 << 10;

/// Gathers the rows of a page.
pub(super) struct Page<'a> {
    take: &'a mut dyn FnMut(usize, Vec<String>) -> bool,
    row: usize,
    cells: Vec<String>,
    column: usize,
    cell: Option<Cell>,
    /// By column, the cells of rows above that take rows below too.
    carried: Vec<Option<Carried>>,
    /// Tables that have begun and not ended.
    open_tables: usize,
    /// Whether a row has begun and not ended.
    in_row: bool,
    /// Whether the page says that it ends.
    ended: bool,
}

/// The cell that is open.
struct Cell {
    text: String,
    columns: usize,
    rows: usize,
}

/// A cell that goes on below. Its text stands in every row it takes, which is what a reader sees.
struct Carried {
    text: String,
    rows: usize,
}

impl<'a> Page<'a> {
    pub(super) fn new(take: &'a mut dyn FnMut(usize, Vec<String>) -> bool) -> Self {
        Self {
            take,
            row: 0,
            cells: Vec::new(),
            column: 0,
            cell: None,
            carried: Vec::new(),
            open_tables: 0,
            in_row: false,
            ended: false,
        }
    }

    /// # Errors
    /// The cell is longer than may be.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Reason> {
        if let Some(cell) = &mut self.cell {
            cell.text.push_str(text);
            if cell.text.len() > MAX_TEXT_BYTES {
                return Err(Reason::new(
                    format!("一个单元格超过 {MAX_TEXT_BYTES} 字节"),
                    format!("a cell holds more than {MAX_TEXT_BYTES} bytes"),
                ));
            }
        }
        Ok(())
    }

    /// Takes a tag; false when no more rows are wanted.
    pub(super) fn tag(&mut self, name: &str, attributes: &str) -> bool {
        match name {
            "tr" | "/tr" => {
                let going = self.end_row();
                self.in_row = name == "tr";
                return going;
            }
            "table" => self.open_tables += 1,
            "/table" => {
                let going = self.end_row();
                self.open_tables = self.open_tables.saturating_sub(1);
                self.carried.clear();
                return going;
            }
            "thead" | "/thead" | "tbody" | "/tbody" | "tfoot" | "/tfoot" => {
                let going = self.end_row();
                self.carried.clear();
                return going;
            }
            "/body" | "/html" => self.ended = true,
            "td" | "th" => {
                self.end_cell();
                let span = |name, most| span(attributes, name).clamp(1, most);
                let (columns, rows) = (span("colspan", MAX_COLUMN_SPAN), span("rowspan", MAX_ROW_SPAN));
                self.cell = Some(Cell { text: String::new(), columns, rows });
            }
            "/td" | "/th" => self.end_cell(),
            "br" | "br/" | "p" | "div" => {
                if let Some(cell) = &mut self.cell
                    && !cell.text.trim().is_empty()
                {
                    cell.text.push('\n');
                }
            }
            _ => {}
        }
        true
    }

    /// The page is over.
    ///
    /// # Errors
    /// It has no end: what follows is missing, and the row that is open may lack cells.
    pub(super) fn end(&mut self) -> Result<(), Reason> {
        if !self.ended && (self.open_tables > 0 || self.in_row || self.cell.is_some()) {
            return Err(self.cut());
        }
        self.end_row();
        Ok(())
    }

    /// Why the rest cannot be read.
    pub(super) fn cut(&self) -> Reason {
        let row = self.row + 1;
        Reason::new(
            format!("网页不完整（没有结尾）：第 {row} 行及其后没有读"),
            format!("the page is cut, it has no end: row {row} and those after it were not read"),
        )
    }

    fn end_cell(&mut self) {
        let Some(cell) = self.cell.take() else { return };
        self.pass_carried();
        let text = shown(&cell.text);
        if cell.rows > 1 {
            self.carry(&cell, &text);
        }
        put(&mut self.cells, self.column, text);
        self.column += cell.columns;
    }

    fn carry(&mut self, cell: &Cell, text: &str) {
        for column in (self.column..MAX_COLUMNS).take(cell.columns) {
            let text = if column == self.column && text.len() <= MAX_REPEATED_BYTES { text } else { "" };
            if self.carried.len() <= column {
                self.carried.resize_with(column + 1, || None);
            }
            if let Some(place) = self.carried.get_mut(column) {
                // This row is one of them.
                *place = Some(Carried { text: text.to_owned(), rows: cell.rows });
            }
        }
    }

    /// Goes over the columns that cells of rows above take.
    fn pass_carried(&mut self) {
        while let Some(Some(carried)) = self.carried.get(self.column) {
            put(&mut self.cells, self.column, carried.text.clone());
            self.column += 1;
        }
    }

    /// A row is over for the cells of rows above.
    fn count_carried(&mut self) {
        for place in &mut self.carried {
            *place = place
                .take()
                .filter(|carried| carried.rows > 1)
                .map(|carried| Carried { rows: carried.rows - 1, ..carried });
        }
    }

    fn end_row(&mut self) -> bool {
        self.end_cell();
        let is_row = std::mem::take(&mut self.in_row);
        if self.column == 0 {
            if is_row {
                self.count_carried();
            }
            return true;
        }
        while self.column < self.carried.len() {
            self.pass_carried();
            self.column += 1;
        }
        self.count_carried();
        self.column = 0;
        self.row += 1;
        (self.take)(self.row, std::mem::take(&mut self.cells))
    }
}

/// The number that the attribute of this name gives, else 1; 0 is all rows that follow.
fn span(attributes: &str, name: &str) -> usize {
    let mut rest = attributes;
    loop {
        let (key, value, tail) = attribute(rest);
        if key.is_empty() && tail.is_empty() {
            return 1;
        }
        if key.eq_ignore_ascii_case(name) {
            let digits: String = value.trim().chars().take_while(char::is_ascii_digit).collect();
            let number = digits.parse().unwrap_or(1);
            return if number == 0 { usize::MAX } else { number };
        }
        rest = tail;
    }
}

/// The first attribute: its name, its value, and what follows.
fn attribute(text: &str) -> (&str, &str, &str) {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '/' || c == '=');
    let (key, rest) = text.split_at(text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len()));
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else { return (key, "", rest) };
    match value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        Some(quote) => {
            let inner = value.strip_prefix(quote).unwrap_or(value);
            let (value, tail) = inner.split_once(quote).unwrap_or((inner, ""));
            (key, value, tail)
        }
        None => {
            let (value, tail) = value.split_at(value.find(char::is_whitespace).unwrap_or(value.len()));
            (key, value, tail)
        }
    }
}
