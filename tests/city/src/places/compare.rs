//! The place's own figures as the gateway computes them, beside the truth.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde_json::Value;

use super::book::{Book, By, Report};
use super::gateway::Turned;
use super::log::text;
use super::tally::Tally;
use super::truth::Truth;

/// How far two figures may be apart that are computed in another order.
const CLOSE: f64 = 1e-6;

/// Figures of times end so; times are told within one of so many parts.
const TIMES: [&str; 2] = ["_median", "_p90"];
const PARTS: f64 = 64.0;

/// A figure of the gateway and the true one.
pub(super) struct Pair {
    pub report: &'static str,
    pub from: Date,
    pub row: String,
    pub figure: String,
    pub found: String,
    pub truth: String,
}

impl Pair {
    /// Whether they are the same.
    pub(super) fn agrees(&self) -> bool {
        self.found == self.truth
    }
}

/// All figures of the reports that the place is known for, between two days.
pub(super) async fn figures(
    book: &Book,
    gateway: &Turned,
    truth: &Truth,
    (from, to): (Date, Date),
) -> anyhow::Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for report in book.reports {
        let found = gateway.get(&format!("/api/v1/reports/{}?from={from}&to={to}", report.name)).await?;
        pairs.extend(of_report(report, &found, truth)?);
    }
    Ok(pairs)
}

fn of_report(report: &'static Report, found: &Value, truth: &Truth) -> anyhow::Result<Vec<Pair>> {
    let names: Vec<&str> =
        found["figures"].as_array().into_iter().flatten().map(|figure| text(figure, "/name")).collect();
    let mut pairs = Vec::new();
    let mut periods: BTreeMap<(Date, Date), Vec<&Value>> = BTreeMap::new();
    for row in found["rows"].as_array().into_iter().flatten() {
        periods.entry((text(row, "/from").parse()?, text(row, "/to").parse()?)).or_default().push(row);
    }
    // A day of which the report has no row is one that it has forgotten.
    for day in truth.tallies.days(report.by) {
        if !periods.keys().any(|(from, to)| (*from..=*to).contains(&day)) {
            let (row, figure) = (String::new(), "rows".to_owned());
            let (found, truth) = ("none".to_owned(), "some".to_owned());
            pairs.push(Pair { report: report.name, from: day, row, figure, found, truth });
        }
    }
    for ((from, to), rows) in periods {
        let whole = truth.tallies.row(By::Place, "", from, to);
        let known = |name: &str| rows.iter().copied().find(|row| code_of(row, report.by) == name);
        // Also what only the gateway has a row of: in truth nothing happened there.
        let mut codes = truth.tallies.codes(report.by, from, to);
        codes.extend(rows.iter().map(|row| code_of(row, report.by)));
        for code in codes {
            // The row without a code is that of everything.
            let tally = if code.is_empty() { whole.clone() } else { truth.tallies.row(report.by, code, from, to) };
            let row = known(code);
            for figure in report.figures {
                let at = names.iter().position(|name| name == figure);
                let value = row.zip(at).and_then(|(row, at)| row["figures"].get(at)?.as_f64());
                pairs.push(pair(report, from, code, figure, value, tally.figure(figure, &whole)));
            }
        }
        if let Some(score) = &report.score {
            pairs.extend(standings(report, score, (from, to), &rows, truth, &whole));
        }
    }
    Ok(pairs)
}

fn code_of(row: &Value, by: By) -> &str {
    if by == By::Place { "" } else { text(row, "/codes/0/code") }
}

fn pair(report: &Report, from: Date, row: &str, figure: &str, found: Option<f64>, truth: Option<f64>) -> Pair {
    let is_time = TIMES.iter().any(|ending| figure.ends_with(ending));
    let apart = |truth: f64| if is_time { CLOSE + truth / PARTS } else { CLOSE };
    let close = found.zip(truth).is_some_and(|(found, truth)| (found - truth).abs() < apart(truth));
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format!("{value:.4}"));
    let found = if close { shown(truth) } else { shown(found) };
    Pair { report: report.name, from, row: row.to_owned(), figure: figure.to_owned(), found, truth: shown(truth) }
}

/// Scores, groups, ranks and who is named, computed again from the true figures.
fn standings(
    report: &'static Report,
    score: &super::book::Score,
    (from, to): (Date, Date),
    rows: &[&Value],
    truth: &Truth,
    whole: &Tally,
) -> Vec<Pair> {
    let codes = truth.tallies.codes(report.by, from, to);
    let scored: Vec<(&str, &str, f64)> = codes
        .iter()
        .filter_map(|code| {
            let tally = truth.tallies.row(report.by, code, from, to);
            let group = score.groups.iter().find(|(_, least)| i64::from(tally.tickets.max(0)) >= i64::from(*least))?.0;
            Some((*code, group, (score.formula)(&|name| tally.figure(name, whole))?))
        })
        .collect();
    let mut pairs = Vec::new();
    for (code, group, points) in &scored {
        let rank = 1 + scored.iter().filter(|(_, of, other)| of == group && other - points > CLOSE).count();
        let worse = scored.iter().filter(|(_, of, other)| of == group && points - other > CLOSE).count();
        // The best is never named, however few there are.
        let is_best = rank == 1;
        let last = worse < score.last && !is_best;
        let expected = format!("{group} {points:.2} rank {rank}{}", if last { " last" } else { "" });
        let standing = rows.iter().find(|row| code_of(row, report.by) == *code).map(|row| &row["standing"]);
        let found = standing.filter(|standing| !standing.is_null()).map_or_else(String::new, |standing| {
            let last = standing["last"].as_bool() == Some(true);
            format!(
                "{} {:.2} rank {}{}",
                text(standing, "/group"),
                standing["score"].as_f64().unwrap_or_default(),
                standing["rank"],
                if last { " last" } else { "" }
            )
        });
        let (row, figure) = ((*code).to_owned(), "standing".to_owned());
        pairs.push(Pair { report: report.name, from, row, figure, found, truth: expected });
    }
    pairs
}
