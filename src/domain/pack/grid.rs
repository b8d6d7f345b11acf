//! Files of a pack as tables that a person edits row by row: CSV files, and of TOML files the lists of tables (`[[grade]]`) and the
//! tables (`[office]`). What is not edited stays as it is, comments included.

mod csv_file;
mod toml_file;

use serde::Serialize;

/// Most rows of a file that is shown as tables: as many as a table of a pack may have.
const MAX_ROWS: usize = 100_000;

/// One table of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grid {
    /// What it is called in its file, such as `grade` or `evaluation.call_back`; empty for a CSV file and for what stands at the top of a
    /// TOML file.
    pub name: String,
    /// Whether rows can be added, removed and moved; otherwise it has one row.
    pub many: bool,
    /// Its columns, in the order in which they come up.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<GridRow>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GridRow {
    /// Line of the file where it begins, counted from 1.
    pub line: usize,
    /// The first line behind it.
    pub until: usize,
    /// What a person reads and types, a cell for each column; empty where the row has none.
    pub cells: Vec<String>,
}

/// What happens to one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GridEdit {
    /// A row has these cells, one for each column; those that are as before stay as they are written.
    Set(usize, Vec<String>),
    /// A row is added as the last one.
    Add(Vec<String>),
    /// A row is removed.
    Remove(usize),
    /// A row changes places with the one before it.
    Up(usize),
}

/// Why a file is not shown as tables, or an edit is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GridRefusal {
    /// The file has another form, so it can be edited as text only.
    #[error("this file cannot be shown as tables, edit it as text: {0}")]
    Form(String),
    /// There is no such table, row or column: somebody else has changed the file.
    #[error("there is no such row; look at the file again")]
    Missing,
    /// What was typed is no value for a column.
    #[error("{column}: {typed:?} is no value: {reason}")]
    Typed {
        /// The column.
        column: String,
        /// What was typed.
        typed: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cell is a table of its own.
    #[error("{0} is a table of its own; change it there or as text")]
    Nested(String),
}

impl GridRefusal {
    /// The same in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Form(reason) => format!("这个文件不能以表格显示，请以文本编辑（原文：{reason}）"),
            Self::Missing => "没有这一行，请重新打开文件".to_owned(),
            Self::Typed { column, typed, reason } => {
                format!("{column}：“{typed}”不是合法的值（原文：{reason}）")
            }
            Self::Nested(column) => format!("{column} 是单独的一张表，请在那张表里或以文本修改"),
        }
    }
}

/// How a file is read: by its ending.
enum Form {
    Csv,
    Toml,
}

fn form(path: &str) -> Result<Form, GridRefusal> {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("csv") => Ok(Form::Csv),
        Some("toml") => Ok(Form::Toml),
        _ => Err(GridRefusal::Form("neither .csv nor .toml".to_owned())),
    }
}

/// Whether a file is shown as tables, by its path.
#[must_use]
pub fn is_tabular(path: &str) -> bool {
    form(path).is_ok()
}

/// The tables of a file.
///
/// # Errors
/// It cannot be read, or is of another kind.
pub fn grids(path: &str, text: &str) -> Result<Vec<Grid>, GridRefusal> {
    match form(path)? {
        Form::Csv => Ok(csv_file::grid(text)?.into_iter().collect()),
        Form::Toml => toml_file::grids(text),
    }
}

/// The text of a file after an edit of one of its tables.
///
/// # Errors
/// Why it is refused; nothing of it is done then.
pub fn regridded(path: &str, text: &str, table: &str, edit: GridEdit) -> Result<String, GridRefusal> {
    match form(path)? {
        Form::Csv if table.is_empty() => csv_file::edited(text, edit),
        Form::Csv => Err(GridRefusal::Missing),
        Form::Toml => toml_file::edited(text, table, edit),
    }
}

/// The line in which a byte of a text lies, counted from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Two parts of a text that follow each other, the other way round; each ends with a line end then.
fn swapped(text: &str, (first, second, end): (usize, usize, usize)) -> Option<String> {
    let (before, one) = (text.get(..first)?, text.get(first..second)?);
    let (other, after) = (text.get(second..end)?, text.get(end..)?);
    let mut whole = String::with_capacity(text.len() + 1);
    for part in [before, other, one, after] {
        if !whole.is_empty() && !whole.ends_with('\n') && !part.is_empty() {
            whole.push('\n');
        }
        whole.push_str(part);
    }
    Some(whole)
}

#[cfg(test)]
mod tests;
