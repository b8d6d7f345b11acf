//! The divisions and categories that the city's tables know, for a remark on those that a source gives and no table has; and its scale.

use std::collections::BTreeSet;

use crate::city::Table;
use crate::complaint::Satisfaction;
use crate::ticket::ScaleStep;

/// Codes and names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    districts: BTreeSet<String>,
    categories: BTreeSet<String>,
    /// Steps of the city's scale.
    scale: Vec<ScaleStep>,
}

impl Known {
    /// From the tables of a pack, what the city itself is called, and its scale. Without a table everything is known.
    pub(crate) fn of(
        districts: Option<&Table>,
        categories: Option<&Table>,
        city: [&str; 2],
        scale: &[ScaleStep],
    ) -> Self {
        let words = |table: Option<&Table>, lists: &[&str]| -> BTreeSet<String> {
            let rows = table.into_iter().flat_map(Table::rows);
            rows.flat_map(|row| {
                let one = ["code", "name"].map(|heading| row.get(heading).to_owned());
                let listed =
                    lists.iter().flat_map(move |heading| row.get(heading).split_whitespace().map(str::to_owned));
                one.into_iter().chain(listed).collect::<Vec<_>>()
            })
            .filter(|word| !word.is_empty())
            .collect()
        };
        let mut known = Self {
            districts: words(districts, &["aliases"]),
            categories: words(categories, &["keywords"]),
            scale: scale.to_vec(),
        };
        if !known.districts.is_empty() {
            known.districts.extend(city.map(str::to_owned));
        }
        known
    }

    /// What a citizen's rating counts as, and code of the step of the city's scale where it is one of them.
    pub(super) fn rating(&self, text: &str) -> Option<(Satisfaction, Option<String>)> {
        let text = text.trim();
        let own = self.scale.iter().find(|step| step.code == text || step.name == text);
        own.map(|step| (step.value, Some(step.code.clone())))
            .or_else(|| Satisfaction::from_name(text).map(|value| (value, None)))
    }

    /// Whether this is a code, or names a division.
    pub(super) fn district(&self, text: &str) -> bool {
        names_one(&self.districts, text)
    }

    /// Whether this is a code, or names a category or one of its keywords.
    pub(super) fn category(&self, text: &str) -> bool {
        names_one(&self.categories, text)
    }
}

fn names_one(words: &BTreeSet<String>, text: &str) -> bool {
    let is_code = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    words.is_empty() || words.contains(text) || words.iter().any(|word| !is_code(word) && text.contains(word.as_str()))
}
