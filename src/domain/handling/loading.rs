//! `handling.toml` becomes rules, or problems with their places.

mod acts;
mod clocks;
mod contradictions;
mod evaluation;
mod limits;
mod notices;
mod statuses;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::{Expression, Language, Variables};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::clocks::Clock;
use super::codes::Codes;
use super::joint::{JOINT_TABLE, Joint};
use super::notice::NoticeRule;
use super::rules::Handling;
use super::settings::HandlingSettings;
use super::units::Units;
use super::work_time::WorkTime;
use crate::city::{City, Confidential, Names, Problem, Table, is_key_word, toml_problems};
use crate::routing::Routing;

/// The file, relative to the pack.
pub const FILE: &str = "handling.toml";
/// Most clocks of a city, notices, limits and alarms of a clock.
const MAX_OF_A_KIND: usize = 64;
/// Longest limits in days.
const MAX_DAYS: u32 = 366;
/// Longest names, in characters.
const MAX_NAME_CHARS: usize = 50;

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
        let joint = Joint::load(tables.get(JOINT_TABLE), &units, &known, problems);
        let mut compiling = Compiling {
            source: &source,
            language,
            variables: Self::variables(city, names, &levels, &units),
            of_evaluation: Self::variables_of_evaluation(city, names, &levels, &units),
            units: &units,
            feeds,
            problems: Problems::new(),
        };
        let office = compiling.office(settings.office.hours.as_ref());
        // Hours that are wrong are said where they stand, and not once more by every limit.
        let has_office = settings.office.hours.is_some();
        compiling.names(&settings);
        if settings.is_too_long() {
            // What is far too long is compared with nothing.
            problems.extend(compiling.problems.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
            return Self::default();
        }
        compiling.levels_are_served(&settings.levels);
        let notices: Vec<NoticeRule> = settings.notices.iter().map(|notice| compiling.notice(notice)).collect();
        let clocks: Vec<Clock> =
            settings.clocks.iter().map(|clock| compiling.clock(clock, &settings.notices, has_office)).collect();
        compiling.unfulfilled(&settings.clocks, &clocks);
        compiling.notices_are_sent(&settings);
        let unaddressed = compiling.unaddressed(&settings.notices, routing);
        notes.extend(unaddressed.iter().map(|note| Problem::at_span(FILE, &source, note)));
        compiling.inhibited(&settings.notices);
        let holds = settings.holds.iter().filter_map(|hold| compiling.hold(hold, &settings.clocks)).collect();
        let acts = compiling.acts(&settings, has_office);
        let evaluating = settings.evaluation.as_ref().map(|given| compiling.evaluation(given, &settings.notices));
        let mut rules = Self {
            clocks,
            notices,
            notices_per_day: compiling.per_day(settings.all_notices.per_day.as_ref()),
            moves: compiling.moves(&settings.moves),
            acts,
            levels: settings.levels.iter().map(|level| (level.code.get_ref().clone(), level.name.clone())).collect(),
            holds,
            evaluating,
            codes: Codes::of(city, names),
            work: WorkTime::new(routing.zone().clone(), routing.calendar().clone(), office),
            ..Self::default()
        };
        let idle = compiling.never_happening(&settings, &rules);
        notes.extend(idle.iter().map(|note| Problem::at_span(FILE, &source, note)));
        problems.extend(compiling.problems.iter().map(|problem| Problem::at_span(FILE, &source, problem)));
        (rules.units, rules.joint) = (units.keeping(Arc::new(Confidential::from(&city.confidential))), joint);
        rules
    }
}

impl HandlingSettings {
    /// Whether it has more of a kind than a city can have.
    fn is_too_long(&self) -> bool {
        let sizes = [self.levels.len(), self.clocks.len(), self.notices.len(), self.holds.len()];
        sizes.iter().any(|size| *size > MAX_OF_A_KIND)
    }

    /// Everything that has a name, with its code.
    fn named(&self) -> impl Iterator<Item = (&str, &Spanned<String>)> {
        let levels = self.levels.iter().map(|level| (level.name.as_str(), &level.code));
        let clocks = self.clocks.iter().map(|clock| (clock.name.as_str(), &clock.code));
        let notices = self.notices.iter().map(|notice| (notice.title.as_str(), &notice.code));
        let holds = self.holds.iter().map(|hold| (hold.name.as_str(), &hold.code));
        levels.chain(clocks).chain(notices).chain(holds)
    }
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
    /// Whether codes and names can be told apart.
    fn names(&mut self, settings: &HandlingSettings) {
        self.codes(settings.levels.iter().map(|level| &level.code), "层级", "level");
        self.codes(settings.clocks.iter().map(|clock| &clock.code), "时钟", "clock");
        self.codes(settings.notices.iter().map(|notice| &notice.code), "通知", "notice");
        self.codes(settings.holds.iter().map(|hold| &hold.code), "待审清单", "hold");
        settings.named().for_each(|(name, code)| self.name(name, code));
    }

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
}
