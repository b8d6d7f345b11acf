//! The evidence behind one decision, as a waterfall of match weights.

use serde::{Deserialize, Serialize};

/// One step of the waterfall.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// Which comparison.
    pub comparison: String,
    /// Which of its levels holds.
    pub level: String,
    /// Its match weight (log2).
    pub weight: f64,
    /// What was found, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// Why a complaint was, or was nearly, put to a ticket. Stored with the merge. Serializable because it is a document that
/// people read, in the store and in the API alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// What kept it from merging by itself, if anything.
    pub guard: Option<String>,
    /// Threshold of the auto zone at the time (log2).
    pub auto_weight: f64,
    /// Threshold of the review zone at the time (log2).
    pub review_weight: f64,
}

impl Evidence {
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
    pub fn card(&self) -> String {
        let mut lines = vec![format!("{:>6.1}  起点", self.prior)];
        lines.extend(self.contributions.iter().map(|step| format!("{:>+6.1}  {}", step.weight, step.zh)));
        if self.support != 0.0 {
            lines.push(format!("{:>+6.1}  同一工单还有其他诉求相似", self.support));
        }
        lines.push(format!(
            "{:>6.1}  合计（自动 ≥ {:.1}，人工 ≥ {:.1}）",
            self.weight, self.auto_weight, self.review_weight
        ));
        if !self.passages.is_empty() {
            lines.push(format!("        都写到：{}", self.passages.join("、")));
        }
        if let Some(guard) = &self.guard {
            lines.push(format!("        不自动归并：{guard}"));
        }
        lines.join("\n")
    }
}
