//! `reports.toml`: the reports of a city, and by when a matter is to be signed.

use std::collections::BTreeSet;

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::Language;
use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::key::unknown;
use super::schedule::{Schedule, ScheduleSettings};
use super::score::ScoreSettings;
use super::{Dimension, Figure, Period, Score};
use crate::bulletin::{self, Bulletin, BulletinSettings};
use crate::city::{Names, is_key_word, toml_problems};
use crate::reply_check::{self, ReplyRules, ReplySettings};

/// What lists the reports where a report's name stands: no report is called so.
pub const LIST: &str = "list";
/// Most reports of a city.
const MAX_REPORTS: usize = 100;
/// Most dimensions of a report.
const MAX_BY: usize = 3;
/// Most hours within which a matter is to be signed.
const MAX_SIGN_HOURS: u32 = 8_784;
/// The word for a chart of the score.
const SCORE: &str = "score";
/// Figures that are shown as charts where the city says nothing.
const USUAL_CHARTS: usize = 3;
/// Hours within which a matter is to be signed where the city says nothing.
const SIGN_HOURS: u32 = 24;

/// The reports of a city.
#[derive(Debug)]
pub struct Reports {
    /// Hours after which a signature is late.
    pub sign_within_hours: u32,
    /// Code of the clock that says whether a signature is late, where the ticket has it; none: the hours say it.
    pub sign: Option<String>,
    /// Code of the clock that stops when somebody gets in touch with the citizen; none: that is not counted.
    pub first_contact: Option<String>,
    /// The reports, in the order of the file.
    pub reports: Vec<Report>,
    /// The bulletins, in the order of the file.
    pub bulletins: Vec<Bulletin>,
    /// What is wrong with replies.
    pub replies: ReplyRules,
}

impl Default for Reports {
    fn default() -> Self {
        Self {
            sign_within_hours: SIGN_HOURS,
            sign: None,
            first_contact: None,
            reports: Vec::new(),
            bulletins: Vec::new(),
            replies: ReplyRules::default(),
        }
    }
}

/// One report.
#[derive(Debug)]
pub struct Report {
    /// Name in addresses and commands.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// What its rows are about.
    pub period: Period,
    /// What its rows are told apart by.
    pub by: Vec<Dimension>,
    /// Its columns.
    pub figures: Vec<Figure>,
    /// How its rows are scored.
    pub score: Option<Score>,
    /// What its page shows as charts.
    pub charts: Vec<Chart>,
    /// When it is made by itself.
    pub schedule: Option<Schedule>,
}

/// What a chart is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    /// One of the report's figures.
    Figure(Figure),
    /// The score.
    Score,
}

impl Chart {
    /// Reads the word: that of a figure, or `score`.
    fn from_word(word: &str) -> Option<Self> {
        if word == SCORE { Some(Self::Score) } else { Figure::from_word(word).map(Self::Figure) }
    }

    /// The figure that it is of; none where it is of the score.
    #[must_use]
    pub fn figure(self) -> Option<Figure> {
        match self {
            Self::Figure(figure) => Some(figure),
            Self::Score => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSettings {
    sign_within_hours: Option<Spanned<u32>>,
    sign: Option<Spanned<String>>,
    first_contact: Option<Spanned<String>>,
    #[serde(rename = "report", default)]
    reports: Vec<ReportSettings>,
    #[serde(rename = "bulletin", default)]
    bulletins: Vec<BulletinSettings>,
    replies: Option<ReplySettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportSettings {
    name: Spanned<String>,
    title: String,
    period: Spanned<String>,
    #[serde(default)]
    by: Vec<Spanned<String>>,
    figures: Spanned<Vec<Spanned<String>>>,
    charts: Option<Vec<Spanned<String>>>,
    schedule: Option<ScheduleSettings>,
    score: Option<ScoreSettings>,
}

impl Reports {
    /// One report.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Report> {
        self.reports.iter().find(|report| report.name == name)
    }

    /// One bulletin.
    #[must_use]
    pub fn bulletin(&self, name: &str) -> Option<&Bulletin> {
        self.bulletins.iter().find(|bulletin| bulletin.name == name)
    }

    /// Reads and checks the file; `names` are those of the city's codes.
    ///
    /// # Errors
    /// Everything that is wrong in it.
    pub fn load(source: &str, language: &Language, names: &Names) -> Result<Self, Problems> {
        let table = DeTable::parse(source).map_err(toml_problems)?;
        let settings = Settings::new(source, Spanned::new(table.span(), DeValue::Table(table.into_inner())));
        let file: FileSettings = settings.read()?;
        let mut problems = Problems::new();
        let mut complain = |at: std::ops::Range<usize>, zh: String, en: String| {
            problems.push(SettingsProblem::new(at, zh, en));
        };
        if let Some(hours) =
            file.sign_within_hours.as_ref().filter(|hours| !(1..=MAX_SIGN_HOURS).contains(hours.get_ref()))
        {
            complain(
                hours.span(),
                format!("签收时限应为 1 到 {MAX_SIGN_HOURS} 小时"),
                format!("the time to sign is 1 to {MAX_SIGN_HOURS} hours"),
            );
        }
        let clocks = [&file.sign, &file.first_contact].into_iter().flatten();
        for clock in clocks.filter(|clock| !names.clocks.contains_key(clock.get_ref())) {
            let code = clock.get_ref();
            complain(
                clock.span(),
                format!("handling.toml 里没有时钟 {code}"),
                format!("there is no clock {code} in handling.toml"),
            );
        }
        if file.reports.len() > MAX_REPORTS {
            complain(
                settings.span(),
                format!("报表最多 {MAX_REPORTS} 张"),
                format!("there are at most {MAX_REPORTS} reports"),
            );
        }
        check_names(&file.reports, &mut problems);
        let reports: Vec<Option<Report>> =
            file.reports.iter().map(|report| read(report, &settings, language, &mut problems)).collect();
        let bulletins = bulletin::load(&file.bulletins, &settings, language, names, &mut problems);
        let replies = reply_check::load(file.replies.as_ref(), &mut problems);
        match problems.is_empty() {
            true => Ok(Self {
                bulletins,
                replies,
                sign: file.sign.map(Spanned::into_inner),
                first_contact: file.first_contact.map(Spanned::into_inner),
                sign_within_hours: file.sign_within_hours.map_or(SIGN_HOURS, Spanned::into_inner),
                reports: reports.into_iter().flatten().collect(),
            }),
            false => Err(problems),
        }
    }
}

/// Names are words of addresses, each once.
fn check_names(reports: &[ReportSettings], problems: &mut Problems) {
    let mut taken = BTreeSet::new();
    for ReportSettings { name, .. } in reports {
        let (zh, en) = if name.get_ref() == LIST {
            (format!("{LIST} 用于列出全部报表，不能作报表名称"), format!("{LIST} lists all reports and names none"))
        } else if !is_key_word(name.get_ref()) {
            let zh = "报表名称只能用小写字母、数字和连字符，最多 40 个；给人看的名称写在 title";
            let en =
                "a report name has lower-case letters, digits and hyphens, at most 40; what people read is its title";
            (zh.to_owned(), en.to_owned())
        } else if !taken.insert(name.get_ref()) {
            let zh = "这张报表写了两次，请改名或删去一张";
            (zh.to_owned(), "there are two reports with this name; rename or remove one".to_owned())
        } else {
            continue;
        };
        problems.push(SettingsProblem::new(name.span(), zh, en));
    }
}

/// A report; none where something is wrong, which is among the problems then.
fn read(
    settings: &ReportSettings,
    file: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<Report> {
    let period = Period::from_word(settings.period.get_ref());
    if period.is_none() {
        unknown(&settings.period, ("周期", "period"), Period::ALL.iter().map(|(_, word)| *word), problems);
    }
    let dimensions = Dimension::ALL.iter().map(|(_, word, ..)| *word);
    let by = closed(&settings.by, Dimension::from_word, ("维度", "dimension"), dimensions, problems);
    let words = Figure::ALL.iter().map(|(_, word, ..)| *word);
    let figures = closed(settings.figures.get_ref(), Figure::from_word, ("指标", "figure"), words, problems);
    if settings.figures.get_ref().is_empty() {
        let (zh, en) = ("报表至少要有一个指标", "a report has at least one figure");
        problems.push(SettingsProblem::new(settings.figures.span(), zh, en));
    }
    if let Some(over) = settings.by.get(MAX_BY) {
        let (zh, en) = (format!("维度最多 {MAX_BY} 个"), format!("a report has at most {MAX_BY} dimensions"));
        problems.push(SettingsProblem::new(over.span(), zh, en));
    }
    let score = match &settings.score {
        Some(score) => {
            if settings.by.is_empty() {
                let (zh, en) = ("评分需要按维度分行，请写 by", "what is scored has rows: say by");
                problems.push(SettingsProblem::new(score.formula.span(), zh, en));
            }
            Some(score.read(file, language, problems)?)
        }
        None => None,
    };
    let charts = charts(settings, &figures, problems);
    let schedule = settings.schedule.as_ref().and_then(|schedule| schedule.read(period, problems));
    let (name, title) = (settings.name.get_ref().clone(), settings.title.clone());
    Some(Report { name, title, period: period?, by, figures, score, charts, schedule })
}

/// What is shown as charts: of its own columns those that are named, else the score and the first few.
fn charts(settings: &ReportSettings, figures: &[Figure], problems: &mut Problems) -> Vec<Chart> {
    let scored = settings.score.as_ref().map(|_| Chart::Score);
    let own: Vec<Chart> = figures.iter().copied().map(Chart::Figure).chain(scored).collect();
    let Some(words) = &settings.charts else {
        let usual = figures.iter().take(USUAL_CHARTS).copied().map(Chart::Figure);
        return scored.into_iter().chain(usual).collect();
    };
    let named = settings.figures.get_ref().iter().map(|word| word.get_ref().as_str());
    let known = named.chain(scored.map(|_| SCORE));
    let from_word = |word: &str| Chart::from_word(word).filter(|chart| own.contains(chart));
    closed(words, from_word, ("图表", "chart"), known, problems)
}

/// Words of a closed set, each once.
pub(super) fn closed<'a, T: PartialEq>(
    words: &[Spanned<String>],
    from_word: impl Fn(&str) -> Option<T>,
    names: (&str, &str),
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Problems,
) -> Vec<T> {
    let mut found = Vec::new();
    for word in words {
        match from_word(word.get_ref()) {
            None => unknown(word, names, known.clone(), problems),
            Some(value) if found.contains(&value) => {
                let (zh, en) = (format!("{}写了两次", names.0), format!("the {} is named twice", names.1));
                problems.push(SettingsProblem::new(word.span(), zh, en));
            }
            Some(value) => found.push(value),
        }
    }
    found
}
