//! Grades (等级): how urgent a matter is, and how long it may take.

use serde::Deserialize;
use toml::Spanned;

use super::is_key_word;

/// One grade (等级) with its deadline.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeSettings {
    /// Code, e.g. `red`; lower-case letters, digits and hyphens (it is part of routing keys).
    pub code: Spanned<String>,
    /// Name, e.g. 红.
    pub name: String,
    /// When a ticket of this grade is due.
    pub due: DueRule,
    /// Words of sources that mean this grade, e.g. 特急.
    #[serde(default)]
    pub words: Vec<String>,
    /// Reminders as shares of the time allowed, in percent; 100 is the deadline itself, 150 half as long again.
    #[serde(default = "usual_reminders")]
    pub remind_percent: Vec<u32>,
}

fn usual_reminders() -> Vec<u32> {
    vec![80, 100]
}

/// How long a matter may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum DueRule {
    /// Hours by the clock, 1 to 8784.
    Hours(u32),
    /// Calendar days, 1 to 366, until the same time of day.
    NaturalDays(u32),
    /// Working days, 1 to 366, until the same time of day; the day of receipt does not count.
    WorkingDays(u32),
}

impl GradeSettings {
    /// What serde cannot say; `complain` takes the place and both wordings.
    pub(super) fn check(&self, complain: &mut impl FnMut(&Spanned<String>, &str, &str)) {
        if !is_key_word(self.code.get_ref()) {
            complain(
                &self.code,
                "等级代码只能用小写字母、数字和连字符",
                "a grade code has lower-case letters, digits and hyphens",
            );
        }
        let within = match self.due {
            DueRule::Hours(hours) => (1..=8784).contains(&hours),
            DueRule::NaturalDays(days) | DueRule::WorkingDays(days) => (1..=366).contains(&days),
        };
        if !within || self.remind_percent.iter().any(|percent| !(1..=1000).contains(percent)) {
            complain(&self.code, "时限或提醒超出范围", "deadline or reminder is out of range");
        }
    }
}

/// One checked grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    /// Code, part of routing keys.
    pub code: String,
    /// Name, e.g. 红.
    pub name: String,
    /// When a ticket of this grade is due.
    pub due: DueRule,
    /// Words of sources that mean this grade.
    pub words: Vec<String>,
    /// Reminders as shares of the time allowed, in percent.
    pub remind_percent: Vec<u32>,
}

/// The grades of a city, the most urgent first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grades(Vec<Grade>);

impl Grades {
    /// The grades of checked settings.
    #[must_use]
    pub fn new(settings: &[GradeSettings]) -> Self {
        let grade = |settings: &GradeSettings| Grade {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            due: settings.due,
            words: settings.words.clone(),
            remind_percent: settings.remind_percent.clone(),
        };
        Self(settings.iter().map(grade).collect())
    }

    /// Position of a grade: 0 is the most urgent; an unknown one comes after all others.
    #[must_use]
    pub fn rank(&self, code: &str) -> usize {
        self.0.iter().position(|grade| grade.code == code).unwrap_or(self.0.len())
    }

    /// One grade.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Grade> {
        self.0.iter().find(|grade| grade.code == code)
    }

    /// All of them, the most urgent first.
    pub fn iter(&self) -> impl Iterator<Item = &Grade> {
        self.0.iter()
    }
}
