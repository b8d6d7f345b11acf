//! Lists of joint responsibility (共同责任名单): which units a division may call.

use std::collections::{BTreeMap, BTreeSet};

use super::units::Units;
use crate::city::{Problem, Table};
use crate::complaint::Division;

/// Table of the lists: a row for each division and unit.
pub const JOINT_TABLE: &str = "joint";

/// The lists of a city, by the code of their division.
#[derive(Debug, Clone, Default)]
pub struct Joint(BTreeMap<String, BTreeSet<String>>);

impl Joint {
    /// Reads `joint.csv`; without it there is no list, and everybody may be called.
    pub(super) fn load(
        table: Option<&Table>,
        units: &Units,
        districts: &dyn Fn(&str) -> bool,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let Some(table) = table else { return Self::default() };
        table.require(&["district", "department"], problems);
        let mut lists: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in table.rows() {
            let mut wrong = |zh: String, en: String| problems.push(Problem::at_line(&table.file, row.line, zh, en));
            let [district, unit] = ["district", "department"].map(|heading| row.get(heading));
            if !districts(district) {
                wrong(
                    format!("districts.csv 里没有区划 {district}"),
                    format!("district {district} is not in districts.csv"),
                );
            }
            if units.get(unit).is_none() {
                let zh = format!("departments.csv 里没有单位 {unit}");
                wrong(zh, format!("department {unit} is not in departments.csv"));
            }
            if !lists.entry(district.to_owned()).or_default().insert(unit.to_owned()) {
                wrong(
                    format!("{district} 的名单里 {unit} 写了两次"),
                    format!("{unit} stands twice in the list of {district}"),
                );
            }
        }
        Self(lists)
    }

    /// Whether a unit may be called for a matter of a division: by the list of that division, else by that of the smallest one that
    /// holds it; where there is none, every unit may.
    pub(super) fn may_call(&self, district: &str, unit: &str) -> bool {
        let own = Division::of(district);
        let holding = self.0.iter().filter(|(code, _)| Division::of(code).holds(own));
        let list = holding.max_by_key(|(code, _)| Division::of(code).depth());
        list.is_none_or(|(_, units)| units.contains(unit))
    }
}
