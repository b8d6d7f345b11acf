//! The `[merge]` table of `city.toml`: blocking, weights and thresholds, each with its unit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use huiliu_adapter_api::SettingsProblem;

/// Merge settings. The defaults come from labelled message-board complaints; `DECISIONS.md` has the figures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MergeSettings {
    /// Total match weight (log2) from which a complaint joins a ticket by itself.
    pub auto_weight: f64,
    /// Total match weight (log2) from which a person is asked.
    pub review_weight: f64,
    /// Median match weight (log2) to the core of the ticket below which nothing joins by itself.
    pub core_weight: f64,
    /// Match weight (log2) before any comparison.
    pub prior: f64,
    /// How many candidates blocking by text keeps, 1 to 100.
    pub candidates: usize,
    /// How many days back candidates are looked for, 1 to 3650.
    pub window_days: u32,
    /// Other windows by category code, in days: heating complaints of last winter are another matter than this winter's.
    pub category_window_days: BTreeMap<String, u32>,
    /// Complaints with different known districts are never compared.
    pub partition_by_district: bool,
    /// How many days a finished ticket is still recognized: what would have joined it opens a ticket that names it, 0 to 3650.
    pub recurrence_days: u32,
    /// How many open complaints are kept in memory to be merged with, 1,000 to 2,000,000, 1.2 KiB each, 1.5 where texts
    /// are long. Beyond that the ones that came first are no candidates any more.
    pub most_open: usize,
    /// Added per further complaint of the same ticket among the candidates, and its limit (log2).
    pub support: f64,
    /// Largest total of `support`.
    pub support_limit: f64,
    /// Match weights by comparison and level.
    pub weights: Weights,
}

/// The comparisons with their levels, in the order of the weights. `topic` has its levels once more for categories.
pub const LEVELS: [(&str, &[&str]); 15] = [
    ("text", &["below_0.05", "below_0.1", "below_0.15", "below_0.2", "below_0.5", "from_0.5"]),
    ("containment", &["below_0.08", "below_0.12", "below_0.17", "below_0.4", "below_0.6", "from_0.6"]),
    ("title_both", &["below_0.1", "below_0.2", "below_0.3", "below_0.4", "below_0.6", "below_0.8", "from_0.8"]),
    ("title_rest", &["below_0.05", "below_0.1", "below_0.2", "below_0.3", "below_0.45", "from_0.45"]),
    ("title_rare", &["below_0.1", "below_0.25", "below_0.4", "from_0.4"]),
    ("title_foreign", &["below_14", "below_20", "below_28", "from_28"]),
    ("place", &["different_in_titles", "different", "mentioned", "same", "same_in_titles"]),
    ("district", &["different", "same"]),
    ("address", &["different", "other_door", "near", "same"]),
    ("distance", &["below_50_m", "below_300_m", "below_2_km", "farther"]),
    ("number", &["different_in_titles", "different", "same", "same_in_titles"]),
    ("topic", &["different", "same"]),
    ("reporter", &["texts_below_0.15", "texts_below_0.25", "texts_below_0.5", "texts_from_0.5"]),
    ("source_mark", &["marked"]),
    ("time", &["below_3_days", "below_10_days", "below_90_days", "more"]),
];

/// Match weights (log2) by comparison and level. Null has no entry: it is always 0.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Weights {
    /// Cosine of the texts' tokens weighted by rarity: below 0.05, 0.1, 0.15, 0.2, 0.5, and from 0.5.
    pub text: [f64; 6],
    /// Share of the shorter complaint that the other one contains: below 0.08, 0.12, 0.17, 0.4, 0.6, and from 0.6.
    pub containment: [f64; 6],
    /// Smaller of the two shares of a title found in the other complaint: below 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, and from 0.8.
    pub title_both: [f64; 7],
    /// The same share without the name that both have: below 0.05, 0.1, 0.2, 0.3, 0.45, and from 0.45.
    pub title_rest: [f64; 6],
    /// Larger of the two shares of a title's rare tokens found in the other complaint: below 0.1, 0.25, 0.4, and from 0.4.
    pub title_rare: [f64; 4],
    /// What each title has and the other complaint lacks, smaller of the two sums of rarities: below 14, 20, 28, and from 28.
    pub title_foreign: [f64; 4],
    /// Named places: different in the titles, different, one mentions the other's, same, same in both titles.
    pub place: [f64; 5],
    /// District codes: different, same.
    pub district: [f64; 2],
    /// Addresses: different, the same road or estate with another door or building, the same road or estate, the same door,
    /// building or shop.
    pub address: [f64; 4],
    /// Distance of points: below 50 m, 300 m, 2 km, and farther.
    pub distance: [f64; 4],
    /// Building and line numbers: different in the titles, different, same, same in the titles.
    pub number: [f64; 4],
    /// Topics, or categories where no topic is told: different, same.
    pub topic: [f64; 2],
    /// Same reporter, by the cosine of the texts: below 0.15, 0.25, 0.5, and from 0.5.
    pub reporter: [f64; 4],
    /// The source itself marks it as a repeat of the other.
    pub source_mark: f64,
    /// Days between: below 3, 10, 90, and more.
    pub time: [f64; 4],
}

impl Default for MergeSettings {
    fn default() -> Self {
        Self {
            auto_weight: 3.8,
            review_weight: 0.2,
            core_weight: -6.0,
            prior: -11.0,
            candidates: 20,
            window_days: 180,
            category_window_days: BTreeMap::new(),
            partition_by_district: false,
            recurrence_days: 90,
            most_open: 1_000_000,
            support: 0.75,
            support_limit: 3.0,
            weights: Weights::default(),
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            text: [0.1, 1.8, 2.5, 3.0, 2.8, 3.8],
            containment: [0.1, 0.8, 1.9, 2.1, 2.2, 3.4],
            title_both: [-0.1, 1.4, 2.4, 2.7, 3.5, 3.9, 4.4],
            title_rest: [-0.1, 1.3, 2.1, 3.2, 3.4, 4.2],
            title_rare: [0.4, 0.7, 1.0, 1.8],
            title_foreign: [0.1, -0.5, -1.4, -2.2],
            place: [-3.0, -0.5, 2.7, 3.9, 3.8],
            district: [-2.5, 0.8],
            address: [-1.5, 0.0, 0.5, 2.5],
            distance: [4.0, 1.5, -2.0, -4.0],
            number: [-1.7, -1.1, 0.7, 1.2],
            topic: [-0.1, 1.8],
            reporter: [0.4, 1.0, 2.0, 2.6],
            source_mark: 16.0,
            time: [0.0, -0.3, -1.4, -3.5],
        }
    }
}

impl Weights {
    /// The weights of a comparison, in the order of [`LEVELS`]; empty for one that does not exist.
    pub fn of_mut(&mut self, comparison: &str) -> &mut [f64] {
        match comparison {
            "text" => &mut self.text,
            "containment" => &mut self.containment,
            "title_both" => &mut self.title_both,
            "title_rest" => &mut self.title_rest,
            "title_rare" => &mut self.title_rare,
            "title_foreign" => &mut self.title_foreign,
            "place" => &mut self.place,
            "district" => &mut self.district,
            "address" => &mut self.address,
            "distance" => &mut self.distance,
            "number" => &mut self.number,
            "topic" => &mut self.topic,
            "reporter" => &mut self.reporter,
            "source_mark" => std::slice::from_mut(&mut self.source_mark),
            "time" => &mut self.time,
            _ => &mut [],
        }
    }
}

impl MergeSettings {
    /// Everything about the table that serde cannot say.
    #[must_use]
    pub fn problems(&self) -> Vec<SettingsProblem> {
        let mut problems = Vec::new();
        let mut complain = |wrong: bool, zh: &str, en: &str| {
            if wrong {
                problems.push(SettingsProblem::new(0..0, zh, en));
            }
        };
        complain(
            self.auto_weight < self.review_weight,
            "[merge] auto_weight 不能小于 review_weight",
            "[merge] auto_weight must not be below review_weight",
        );
        complain(
            !(1..=100).contains(&self.candidates),
            "[merge] candidates 应在 1 到 100 之间",
            "[merge] candidates must be 1 to 100",
        );
        complain(
            !std::iter::once(&self.window_days)
                .chain(self.category_window_days.values())
                .all(|days| (1..=3650).contains(days)),
            "[merge] window_days 与 category_window_days 应在 1 到 3650 之间",
            "[merge] window_days and category_window_days must be 1 to 3650",
        );
        complain(
            self.recurrence_days > 3650,
            "[merge] recurrence_days 应在 0 到 3650 之间",
            "[merge] recurrence_days must be 0 to 3650",
        );
        complain(
            !(1_000..=2_000_000).contains(&self.most_open),
            "[merge] most_open 应在 1000 到 2000000 之间",
            "[merge] most_open must be 1,000 to 2,000,000",
        );
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_has_a_weight() {
        let mut weights = Weights::default();
        for (comparison, levels) in LEVELS {
            assert_eq!(weights.of_mut(comparison).len(), levels.len(), "{comparison}");
        }
    }
}
