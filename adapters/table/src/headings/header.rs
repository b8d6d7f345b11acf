//! The headings of one table: under which names the cells of a row are put.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::headings::{Headings, comparable};

/// Most columns of a table.
pub(crate) const MAX_COLUMNS: usize = 1_000;

/// The columns of one table. Columns without a heading are named `column_N`, from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    columns: Vec<Column>,
    /// The headings for comparing, those that are not empty.
    spellings: Vec<String>,
    /// The cells of the headings, empty ones too.
    width: usize,
    /// Columns of the id.
    of_id: Vec<usize>,
    /// Headings that stand above more than one column.
    repeated: Vec<String>,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// The heading as it is written, where that is neither an alias nor another column's.
    written: Option<String>,
}

impl Header {
    pub(crate) fn new(cells: &[String], headings: &Headings) -> Self {
        let width = cells.len();
        let cells: Vec<&str> = cells.iter().take(MAX_COLUMNS).map(|cell| cell.trim_matches(edge)).collect();
        let resolved: Vec<String> = cells.iter().map(|cell| headings.resolve(cell)).collect();
        let mut times: HashMap<&str, usize> = HashMap::new();
        resolved.iter().for_each(|name| *times.entry(name).or_default() += 1);
        let is_written = |name: &str| cells.contains(&name);
        // A heading that several columns come to without their notes stays as written, unless it is written so itself.
        let name = |(cell, name): (&&str, &String)| match times.get(name.as_str()) {
            Some(1) => name.clone(),
            _ if headings.known(cell).is_some() && !is_written(name) => name.clone(),
            _ => (*cell).to_owned(),
        };
        let names: Vec<String> = cells.iter().zip(&resolved).map(name).collect();
        let of_id =
            names.iter().enumerate().filter(|(_, name)| headings.is_of_id(name)).map(|(index, _)| index).collect();
        let is_second = |(index, name): &(usize, &String)| {
            !name.is_empty() && names.iter().take(*index).filter(|earlier| earlier == name).count() == 1
        };
        let repeated = names.iter().enumerate().filter(is_second).map(|(_, name)| name.clone()).collect();
        let spellings = cells.iter().map(|cell| comparable(cell)).filter(|cell| !cell.is_empty()).collect();
        Self { columns: columns(&cells, names, headings), spellings, width, of_id, repeated }
    }

    /// Cells of the headings, those without a heading too.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// The cell of a row that has its number, where the settings name its column.
    pub(crate) fn id_in<'a>(&self, cells: &'a [String]) -> Option<&'a str> {
        let column = self.of_id.first()?;
        Some(cells.get(*column).map_or("", String::as_str))
    }

    /// Headings that stand above more than one column, and whether one of them is the id's.
    pub(crate) fn repeated(&self) -> (&[String], bool) {
        let is_id = |name: &String| {
            self.of_id.iter().any(|column| self.columns.get(*column).is_some_and(|of| of.name == *name))
        };
        (&self.repeated, self.repeated.iter().any(is_id))
    }

    /// Cells with a heading.
    pub(crate) fn len(&self) -> usize {
        self.spellings.len()
    }

    /// A row as an object; `None` when it has more filled cells than there are headings. Empty cells are left out.
    pub(crate) fn row(&self, cells: &[String]) -> Option<Value> {
        let mut row = Map::new();
        for (index, cell) in cells.iter().enumerate() {
            if cell.trim().is_empty() {
                continue;
            }
            let column = self.columns.get(index)?;
            if let Some(written) = &column.written {
                row.insert(written.clone(), Value::String(cell.clone()));
            }
            row.insert(column.name.clone(), Value::String(cell.clone()));
        }
        Some(Value::Object(row))
    }

    /// Whether a row is the headings once more.
    pub(crate) fn is_repeated_in(&self, cells: &[String]) -> bool {
        let mut filled = cells.iter().map(|cell| comparable(cell)).filter(|cell| !cell.is_empty());
        !self.spellings.is_empty()
            && self.spellings.iter().all(|spelling| filled.next().as_ref() == Some(spelling))
            && filled.next().is_none()
    }

    /// Whether another table has the same headings, in whatever order.
    pub(crate) fn is_like(&self, cells: &[String]) -> bool {
        let filled: Vec<String> = cells.iter().map(|cell| comparable(cell)).filter(|cell| !cell.is_empty()).collect();
        !self.spellings.is_empty() && self.spellings.iter().all(|spelling| filled.contains(spelling))
    }
}

fn edge(c: char) -> bool {
    c.is_whitespace() || c == '\u{FEFF}'
}

/// A second column of the same heading keeps its own content under a name of its own.
fn columns(cells: &[&str], names: Vec<String>, headings: &Headings) -> Vec<Column> {
    let mut times: HashMap<String, usize> = HashMap::new();
    let numbered: Vec<String> = names
        .into_iter()
        .enumerate()
        .map(|(index, name)| if name.is_empty() { format!("column_{}", index + 1) } else { name })
        .map(|name| {
            let same = times.entry(name.clone()).or_default();
            *same += 1;
            if *same == 1 { name } else { format!("{name}_{same}") }
        })
        .collect();
    let is_own = |cell: &str| !cell.is_empty() && !times.contains_key(cell) && !headings.is_alias(cell);
    let written = |cell: &str| Some(cell.to_owned()).filter(|cell| is_own(cell));
    cells.iter().zip(&numbered).map(|(cell, name)| Column { name: name.clone(), written: written(cell) }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    fn row(headings: &[&str], cells: &[&str]) -> Value {
        let owned = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
        let aliases = BTreeMap::from([("内容".to_owned(), vec!["诉求内容".to_owned()])]);
        let known = Headings::new(&aliases, Some("record.编号")).unwrap();
        Header::new(&owned(headings), &known).row(&owned(cells)).unwrap()
    }

    #[test]
    fn a_heading_has_its_usual_name_and_its_own_spelling() {
        assert_eq!(row(&["编号", "诉求内容"], &["1", "a"]), json!({"编号": "1", "内容": "a"}));
        assert_eq!(
            row(&["*编号", "时间(必填)"], &["1", "a"]),
            json!({"*编号": "1", "编号": "1", "时间(必填)": "a", "时间": "a"})
        );
    }

    #[test]
    fn columns_that_only_their_notes_tell_apart_stay_apart() {
        let told = row(&["编号", "电话(家)", "电话(手机)"], &["1", "a", "b"]);
        assert_eq!(told, json!({"编号": "1", "电话(家)": "a", "电话(手机)": "b"}));
        let told = row(&["编号", "内容", "内容(摘要)", "内容"], &["1", "a", "b", "c"]);
        assert_eq!(told, json!({"编号": "1", "内容": "a", "内容(摘要)": "b", "内容_2": "c"}));
        assert_eq!(row(&["编号", ""], &["1", "a"]), json!({"编号": "1", "column_2": "a"}));
    }
}
