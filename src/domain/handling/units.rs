//! Units (承办单位) with their place above each other, and who is told first in each (经办人).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::city::{Confidential, Problem, Table};
use crate::ticket::Route;

/// Most units above each other.
const MAX_DEPTH: usize = 12;

/// One unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unit {
    /// Its name.
    pub name: String,
    /// Code of the unit above it.
    pub parent: Option<String>,
    /// Code of its level (层级).
    pub level: Option<String>,
    /// Group in which it is compared with others (分组).
    pub group: Option<String>,
    /// Line in `departments.csv`.
    line: usize,
}

/// A person or desk that is told of a unit's matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Role, as the city names it: `handler`, `leader`, `police` …
    pub role: String,
    /// Code of the unit.
    pub unit: String,
    /// Code of the division for which it is there; none: for all of the unit's.
    pub district: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// The units of a city and who is there in each.
#[derive(Debug, Clone, Default)]
pub struct Units {
    units: BTreeMap<String, Unit>,
    handlers: Vec<Handler>,
    confidential: Arc<Confidential>,
}

impl Units {
    /// Reads the units of `departments.csv` and, where there is one, `handlers.csv`. `levels` are those that the city names, the
    /// lowest first; none where it has no rules that could name any.
    pub(super) fn load(
        tables: &BTreeMap<String, Table>,
        levels: Option<&[&str]>,
        districts: &dyn Fn(&str) -> bool,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let empty = Table::default();
        let departments = tables.get("departments").unwrap_or(&empty);
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let unit = |row: crate::city::Row<'_>| {
            let unit = Unit {
                name: row.get("name").to_owned(),
                parent: optional(row.get("parent")),
                level: optional(row.get("level")),
                group: optional(row.get("group")),
                line: row.line,
            };
            (row.get("code").to_owned(), unit)
        };
        let units: BTreeMap<String, Unit> = departments.rows().map(unit).collect();
        let mut wrong = |line, zh: String, en: String| problems.push(Problem::at_line(&departments.file, line, zh, en));
        for (code, unit) in &units {
            if let Some(parent) = unit.parent.as_ref().filter(|parent| !units.contains_key(*parent)) {
                wrong(unit.line, format!("没有上级单位 {parent}"), format!("there is no unit {parent} above it"));
            }
            if let Some(level) =
                unit.level.as_ref().filter(|level| levels.is_some_and(|levels| !levels.contains(&level.as_str())))
            {
                wrong(
                    unit.line,
                    format!("handling.toml 里没有层级 {level}"),
                    format!("there is no level {level} in handling.toml"),
                );
            }
            if stands_above_itself(&units, code) {
                wrong(
                    unit.line,
                    format!("单位 {code} 的上级绕回了自己，或超过 {MAX_DEPTH} 层"),
                    format!("the units above {code} lead back to it, or are more than {MAX_DEPTH}"),
                );
            }
        }
        let handlers = tables.get("handlers").map(|table| load_handlers(table, &units, districts, problems));
        Self { units, handlers: handlers.unwrap_or_default(), confidential: Arc::default() }
    }

    /// The same where some kinds of matters are confidential.
    pub(super) fn keeping(self, confidential: Arc<Confidential>) -> Self {
        Self { confidential, ..self }
    }

    /// Whether somebody may be told of a matter: of one of a confidential kind those of the unit that is responsible, and those whom the
    /// city names.
    #[must_use]
    pub fn may_hear(&self, handler: &Handler, route: &Route) -> bool {
        handler.unit == route.department || self.confidential.lets_person(&handler.code, &route.category)
    }

    /// A unit by its code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Unit> {
        self.units.get(code)
    }

    /// Code of the unit above one.
    #[must_use]
    pub fn parent(&self, code: &str) -> Option<&str> {
        self.units.get(code)?.parent.as_deref()
    }

    /// Codes of the units above one, the nearest first.
    pub fn above(&self, code: &str) -> impl Iterator<Item = &str> {
        std::iter::successors(self.parent(code), |above| self.parent(above)).take(MAX_DEPTH)
    }

    /// Codes of the units, with their levels.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Unit)> {
        self.units.iter().map(|(code, unit)| (code.as_str(), unit))
    }

    /// Who has a role in a unit for a division: those who are there for it, else those who are there for all.
    #[must_use]
    pub fn in_role(&self, role: &str, unit: &str, district: &str) -> Vec<&Handler> {
        let there = || self.handlers.iter().filter(|handler| handler.role == role && handler.unit == unit);
        let own: Vec<&Handler> = there().filter(|handler| handler.district.as_deref() == Some(district)).collect();
        if own.is_empty() { there().filter(|handler| handler.district.is_none()).collect() } else { own }
    }

    /// Who is there in a unit.
    pub fn there(&self, unit: &str) -> impl Iterator<Item = &Handler> {
        self.handlers.iter().filter(move |handler| handler.unit == unit)
    }

    /// Whether somebody has a role in a unit, for whichever division.
    #[must_use]
    pub fn has_role(&self, role: &str, unit: &str) -> bool {
        self.handlers.iter().any(|handler| handler.role == role && handler.unit == unit)
    }

    /// The roles that somebody has.
    #[must_use]
    pub fn roles(&self) -> BTreeSet<&str> {
        self.handlers.iter().map(|handler| handler.role.as_str()).collect()
    }
}

fn stands_above_itself(units: &BTreeMap<String, Unit>, code: &str) -> bool {
    let mut above = code;
    for _ in 0..MAX_DEPTH {
        match units.get(above).and_then(|unit| unit.parent.as_deref()) {
            Some(parent) if parent != code => above = parent,
            Some(_) => return true,
            None => return false,
        }
    }
    true
}

fn load_handlers(
    table: &Table,
    units: &BTreeMap<String, Unit>,
    districts: &dyn Fn(&str) -> bool,
    problems: &mut Vec<Problem>,
) -> Vec<Handler> {
    table.require(&["code", "name", "role", "unit"], problems);
    table.refuse_misspelt(&["district", "phone"], problems);
    let (mut handlers, mut lines) = (Vec::new(), BTreeMap::new());
    for row in table.rows() {
        let mut wrong = |zh: String, en: String| problems.push(Problem::at_line(&table.file, row.line, zh, en));
        let [code, name, role, unit] = ["code", "name", "role", "unit"].map(|heading| row.get(heading));
        let (district, phone) = (row.get("district"), row.get("phone"));
        if [code, name, role].contains(&"") {
            wrong("code、name、role 不能为空".to_owned(), "code, name and role must not be empty".to_owned());
        }
        // A role is named as `role@unit`, and addressees are listed with commas.
        let odd = |text: &str| text.chars().any(|c| c.is_control() || "@,，;；".contains(c));
        if odd(code) || odd(role) || name.chars().any(char::is_control) {
            wrong(
                "code、role 里不能有 @、逗号、分号，三项里都不能换行".to_owned(),
                "code and role cannot have @, commas or semicolons, and none of the three a line break".to_owned(),
            );
        }
        if !units.contains_key(unit) {
            wrong(format!("departments.csv 里没有单位 {unit}"), format!("department {unit} is not in departments.csv"));
        }
        if !district.is_empty() && !districts(district) {
            wrong(
                format!("districts.csv 里没有区划 {district}"),
                format!("district {district} is not in districts.csv"),
            );
        }
        if !phone.bytes().all(|b| b.is_ascii_digit() || b"+- ".contains(&b)) {
            wrong(format!("{phone} 不是电话号码"), format!("{phone} is no telephone number"));
        }
        if let Some(first) = lines.insert(code.to_owned(), row.line) {
            wrong(
                format!("代码 {code} 在第 {first} 行已经有了"),
                format!("code {code} stands in line {first} already"),
            );
        }
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        handlers.push(Handler {
            code: code.to_owned(),
            name: name.to_owned(),
            role: role.to_owned(),
            unit: unit.to_owned(),
            district: optional(district),
            phone: optional(phone),
        });
    }
    handlers
}
