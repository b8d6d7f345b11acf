//! The codes that a ticket of the city can have, for cases: one with another code tests nothing.

use std::collections::BTreeSet;

use crate::city::{City, Names};

/// What a code is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    Category,
    District,
    Department,
    Grade,
    Tag,
}

/// Codes of a city.
#[derive(Debug, Default)]
pub(super) struct Codes {
    categories: BTreeSet<String>,
    districts: BTreeSet<String>,
    departments: BTreeSet<String>,
    grades: BTreeSet<String>,
    tags: BTreeSet<String>,
}

impl Codes {
    /// Those of the tables and settings of a city.
    pub(super) fn of(city: &City, names: &Names) -> Self {
        let codes = |named: &std::collections::HashMap<String, String>| named.keys().cloned().collect();
        let mut districts: BTreeSet<String> = codes(&names.districts);
        districts.insert(city.code.clone());
        Self {
            categories: codes(&names.categories),
            districts,
            departments: codes(&names.departments),
            grades: city.grades.iter().map(|grade| grade.code.get_ref().clone()).collect(),
            tags: codes(&names.tags),
        }
    }

    /// Whether the city has a code. Of a table that has none nothing is known.
    pub(super) fn knows(&self, kind: Code, code: &str) -> bool {
        let known = match kind {
            Code::Category => &self.categories,
            Code::District => &self.districts,
            Code::Department => &self.departments,
            Code::Grade => &self.grades,
            Code::Tag => &self.tags,
        };
        known.is_empty() || known.contains(code)
    }
}
