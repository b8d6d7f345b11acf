//! `city.toml`: the city itself.

use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::confidential::ConfidentialSettings;
use super::feeds::FeedSettings;
use super::grades::GradeSettings;
use crate::mask::PersonalData;
use crate::merge::MergeSettings;
use huiliu_adapter_api::{Problems, SettingsProblem};

/// The city: names, grades, calendar, merge settings and feeds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// Name of the city, e.g. 荣成市.
    pub name: String,
    /// Its own code of GB/T 2260, used where a place is unknown.
    pub code: String,
    /// What ticket ids and receipt numbers begin with: 1 to 8 capital letters or digits.
    pub prefix: Spanned<String>,
    /// IANA time zone, e.g. `Asia/Shanghai`.
    pub zone: Spanned<String>,
    /// Department that gets what no rule assigns.
    pub default_department: Spanned<String>,
    /// Category for what no rule recognizes.
    pub default_category: Spanned<String>,
    /// Grade codes, most urgent first.
    #[serde(rename = "grade")]
    pub grades: Vec<GradeSettings>,
    /// Grade where neither source nor category gives one.
    pub default_grade: Spanned<String>,
    /// Whether a citizen's 不满意 opens a finished ticket again; default yes.
    #[serde(default = "yes")]
    pub reopen_on_dissatisfied: bool,
    /// Office hours for deadlines in working days.
    #[serde(default)]
    pub calendar: CalendarSettings,
    /// Merging.
    #[serde(default)]
    pub merge: MergeSettings,
    /// What the public stream shows.
    #[serde(default)]
    pub public: PublicSettings,
    /// On what the duties of units can be based.
    #[serde(default)]
    pub duty: DutySettings,
    /// Kinds that concern nobody but those who are named.
    #[serde(default)]
    pub confidential: ConfidentialSettings,
    /// What downstream platforms receive.
    #[serde(rename = "feed", default)]
    pub feeds: Vec<FeedSettings>,
}

/// The public stream: all platforms that may bind to the exchange of tickets read it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublicSettings {
    /// Kinds of personal data in texts that are not masked there, e.g. `["plate", "door"]`; default none.
    pub show: Vec<PersonalData>,
}

/// Duties of units, cleared beforehand.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DutySettings {
    /// What the column `basis` of `responsibility.csv` and `departments.csv` can say, e.g. `["法定", "商定", "指定"]`; default nothing.
    pub bases: Vec<String>,
}

fn yes() -> bool {
    true
}

/// The calendar.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarSettings {
    /// Name of the table with columns `date`, `day` (`holiday` or `workday`), `name`. It has to be there where a grade counts working
    /// days.
    pub table: Spanned<String>,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        Self { table: Spanned::new(0..0, "calendar".to_owned()) }
    }
}

impl City {
    /// The time zone.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.zone.get_ref()).ok()
    }

    /// Everything about the file that serde cannot say.
    pub(crate) fn check(&self, problems: &mut Problems) {
        let mut complain = |spanned: &Spanned<String>, zh: &str, en: &str| {
            problems.push(SettingsProblem::new(spanned.span(), zh, en));
        };
        let prefix = self.prefix.get_ref();
        if !(1..=8).contains(&prefix.len()) || !prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            complain(
                &self.prefix,
                "前缀应为 1 到 8 个大写字母或数字",
                "prefix must be 1 to 8 capital letters or digits",
            );
        }
        if self.time_zone().is_none() {
            complain(&self.zone, "未知的时区，例如 Asia/Shanghai", "unknown time zone; for example Asia/Shanghai");
        }
        for (at, grade) in self.grades.iter().enumerate() {
            grade.check(&mut complain);
            let earlier = || self.grades.iter().take(at);
            if earlier().any(|other| other.code.get_ref() == grade.code.get_ref()) {
                complain(&grade.code, "这个等级写了两次", "there are two grades with this code");
            } else if let Some(word) = grade.words.iter().find(|word| earlier().any(|other| other.words.contains(word)))
            {
                let zh = format!("“{word}”已属于前面的等级，在这里不起作用");
                let en = format!("{word} belongs to an earlier grade already and has no effect here");
                complain(&grade.code, &zh, &en);
            }
        }
        if !self.grades.iter().any(|grade| grade.code.get_ref() == self.default_grade.get_ref()) {
            complain(&self.default_grade, "没有这个等级", "there is no such grade");
        }
        for feed in &self.feeds {
            if !is_key_word(feed.name.get_ref()) {
                complain(
                    &feed.name,
                    "订阅流名称只能用小写字母、数字和连字符",
                    "a feed name has lower-case letters, digits and hyphens",
                );
            }
        }
        problems.extend(self.merge.problems());
    }
}

/// Whether a word can be part of a routing key.
pub(crate) fn is_key_word(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
