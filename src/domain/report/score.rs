//! Scores by a city's formula, and what follows from them: groups by volume with a base line and a bonus line, grades, ranks, and
//! who is named last.

mod settings;

use std::cmp::Ordering;

use huiliu_expression::{Context, Expression};
use serde_json::{Map, Value};

use super::{Figure, Tally};
pub(super) use settings::ScoreSettings;

/// How the rows of a report are scored: a formula whose variables are the figures, each under its word.
#[derive(Debug)]
pub struct Score {
    /// The score of a row, over its figures.
    pub(super) formula: Expression,
    /// Groups, the one for the largest volume first; none: all are compared with each other.
    pub groups: Vec<Group>,
    /// Grades, the best first.
    pub grades: Vec<Mark>,
    /// How many of each group are named last.
    pub last: usize,
    /// What follows from being named in several periods one after the other, by how many, the fewest first.
    pub steps: Vec<ScoreStep>,
}

/// What follows from being named so often, e.g. 约谈 the second month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreStep {
    /// In how many periods one after the other, 2 to [`MAX_IN_A_ROW`].
    pub in_a_row: usize,
    /// Name of what follows.
    pub name: String,
}

/// Most periods, the newest one included, that are looked at to tell in how many one after the other somebody was named: a year of
/// months.
pub const MAX_IN_A_ROW: usize = 12;

/// Units that are compared with each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Name, e.g. 甲组.
    pub name: String,
    /// Fewest tickets of a period.
    pub from: u32,
    /// 基准线: who scores less is below it.
    pub base: Option<f64>,
    /// 加分线: who scores so much or more has reached it.
    pub bonus: Option<f64>,
}

/// A grade of scores, e.g. 优秀.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Name.
    pub name: String,
    /// Lowest score of it.
    pub from: f64,
}

/// How a score lies to the lines of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Below the base line.
    BelowBase,
    /// Between the two, or there are none.
    Between,
    /// At the bonus line or above.
    Bonus,
}

impl Line {
    /// Its word in documents, and its names in Chinese and English.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::BelowBase => ("below_base", "低于基准线", "below the base line"),
            Self::Between => ("between", "", ""),
            Self::Bonus => ("bonus", "达到加分线", "at the bonus line"),
        }
    }
}

/// Where a row stands among its group.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// The score, to two places; none where a figure of the formula has nothing to be told of.
    pub score: Option<f64>,
    /// Name of its group.
    pub group: Option<String>,
    /// Its place in the group, from 1; the same scores have the same place. None without score.
    pub rank: Option<usize>,
    /// Its grade.
    pub grade: Option<String>,
    /// How it lies to the lines of its group.
    pub line: Line,
    /// Whether it is among the last of its group that are named.
    pub is_last: bool,
    /// In how many periods it was named one after the other, this one included; 0 where it is not named. Reports with steps look
    /// back at the [`MAX_IN_A_ROW`] periods before their own, others only at their own.
    pub in_a_row: usize,
    /// What follows from it.
    pub step: Option<String>,
}

impl Score {
    /// The standings of the rows of one period, in their order; each is a part of `whole`.
    #[must_use]
    pub fn standings(&self, rows: &[&Tally], whole: &Tally) -> Vec<Standing> {
        let mut standings: Vec<Standing> = rows.iter().map(|tally| self.standing(tally, whole)).collect();
        let groups: Vec<Option<String>> = match self.groups.is_empty() {
            true => vec![None],
            false => self.groups.iter().map(|group| Some(group.name.clone())).chain([None]).collect(),
        };
        for group in groups {
            self.rank(&mut standings, group.as_ref());
        }
        standings
    }

    fn standing(&self, tally: &Tally, whole: &Tally) -> Standing {
        let score = self.score(tally, whole);
        let tickets = Figure::Tickets.of(tally, whole).unwrap_or_default().max(0.0);
        let group = self.groups.iter().find(|group| tickets >= f64::from(group.from));
        let grade = score.and_then(|score| self.grades.iter().find(|grade| score >= grade.from));
        let line = match (score, group) {
            (Some(score), Some(group)) if group.base.is_some_and(|base| score < base) => Line::BelowBase,
            (Some(score), Some(group)) if group.bonus.is_some_and(|bonus| score >= bonus) => Line::Bonus,
            _ => Line::Between,
        };
        Standing {
            score,
            group: group.map(|group| group.name.clone()),
            rank: None,
            grade: grade.map(|grade| grade.name.clone()),
            line,
            is_last: false,
            in_a_row: 0,
            step: None,
        }
    }

    /// Notes in a standing in how many periods before, one after the other, the same was named; says it of this one too.
    pub(super) fn note_before(&self, standing: &mut Standing, before: usize) -> usize {
        if standing.is_last {
            let in_a_row = before.saturating_add(1).min(MAX_IN_A_ROW);
            standing.in_a_row = in_a_row;
            let step = self.steps.iter().rfind(|step| step.in_a_row <= in_a_row);
            standing.step = step.map(|step| step.name.clone());
        }
        standing.in_a_row
    }

    /// What the formula gives. A figure that cannot be told is `none` in it: arithmetic with it gives no score, `1 if satisfaction is none else satisfaction`
    /// does.
    fn score(&self, tally: &Tally, whole: &Tally) -> Option<f64> {
        let value = |figure: &Figure| figure.of(tally, whole).map_or(Value::Null, Value::from);
        let figures: Map<String, Value> =
            Figure::ALL.iter().map(|(figure, ..)| (figure.word().to_owned(), value(figure))).collect();
        let context = Context::new(figures.iter().map(|(name, value)| (name.as_str(), value)));
        let score = self.formula.eval(&context).ok()?.value.as_f64()?;
        score.is_finite().then(|| (score * 100.0).round() / 100.0)
    }

    fn rank(&self, standings: &mut [Standing], group: Option<&String>) {
        let mut ranked: Vec<(f64, &mut Standing)> = standings
            .iter_mut()
            .filter(|standing| standing.group.as_ref() == group)
            .filter_map(|standing| Some((standing.score?, standing)))
            .collect();
        ranked.sort_by(|(one, _), (other, _)| other.partial_cmp(one).unwrap_or(Ordering::Equal));
        let scores: Vec<f64> = ranked.iter().map(|(score, _)| *score).collect();
        // Who scores the same as the first that is named is named too; the best never are, however few there are.
        let named_from = scores.get(scores.len().saturating_sub(self.last.max(1))).copied();
        let best = scores.first().copied();
        for (score, standing) in ranked {
            standing.rank = scores.iter().position(|other| *other <= score).map(|at| at + 1);
            standing.is_last =
                self.last > 0 && named_from.is_some_and(|from| score <= from) && best.is_some_and(|best| score < best);
        }
    }
}
