//! The calendar of working days, with holidays and the weekends that are worked instead (调休上班).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

use crate::city::{Problem, Table};

/// Days that differ from the plain week.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    days: BTreeMap<Date, (bool, String)>,
    /// Years of which it says anything: holidays are announced year by year.
    years: BTreeSet<i16>,
}

impl Calendar {
    /// Reads the table with columns `date` (YYYY-MM-DD), `day` (`holiday` or `workday`), `name`.
    pub(super) fn load(table: &Table, problems: &mut Vec<Problem>) -> Self {
        table.require(&["date", "day"], problems);
        let mut days = BTreeMap::new();
        for row in table.rows() {
            let working = match row.get("day") {
                "workday" | "上班" => Some(true),
                "holiday" | "放假" => Some(false),
                _ => None,
            };
            match (row.get("date").parse::<Date>(), working) {
                (Ok(date), Some(working)) => {
                    let earlier = days.insert(date, (working, row.get("name").to_owned()));
                    if earlier.is_some_and(|(other, _)| other != working) {
                        problems.push(Problem::at_line(
                            &table.file,
                            row.line,
                            format!("{date} 既写了放假又写了上班，请删去一行"),
                            format!("{date} is both a holiday and a workday; remove a row"),
                        ));
                    }
                }
                _ => problems.push(Problem::at_line(
                    &table.file,
                    row.line,
                    "日期应为 YYYY-MM-DD，day 应为 holiday（放假）或 workday（上班）",
                    "date must be YYYY-MM-DD and day must be holiday or workday",
                )),
            }
        }
        Self { years: days.keys().map(|date| date.year()).collect(), days }
    }

    /// Whether it says anything of the year of a day; else that year's holidays are not known.
    #[must_use]
    pub fn knows_year_of(&self, date: Date) -> bool {
        self.years.contains(&date.year())
    }

    /// Whether offices are open on a day: by the table, else Monday to Friday.
    #[must_use]
    pub fn is_working(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some((working, _)) => *working,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// What makes a day differ from the plain week, e.g. 国庆节; `None` for plain days.
    #[must_use]
    pub fn name_of(&self, date: Date) -> Option<&str> {
        self.days.get(&date).map(|(_, name)| name.as_str())
    }

    #[cfg(test)]
    pub(crate) fn from_days(days: &[(&str, bool, &str)]) -> Self {
        let days: BTreeMap<Date, _> =
            days.iter().map(|(d, w, n)| (d.parse().unwrap(), (*w, (*n).to_owned()))).collect();
        Self { years: days.keys().map(|date| date.year()).collect(), days }
    }
}
