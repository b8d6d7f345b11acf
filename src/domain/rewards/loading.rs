//! `rewards.toml` becomes rules, or problems with their places.

mod contradictions;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::rule::{RewardRule, Span};
use super::settings::{RewardSettings, RuleSettings, StarSettings};
use super::stars::{MAX_STARS, Stars, Window};
use super::{AccountKind, Rewards};
use crate::city::{Names, Problem, is_key_word, toml_problems};
use crate::complaint::RewardBasis;
use crate::mapping::Channel;

/// The file, relative to the pack.
pub const FILE: &str = "rewards.toml";
/// Most rules of a city, and longest name of one, in characters.
const MAX_RULES: usize = 100;
const MAX_NAME_CHARS: usize = 50;
/// Most points of a rule, of a limit and of a star.
const MAX_POINTS: i64 = 10_000;
const MAX_LIMIT: i64 = 1_000_000;
/// Most months of which points count: as long as entries are kept.
const MAX_MONTHS: u32 = 60;

/// What the rules may name.
pub struct Around<'a> {
    /// The city's channels, by id.
    pub channels: &'a BTreeMap<String, Arc<Channel>>,
    /// Ids of channels whose files cannot be read: those have problems of their own.
    pub unread: &'a BTreeSet<String>,
    /// Its categories and tags.
    pub names: &'a Names,
    /// Categories of which nobody may know.
    pub confidential: &'a BTreeSet<String>,
}

impl Rewards {
    /// Reads the file. Without it nobody is rewarded.
    pub(crate) fn load(file: Option<&[u8]>, around: &Around<'_>, problems: &mut Vec<Problem>) -> Self {
        let Some(file) = file else { return Self::default() };
        let source = String::from_utf8_lossy(file).into_owned();
        let settings = match read(&source) {
            Ok(settings) => settings,
            Err(found) => {
                problems.extend(found.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
                return Self::default();
            }
        };
        let mut compiling = Compiling { around, account: settings.account, problems: Problems::new() };
        compiling.channels(&settings);
        compiling.codes(&settings.rules);
        let all: BTreeSet<String> = set(&settings.channels);
        let rules: Vec<RewardRule> = settings.rules.iter().map(|rule| compiling.rule(rule, &all)).collect();
        let stars = settings.stars.as_ref().map(|stars| compiling.stars(stars, &rules)).unwrap_or_default();
        problems.extend(compiling.problems.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
        Self { account: settings.account, rules, stars }
    }
}

fn read(source: &str) -> Result<RewardSettings, Problems> {
    let table = DeTable::parse(source).map_err(toml_problems)?;
    let value = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    Settings::new(source, value).read()
}

fn set(words: &[Spanned<String>]) -> BTreeSet<String> {
    words.iter().map(|word| word.get_ref().clone()).collect()
}

struct Compiling<'a> {
    around: &'a Around<'a>,
    account: AccountKind,
    problems: Problems,
}

impl Compiling<'_> {
    fn wrong(&mut self, span: Range<usize>, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(SettingsProblem::new(span, zh, en));
    }

    fn codes(&mut self, rules: &[RuleSettings]) {
        let mut seen = BTreeSet::new();
        for (number, RuleSettings { code, name, .. }) in rules.iter().enumerate() {
            if !is_key_word(code.get_ref()) {
                let zh = "规则代码只能用小写字母、数字和连字符";
                self.wrong(code.span(), zh, "a rule's code has lower-case letters, digits and hyphens");
            }
            if !seen.insert(code.get_ref().as_str()) {
                self.wrong(code.span(), "这条规则写了两次", "there are two rules with this code");
            }
            if number == MAX_RULES {
                let zh = format!("规则超过 {MAX_RULES} 条");
                self.wrong(code.span(), zh, format!("more than {MAX_RULES} rules"));
            }
            if name.trim().is_empty() || name.chars().count() > MAX_NAME_CHARS {
                let zh = format!("规则名称应为 1 到 {MAX_NAME_CHARS} 个字");
                self.wrong(code.span(), zh, format!("the name of a rule has 1 to {MAX_NAME_CHARS} characters"));
            }
        }
    }

    fn rule(&mut self, settings: &RuleSettings, all: &BTreeSet<String>) -> RewardRule {
        let basis = RewardBasis::from_name(settings.on.get_ref());
        if basis.is_none() {
            let known = RewardBasis::ALL.map(|(_, name)| name);
            let zh = format!("on 应为 {} 之一", known.join("、"));
            self.wrong(settings.on.span(), zh, format!("on is one of {}", known.join(", ")));
        }
        let points = self.between("points", &settings.points, -MAX_POINTS..=MAX_POINTS);
        let RuleSettings { most_a_day, most_a_month, most, .. } = settings;
        let mut limits = Vec::new();
        for (name, span, limit) in [
            ("most_a_day", Span::Day, most_a_day),
            ("most_a_month", Span::Month, most_a_month),
            ("most", Span::Ever, most),
        ] {
            if let Some(limit) = limit {
                limits.push((span, self.between(name, limit, 1..=MAX_LIMIT)));
            }
        }
        self.never_counts(settings, all);
        self.limits_contradict(settings);
        RewardRule {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            basis: basis.unwrap_or(RewardBasis::Accepted),
            points,
            channels: if settings.channels.is_empty() { all.clone() } else { set(&settings.channels) },
            categories: set(&settings.categories),
            tags: set(&settings.tags),
            limits,
        }
    }

    fn stars(&mut self, settings: &StarSettings, rules: &[RewardRule]) -> Stars {
        let StarSettings { at, months, calendar_year } = settings;
        let thresholds = at.get_ref();
        let is_ascending = thresholds.iter().zip(thresholds.iter().skip(1)).all(|(one, next)| one < next);
        let are_possible = thresholds.iter().all(|at| (1..=MAX_LIMIT).contains(at));
        if thresholds.is_empty() || thresholds.len() > MAX_STARS || !is_ascending || !are_possible {
            let zh = format!("at 应为 1 到 {MAX_STARS} 个从小到大的积分，每个在 1 到 {MAX_LIMIT} 之间");
            let en = format!("at has 1 to {MAX_STARS} numbers of points, ascending, each of 1 to {MAX_LIMIT}");
            self.wrong(at.span(), zh, en);
        }
        self.never_reached(at, rules);
        let is_yearly = calendar_year.as_ref().filter(|yearly| *yearly.get_ref());
        match (months, is_yearly) {
            (Some(months), Some(_)) => {
                let zh = "months（最近几个月）和 calendar_year（本年）只能写一个";
                self.wrong(months.span(), zh, "months and calendar_year exclude each other");
                Stars { at: thresholds.clone(), window: Window::CalendarYear }
            }
            (Some(months), None) => {
                let months = self.between("months", months, 1..=MAX_MONTHS);
                Stars { at: thresholds.clone(), window: Window::Months(months) }
            }
            (None, Some(_)) => Stars { at: thresholds.clone(), window: Window::CalendarYear },
            (None, None) => Stars { at: thresholds.clone(), window: Window::All },
        }
    }

    fn between<T: Copy + PartialOrd + std::fmt::Display>(
        &mut self,
        name: &str,
        number: &Spanned<T>,
        range: RangeInclusive<T>,
    ) -> T {
        if !range.contains(number.get_ref()) {
            let (least, most) = (range.start(), range.end());
            let zh = format!("{name} 应在 {least} 到 {most} 之间");
            self.wrong(number.span(), zh, format!("{name} is {least} to {most}"));
        }
        *number.get_ref()
    }
}
