//! Surges and warnings of `watch.toml`: compiled, with what contradicts itself in them.

use std::collections::BTreeSet;

use toml::Spanned;

use super::Compiling;
use crate::ticket::{AlertKind, Counted};
use crate::watch::alert::{AlertRule, Subject};
use crate::watch::rules::Watch;
use crate::watch::settings::{SurgeSettings, WarningSettings};

/// Most complaints or tickets from which on something is told: half as many as are looked at.
const MAX_COUNT: u32 = 500;
/// Most hours in which they are counted, and for which an alert rests.
const MAX_HOURS: u32 = 24 * 31;
/// Most days over which it is looked what is usual, and how many there are where nothing is said.
const MAX_DAYS: u32 = 365;
const DAYS: u32 = 28;
/// Most times that what is usual is taken.
const MAX_TIMES: f64 = 100.0;
/// Most roles of an alert.
const MAX_ROLES: usize = 20;

impl Compiling<'_> {
    pub(super) fn surge(&mut self, settings: &SurgeSettings, tags: &BTreeSet<String>) -> AlertRule {
        let watched = (&settings.tag, &settings.category);
        let subject = self.subject(("突增", "surge"), &settings.code, watched, tags);
        let of = settings.of.as_ref().map_or(Some(Counted::Complaints), |of| {
            Counted::ALL.iter().find(|(_, name)| name == of.get_ref()).map(|(counted, _)| *counted)
        });
        if let (None, Some(of)) = (of, &settings.of) {
            self.wrong(of.span(), "of 应为 complaints（诉求）或 tickets（工单）", "of is complaints or tickets");
        }
        let of = of.unwrap_or_default();
        let count = self.between("count", &settings.count, 2..=MAX_COUNT);
        let hours = self.between("hours", &settings.hours, 1..=MAX_HOURS);
        if let Some(days) = &settings.days {
            self.between("days", days, 1..=MAX_DAYS);
            if settings.times.is_none() {
                self.wrong(
                    days.span(),
                    "写了 days 却没有写 times：平时水平没有用处",
                    "days without times: what is usual is asked for by nothing",
                );
            }
        }
        let times = settings.times.as_ref().map(|times| {
            if !(1.0..=MAX_TIMES).contains(times.get_ref()) {
                let zh = format!("times 应在 1 到 {MAX_TIMES} 之间");
                self.wrong(times.span(), zh, format!("times is 1 to {MAX_TIMES}"));
            }
            *times.get_ref()
        });
        let days = settings.days.as_ref().map_or(DAYS, |days| *days.get_ref());
        AlertRule {
            kind: AlertKind::Surge,
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            subject,
            of,
            count,
            hours: Some(hours),
            level: settings.level,
            usual: times.map(|times| (times, days)),
            rest_hours: settings.rest_hours.as_ref().map(|hours| self.between("rest_hours", hours, 1..=MAX_HOURS)),
            to: self.roles(&settings.to, &settings.copy),
        }
    }

    pub(super) fn warning(&mut self, settings: &WarningSettings, tags: &BTreeSet<String>) -> AlertRule {
        let WarningSettings { code, name, words, without, categories, when, count, hours, level, .. } = settings;
        let has_own = !(words.is_empty() && without.is_empty() && categories.is_empty()) || when.is_some();
        let subject = match &settings.tag {
            Some(tag) => {
                if has_own {
                    self.wrong(
                        tag.span(),
                        "写了 tag 就不再写 words、without、categories、when：它们写在标签里",
                        "with a tag there are no words, without, categories and when: they are the tag's",
                    );
                }
                self.tagged(tag, tags)
            }
            None => Subject::Own(code.get_ref().clone()),
        };
        let several = count.as_ref().filter(|count| *count.get_ref() > 1);
        let rest_hours = settings.rest_hours.as_ref().map(|hours| self.between("rest_hours", hours, 1..=MAX_HOURS));
        if several.is_some() != hours.is_some() {
            self.wrong(
                code.span(),
                "count（大于 1）和 hours 应同时写：多少小时内有几件",
                "count above 1 and hours are written together: so many within so many hours",
            );
        } else if hours.is_none() && (rest_hours.is_some() || *level != crate::watch::AreaLevel::City) {
            self.wrong(
                code.span(),
                "一件就预警时，不写 level 和 rest_hours：每张工单预警一次",
                "where one complaint is enough there are no level and rest_hours: each ticket is told once",
            );
        }
        if settings.to.is_empty() {
            self.wrong(code.span(), "to 为空：没有收件人", "to is empty: there is no addressee");
        }
        AlertRule {
            kind: AlertKind::Warning,
            code: code.get_ref().clone(),
            name: name.clone(),
            subject,
            of: Counted::Complaints,
            count: count.as_ref().map_or(1, |count| self.between("count", count, 1..=MAX_COUNT)),
            hours: hours.as_ref().map(|hours| self.between("hours", hours, 1..=MAX_HOURS)),
            level: *level,
            usual: None,
            rest_hours,
            to: self.roles(&settings.to, &settings.copy),
        }
    }

    /// What is watched: a tag or a category.
    pub(super) fn subject(
        &mut self,
        (zh, en): (&str, &str),
        code: &Spanned<String>,
        watched: (&Option<Spanned<String>>, &Option<Spanned<String>>),
        tags: &BTreeSet<String>,
    ) -> Subject {
        match watched {
            (Some(tag), None) => self.tagged(tag, tags),
            (None, Some(category)) => {
                self.is_category(category);
                Subject::Category(category.get_ref().clone())
            }
            _ => {
                self.wrong(
                    code.span(),
                    format!("{zh}应写 tag 或 category 中的一项"),
                    format!("a {en} has either a tag or a category"),
                );
                Subject::Tag(String::new())
            }
        }
    }

    fn tagged(&mut self, tag: &Spanned<String>, tags: &BTreeSet<String>) -> Subject {
        let code = tag.get_ref();
        if !tags.contains(code) {
            self.wrong(tag.span(), format!("没有标签 {code}"), format!("there is no tag {code}"));
        }
        Subject::Tag(code.clone())
    }

    pub(super) fn between(&mut self, name: &str, value: &Spanned<u32>, range: std::ops::RangeInclusive<u32>) -> u32 {
        if !range.contains(value.get_ref()) {
            let (least, most) = (range.start(), range.end());
            self.wrong(
                value.span(),
                format!("{name} 应在 {least} 到 {most} 之间"),
                format!("{name} is {least} to {most}"),
            );
        }
        *value.get_ref()
    }

    pub(super) fn roles(&mut self, to: &[Spanned<String>], copy: &[Spanned<String>]) -> Vec<(Spanned<String>, bool)> {
        let roles: Vec<(Spanned<String>, bool)> =
            to.iter().map(|role| (role.clone(), false)).chain(copy.iter().map(|role| (role.clone(), true))).collect();
        if let Some((role, _)) = roles.get(MAX_ROLES) {
            let span = role.span();
            self.wrong(span, format!("收件人超过 {MAX_ROLES} 种"), format!("more than {MAX_ROLES} addressees"));
        }
        roles
    }
}

impl Watch {
    /// Says which roles of alerts and topics nobody has: `fault` gives what is wrong with a role, if anything.
    pub(crate) fn check_roles(
        &self,
        file: Option<&[u8]>,
        fault: &dyn Fn(&str) -> Option<(String, String)>,
        problems: &mut Vec<crate::city::Problem>,
    ) {
        let source = String::from_utf8_lossy(file.unwrap_or_default()).into_owned();
        let of_topics = self.topics.iter().flat_map(|rule| &rule.to).chain(&self.topic_roles);
        for (role, _) in self.alerts.iter().flat_map(|rule| &rule.to).chain(of_topics) {
            if let Some((zh, en)) = fault(role.get_ref()) {
                let problem = huiliu_adapter_api::SettingsProblem::new(role.span(), zh, en);
                problems.push(crate::city::Problem::at_span(super::FILE, &source, &problem));
            }
        }
    }
}
