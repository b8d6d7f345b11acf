//! `handling.toml` becomes rules, or problems with their places.

mod evaluation;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::{Expression, Language, Variables};
use jiff::civil::Time;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::clocks::{Alarm, AlarmAt, Clock, MAX_ALARMS};
use super::codes::Codes;
use super::holds::{self, HoldRule, HoldSettings, unattended};
use super::moment::Moment;
use super::notice::{NoticeRule, Role, UnitOf};
use super::rules::Handling;
use super::settings::{
    AlarmSettings, ClockSettings, HandlingSettings, Length, LevelSettings, LimitSettings, NoticeSettings,
};
use super::units::Units;
use super::work_time::{OfficeHours, WorkTime};
use crate::city::{City, Names, Problem, Table, is_key_word, toml_problems};
use crate::routing::Routing;
use crate::ticket::{Before, DayEnd, EventKind, Status, TimeLimit, TimeUnit};

/// The file, relative to the pack.
pub const FILE: &str = "handling.toml";
/// Most clocks of a city, notices, limits and alarms of a clock.
pub(super) const MAX_OF_A_KIND: usize = 64;
/// Longest limits: in days, in hours.
pub(super) const MAX_DAYS: u32 = 366;
const MAX_HOURS: u32 = 8_784;
const MAX_MINUTES: u32 = 600_000;
/// Longest time over which notices are grouped, and most notices of a day to one person or desk.
const MAX_GROUP_MINUTES: u32 = 720;
const MAX_PER_DAY: u32 = 10_000;
/// Most units that a remark names.
const MAX_NAMED: usize = 5;
/// Longest names, in characters.
const MAX_NAME_CHARS: usize = 50;
/// Most repetitions of an alarm, and the largest share of the time at which there is one.
const MAX_REPEATS: u16 = 60;
const MAX_SHARE: u32 = 1_000;

impl Handling {
    /// Reads the file and the tables of units. Without the file there are the units alone. `feeds` are the names of all feeds and
    /// destinations.
    pub(crate) fn load(
        file: Option<&[u8]>,
        language: &Language,
        (city, names, feeds): (&City, &Names, Vec<&str>),
        routing: &Routing,
        tables: &BTreeMap<String, Table>,
        (notes, problems): (&mut Vec<Problem>, &mut Vec<Problem>),
    ) -> Self {
        let source = String::from_utf8_lossy(file.unwrap_or_default()).into_owned();
        let settings = match read(&source) {
            Ok(settings) => settings,
            // What is wrong with tables that name its levels is not to be seen before it can be read.
            Err(found) => {
                problems.extend(found.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
                return Self::default();
            }
        };
        let levels: Vec<&str> = settings.levels.iter().map(|level| level.code.get_ref().as_str()).collect();
        let known = |code: &str| code == city.code || names.district(code).is_some();
        let units = Units::load(tables, file.is_some().then_some(levels.as_slice()), &known, problems);
        let mut compiling = Compiling {
            source: &source,
            language,
            variables: Self::variables(city, names, &levels),
            of_evaluation: Self::variables_of_evaluation(city, names, &levels),
            units: &units,
            feeds,
            problems: Problems::new(),
        };
        let office = compiling.office(settings.office.hours.as_ref());
        let has_office = !office.is_empty();
        compiling.codes(settings.levels.iter().map(|level| &level.code), "层级", "level");
        compiling.codes(settings.clocks.iter().map(|clock| &clock.code), "时钟", "clock");
        compiling.codes(settings.notices.iter().map(|notice| &notice.code), "通知", "notice");
        let named = settings.levels.iter().map(|level| (level.name.as_str(), &level.code));
        let named = named.chain(settings.clocks.iter().map(|clock| (clock.name.as_str(), &clock.code)));
        let named = named.chain(settings.notices.iter().map(|notice| (notice.title.as_str(), &notice.code)));
        let named = named.chain(settings.holds.iter().map(|hold| (hold.name.as_str(), &hold.code)));
        named.for_each(|(name, code)| compiling.name(name, code));
        compiling.levels_are_served(&settings.levels);
        let notices: Vec<NoticeRule> = settings.notices.iter().map(|notice| compiling.notice(notice)).collect();
        let clocks =
            settings.clocks.iter().map(|clock| compiling.clock(clock, &settings.notices, has_office)).collect();
        compiling.notices_are_sent(&settings);
        let unaddressed = compiling.unaddressed(&settings.notices, routing);
        notes.extend(unaddressed.iter().map(|note| Problem::at_span(FILE, &source, note)));
        compiling.inhibited(&settings.notices);
        let notices_per_day = compiling.per_day(settings.all_notices.per_day.as_ref());
        compiling.codes(settings.holds.iter().map(|hold| &hold.code), "待审清单", "hold");
        let holds = settings.holds.iter().filter_map(|hold| compiling.hold(hold, &settings.clocks)).collect();
        let moves = compiling.moves(&settings.moves);
        let acts = compiling.acts(&settings, has_office);
        let evaluating = settings.evaluation.as_ref().map(|given| compiling.evaluation(given, &settings.notices));
        problems.extend(compiling.problems.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
        let levels = settings.levels.iter().map(|level| (level.code.get_ref().clone(), level.name.clone())).collect();
        let work = WorkTime::new(routing.zone().clone(), routing.calendar().clone(), office);
        Self {
            clocks,
            notices,
            notices_per_day,
            moves,
            acts,
            levels,
            holds,
            evaluating,
            units,
            codes: Codes::of(city, names),
            work,
        }
    }
}

/// The first of some units, and how many there are; none where there is none.
fn in_short(units: &[&str]) -> Option<(String, usize)> {
    let named: Vec<&str> = units.iter().take(MAX_NAMED).copied().collect();
    let rest = if units.len() > named.len() { " …" } else { "" };
    (!named.is_empty()).then(|| (format!("{}{rest}", named.join(", ")), units.len()))
}

/// Whether a matter of this status can come to an end.
fn ends(moves: &BTreeMap<&'static str, Vec<Status>>, from: Status) -> bool {
    let (mut seen, mut next) = (vec![from], vec![from]);
    while let Some(status) = next.pop() {
        let Some(allowed) = moves.get(status.wire()).filter(|_| !status.is_final()) else { return true };
        let new: Vec<Status> = allowed.iter().copied().filter(|status| !seen.contains(status)).collect();
        seen.extend(&new);
        next.extend(new);
    }
    false
}

fn read(source: &str) -> Result<HandlingSettings, Problems> {
    let table = DeTable::parse(source).map_err(toml_problems)?;
    let value = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    Settings::new(source, value).read()
}

/// The file while it is read.
pub(super) struct Compiling<'a> {
    source: &'a str,
    language: &'a Language,
    variables: Variables,
    /// What expressions of `[evaluation]` know.
    of_evaluation: Variables,
    pub units: &'a Units,
    /// Names of all feeds and destinations.
    pub feeds: Vec<&'a str>,
    problems: Problems,
}

impl Compiling<'_> {
    pub(super) fn wrong(&mut self, span: Range<usize>, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(SettingsProblem::new(span, zh, en));
    }

    pub(super) fn expression(&mut self, text: &Spanned<String>) -> Option<Expression> {
        let variables = self.variables.clone();
        self.expression_over(text, &variables)
    }

    fn expression_over(&mut self, text: &Spanned<String>, variables: &Variables) -> Option<Expression> {
        match self.language.expression(text.get_ref(), variables) {
            Ok(expression) => Some(expression),
            Err(faults) => {
                let place = |fault| SettingsProblem::from_fault(fault, &text.span(), self.source);
                self.problems.extend(faults.iter().map(place));
                None
            }
        }
    }

    fn office(&mut self, hours: Option<&Spanned<Vec<String>>>) -> OfficeHours {
        let Some(hours) = hours else { return OfficeHours::default() };
        OfficeHours::read(hours.get_ref()).unwrap_or_else(|| {
            self.wrong(
                hours.span(),
                "办公时间应为一段或几段先后相接的时间，如 [\"08:30-12:00\", \"14:00-17:30\"]",
                "office hours are parts of a day one after the other, e.g. [\"08:30-12:00\", \"14:00-17:30\"]",
            );
            OfficeHours::default()
        })
    }

    /// Whether a name says something, in a line of its own.
    fn name(&mut self, name: &str, code: &Spanned<String>) {
        let fits = (1..=MAX_NAME_CHARS).contains(&name.trim().chars().count());
        if !fits || name.chars().any(char::is_control) {
            self.wrong(
                code.span(),
                format!("名称（name、title）应为 1 到 {MAX_NAME_CHARS} 个字，不能换行"),
                format!("a name or title has 1 to {MAX_NAME_CHARS} characters in one line"),
            );
        }
    }

    /// Whether codes can be codes, each once.
    pub(super) fn codes<'c>(&mut self, codes: impl Iterator<Item = &'c Spanned<String>>, zh: &str, en: &str) {
        let mut seen = BTreeSet::new();
        for (number, code) in codes.enumerate() {
            if !is_key_word(code.get_ref()) {
                self.wrong(
                    code.span(),
                    format!("{zh}代码只能用小写字母、数字和连字符"),
                    format!("a {en} code has lower-case letters, digits and hyphens"),
                );
            }
            if !seen.insert(code.get_ref().as_str()) {
                self.wrong(code.span(), format!("这个{zh}写了两次"), format!("there are two {en}s with this code"));
            }
            if number == MAX_OF_A_KIND {
                self.wrong(
                    code.span(),
                    format!("{zh}超过 {MAX_OF_A_KIND} 个"),
                    format!("more than {MAX_OF_A_KIND} {en}s"),
                );
            }
        }
    }

    fn levels_are_served(&mut self, levels: &[LevelSettings]) {
        for level in levels {
            let code = level.code.get_ref();
            if !self.units.iter().any(|(_, unit)| unit.level.as_deref() == Some(code)) {
                self.wrong(
                    level.code.span(),
                    format!("没有一个单位属于层级 {code}：请在 departments.csv 的 level 列填写，或删去这个层级"),
                    format!(
                        "no unit is of level {code}: fill in the column level of departments.csv, or remove the level"
                    ),
                );
            }
        }
    }

    fn notices_are_sent(&mut self, settings: &HandlingSettings) {
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

    fn hold(&mut self, settings: &HoldSettings, clocks: &[ClockSettings]) -> Option<HoldRule> {
        let Some(before) = Before::from_word(settings.before.get_ref()) else {
            let zh = "before 应为 dispatch（分派前）或 closing（办结前）";
            self.wrong(settings.before.span(), zh, "before is `dispatch` or `closing`");
            return None;
        };
        let starts: Vec<&str> =
            clocks.iter().flat_map(|clock| &clock.start).map(|word| word.get_ref().as_str()).collect();
        if let Some((span, zh, en)) = unattended(settings, before, &starts) {
            self.wrong(span, zh, en);
        }
        for name in settings.by.iter().filter(|name| name.get_ref().trim().is_empty()) {
            self.wrong(name.span(), "by 里的名字不能为空", "a name of by cannot be empty");
        }
        let variables = holds::variables(before, self.variables.clone());
        let when = self.expression_over(&settings.when, &variables)?;
        let by = settings.by.iter().map(|name| name.get_ref().clone()).collect();
        Some(HoldRule { code: settings.code.get_ref().clone(), name: settings.name.clone(), before, when, by })
    }

    /// Which statuses may follow each other: by what platforms may say, and so that every matter can come to an end.
    fn moves(
        &mut self,
        settings: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    ) -> BTreeMap<&'static str, Vec<Status>> {
        let mut moves = BTreeMap::new();
        for (from, followers) in settings {
            let Some(status) = self.status(from, &Status::ALL.map(|(status, ..)| status)) else { continue };
            let allowed: Vec<Status> =
                followers.iter().filter_map(|to| self.status(to, &Status::SET_BY_PLATFORMS)).collect();
            if allowed.is_empty() && followers.is_empty() && !status.is_final() {
                self.wrong(
                    from.span(),
                    format!("{} 之后什么也不许，事项永远办不完", status.wire()),
                    format!("nothing may follow {}: such a matter never ends", status.wire()),
                );
            }
            moves.insert(status.wire(), allowed);
        }
        for from in settings.keys() {
            let Some(status) = Status::from_wire(from.get_ref()).filter(|status| !status.is_final()) else { continue };
            if !ends(&moves, status) {
                self.wrong(
                    from.span(),
                    format!("从 {} 出发到不了办结（resolved、closed、rejected）", status.wire()),
                    format!("{} leads to no end (resolved, closed, rejected)", status.wire()),
                );
            }
        }
        moves
    }

    fn status(&mut self, word: &Spanned<String>, known: &[Status]) -> Option<Status> {
        let status = Status::from_wire(word.get_ref()).filter(|status| known.contains(status));
        if status.is_none() {
            let words: Vec<&str> = known.iter().map(|status| status.wire()).collect();
            self.wrong(
                word.span(),
                format!("没有 {} 这个状态；可用：{}", word.get_ref(), words.join("、")),
                format!("there is no status {}; there are: {}", word.get_ref(), words.join(", ")),
            );
        }
        status
    }

    fn notice(&mut self, settings: &NoticeSettings) -> NoticeRule {
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

    /// Whether notices take the place of notices that there are, other than themselves.
    fn inhibited(&mut self, notices: &[NoticeSettings]) {
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

    /// Units of whose matters a notice would be told to nobody, though somebody elsewhere has the role.
    fn unaddressed(&self, notices: &[NoticeSettings], routing: &Routing) -> Problems {
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

    fn per_day(&mut self, per_day: Option<&Spanned<u32>>) -> Option<u32> {
        let per_day = per_day?;
        if !(1..=MAX_PER_DAY).contains(per_day.get_ref()) {
            let zh = format!("per_day 应在 1 到 {MAX_PER_DAY} 之间");
            self.wrong(per_day.span(), zh, format!("per_day is 1 to {MAX_PER_DAY}"));
        }
        Some(*per_day.get_ref())
    }

    /// Whether a role has somebody who is told.
    fn somebody_has(&mut self, role: &Role, text: &Spanned<String>) {
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

    fn clock(&mut self, settings: &ClockSettings, notices: &[NoticeSettings], has_office: bool) -> Clock {
        let [start, stop, pause, resume] =
            [&settings.start, &settings.stop, &settings.pause, &settings.resume].map(|words| self.moments(words));
        self.can_run(settings, &start, &stop);
        let when = settings.when.as_ref().and_then(|when| self.expression(when));
        let mut limits = Vec::new();
        for (number, limit) in settings.limit.iter().enumerate() {
            if limit.when.is_none() && number + 1 < settings.limit.len() {
                self.wrong(
                    settings.code.span(),
                    format!("第 {} 条 limit 没有 when，后面的 limit 永远用不上", number + 1),
                    format!("limit {} has no when, so those behind it never count", number + 1),
                );
            }
            let when = limit.when.as_ref().and_then(|when| self.expression(when));
            limits.extend(self.limit(limit, &settings.code, has_office).map(|limit| (when, limit)));
        }
        let alarms: Vec<Alarm> = settings
            .alarms
            .iter()
            .filter_map(|alarm| self.alarm(alarm, notices, (&settings.code, has_office)))
            .collect();
        let told: usize = alarms.iter().map(|alarm| 1 + usize::from(alarm.repeat.map_or(0, |(_, times)| times))).sum();
        if told > MAX_ALARMS || settings.limit.len() > MAX_OF_A_KIND {
            self.wrong(
                settings.code.span(),
                format!("提醒连同重复超过 {MAX_ALARMS} 次，或 limit 超过 {MAX_OF_A_KIND} 条"),
                format!("more than {MAX_ALARMS} alarms with their repetitions, or more than {MAX_OF_A_KIND} limits"),
            );
        }
        Clock {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            start,
            stop,
            pause,
            resume,
            when,
            again: settings.again,
            limits,
            alarms,
        }
    }

    fn moments(&mut self, words: &[Spanned<String>]) -> Vec<Moment> {
        let mut moments = Vec::new();
        for word in words {
            match Moment::read(word.get_ref()) {
                Some(moment) => moments.push(moment),
                None => {
                    let known = Moment::words();
                    self.wrong(
                        word.span(),
                        format!("没有 {} 这个时刻；可用：{}", word.get_ref(), known.join("、")),
                        format!("there is no moment {}; there are: {}", word.get_ref(), known.join(", ")),
                    );
                }
            }
        }
        moments
    }

    /// Contradictions of a clock: one that nothing begins or stops, or that waits for ever.
    fn can_run(&mut self, settings: &ClockSettings, start: &[Moment], stop: &[Moment]) {
        let code = || settings.code.span();
        if settings.start.is_empty() {
            self.wrong(code(), "start 为空：这个时钟永远不会开始", "start is empty: the clock never begins");
        }
        if settings.stop.is_empty() {
            self.wrong(code(), "stop 为空：这个时钟没有人能停下", "stop is empty: nobody can stop the clock");
        }
        if settings.limit.is_empty() {
            self.wrong(code(), "没有 limit：不知道多久到期", "there is no limit: nobody knows when it is due");
        }
        if let Some(word) = settings.stop.iter().find(|word| settings.start.iter().any(|other| other == *word)) {
            let zh = format!("{} 既开始又停下这个时钟", word.get_ref());
            self.wrong(word.span(), zh, format!("{} both begins and stops the clock", word.get_ref()));
        }
        if !settings.pause.is_empty() && settings.resume.is_empty() {
            self.wrong(
                code(),
                "有 pause 而没有 resume：停住后不会再走",
                "pause without resume: it would stand still for ever",
            );
        }
        if settings.pause.is_empty() && !settings.resume.is_empty() {
            self.wrong(code(), "有 resume 而没有 pause", "resume without pause");
        }
        // A moment that does two things at once does neither as it is meant.
        let twice = [
            (&settings.pause, "pause", &settings.resume, "resume"),
            (&settings.pause, "pause", &settings.stop, "stop"),
            (&settings.pause, "pause", &settings.start, "start"),
            (&settings.resume, "resume", &settings.stop, "stop"),
        ];
        for (one, what, two, other) in twice {
            if let Some(word) = one.iter().find(|word| two.iter().any(|known| known == *word)) {
                let zh = format!("{} 既在 {what} 又在 {other}", word.get_ref());
                self.wrong(word.span(), zh, format!("{} stands in {what} and in {other}", word.get_ref()));
            }
        }
        // What runs while a matter is handled has to end with it, however it ends.
        let finals = [Status::Resolved, Status::Closed, Status::Rejected];
        let is_final = |moment: &Moment| match moment {
            Moment::Finished => true,
            Moment::Status(status) => status.is_final(),
            // Nobody is called back before the end.
            Moment::Event(kind) => *kind == EventKind::CallbackDue,
            Moment::Made => false,
        };
        let begins_open = start.iter().any(|moment| !is_final(moment));
        let stops = |status: &Status| stop.contains(&Moment::Status(*status)) || stop.contains(&Moment::Finished);
        let missing: Vec<&str> = finals.iter().filter(|status| !stops(status)).map(|status| status.wire()).collect();
        if begins_open && !stop.is_empty() && !missing.is_empty() {
            self.wrong(
                code(),
                format!("办结后它停不下来：stop 里缺 {}（写 finished 即包括全部）", missing.join("、")),
                format!(
                    "it goes on when the matter is finished: stop lacks {} (`finished` is all)",
                    missing.join(", ")
                ),
            );
        }
    }

    fn limit(&mut self, settings: &LimitSettings, code: &Spanned<String>, has_office: bool) -> Option<TimeLimit> {
        let flags = [(&settings.at_once, TimeUnit::Minutes), (&settings.deadline, TimeUnit::Deadline)];
        let flags = flags.iter().filter_map(|(flag, unit)| {
            let flag = flag.as_ref()?;
            Some((flag.span(), 0, *unit, flag.get_ref().then_some(()).is_some()))
        });
        let amounts = [
            (&settings.minutes, TimeUnit::Minutes, 1, 1, MAX_MINUTES),
            (&settings.hours, TimeUnit::Minutes, 60, 1, MAX_HOURS),
            (&settings.office_minutes, TimeUnit::OfficeMinutes, 1, 1, MAX_MINUTES),
            (&settings.office_hours, TimeUnit::OfficeMinutes, 60, 1, MAX_HOURS),
            (&settings.natural_days, TimeUnit::NaturalDays, 1, 0, MAX_DAYS),
            (&settings.working_days, TimeUnit::WorkingDays, 1, 0, MAX_DAYS),
        ];
        let amounts = amounts.iter().filter_map(|(amount, unit, factor, least, most)| {
            let amount = amount.as_ref()?;
            let fits = (*least..=*most).contains(amount.get_ref());
            Some((amount.span(), amount.get_ref().saturating_mul(*factor), *unit, fits))
        });
        let found: Vec<_> = flags.chain(amounts).collect();
        let [(span, amount, unit, fits)] = found.as_slice() else {
            self.wrong(
                code.span(),
                "每条 limit 要写且只写一种长度：at_once、deadline、minutes、hours、office_minutes、office_hours、natural_days、working_days",
                "each limit has exactly one length: at_once, deadline, minutes, hours, office_minutes, office_hours, natural_days, working_days",
            );
            return None;
        };
        if !fits {
            self.wrong(
                span.clone(),
                format!(
                    "时限超出范围：minutes 1 到 {MAX_MINUTES}，hours 1 到 {MAX_HOURS}，天数 0 到 {MAX_DAYS}；at_once、deadline 只能写 true"
                ),
                format!(
                    "the limit is out of range: minutes 1 to {MAX_MINUTES}, hours 1 to {MAX_HOURS}, days 0 to {MAX_DAYS}; at_once and deadline can only be true"
                ),
            );
        }
        if *unit == TimeUnit::OfficeMinutes && !has_office {
            self.wrong(span.clone(), "没有写 [office] hours，不知道何时办公", "there are no [office] hours");
        }
        let until = self.until(settings.until.as_ref());
        if let Some(text) = settings.until.as_ref().filter(|_| until == DayEnd::Office && !has_office) {
            self.wrong(text.span(), "没有写 [office] hours，不知道何时下班", "there are no [office] hours to end with");
        }
        if settings.counts_first_day && *amount == 0 {
            let en = "counts_first_day says nothing of a limit of 0 days";
            self.wrong(span.clone(), "0 天的时限本来就是当日，不能再写 counts_first_day", en);
        }
        let limit = TimeLimit { amount: *amount, unit: *unit, until, counts_first_day: settings.counts_first_day };
        if !unit.is_days() && (until != DayEnd::SameTime || settings.counts_first_day) {
            self.wrong(
                span.clone(),
                "until 和 counts_first_day 只用于以天计的时限",
                "until and counts_first_day are for limits in days",
            );
        }
        if unit.is_days() && until == DayEnd::SameTime && (*amount == 0 || (*amount == 1 && limit.counts_first_day)) {
            self.wrong(
                span.clone(),
                "当日到期要写 until = \"day\" 或 \"office\"",
                "what is due the same day needs until = \"day\" or \"office\"",
            );
        }
        Some(limit)
    }

    fn until(&mut self, text: Option<&Spanned<String>>) -> DayEnd {
        let Some(text) = text else { return DayEnd::SameTime };
        DayEnd::from_name(text.get_ref()).unwrap_or_else(|| {
            let known = DayEnd::ALL.map(|(_, name)| name).join(", ");
            self.wrong(text.span(), format!("until 应为其一：{known}"), format!("until is one of {known}"));
            DayEnd::SameTime
        })
    }

    fn alarm(
        &mut self,
        settings: &AlarmSettings,
        notices: &[NoticeSettings],
        (code, has_office): (&Spanned<String>, bool),
    ) -> Option<Alarm> {
        let escalates = settings.escalate.as_ref().is_some_and(|escalate| *escalate.get_ref());
        let span = settings.notice.as_ref().map(Spanned::span);
        let span = span.or(settings.escalate.as_ref().map(Spanned::span)).unwrap_or_else(|| code.span());
        if escalates {
            self.somebody_stands_above(span.clone());
        } else if settings.notice.is_none() {
            self.wrong(
                span.clone(),
                "每个 alarm 要写 notice（发通知）或 escalate = true（上报上级），或两样都写",
                "each alarm has notice, or escalate = true, or both",
            );
        }
        let place = |code: &Spanned<String>| notices.iter().position(|notice| notice.code.get_ref() == code.get_ref());
        let notice = settings.notice.as_ref().and_then(place);
        if let Some(unknown) = settings.notice.as_ref().filter(|_| notice.is_none()) {
            let zh = format!("没有通知 {}", unknown.get_ref());
            self.wrong(span.clone(), zh, format!("there is no notice {}", unknown.get_ref()));
        }
        let at = match (&settings.share, settings.before, settings.after) {
            (Some(share), None, None) => {
                if !(1..=MAX_SHARE).contains(share.get_ref()) {
                    self.wrong(share.span(), "应为 1 到 1000 的百分比", "this is a percentage from 1 to 1000");
                }
                Some(AlarmAt::Share(*share.get_ref()))
            }
            (None, Some(before), None) => self.before(before, span.clone()).map(AlarmAt::Before),
            (None, None, Some(after)) => self.length(after, span.clone(), has_office).map(AlarmAt::After),
            _ => {
                self.wrong(
                    span.clone(),
                    "每个 alarm 要写且只写 share、before、after 之一",
                    "each alarm has exactly one of share, before and after",
                );
                None
            }
        };
        let repeat = settings.repeat.as_ref().and_then(|repeat| {
            if !(1..=MAX_REPEATS).contains(repeat.times.get_ref()) {
                self.wrong(repeat.times.span(), "重复次数应为 1 到 60", "times is 1 to 60");
            }
            Some((self.length(repeat.every, span.clone(), has_office)?, *repeat.times.get_ref()))
        });
        Some(Alarm { at: at?, notice, escalates, repeat })
    }

    fn before(&mut self, length: Length, span: Range<usize>) -> Option<i64> {
        let (amount, seconds) = match length {
            Length::Minutes(amount) => (amount, 60),
            Length::Hours(amount) => (amount, 3_600),
            Length::NaturalDays(amount) => (amount, 86_400),
            Length::OfficeHours(_) | Length::WorkingDays(_) => {
                self.wrong(
                    span,
                    "before 用 minutes、hours 或 natural_days；按工作时间提前请用 share",
                    "before is in minutes, hours or natural_days; use share to count working time",
                );
                return None;
            }
        };
        self.in_range(length, amount, span)?;
        Some(i64::from(amount) * seconds)
    }

    pub(super) fn length(&mut self, length: Length, span: Range<usize>, has_office: bool) -> Option<TimeLimit> {
        let (amount, factor, unit) = match length {
            Length::Minutes(amount) => (amount, 1, TimeUnit::Minutes),
            Length::Hours(amount) => (amount, 60, TimeUnit::Minutes),
            Length::OfficeHours(amount) => (amount, 60, TimeUnit::OfficeMinutes),
            Length::NaturalDays(amount) => (amount, 1, TimeUnit::NaturalDays),
            Length::WorkingDays(amount) => (amount, 1, TimeUnit::WorkingDays),
        };
        if unit == TimeUnit::OfficeMinutes && !has_office {
            self.wrong(span.clone(), "没有写 [office] hours，不知道何时办公", "there are no [office] hours");
        }
        self.in_range(length, amount, span)?;
        Some(TimeLimit { amount: amount * factor, unit, until: DayEnd::SameTime, counts_first_day: false })
    }

    fn in_range(&mut self, length: Length, amount: u32, span: Range<usize>) -> Option<()> {
        let most = match length {
            Length::Minutes(_) => MAX_MINUTES,
            Length::Hours(_) | Length::OfficeHours(_) => MAX_HOURS,
            Length::NaturalDays(_) | Length::WorkingDays(_) => MAX_DAYS,
        };
        if !(1..=most).contains(&amount) {
            self.wrong(span, format!("应为 1 到 {most}"), format!("this is 1 to {most}"));
            return None;
        }
        Some(())
    }
}
