//! Tables of a pack: CSV files that admins edit in Excel.

use huiliu_adapter_api::wording;
use huiliu_expression::{CodeTable, TableError};
use huiliu_payload::{Charset, decode};

use crate::city::Problem;

/// Most rows of one table.
const MAX_ROWS: usize = 100_000;

/// A table: a header row and rows of cells, all trimmed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// File it came from, relative to the pack.
    pub file: String,
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    table: &'a Table,
    /// Line in the file, counted from 1.
    pub line: usize,
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// The cell under a heading; empty text where the row or the table has none.
    #[must_use]
    pub fn get(&self, heading: &str) -> &'a str {
        let index = self.table.header.iter().position(|name| name == heading);
        index.and_then(|index| self.cells.get(index)).map_or("", String::as_str)
    }

    /// The cells in order.
    #[must_use]
    pub fn cells(&self) -> &'a [String] {
        self.cells
    }
}

impl Table {
    /// Reads a CSV file: UTF-8 with or without byte order mark, else GB18030; comma, semicolon or tab.
    ///
    /// # Errors
    /// Undecodable text, broken quoting, too many rows.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let text = decode(bytes, Charset::Auto)
            .map_err(|error| {
                vec![Problem::of_file(file, format!("编码读不了{}", wording::original(&error)), error.to_string())]
            })?
            .text;
        let first = text.lines().next().unwrap_or_default();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|d| first.bytes().filter(|b| b == d).count());
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.unwrap_or(b','))
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(b'#'))
            .from_reader(text.as_bytes());
        let broken = |error: csv::Error| {
            let line = error.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or_default());
            vec![Problem::at_line(
                file,
                line,
                format!("CSV 读不了{}", wording::original(&error)),
                format!("CSV cannot be read: {error}"),
            )]
        };
        let header = reader.headers().map_err(broken)?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            if record.iter().all(str::is_empty) {
                continue;
            }
            if rows.len() >= MAX_ROWS {
                return Err(vec![Problem::of_file(
                    file,
                    format!("超过 {MAX_ROWS} 行"),
                    format!("more than {MAX_ROWS} rows"),
                )]);
            }
            let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or_default());
            rows.push((line, record.iter().map(str::to_owned).collect()));
        }
        Ok(Self { file: file.to_owned(), header, rows })
    }

    /// The headings.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The rows below the header.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, line: *line, cells })
    }

    /// The first two columns as a code table.
    ///
    /// # Errors
    /// Conflicting codes and rows without a value.
    pub fn to_code_table(&self) -> Result<CodeTable, Vec<Problem>> {
        let rows = self.rows.iter().map(|(line, cells)| (*line, cells.iter().map(String::as_str).collect()));
        CodeTable::from_rows(rows).map(|table| table.headed(&self.header)).map_err(|errors| {
            let problem = |error: TableError| match error {
                TableError::Conflict { code, line } => Problem::at_line(
                    &self.file,
                    line,
                    format!("代码 {code} 有两个不同的值，请删去一行"),
                    format!("code {code} has two values; remove a row"),
                ),
                TableError::Short { line } => {
                    Problem::at_line(&self.file, line, "缺少第二列的值", "a value is missing in the second column")
                }
            };
            errors.into_iter().map(problem).collect()
        })
    }

    /// Refuses a heading that is nearly one of these optional ones while that is missing: its column would not be read.
    pub fn refuse_misspelt(&self, optional: &[&str], problems: &mut Vec<Problem>) {
        /// Similarity (Jaro-Winkler) from which on a heading is taken for a misspelt one.
        const NEARLY: f64 = 0.88;
        for heading in optional.iter().filter(|heading| !self.header.iter().any(|name| name == *heading)) {
            let near = |name: &&String| strsim::jaro_winkler(&name.to_lowercase(), heading) >= NEARLY;
            if let Some(name) = self.header.iter().find(near) {
                problems.push(Problem::at_line(
                    &self.file,
                    1,
                    format!("列 {name} 不会被读取，是否想写 {heading}？"),
                    format!("column {name} is not read; did you mean {heading}?"),
                ));
            }
        }
    }

    /// Checks that the headings needed are there.
    pub fn require(&self, headings: &[&str], problems: &mut Vec<Problem>) {
        for heading in headings.iter().filter(|heading| !self.header.iter().any(|name| name == *heading)) {
            problems.push(Problem::at_line(
                &self.file,
                1,
                format!("缺少列 {heading}"),
                format!("column {heading} is missing"),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excel_exports_are_read_in_either_encoding() {
        let (gb, ..) = encoding_rs::GB18030.encode("代码;名称\r\n1;投诉\r\n;\r\n2;求助\r\n");
        for bytes in [gb.as_ref(), "\u{FEFF}代码,名称\n1,投诉\n2,求助\n".as_bytes()] {
            let table = Table::read("tables/kind.csv", bytes).unwrap();
            assert_eq!(table.header(), ["代码", "名称"]);
            assert_eq!(table.rows().map(|row| row.get("名称")).collect::<Vec<_>>(), ["投诉", "求助"]);
        }
    }

    #[test]
    fn a_double_code_names_its_line() {
        let table = Table::read("tables/kind.csv", b"code,value\n1,a\n1,b\n").unwrap();
        let problems = table.to_code_table().unwrap_err();
        assert_eq!((problems[0].line, problems.len()), (3, 1));
    }
}
