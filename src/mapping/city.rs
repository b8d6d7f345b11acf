//! `city.toml`: the city itself.

use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Problems, SettingsProblem};
use huiliu_expression::{Expression, Language};

use crate::merge::MergeSettings;

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
    /// What downstream platforms receive.
    #[serde(rename = "feed", default)]
    pub feeds: Vec<FeedSettings>,
}

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

fn yes() -> bool {
    true
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

/// The calendar.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CalendarSettings {
    /// Name of the table with columns `date`, `day` (`holiday` or `workday`), `name`.
    pub table: String,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        Self { table: "calendar".to_owned() }
    }
}

/// What one downstream platform receives (订阅流).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// Name: lower-case letters, digits and hyphens. The queue is `huiliu.feed.<name>`.
    pub name: Spanned<String>,
    /// Expression over `ticket` and `event` that is true for what the feed gets; default: everything.
    pub filter: Option<Spanned<String>>,
    /// How much of the reporter the feed gets; default `masked`.
    #[serde(default)]
    pub contact: Contact,
    /// Explicit permission to receive the identity of petitioners and of those who asked for secrecy, as far as `contact`
    /// allows; default no.
    #[serde(default)]
    pub secret: bool,
    /// Members of `data` the feed does not get, e.g. `["text", "place.point"]`.
    #[serde(default)]
    pub without: Vec<String>,
}

/// How much of the reporter a feed gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Contact {
    /// Nothing.
    None,
    /// Surname and a masked number: 张**, 138****1111.
    #[default]
    Masked,
    /// Name and telephone number in full, except of those who asked for secrecy. Never the identity number.
    Full,
}

impl City {
    /// The time zone.
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.zone.get_ref()).ok()
    }

    /// Position of a grade: 0 is the most urgent.
    #[must_use]
    pub fn grade_rank(&self, code: &str) -> usize {
        self.grades.iter().position(|grade| grade.code.get_ref() == code).unwrap_or(self.grades.len())
    }

    /// One grade.
    #[must_use]
    pub fn grade(&self, code: &str) -> Option<&GradeSettings> {
        self.grades.iter().find(|grade| grade.code.get_ref() == code)
    }

    /// Everything about the file that serde cannot say.
    pub(super) fn check(&self, problems: &mut Problems) {
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
        for grade in &self.grades {
            if !is_key_word(grade.code.get_ref()) {
                complain(
                    &grade.code,
                    "等级代码只能用小写字母、数字和连字符",
                    "a grade code has lower-case letters, digits and hyphens",
                );
            }
            let within = match grade.due {
                DueRule::Hours(hours) => (1..=8784).contains(&hours),
                DueRule::NaturalDays(days) | DueRule::WorkingDays(days) => (1..=366).contains(&days),
            };
            if !within || grade.remind_percent.iter().any(|percent| !(1..=1000).contains(percent)) {
                complain(&grade.code, "时限或提醒超出范围", "deadline or reminder is out of range");
            }
        }
        if self.grade(self.default_grade.get_ref()).is_none() {
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

    /// Compiles the feeds' filters.
    pub(super) fn compile_filters(
        &self,
        language: &Language,
        source: &str,
        problems: &mut Problems,
    ) -> Vec<Option<Expression>> {
        let compile = |feed: &FeedSettings| {
            let filter = feed.filter.as_ref()?;
            language
                .expression(filter.get_ref(), &["ticket", "event"])
                .map_err(|faults| {
                    problems
                        .extend(faults.iter().map(|fault| SettingsProblem::from_fault(fault, &filter.span(), source)));
                })
                .ok()
        };
        self.feeds.iter().map(compile).collect()
    }
}

/// Whether a word can be part of a routing key.
pub(super) fn is_key_word(word: &str) -> bool {
    (1..=40).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}
