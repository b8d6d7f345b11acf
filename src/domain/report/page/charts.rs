//! Which charts a page has.

use jiff::civil::Date;
use serde::Serialize;

use super::{NotDrawn, shown};
use crate::catalogue::say;
use crate::report::chart::{Bar, Tint, columns, ranked};
use crate::report::{Chart, Edition, Figure, Line, Period, Row, Standing};

/// Most bars of a chart; the table below has all.
const MAX_BARS: usize = 15;
/// Most columns of a chart.
const MAX_COLUMNS: usize = 31;

#[derive(Serialize)]
pub(super) struct ChartGroup {
    title: String,
    note: String,
    charts: Vec<ChartView>,
}

#[derive(Serialize)]
struct ChartView {
    title: String,
    note: Option<String>,
    svg: String,
}

impl Edition<'_> {
    /// Charts of those who are compared in the newest period, and of how the whole went.
    pub(super) fn charts(&self, periods: &[&[Row]]) -> Result<Vec<ChartGroup>, NotDrawn> {
        let mut groups = Vec::new();
        let Some(newest) = periods.last() else { return Ok(groups) };
        let span = newest.first().map(|row| self.span((row.from, row.to))).unwrap_or_default();
        let compared: Vec<&Row> = newest.iter().filter(|row| row.codes.is_some()).collect();
        let mut charts = Vec::new();
        for chart in self.report.charts.iter().filter(|_| !compared.is_empty()) {
            charts.extend(self.compared(*chart, &compared)?);
        }
        if !charts.is_empty() {
            groups.push(ChartGroup { title: self.dimensions().join(" · "), note: span, charts });
        }
        let mut charts = Vec::new();
        if periods.len() > 1 {
            let all: Vec<&Row> =
                periods.iter().flat_map(|rows| rows.iter().filter(|row| row.codes.is_none())).collect();
            let shown = all.get(all.len().saturating_sub(MAX_COLUMNS)..).unwrap_or_default();
            for figure in self.report.charts.iter().filter_map(|chart| chart.figure()) {
                charts.extend(self.course(figure, shown)?);
            }
        }
        if !charts.is_empty() {
            let title = say!(in self.locale; "report-page-course");
            groups.push(ChartGroup { title, note: self.span(self.days), charts });
        }
        Ok(groups)
    }

    /// None where nobody has what is compared.
    fn compared(&self, chart: Chart, rows: &[&Row]) -> Result<Option<ChartView>, NotDrawn> {
        let mut bars: Vec<Bar> = rows.iter().filter_map(|row| self.bar(chart, row)).collect();
        // Stable: what is equal stays in the order of the table.
        bars.sort_by(|one, other| other.value.total_cmp(&one.value));
        let all = bars.len();
        bars.truncate(MAX_BARS);
        let note = (all > MAX_BARS).then(|| say!(in self.locale; "report-page-first", shown = MAX_BARS, all = all));
        let title = match chart {
            Chart::Figure(figure) => self.said(figure.names()),
            Chart::Score => say!(in self.locale; "report-score"),
        };
        Ok(if bars.is_empty() { None } else { Some(ChartView { title, note, svg: ranked(&bars)? }) })
    }

    fn bar(&self, chart: Chart, row: &Row) -> Option<Bar> {
        let (value, shown, tint) = match chart {
            Chart::Figure(figure) => {
                let value = self.figure(figure, row)?;
                (value, shown(Some(value), figure.measure()), Tint::Plain)
            }
            Chart::Score => {
                let standing = row.standing.as_ref()?;
                let score = standing.score?;
                (score, score.to_string(), tint(standing))
            }
        };
        Some(Bar { label: self.label(row), value, shown, tint })
    }

    fn figure(&self, figure: Figure, row: &Row) -> Option<f64> {
        let at = self.report.figures.iter().position(|known| *known == figure)?;
        row.figures.get(at).copied().flatten()
    }

    /// None where there is nothing to tell of any period.
    fn course(&self, figure: Figure, rows: &[&Row]) -> Result<Option<ChartView>, NotDrawn> {
        if rows.iter().all(|row| self.figure(figure, row).is_none()) {
            return Ok(None);
        }
        let bar = |row: &&Row| {
            let value = self.figure(figure, row);
            Bar {
                label: period_label(self.report.period, row.from),
                value: value.unwrap_or_default(),
                shown: shown(value, figure.measure()),
                tint: Tint::Plain,
            }
        };
        let bars: Vec<Bar> = rows.iter().map(bar).collect();
        Ok(Some(ChartView { title: self.said(figure.names()), note: None, svg: columns(&bars)? }))
    }
}

fn tint(standing: &Standing) -> Tint {
    match (standing.is_last, standing.line) {
        (true, _) | (false, Line::BelowBase) => Tint::Bad,
        (false, Line::Bonus) => Tint::Good,
        (false, Line::Between) => Tint::Plain,
    }
}

/// A period in a few characters.
fn period_label(period: Period, first: Date) -> String {
    let (year, month) = (first.year(), first.month());
    match period {
        Period::Day | Period::Week => format!("{month:02}-{:02}", first.day()),
        Period::Month => format!("{year}-{month:02}"),
        Period::Quarter => format!("{year}Q{}", (month + 2) / 3),
        Period::Half => format!("{year}H{}", if month <= 6 { 1 } else { 2 }),
        Period::Year => year.to_string(),
    }
}
