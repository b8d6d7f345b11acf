//! Reports.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use huiliu_sheet::SheetError;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::shown::{Forms, Language, PeopleFile, REPORT_FORMS, Shown};
use crate::audit::AuditAction;
use crate::catalogue::{Locale, one_of};
use crate::city::Names;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::extract::{Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::report::{Dimension, Edition, Figure, Format, Measure, NotDrawn, NotWritten, Period, Report, Row, Standing};

/// Most days of a report.
const MAX_DAYS: i32 = 3_700;

/// A report by its name.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ReportPath {
    /// Its name in `reports.toml`.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))]
    #[schemars(example = &"units-monthly")]
    name: String,
}

/// Of what a report is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportQuery {
    /// Its first day, by the city's days.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Its last day; included.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// Code of a division: only of what lies in it.
    district: Option<String>,
    /// In which form: a document for programs (also where nothing is said), a page with charts, or a file for spreadsheets.
    #[serde(default)]
    #[schemars(example = &"html")]
    format: Form,
    /// Language of names, and of a page or the headings of a file; Chinese where nothing is said.
    #[serde(default)]
    #[schemars(example = &"zh")]
    language: Language,
}

/// A form of a report.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Form {
    #[default]
    Json,
    Html,
    Csv,
    Xlsx,
}

impl Form {
    fn of_people(self) -> Option<Format> {
        match self {
            Self::Json => None,
            Self::Html => Some(Format::Html),
            Self::Csv => Some(Format::Csv),
            Self::Xlsx => Some(Format::Xlsx),
        }
    }
}

/// A report of `reports.toml`.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportHead")]
pub(super) struct ReportHead {
    /// Name.
    #[schemars(example = &"units-monthly")]
    name: String,
    /// What people call it.
    #[schemars(example = &"单位月度排名")]
    title: String,
    /// What its rows are about.
    #[schemars(extend("enum" = Period::ALL.map(|(_, word)| word)))]
    period: &'static str,
    /// What its rows are told apart by.
    by: Vec<DimensionDocument>,
    /// Its columns.
    figures: Vec<FigureDocument>,
    /// Whether its rows are scored.
    scored: bool,
}

/// What rows are told apart by.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportDimension")]
pub(super) struct DimensionDocument {
    /// Word in settings.
    #[schemars(extend("enum" = Dimension::ALL.map(|(_, word, ..)| word)))]
    name: &'static str,
    /// Name in Chinese.
    #[schemars(example = &"承办单位")]
    zh: &'static str,
    /// Name in English.
    #[schemars(example = &"unit")]
    en: &'static str,
}

/// The words of all figures.
fn figures() -> Vec<&'static str> {
    Figure::ALL.iter().map(|(_, word, ..)| *word).collect()
}

/// A figure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportFigure")]
pub(super) struct FigureDocument {
    /// Word in settings.
    #[schemars(extend("enum" = figures()))]
    name: &'static str,
    /// Name in Chinese.
    #[schemars(example = &"满意率")]
    zh: &'static str,
    /// Name in English.
    #[schemars(example = &"satisfaction")]
    en: &'static str,
    /// What its number means: how many, a share (1 is all), hours, or a mean mark (1 to 5).
    #[schemars(extend("enum" = ["number", "share", "hours", "mark"]))]
    measure: &'static str,
}

/// The reports of the city.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReportList {
    /// In the order of `reports.toml`.
    reports: Vec<ReportHead>,
}

/// A report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Report")]
pub(super) struct ReportDocument {
    /// What it is.
    #[serde(flatten)]
    head: ReportHead,
    /// First day.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Last day.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// The division that it is of; null: the whole city.
    district: Option<String>,
    /// By period; of each the best score first, then the most complaints; last the row of all.
    rows: Vec<RowDocument>,
}

/// A row of a report.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportRow")]
pub(super) struct RowDocument {
    /// First day of its period.
    #[schemars(example = &"2026-11-01")]
    from: Date,
    /// Last day of its period.
    #[schemars(example = &"2026-11-30")]
    to: Date,
    /// What it is of, in the order of `by`; null in the row of all.
    codes: Option<Vec<CodeDocument>>,
    /// In the order of `figures`; null where there is nothing to tell one of, such as satisfaction without ratings.
    #[schemars(example = [128.0, 0.96])]
    figures: Vec<Option<f64>>,
    /// Where it stands, in reports that are scored.
    standing: Option<StandingDocument>,
}

/// A code with its name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportCode")]
pub(super) struct CodeDocument {
    /// Code; empty where there is none.
    #[schemars(example = &"urban-management")]
    code: String,
    /// Name, or the code again.
    #[schemars(example = &"综合行政执法局")]
    name: String,
}

/// Where a row stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ReportStanding")]
pub(super) struct StandingDocument {
    /// Score; null where a figure of the formula cannot be told.
    #[schemars(example = 91.5)]
    score: Option<f64>,
    /// Group of units that are compared with each other.
    #[schemars(example = &"a")]
    group: Option<String>,
    /// Place in the group, from 1.
    #[schemars(example = 1)]
    rank: Option<usize>,
    /// Grade.
    grade: Option<String>,
    /// How the score lies to the lines of the group.
    #[schemars(extend("enum" = ["below_base", "between", "bonus"]))]
    line: &'static str,
    /// Whether it is among the last of its group that are named.
    last: bool,
    /// In how many periods it was named one after the other, this one included; 0: it is not named.
    #[schemars(range(max = 12), example = 2)]
    in_a_row: usize,
    /// What follows from being named so often.
    #[schemars(example = &"约谈")]
    step: Option<String>,
}

impl Forms for ReportDocument {
    const FORMS: &'static [(Format, &'static str)] = REPORT_FORMS;
}

impl ReportHead {
    fn of(report: &Report) -> Self {
        let dimension = |dimension: &Dimension| {
            let (zh, en) = dimension.names();
            DimensionDocument { name: dimension.word(), zh, en }
        };
        let figure = |figure: &Figure| {
            let ((zh, en), measure) = (figure.names(), measure(figure.measure()));
            FigureDocument { name: figure.word(), zh, en, measure }
        };
        Self {
            name: report.name.clone(),
            title: report.title.clone(),
            period: report.period.word(),
            by: report.by.iter().map(dimension).collect(),
            figures: report.figures.iter().map(figure).collect(),
            scored: report.score.is_some(),
        }
    }
}

fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Number => "number",
        Measure::Share => "share",
        Measure::Hours => "hours",
        Measure::Mark => "mark",
    }
}

impl From<Standing> for StandingDocument {
    fn from(standing: Standing) -> Self {
        let (line, ..) = standing.line.words();
        let Standing { score, group, rank, grade, line: _, is_last, in_a_row, step } = standing;
        Self { score, group, rank, grade, line, last: is_last, in_a_row, step }
    }
}

impl RowDocument {
    fn of(row: Row, by: &[Dimension], names: &Names, locale: Locale) -> Self {
        let code = |(dimension, code): (&Dimension, String)| {
            let name = dimension.name_of(&code, names, locale).unwrap_or(&code).to_owned();
            CodeDocument { code, name }
        };
        Self {
            from: row.from,
            to: row.to,
            codes: row.codes.map(|codes| by.iter().zip(codes).map(code).collect()),
            figures: row.figures,
            standing: row.standing.map(Into::into),
        }
    }
}

pub(super) async fn list(
    Viewer(_caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ReportList> {
    Ok(Json(ReportList { reports: site.rules().reports.reports.iter().map(ReportHead::of).collect() }))
}

pub(super) async fn one(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(ReportPath { name }): Path<ReportPath>,
    Query(query): Query<ReportQuery>,
) -> Result<Shown<ReportDocument>, Problem> {
    let ReportQuery { from, to, district, format, language } = query;
    let rules = site.rules();
    let report = rules.reports.get(&name).ok_or_else(Problem::not_found)?;
    if to < from || (to - from).get_days() > MAX_DAYS {
        return Err(Problem::invalid(&format!("to must not be before from, nor more than {MAX_DAYS} days after it")));
    }
    // Years of sums take a moment: in the reader that holds up nothing else.
    let since = report.looks_back_to(from);
    let cells = site.searcher.ask(move |store| store.facts(since, to)).await?;
    let table = report.table(&cells, (from, to), district.as_deref());
    let looked = site.entry(AuditAction::LookReport, caller.actor()).about("report", [&name]);
    site.note(looked.counted(table.rows.len())).await?;
    if let Some(format) = format.of_people() {
        let (district, locale) = (district.as_deref(), language.locale());
        let edition = Edition { report, table: &table, days: (from, to), district, names: &rules.names, locale };
        let content = edition.written(format).map_err(|error| not_written(&error))?;
        return Ok(Shown::File(PeopleFile { format, name: edition.file_name(format), content }));
    }
    let rows =
        table.rows.into_iter().map(|row| RowDocument::of(row, &report.by, &rules.names, language.locale())).collect();
    Ok(Shown::Document(ReportDocument { head: ReportHead::of(report), from, to, district, rows }))
}

/// The days have more rows than a file takes; anything else is no fault of the caller.
fn not_written(error: &NotWritten) -> Problem {
    let code = match error {
        NotWritten::Sheet(SheetError::TooLarge) | NotWritten::Page(NotDrawn::TooLarge) => RefusalCode::InvalidRequest,
        NotWritten::Sheet(_) | NotWritten::Page(_) => RefusalCode::Internal,
    };
    let said = error.to_string();
    Problem::new(code, one_of(&said, Locale::Zh), one_of(&said, Locale::En))
}
