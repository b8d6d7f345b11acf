//! The `[merge]` table of `city.toml`: blocking, weights and thresholds, each with its unit.

use std::collections::BTreeMap;

use serde::Deserialize;

use huiliu_adapter_api::SettingsProblem;

use super::weights::Weights;

/// Merge settings. The defaults come from labelled message-board complaints; `benches/EXPERIMENTS.md` has the figures.
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
