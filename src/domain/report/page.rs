//! A report as a page: key figures, who is named, charts and tables.

mod charts;

use jiff::civil::Date;
use serde::Serialize;

use self::charts::ChartGroup;
use super::chart::Failed;
use super::{Edition, Figure, Measure, Row};
use crate::catalogue::say;
use crate::page::{self, PageError};

/// The template.
const TEMPLATE: &str = include_str!("page.html");
/// Most rows of a page.
const MAX_ROWS: usize = 20_000;
/// Why a report cannot be made a page.
#[derive(Debug, thiserror::Error)]
pub enum NotDrawn {
    /// It would have more rows than anybody reads.
    #[error(
        "网页最多 {MAX_ROWS} 行：请缩短日期，或用 xlsx (a page has at most {MAX_ROWS} rows: ask for fewer days, or for xlsx)"
    )]
    TooLarge,
    /// Its template.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A chart.
    #[error("图表画不成：{0} (a chart cannot be drawn: {0})")]
    Chart(#[from] Failed),
}

#[derive(Serialize)]
struct PageView {
    city: String,
    title: String,
    days: String,
    district: Option<String>,
    newest: String,
    cards: Vec<Card>,
    named: Vec<String>,
    charts: Vec<ChartGroup>,
    headings: Vec<CellView>,
    tables: Vec<TableView>,
    words: Words,
}

/// What the page says of its own.
#[derive(Serialize)]
struct Words {
    whole: String,
    named: String,
    nothing: String,
    note: String,
}

#[derive(Serialize)]
struct Card {
    name: String,
    value: String,
    change: Option<String>,
}

#[derive(Serialize)]
struct TableView {
    days: String,
    rows: Vec<RowView>,
}

#[derive(Serialize)]
struct RowView {
    class: &'static str,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct CellView {
    text: String,
    numeric: bool,
}

impl CellView {
    fn text(text: String) -> Self {
        Self { text, numeric: false }
    }

    fn number(text: String) -> Self {
        Self { text, numeric: true }
    }
}

impl Edition<'_> {
    /// It as a page of HTML.
    ///
    /// # Errors
    /// It would have too many rows, or a library fails.
    pub fn page(&self) -> Result<String, NotDrawn> {
        if self.table.rows.len() > MAX_ROWS {
            return Err(NotDrawn::TooLarge);
        }
        let view = self.view()?;
        let title = format!("{} {}", view.title, view.days);
        Ok(page::page(&title, self.locale, TEMPLATE, &view)?)
    }

    fn view(&self) -> Result<PageView, NotDrawn> {
        let periods = self.periods();
        let newest = periods.last().copied().unwrap_or_default();
        let locale = self.locale;
        Ok(PageView {
            city: self.names.city.clone(),
            title: self.report.title.clone(),
            days: self.span(self.days),
            district: self.district.map(|code| self.place(code)),
            newest: newest.first().map(|row| self.span((row.from, row.to))).unwrap_or_default(),
            cards: self.cards(&periods),
            named: newest.iter().filter(|row| is_named(row)).map(|row| self.named(row)).collect(),
            charts: self.charts(&periods)?,
            headings: self.page_headings(),
            tables: periods.iter().map(|rows| self.rows_of(rows)).collect(),
            words: Words {
                whole: say!(in locale; "report-page-whole"),
                named: say!(in locale; "report-page-named"),
                nothing: say!(in locale; "report-page-nothing"),
                note: say!(in locale; "report-page-note"),
            },
        })
    }

    /// Its rows by period, the oldest first.
    fn periods(&self) -> Vec<&[Row]> {
        self.table.rows.chunk_by(|one, next| one.from == next.from).collect()
    }

    /// The name of a division, or its code.
    pub(super) fn place(&self, code: &str) -> String {
        self.names.district(code).unwrap_or(code).to_owned()
    }

    fn span(&self, (from, to): (Date, Date)) -> String {
        if from == to { from.to_string() } else { say!(in self.locale; "report-page-days", from = from, to = to) }
    }

    /// The figures of the newest period as a whole, each with how it changed since the one before, where both are whole.
    fn cards(&self, periods: &[&[Row]]) -> Vec<Card> {
        let all = |rows: &&[Row]| rows.iter().find(|row| row.codes.is_none()).cloned();
        let mut last = periods.iter().rev().take(2).filter_map(all);
        let Some(newest) = last.next() else { return Vec::new() };
        let before = last.next().filter(|before| [&newest, before].iter().all(|row| self.is_whole(row)));
        let card = |(at, figure): (usize, &Figure)| {
            let value = newest.figures.get(at).copied().flatten();
            let earlier = before.as_ref().and_then(|row| row.figures.get(at).copied().flatten());
            Card {
                name: self.said(figure.names()),
                value: shown(value, figure.measure()),
                change: value.zip(earlier).and_then(|(now, then)| self.change(now, then, figure.measure())),
            }
        };
        self.report.figures.iter().enumerate().map(card).collect()
    }

    /// Whether a row is of a whole period, and not of a part that lies in the days of the report.
    fn is_whole(&self, row: &Row) -> bool {
        let period = self.report.period;
        row.from == period.first_day(row.from) && row.to == period.last_day(row.from)
    }

    /// How a figure changed; a share by points, all others by their own share.
    fn change(&self, now: f64, then: f64, measure: Measure) -> Option<String> {
        let locale = self.locale;
        match measure {
            Measure::Share => {
                Some(say!(in locale; "report-page-points", change = format!("{:+.1}", (now - then) * 100.0)))
            }
            Measure::Number | Measure::Hours | Measure::Mark if then > 0.0 => {
                Some(say!(in locale; "report-page-change", change = format!("{:+.1}%", (now / then - 1.0) * 100.0)))
            }
            Measure::Number | Measure::Hours | Measure::Mark => None,
        }
    }

    /// Who is named, with the group and the score.
    fn named(&self, row: &Row) -> String {
        let standing = row.standing.as_ref();
        let group = standing.and_then(|standing| standing.group.as_deref());
        let score = standing.and_then(|standing| standing.score);
        let again = standing.filter(|standing| standing.in_a_row > 1).and_then(|standing| self.last(standing));
        [Some(self.label(row)), group.map(str::to_owned), score.map(|score| score.to_string()), again]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ")
    }

    fn label(&self, row: &Row) -> String {
        self.codes(row).join(" · ")
    }

    fn page_headings(&self) -> Vec<CellView> {
        let mut headings: Vec<CellView> = self.dimensions().into_iter().map(CellView::text).collect();
        headings.extend(self.report.figures.iter().map(|figure| CellView::number(self.said(figure.names()))));
        if self.report.score.is_some() {
            let [score, group, rank, grade, line, last] = self.of_score();
            headings.extend([CellView::number(score), CellView::text(group), CellView::number(rank)]);
            headings.extend([grade, line, last].map(CellView::text));
        }
        headings
    }

    fn rows_of(&self, rows: &[Row]) -> TableView {
        let days = rows.first().map(|row| self.span((row.from, row.to))).unwrap_or_default();
        TableView { days, rows: rows.iter().map(|row| self.row(row)).collect() }
    }

    fn row(&self, row: &Row) -> RowView {
        let mut cells: Vec<CellView> = self.codes(row).into_iter().map(CellView::text).collect();
        let figures = self.report.figures.iter().zip(&row.figures);
        cells.extend(figures.map(|(figure, value)| CellView::number(shown(*value, figure.measure()))));
        if self.report.score.is_some() {
            let standing = row.standing.as_ref();
            let text = |text: Option<&String>| CellView::text(text.cloned().unwrap_or_default());
            let number = |number: Option<String>| CellView::number(number.unwrap_or_default());
            let last = standing.and_then(|standing| self.last(standing)).unwrap_or_default();
            cells.extend([
                number(standing.and_then(|standing| standing.score).map(|score| score.to_string())),
                text(standing.and_then(|standing| standing.group.as_ref())),
                number(standing.and_then(|standing| standing.rank).map(|rank| rank.to_string())),
                text(standing.and_then(|standing| standing.grade.as_ref())),
                CellView::text(standing.map_or("", |standing| self.line(standing.line)).to_owned()),
                CellView::text(last),
            ]);
        }
        let class = match (row.codes.is_none(), is_named(row)) {
            (true, _) => "all",
            (false, true) => "last",
            (false, false) => "",
        };
        RowView { class, cells }
    }
}

fn is_named(row: &Row) -> bool {
    row.standing.as_ref().is_some_and(|standing| standing.is_last)
}

/// A figure as people read it.
fn shown(value: Option<f64>, measure: Measure) -> String {
    match (value, measure) {
        (None, _) => "—".to_owned(),
        (Some(value), Measure::Number) => format!("{value:.0}"),
        (Some(value), Measure::Share) => format!("{:.1}%", value * 100.0),
        (Some(value), Measure::Hours | Measure::Mark) => format!("{value:.1}"),
    }
}

#[cfg(test)]
mod tests;
