//! Code tables: what a channel's codes and words mean in the city.

use std::collections::HashMap;

/// A code table: two columns or more, `code,value[,remark…]`, plus an optional row whose code is `*` for the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeTable {
    headings: Vec<String>,
    /// All cells of each code, in the order of the table.
    rows: Vec<Vec<String>>,
    by_code: HashMap<String, usize>,
    default: Option<String>,
}

/// One code with all that its table says of it.
#[derive(Debug, Clone, Copy)]
pub struct CodeRow<'a> {
    headings: &'a [String],
    cells: &'a [String],
}

impl<'a> CodeRow<'a> {
    /// The code.
    #[must_use]
    pub fn code(&self) -> &'a str {
        self.cells.first().map_or("", String::as_str)
    }

    /// The value: the second column.
    #[must_use]
    pub fn value(&self) -> &'a str {
        self.cells.get(1).map_or("", String::as_str)
    }

    /// The cell under a heading; empty text where the table or the row has none.
    #[must_use]
    pub fn get(&self, heading: &str) -> &'a str {
        let index = self.headings.iter().position(|name| name == heading);
        index.and_then(|index| self.cells.get(index)).map_or("", String::as_str)
    }
}

/// Why a table could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// A code appears twice with different values.
    #[error("code {code:?} has two values")]
    Conflict {
        /// The code.
        code: String,
        /// Line of the second one, counted from 1.
        line: usize,
    },
    /// A row without a value column.
    #[error("a row needs a code and a value")]
    Short {
        /// Line of the row, counted from 1.
        line: usize,
    },
}

impl CodeTable {
    /// Builds a table from `(line, cells)` rows, the header row excluded.
    ///
    /// # Errors
    /// Every [`TableError`] found, in row order.
    pub fn from_rows<'a>(rows: impl Iterator<Item = (usize, Vec<&'a str>)>) -> Result<Self, Vec<TableError>> {
        let mut table = Self::default();
        let mut errors = Vec::new();
        for (line, cells) in rows {
            let (Some(code), Some(value)) = (cells.first(), cells.get(1)) else {
                errors.push(TableError::Short { line });
                continue;
            };
            let (code, value) = (code.trim(), value.trim());
            match table.get(code) {
                _ if code == "*" => table.default = Some(value.to_owned()),
                Some(known) if known != value => errors.push(TableError::Conflict { code: code.to_owned(), line }),
                Some(_) => {}
                None => {
                    table.by_code.insert(code.to_owned(), table.rows.len());
                    table.rows.push(cells.iter().map(|cell| cell.trim().to_owned()).collect());
                }
            }
        }
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }

    /// The value of a code. Surrounding white space does not matter; letter case does.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&str> {
        self.row(code).map(|row| row.value())
    }

    /// The table with what stands above its columns.
    #[must_use]
    pub fn headed(self, headings: &[String]) -> Self {
        Self { headings: headings.to_vec(), ..self }
    }

    /// Everything that the table says of a code.
    #[must_use]
    pub fn row(&self, code: &str) -> Option<CodeRow<'_>> {
        let cells = self.rows.get(*self.by_code.get(code.trim())?)?;
        Some(CodeRow { headings: &self.headings, cells })
    }

    /// All codes with what the table says of them, in its order.
    pub fn rows(&self) -> impl Iterator<Item = CodeRow<'_>> {
        self.rows.iter().map(|cells| CodeRow { headings: &self.headings, cells })
    }

    /// What stands above its columns.
    #[must_use]
    pub fn headings(&self) -> &[String] {
        &self.headings
    }

    /// The value for codes that the table does not know.
    #[must_use]
    pub fn default_value(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// All codes, in the order of the table.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.rows().map(|row| row.code())
    }

    /// All values that the table can give, with repeats.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.rows().map(|row| row.value()).chain(self.default.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_and_short_rows_are_all_reported() {
        let rows = [(2, vec!["1", "投诉"]), (3, vec!["1", "求助"]), (4, vec!["2"]), (5, vec!["*", "其他"])];
        let errors = CodeTable::from_rows(rows.into_iter()).unwrap_err();
        assert_eq!(errors, [TableError::Conflict { code: "1".into(), line: 3 }, TableError::Short { line: 4 }]);
    }

    #[test]
    fn a_row_tells_all_that_its_table_says_of_a_code() {
        let headings = ["code", "name", "address"].map(str::to_owned);
        let rows = [(2, vec!["p-2", "二", "东街"]), (3, vec!["p-1", "一"]), (4, vec!["*", "其他"])];
        let table = CodeTable::from_rows(rows.into_iter()).unwrap().headed(&headings);
        assert_eq!(table.rows().map(|row| row.code()).collect::<Vec<_>>(), ["p-2", "p-1"]);
        assert_eq!(table.row(" p-2 ").map(|row| (row.value(), row.get("address"))), Some(("二", "东街")));
        assert_eq!(table.row("p-1").map(|row| (row.get("address"), row.get("nothing"))), Some(("", "")));
        assert!(table.row("*").is_none() && table.row("p-3").is_none());
    }
}
