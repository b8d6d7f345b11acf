//! `[report.score]`.

use huiliu_adapter_api::{Problems, Settings, SettingsProblem};
use huiliu_expression::Language;
use serde::Deserialize;
use toml::Spanned;

use super::{Group, MAX_IN_A_ROW, Mark, Score, ScoreStep};
use crate::report::Figure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::report) struct ScoreSettings {
    pub formula: Spanned<String>,
    #[serde(rename = "group", default)]
    groups: Vec<GroupSettings>,
    #[serde(rename = "grade", default)]
    grades: Vec<MarkSettings>,
    #[serde(default)]
    last: usize,
    #[serde(rename = "step", default)]
    steps: Vec<StepSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepSettings {
    name: Spanned<String>,
    in_a_row: Spanned<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupSettings {
    name: Spanned<String>,
    from: u32,
    base: Option<f64>,
    bonus: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkSettings {
    name: Spanned<String>,
    from: f64,
}

impl ScoreSettings {
    /// Reads it; none where something is wrong, which is among the problems then.
    pub(in crate::report) fn read(
        &self,
        file: &Settings<'_>,
        language: &Language,
        problems: &mut Problems,
    ) -> Option<Score> {
        let words: Vec<&'static str> = Figure::ALL.iter().map(|(_, word, ..)| *word).collect();
        let formula = file.expression(language, &self.formula, words.as_slice(), problems);
        let mut falling = |earlier: f64, later: f64, at: &Spanned<String>| {
            if later >= earlier {
                let (zh, en) = ("from 应由大到小排列", "from falls from one to the next");
                problems.push(SettingsProblem::new(at.span(), zh, en));
            }
        };
        for pair in self.groups.windows(2) {
            if let [one, next] = pair {
                falling(f64::from(one.from), f64::from(next.from), &next.name);
            }
        }
        for pair in self.grades.windows(2) {
            if let [one, next] = pair {
                falling(one.from, next.from, &next.name);
            }
        }
        for group in &self.groups {
            if group.base.zip(group.bonus).is_some_and(|(base, bonus)| bonus < base) {
                let (zh, en) = ("加分线 bonus 低于基准线 base", "the bonus line is below the base line");
                problems.push(SettingsProblem::new(group.name.span(), zh, en));
            }
        }
        self.check_steps(problems);
        let group = |group: &GroupSettings| Group {
            name: group.name.get_ref().clone(),
            from: group.from,
            base: group.base,
            bonus: group.bonus,
        };
        let mark = |mark: &MarkSettings| Mark { name: mark.name.get_ref().clone(), from: mark.from };
        let step =
            |step: &StepSettings| ScoreStep { in_a_row: *step.in_a_row.get_ref(), name: step.name.get_ref().clone() };
        Some(Score {
            formula: formula?,
            groups: self.groups.iter().map(group).collect(),
            grades: self.grades.iter().map(mark).collect(),
            last: self.last,
            steps: self.steps.iter().map(step).collect(),
        })
    }

    fn check_steps(&self, problems: &mut Problems) {
        if self.last == 0
            && let Some(step) = self.steps.first()
        {
            let (zh, en) =
                ("没有 last，谁也不会被通报，step 用不上", "nobody is named without `last`: the step never comes");
            problems.push(SettingsProblem::new(step.name.span(), zh, en));
        }
        for step in &self.steps {
            if !(2..=MAX_IN_A_ROW).contains(step.in_a_row.get_ref()) {
                let zh = format!("in_a_row 应为 2 到 {MAX_IN_A_ROW}");
                let en = format!("in_a_row is 2 to {MAX_IN_A_ROW}");
                problems.push(SettingsProblem::new(step.in_a_row.span(), zh, en));
            }
        }
        for pair in self.steps.windows(2) {
            if let [one, next] = pair
                && next.in_a_row.get_ref() <= one.in_a_row.get_ref()
            {
                let (zh, en) = ("in_a_row 应由小到大排列", "in_a_row rises from one to the next");
                problems.push(SettingsProblem::new(next.in_a_row.span(), zh, en));
            }
        }
    }
}
