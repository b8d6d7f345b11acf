//! Code tables: what a channel's codes and words mean in the city.

use std::collections::HashMap;

/// A code table: two columns or more, `code,value[,remark…]`, plus an optional row whose code is `*` for the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CodeTable {
    values: HashMap<String, String>,
    default: Option<String>,
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
            let (code, value) = (code.trim(), value.trim().to_owned());
            if code == "*" {
                table.default = Some(value);
            } else if table.values.get(code).is_some_and(|known| *known != value) {
                errors.push(TableError::Conflict { code: code.to_owned(), line });
            } else {
                table.values.insert(code.to_owned(), value);
            }
        }
        if errors.is_empty() { Ok(table) } else { Err(errors) }
    }

    /// The value of a code. Surrounding white space does not matter; letter case does.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&str> {
        self.values.get(code.trim()).map(String::as_str)
    }

    /// The value for codes that the table does not know.
    #[must_use]
    pub fn default_value(&self) -> Option<&str> {
        self.default.as_deref()
    }

    /// All codes, in no order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// All values that the table can give, in no order and with repeats.
    pub fn values(&self) -> impl Iterator<Item = &str> {
        self.values.values().chain(&self.default).map(String::as_str)
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
}
