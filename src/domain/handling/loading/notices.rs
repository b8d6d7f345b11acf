//! `[[notice]]` of `handling.toml` becomes rules, or problems with their places: whom it is for, and whether anybody is there.

use std::ops::Range;

use huiliu_adapter_api::{Problems, SettingsProblem};
use jiff::civil::Time;
use toml::Spanned;

use super::Compiling;
use crate::handling::notice::{NoticeRule, Role, UnitOf};
use crate::handling::settings::{HandlingSettings, NoticeSettings};
use crate::routing::Routing;

/// Longest time over which notices are grouped, and most notices of a day to one person or desk.
const MAX_GROUP_MINUTES: u32 = 720;
const MAX_PER_DAY: u32 = 10_000;
/// Most units that a remark names.
const MAX_NAMED: usize = 5;

impl Compiling<'_> {
    pub(super) fn notice(&mut self, settings: &NoticeSettings) -> NoticeRule {
        let mut to = Vec::new();
        if settings.to.is_empty() {
            self.wrong(settings.code.span(), "to 为空：没有收件人", "to is empty: there is no addressee");
        }
        for (text, is_copy) in
            settings.to.iter().map(|text| (text, false)).chain(settings.copy.iter().map(|text| (text, true)))
        {
            let role = Role::read(text.get_ref());
            self.somebody_has(&role, text);
            to.push((role, is_copy));
        }
        let quiet = settings.quiet.as_ref().and_then(|text| self.quiet(text));
        if let Some(minutes) =
            settings.group_minutes.as_ref().filter(|minutes| !(1..=MAX_GROUP_MINUTES).contains(minutes.get_ref()))
        {
            let zh = format!("group_minutes 应在 1 到 {MAX_GROUP_MINUTES} 之间");
            self.wrong(minutes.span(), zh, format!("group_minutes is 1 to {MAX_GROUP_MINUTES}"));
        }
        NoticeRule {
            code: settings.code.get_ref().clone(),
            title: settings.title.clone(),
            to,
            quiet,
            group_minutes: settings.group_minutes.as_ref().map(|minutes| *minutes.get_ref()),
            inhibits: settings.inhibits.iter().map(|code| code.get_ref().clone()).collect(),
            always: settings.always,
        }
    }

    fn quiet(&mut self, text: &Spanned<String>) -> Option<(Time, Time)> {
        let read = || {
            let (from, to) = text.get_ref().split_once(['-', '–', '—'])?;
            Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
        };
        let quiet = read().filter(|(from, to): &(Time, Time)| from != to);
        if quiet.is_none() {
            self.wrong(text.span(), "应为一段时间，如 22:00-07:00", "this is a part of a day, e.g. 22:00-07:00");
        }
        quiet
    }

    /// Whether notices take the place of notices that there are, other than themselves.
    pub(super) fn inhibited(&mut self, notices: &[NoticeSettings]) {
        for notice in notices {
            for code in &notice.inhibits {
                let is_another = code.get_ref() != notice.code.get_ref();
                if !is_another || !notices.iter().any(|known| known.code.get_ref() == code.get_ref()) {
                    let zh = format!("没有另一种通知叫 {}", code.get_ref());
                    self.wrong(code.span(), zh, format!("there is no other notice {}", code.get_ref()));
                }
            }
        }
    }

    pub(super) fn notices_are_sent(&mut self, settings: &HandlingSettings) {
        for notice in &settings.notices {
            let code = notice.code.get_ref();
            let second = settings.evaluation.as_ref().and_then(|evaluation| evaluation.second.as_ref());
            let is_sent = second.is_some_and(|second| second.get_ref() == code)
                || settings
                    .clocks
                    .iter()
                    .flat_map(|clock| &clock.alarms)
                    .any(|alarm| alarm.notice.as_ref().is_some_and(|notice| notice.get_ref() == code));
            if !is_sent {
                self.wrong(
                    notice.code.span(),
                    format!("没有一个时钟会发出 {code}：请在某个 alarm 里写 notice = \"{code}\"（或写成 [evaluation] 的 second），或删去它"),
                    format!("no clock sends {code}: name it in an alarm (or as second of [evaluation]), or remove it"),
                );
            }
        }
    }

    /// Units of whose matters a notice would be told to nobody, though somebody elsewhere has the role.
    pub(super) fn unaddressed(&self, notices: &[NoticeSettings], routing: &Routing) -> Problems {
        let mut notes = Problems::new();
        for notice in notices {
            let roles: Vec<Role> = notice.to.iter().map(|text| Role::read(text.get_ref())).collect();
            let is_told = |unit: &str| {
                roles.iter().any(|role| match &role.of {
                    UnitOf::Responsible => self.units.has_role(&role.name, unit),
                    UnitOf::Parent => {
                        self.units.parent(unit).is_some_and(|parent| self.units.has_role(&role.name, parent))
                    }
                    UnitOf::Of(_) => true,
                })
            };
            let nobody: Vec<&str> = routing.units().into_iter().filter(|unit| !is_told(unit)).collect();
            let Some((named, count)) = in_short(&nobody) else { continue };
            notes.push(SettingsProblem::new(
                notice.code.span(),
                format!("{count} 个承办单位的事项，这种通知没有收件人：{named}"),
                format!("of matters of {count} units nobody is sent this notice: {named}"),
            ));
        }
        notes
    }

    pub(super) fn per_day(&mut self, per_day: Option<&Spanned<u32>>) -> Option<u32> {
        let per_day = per_day?;
        if !(1..=MAX_PER_DAY).contains(per_day.get_ref()) {
            let zh = format!("per_day 应在 1 到 {MAX_PER_DAY} 之间");
            self.wrong(per_day.span(), zh, format!("per_day is 1 to {MAX_PER_DAY}"));
        }
        Some(*per_day.get_ref())
    }

    /// Whether a role has somebody who is told.
    pub(super) fn somebody_has(&mut self, role: &Role, text: &Spanned<String>) {
        if let UnitOf::Of(unit) = &role.of
            && self.units.get(unit).is_none()
        {
            return self.wrong(
                text.span(),
                format!("departments.csv 里没有单位 {unit}"),
                format!("department {unit} is not in departments.csv"),
            );
        }
        let roles = self.units.roles();
        let there = match &role.of {
            UnitOf::Of(unit) => self.units.has_role(&role.name, unit),
            UnitOf::Responsible | UnitOf::Parent => roles.contains(role.name.as_str()),
        };
        if !there {
            let known = roles.into_iter().collect::<Vec<_>>().join("、");
            self.wrong(
                text.span(),
                format!("handlers.csv 里没有人担任 {}，这份通知没有收件人；有：{known}", text.get_ref()),
                format!("nobody in handlers.csv has the role {}; there are: {known}", text.get_ref()),
            );
        }
        if role.of == UnitOf::Parent {
            self.somebody_stands_above(text.span());
        }
    }

    /// Whether any unit has one above it.
    pub(super) fn somebody_stands_above(&mut self, span: Range<usize>) {
        if !self.units.iter().any(|(_, unit)| unit.parent.is_some()) {
            self.wrong(
                span,
                "departments.csv 没有一个单位写了上级（parent 列）",
                "no unit in departments.csv has one above it (column parent)",
            );
        }
    }
}

/// The first of some units, and how many there are; none where there is none.
fn in_short(units: &[&str]) -> Option<(String, usize)> {
    let named: Vec<&str> = units.iter().take(MAX_NAMED).copied().collect();
    let rest = if units.len() > named.len() { " …" } else { "" };
    (!named.is_empty()).then(|| (format!("{}{rest}", named.join(", ")), units.len()))
}
