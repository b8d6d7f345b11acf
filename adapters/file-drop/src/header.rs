//! Headings: which columns there are, under the names that the mapping uses.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

/// Other headings by the heading that is used for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases(HashMap<String, String>);

impl Aliases {
    /// # Errors
    /// The alias that means two columns.
    pub(crate) fn new(aliases: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        let mut by_alias: HashMap<String, String> = HashMap::new();
        for (heading, others) in aliases {
            for other in others {
                if by_alias.insert(other.clone(), heading.clone()).is_some_and(|known| known != *heading) {
                    return Err(other.clone());
                }
            }
        }
        Ok(Self(by_alias))
    }

    fn resolve(&self, heading: &str) -> String {
        let heading = heading.trim().trim_start_matches('\u{FEFF}').trim();
        self.0.get(heading).cloned().unwrap_or_else(|| heading.to_owned())
    }
}

/// The headings of one file. Columns without a heading are named `column_N`, from 1.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header(Vec<String>);

/// Most columns of a table.
pub(crate) const MAX_COLUMNS: usize = 1_000;

impl Header {
    pub(crate) fn new<'a>(cells: impl Iterator<Item = &'a str>, aliases: &Aliases) -> Self {
        let name = |(index, cell): (usize, &str)| match aliases.resolve(cell) {
            empty if empty.is_empty() => format!("column_{}", index + 1),
            heading => heading,
        };
        let mut times: HashMap<String, usize> = HashMap::new();
        let names = cells.take(MAX_COLUMNS).enumerate().map(name).map(|heading| {
            let same = times.entry(heading.clone()).or_default();
            *same += 1;
            // A second column of the same heading keeps its own content.
            if *same == 1 { heading } else { format!("{heading}_{same}") }
        });
        Self(names.collect())
    }

    /// A row as an object; `None` when it has more filled cells than there are headings. Empty cells are left out.
    pub(crate) fn row<'a>(&self, cells: impl Iterator<Item = &'a str>) -> Option<Value> {
        let mut row = Map::new();
        for (index, cell) in cells.enumerate() {
            if cell.trim().is_empty() {
                continue;
            }
            row.insert(self.0.get(index)?.clone(), Value::String(cell.to_owned()));
        }
        Some(Value::Object(row))
    }
}
