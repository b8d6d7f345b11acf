//! The evidence behind one decision, as a waterfall of match weights.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::guard::Guard;
use crate::catalogue::{Locale, say};

/// One step of the waterfall. Names, not enums: what was stored stays readable when comparisons and levels change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Contribution {
    /// Which comparison, by name.
    pub comparison: String,
    /// Which of its levels holds, by name.
    #[schemars(example = &"same")]
    pub level: String,
    /// Its match weight (log2).
    #[schemars(example = 3.9)]
    pub weight: f64,
    /// What was found, in Chinese.
    #[schemars(example = &"同一地点：青鱼滩路")]
    pub zh: String,
    /// The same in English.
    #[schemars(example = &"same place: 青鱼滩路")]
    pub en: String,
}

/// Why a complaint was, or was nearly, put to a ticket. Stored with the merge. Serializable because it is a document that
/// people read, in the store and in the API alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Version of the settings that decided.
    pub settings_version: String,
    /// The complaint of the ticket that matched best.
    pub matched_complaint: i64,
    /// Prior (log2).
    pub prior: f64,
    /// The comparisons in order; those at their null level are left out.
    pub contributions: Vec<Contribution>,
    /// What both texts say, the weightiest first.
    #[serde(default)]
    pub passages: Vec<String>,
    /// Added because further complaints of the ticket match too (log2).
    pub support: f64,
    /// Sum of all (log2).
    pub weight: f64,
    /// Median match weight to the core of the ticket (log2).
    pub core_weight: f64,
    /// What kept it from merging by itself, if anything: the name of a [`Guard`], of this version or an earlier one.
    pub guard: Option<String>,
    /// Threshold of the auto zone at the time (log2).
    pub auto_weight: f64,
    /// Threshold of the review zone at the time (log2).
    pub review_weight: f64,
}

impl Evidence {
    /// What kept it from merging by itself; `None` also for a guard that only an earlier version knew.
    #[must_use]
    pub fn guard(&self) -> Option<Guard> {
        Guard::named(self.guard.as_deref()?)
    }

    /// The weights alone: what a citizen wrote, and the names in it, are taken out.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        self.passages.clear();
        for found in &mut self.contributions {
            (found.zh, found.en) = (found.comparison.clone(), found.comparison.clone());
        }
        self
    }

    /// The card as lines of text: comparison, weight, reason.
    #[must_use]
    pub fn card(&self, locale: Locale) -> String {
        let mut lines = vec![format!("{:>6.1}  {}", self.prior, say!(in locale; "evidence-prior"))];
        let of = |step: &Contribution| format!("{:>+6.1}  {}", step.weight, locale.pick(&step.zh, &step.en));
        lines.extend(self.contributions.iter().map(of));
        if self.support != 0.0 {
            lines.push(format!("{:>+6.1}  {}", self.support, say!(in locale; "evidence-support")));
        }
        let (auto, review) = (format!("{:.1}", self.auto_weight), format!("{:.1}", self.review_weight));
        let sum = say!(in locale; "evidence-sum", auto = auto, review = review);
        lines.push(format!("{:>6.1}  {sum}", self.weight));
        if !self.passages.is_empty() {
            let passages = self.passages.join(&say!(in locale; "list-comma"));
            lines.push(format!("        {}", say!(in locale; "evidence-passages", passages = passages)));
        }
        if let Some(guard) = &self.guard {
            let reason = match self.guard() {
                None => guard.clone(),
                Some(known) => {
                    let said = locale.pick(known.zh(), known.en());
                    say!(in locale; "evidence-guard-named", said = said, guard = guard)
                }
            };
            lines.push(format!("        {}", say!(in locale; "evidence-guard", reason = reason)));
        }
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it lies in databases: names of comparisons, levels and guards that this version no longer has are kept as they are.
    #[test]
    fn evidence_of_earlier_versions_is_read_and_written_unchanged() {
        let stored = serde_json::json!({
            "settings_version": "de7288d57b61", "matched_complaint": 7, "prior": -11.0,
            "contributions": [
                { "comparison": "text", "level": "from_0.5", "weight": 3.8, "zh": "正文相似 62%", "en": "texts 62 % alike" },
                { "comparison": "address", "level": "alike", "weight": 1.0, "zh": "地址相近", "en": "addresses alike" },
            ],
            "passages": ["青鱼滩路"], "support": 0.75, "weight": -5.5, "core_weight": -6.25,
            "guard": "two_titles_name_different_places", "auto_weight": 3.8, "review_weight": 0.2,
        });
        let mut evidence: Evidence = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(serde_json::to_value(&evidence).unwrap(), stored);
        assert_eq!(evidence.guard(), None);
        assert!(
            evidence.card(Locale::Zh).ends_with("不自动归并：two_titles_name_different_places"),
            "{}",
            evidence.card(Locale::Zh)
        );
        evidence.guard = Some(Guard::DifferentDistricts.name().to_owned());
        assert_eq!(evidence.guard(), Some(Guard::DifferentDistricts));
        assert!(
            evidence.card(Locale::Zh).contains("不自动归并：区划不同（different_districts）"),
            "{}",
            evidence.card(Locale::Zh)
        );
    }
}
