//! A report: its rows, one for every period and combination of codes.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Key, MAX_IN_A_ROW, Report, Standing, Tally};
use crate::complaint::Division;

/// What was counted of one key on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The city's day.
    pub day: Date,
    /// What it is about.
    pub key: Key,
    /// What was counted.
    pub tally: Tally,
}

/// One row of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// First day of its period, not before the report's.
    pub from: Date,
    /// Last day of its period, not after the report's.
    pub to: Date,
    /// The codes, in the order of the report's dimensions; none in the row of all.
    pub codes: Option<Vec<String>>,
    /// The figures, in the order of the report's; none where there is nothing to tell one of.
    pub figures: Vec<Option<f64>>,
    /// Where it stands, in reports with a score.
    pub standing: Option<Standing>,
}

/// What a report comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// The rows by period; of each period the best score first, then the most complaints; last the row of all.
    pub rows: Vec<Row>,
}

/// The tallies of one period.
#[derive(Default)]
struct Counted {
    whole: Tally,
    parts: BTreeMap<Vec<String>, Tally>,
}

impl Report {
    /// The first day whose cells the report of the days from `from` on needs: earlier ones where it tells how often somebody was
    /// named one after the other.
    #[must_use]
    pub fn looks_back_to(&self, from: Date) -> Date {
        match &self.score {
            Some(score) if !score.steps.is_empty() => self.period.first_day_before(from, MAX_IN_A_ROW - 1),
            _ => from,
        }
    }

    /// The report of the days `from` to `to`, both included, of what `district` holds where one is given. The cells reach back to
    /// [`Report::looks_back_to`].
    #[must_use]
    pub fn table(&self, cells: &[Cell], (from, to): (Date, Date), district: Option<&str>) -> Table {
        let wanted = district.map(Division::of);
        let since = self.looks_back_to(from);
        let is_meant = |cell: &&Cell| {
            ((from..=to).contains(&cell.day) || (since..self.period.first_day(from)).contains(&cell.day))
                && wanted.is_none_or(|wanted| wanted.holds(Division::of(&cell.key.district)))
        };
        let mut periods: BTreeMap<Date, Counted> = BTreeMap::new();
        for cell in cells.iter().filter(is_meant) {
            let counted = periods.entry(self.period.first_day(cell.day)).or_default();
            counted.whole.merge(&cell.tally);
            let codes = self.by.iter().map(|dimension| cell.key.get(*dimension).to_owned()).collect();
            counted.parts.entry(codes).or_default().merge(&cell.tally);
        }
        let days_of = |first: Date| match first < self.period.first_day(from) {
            true => (first, self.period.last_day(first)),
            false => (first.max(from), self.period.last_day(first).min(to)),
        };
        let mut rows: Vec<Row> =
            periods.into_iter().flat_map(|(first, counted)| self.rows_of(days_of(first), counted)).collect();
        self.note_runs(&mut rows);
        rows.retain(|row| row.from >= from);
        Table { rows }
    }

    /// Notes in the rows, which are by period, in how many periods one after the other each was named.
    fn note_runs(&self, rows: &mut [Row]) {
        let Some(score) = &self.score else { return };
        let (mut before, mut named) = (BTreeMap::new(), BTreeMap::new());
        let mut of = None;
        for row in rows {
            let first = self.period.first_day(row.from);
            if of != Some(first) {
                let is_next = of.is_some_and(|of| self.period.first_day_before(first, 1) == of);
                before = if is_next { std::mem::take(&mut named) } else { BTreeMap::new() };
                named.clear();
                of = Some(first);
            }
            if let (Some(codes), Some(standing)) = (&row.codes, &mut row.standing) {
                let times = score.note_before(standing, before.get(codes).copied().unwrap_or_default());
                named.insert(codes.clone(), times);
            }
        }
    }

    fn rows_of(&self, (from, to): (Date, Date), counted: Counted) -> Vec<Row> {
        let Counted { whole, parts } = counted;
        let figures = |tally: &Tally| self.figures.iter().map(|figure| figure.of(tally, &whole)).collect();
        let all = Row { from, to, codes: None, figures: figures(&whole), standing: None };
        if self.by.is_empty() {
            return vec![all];
        }
        let tallies: Vec<&Tally> = parts.values().collect();
        let standings = match &self.score {
            Some(score) => score.standings(&tallies, &whole).into_iter().map(Some).collect(),
            None => vec![None; tallies.len()],
        };
        let mut rows: Vec<(&Tally, Row)> = parts
            .iter()
            .zip(standings)
            .map(|((codes, tally), standing)| {
                (tally, Row { from, to, codes: Some(codes.clone()), figures: figures(tally), standing })
            })
            .collect();
        let complaints = |tally: &Tally| super::Figure::Complaints.of(tally, &whole).unwrap_or_default();
        // Stable: what is equal in both stays in the order of its codes.
        rows.sort_by(|(one, a), (other, b)| {
            let score = |row: &Row| row.standing.as_ref().and_then(|standing| standing.score);
            score(b)
                .partial_cmp(&score(a))
                .unwrap_or(std::cmp::Ordering::Equal)
                .then_with(|| complaints(other).total_cmp(&complaints(one)))
        });
        rows.into_iter().map(|(_, row)| row).chain([all]).collect()
    }
}

#[cfg(test)]
mod tests;
