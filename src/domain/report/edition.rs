//! A report as people read it: headings and rows in their language, with names for codes.

use huiliu_sheet::Cell as Written;
use jiff::civil::Date;

use super::{Dimension, Line, Measure, Report, Row, Standing, Table};
use crate::catalogue::{Locale, say};
use crate::city::Names;

/// A report of certain days, for readers of one language.
#[derive(Debug)]
pub struct Edition<'a> {
    /// What it is.
    pub report: &'a Report,
    /// What it comes to.
    pub table: &'a Table,
    /// First and last day.
    pub days: (Date, Date),
    /// Code of the division that it is of; none: the whole city.
    pub district: Option<&'a str>,
    /// Names of codes.
    pub names: &'a Names,
    /// Language.
    pub locale: Locale,
}

impl Edition<'_> {
    /// What stands above its columns.
    #[must_use]
    pub fn headings(&self) -> Vec<String> {
        let mut headings = vec![say!(in self.locale; "report-from"), say!(in self.locale; "report-to")];
        headings.extend(self.dimensions());
        headings.extend(self.report.figures.iter().map(|figure| self.said(figure.names())));
        if self.report.score.is_some() {
            headings.extend(self.of_score());
        }
        headings
    }

    /// Its rows: of each a cell for every heading.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<Written>> {
        let row = |row: &Row| {
            let mut cells = vec![Written::Text(row.from.to_string()), Written::Text(row.to.to_string())];
            cells.extend(self.codes(row).into_iter().map(|name| match name.is_empty() {
                true => Written::Empty,
                false => Written::Text(name),
            }));
            let figures = self.report.figures.iter().zip(&row.figures);
            cells.extend(figures.map(|(figure, value)| number(*value, figure.measure())));
            if self.report.score.is_some() {
                cells.extend(self.standing(row.standing.as_ref()));
            }
            cells
        };
        self.table.rows.iter().map(row).collect()
    }

    /// Names of its dimensions.
    pub(super) fn dimensions(&self) -> Vec<String> {
        self.report.by.iter().map(|dimension| self.said(dimension.names())).collect()
    }

    /// What stands above the columns of a score.
    pub(super) fn of_score(&self) -> [String; 6] {
        [
            say!(in self.locale; "report-score"),
            say!(in self.locale; "report-group"),
            say!(in self.locale; "report-rank"),
            say!(in self.locale; "report-grade"),
            say!(in self.locale; "report-line"),
            say!(in self.locale; "report-last"),
        ]
    }

    /// What a row is of, by names; in the row of all the word for it and nothing more.
    pub(super) fn codes(&self, row: &Row) -> Vec<String> {
        let none = say!(in self.locale; "report-none");
        match &row.codes {
            Some(codes) => self.report.by.iter().zip(codes).map(|(by, code)| self.name(*by, code, &none)).collect(),
            None if self.report.by.is_empty() => Vec::new(),
            None => {
                let all = say!(in self.locale; "report-all");
                std::iter::once(all).chain(self.report.by.iter().skip(1).map(|_| String::new())).collect()
            }
        }
    }

    fn name(&self, dimension: Dimension, code: &str, none: &str) -> String {
        match dimension.name_of(code, self.names, self.locale) {
            Some(name) => name.to_owned(),
            None if code.is_empty() => none.to_owned(),
            None => code.to_owned(),
        }
    }

    fn standing(&self, standing: Option<&Standing>) -> [Written; 6] {
        let Some(standing) = standing else { return [const { Written::Empty }; 6] };
        let text = |text: Option<&String>| text.map_or(Written::Empty, |text| Written::Text(text.clone()));
        let line = self.line(standing.line);
        [
            standing.score.map_or(Written::Empty, Written::Decimal),
            text(standing.group.as_ref()),
            standing.rank.and_then(|rank| i64::try_from(rank).ok()).map_or(Written::Empty, Written::Integer),
            text(standing.grade.as_ref()),
            if line.is_empty() { Written::Empty } else { Written::from(line) },
            self.last(standing).map_or(Written::Empty, Written::Text),
        ]
    }

    /// Whether it is named, how often one after the other, and what follows.
    pub(super) fn last(&self, standing: &Standing) -> Option<String> {
        named(self.locale, standing.in_a_row, standing.step.as_deref())
    }

    /// How a score lies to the lines of its group, in words.
    pub(super) fn line(&self, line: Line) -> &'static str {
        let (_, zh, en) = line.words();
        self.locale.pick(zh, en)
    }

    /// One of two names.
    pub(super) fn said(&self, (zh, en): (&str, &str)) -> String {
        self.locale.pick(zh, en).to_owned()
    }
}

/// That somebody is named, in how many periods one after the other, and what follows; none where it is in no period.
#[must_use]
pub fn named(locale: Locale, in_a_row: usize, step: Option<&str>) -> Option<String> {
    let named = match in_a_row {
        0 => return None,
        1 => say!(in locale; "report-named"),
        periods => say!(in locale; "report-named-again", periods = periods),
    };
    Some(match step {
        Some(step) => format!("{named} · {step}"),
        None => named,
    })
}

/// A figure, with as many places as anybody reads.
fn number(value: Option<f64>, measure: Measure) -> Written {
    let places = match measure {
        Measure::Share => 10_000.0,
        Measure::Number | Measure::Hours | Measure::Mark => 100.0,
    };
    value.map_or(Written::Empty, |value| Written::Decimal((value * places).round() / places))
}
