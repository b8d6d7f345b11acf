//! `[evaluation]` of `handling.toml` becomes rules, or problems with their places.

use std::ops::Range;

use toml::Spanned;

use super::Compiling;
use crate::complaint::Satisfaction;
use crate::handling::evaluation::{CallBackRule, Evaluating, RestartRule};
use crate::handling::notice::Role;
use crate::handling::settings::{CallBackSettings, EvaluationSettings, NoticeSettings, RestartSettings, ScaleSettings};
use crate::ticket::{CallBackWay, Rater, ScaleStep};

/// Most steps of a scale, rules of call-backs, restarts, days and points.
const MAX_STEPS: usize = 10;
const MAX_RULES: usize = 64;
const MAX_RESTARTS: u32 = 20;
const MAX_DAYS: u32 = 366;
const MAX_POINTS: u32 = 1_000;

impl Compiling<'_> {
    pub(super) fn evaluation(&mut self, settings: &EvaluationSettings, notices: &[NoticeSettings]) -> Evaluating {
        let scale = self.scale(&settings.scale);
        if let Some(one_more) = settings.call_backs.get(MAX_RULES) {
            self.wrong(
                one_more.by.span(),
                format!("回访规则超过 {MAX_RULES} 条"),
                format!("more than {MAX_RULES} rules of call-backs"),
            );
        }
        for rules in settings.call_backs.windows(2) {
            if let [one, next] = rules
                && one.when.is_none()
            {
                self.wrong(
                    next.by.span(),
                    "前一条回访规则没有 when，这一条永远用不上",
                    "the rule before has no when, so this one never counts",
                );
            }
        }
        let call_backs = settings.call_backs.iter().filter_map(|rule| self.call_back(rule)).collect();
        let restart = settings.restart.as_ref().and_then(|restart| self.restart(restart));
        let second = settings.second.as_ref().and_then(|second| self.second(second, settings, notices));
        Evaluating { scale, call_backs, restart, second }
    }

    fn scale(&mut self, settings: &[ScaleSettings]) -> Vec<ScaleStep> {
        self.codes(settings.iter().map(|step| &step.code), "评价档次", "step");
        if let Some(one_more) = settings.get(MAX_STEPS) {
            let (zh, en) =
                (format!("评价档次超过 {MAX_STEPS} 个"), format!("more than {MAX_STEPS} steps of the scale"));
            self.wrong(one_more.code.span(), zh, en);
        }
        let steps: Vec<ScaleStep> = settings.iter().filter_map(|step| self.scale_step(step)).collect();
        for needed in [Satisfaction::Satisfied, Satisfaction::Dissatisfied] {
            if let (Some(first), false) = (settings.first(), steps.iter().any(|step| step.value == needed)) {
                let value = needed.wire();
                self.wrong(
                    first.code.span(),
                    format!("没有一个评价档次的 value 是 {value}"),
                    format!("no step of the scale has the value {value}"),
                );
            }
        }
        steps
    }

    fn scale_step(&mut self, settings: &ScaleSettings) -> Option<ScaleStep> {
        let known = Satisfaction::ALL.map(Satisfaction::wire);
        let value = self.one_of(&settings.value, "value", &known, Satisfaction::from_wire);
        if let Some(points) = settings.points.as_ref().filter(|points| *points.get_ref() > MAX_POINTS) {
            self.wrong(points.span(), format!("分值最多 {MAX_POINTS}"), format!("points are at most {MAX_POINTS}"));
        }
        Some(ScaleStep {
            code: settings.code.get_ref().clone(),
            name: settings.name.clone(),
            value: value?,
            points: settings.points.as_ref().map(|points| *points.get_ref()),
        })
    }

    fn call_back(&mut self, settings: &CallBackSettings) -> Option<CallBackRule> {
        let variables = self.of_evaluation.clone();
        let when = settings.when.as_ref().and_then(|when| self.expression_over(when, &variables));
        if let (Some(when), Some(text)) = (&when, &settings.when) {
            self.somebody_fulfils(&[when], &variables, text.span());
        }
        let share = settings.share.as_ref().map_or(100, |share| *share.get_ref());
        if let Some(given) = settings.share.as_ref().filter(|_| !(1..=100).contains(&share)) {
            self.wrong(given.span(), "应为 1 到 100 的百分比", "this is a percentage from 1 to 100");
        }
        let ways = CallBackWay::ALL.map(|(.., name)| name);
        let way = self.one_of(&settings.by, "by", &ways, CallBackWay::from_name);
        if way == Some(CallBackWay::Person) && settings.to.is_empty() {
            self.wrong(settings.by.span(), "人工回访要写 to：由谁回访", "who calls back by person is named in to");
        }
        let mut to = Vec::new();
        for text in &settings.to {
            let role = Role::read(text.get_ref());
            self.somebody_has(&role, text);
            to.push(role);
        }
        Some(CallBackRule { when, share, way: way?, to })
    }

    fn restart(&mut self, settings: &RestartSettings) -> Option<RestartRule> {
        self.within(settings.most.span(), *settings.most.get_ref(), MAX_RESTARTS);
        if let Some(days) = &settings.within_days {
            self.within(days.span(), *days.get_ref(), MAX_DAYS);
        }
        let known = Rater::ALL.map(|(.., name)| name);
        let raters = match &settings.raters {
            None => vec![Rater::Citizen, Rater::CallBack],
            Some(words) if words.get_ref().is_empty() => {
                self.wrong(
                    words.span(),
                    "raters 为空：没有人的评价能重启办理",
                    "raters is empty: nobody's word opens a matter again",
                );
                return None;
            }
            Some(words) => {
                let read = |word| self.one_of(word, "raters", &known, Rater::from_name);
                words.get_ref().iter().filter_map(read).collect()
            }
        };
        let within_days = settings.within_days.as_ref().map(|days| *days.get_ref());
        Some(RestartRule { most: *settings.most.get_ref(), within_days, raters })
    }

    /// Place of the notice of a repeated dissatisfaction.
    fn second(
        &mut self,
        second: &Spanned<String>,
        settings: &EvaluationSettings,
        notices: &[NoticeSettings],
    ) -> Option<usize> {
        if settings.restart.is_none() {
            self.wrong(
                second.span(),
                "有 second 而没有 restart：没有重启，就没有第二次不满意",
                "second without restart: a matter that is not handled again is not found wanting again",
            );
        }
        let place = notices.iter().position(|notice| notice.code.get_ref() == second.get_ref());
        if place.is_none() {
            let zh = format!("没有通知 {}", second.get_ref());
            self.wrong(second.span(), zh, format!("there is no notice {}", second.get_ref()));
        }
        place
    }

    fn within(&mut self, span: Range<usize>, number: u32, most: u32) {
        if !(1..=most).contains(&number) {
            self.wrong(span, format!("应为 1 到 {most}"), format!("this is 1 to {most}"));
        }
    }

    /// Reads a word of a few.
    fn one_of<T>(
        &mut self,
        word: &Spanned<String>,
        setting: &str,
        known: &[&str],
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = read(word.get_ref());
        if found.is_none() {
            self.wrong(
                word.span(),
                format!("{setting} 没有 {}；可用：{}", word.get_ref(), known.join("、")),
                format!("{setting} has no {}; there are: {}", word.get_ref(), known.join(", ")),
            );
        }
        found
    }
}
