//! What `handling.toml` says of acts, returned matters and extensions becomes rules, or problems with their places.

use std::collections::BTreeMap;

use toml::Spanned;

use super::{Compiling, MAX_DAYS, MAX_OF_A_KIND};
use crate::handling::act_settings::{ExtensionSettings, OutsideSettings, ReturnedSettings, WhistleSettings};
use crate::handling::acts::{ActRules, ExtensionRules, ReturnTo};
use crate::handling::settings::HandlingSettings;
use crate::ticket::{ActKind, TimeLimit};

/// Most times that a matter goes on after it was returned.
const MAX_RETURNS: u32 = 100;

impl Compiling<'_> {
    pub(super) fn acts(&mut self, settings: &HandlingSettings, has_office: bool) -> ActRules {
        let (returned, returned_most) = self.returned(&settings.returned);
        ActRules {
            permitted: self.permitted(&settings.acts),
            returned,
            returned_most,
            extension: self.extension(&settings.extension),
            respond_within: self.respond_within(&settings.whistle, has_office),
            outside: self.outside(&settings.outside),
        }
    }

    fn permitted(&mut self, acts: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>) -> Vec<(ActKind, Vec<String>)> {
        let mut permitted = Vec::new();
        for (word, feeds) in acts {
            let kind = ActKind::of_platforms().find(|kind| kind.wire() == word.get_ref());
            if kind.is_none() {
                let known: Vec<&str> = ActKind::of_platforms().map(ActKind::wire).collect();
                self.wrong(
                    word.span(),
                    format!("没有 {} 这个动作；可用：{}", word.get_ref(), known.join("、")),
                    format!("there is no act {}; there are: {}", word.get_ref(), known.join(", ")),
                );
            }
            let feeds = self.platforms(feeds);
            permitted.extend(kind.map(|kind| (kind, feeds)));
        }
        permitted
    }

    /// Names of feeds, those that the city has.
    fn platforms(&mut self, names: &[Spanned<String>]) -> Vec<String> {
        for name in names {
            if !self.feeds.contains(&name.get_ref().as_str()) {
                let known = self.feeds.clone();
                self.wrong(
                    name.span(),
                    format!("没有订阅流 {}；有：{}", name.get_ref(), known.join("、")),
                    format!("there is no feed {}; there are: {}", name.get_ref(), known.join(", ")),
                );
            }
        }
        names.iter().map(|name| name.get_ref().clone()).collect()
    }

    fn is_unit(&mut self, unit: &str, at: &Spanned<String>) {
        if self.units.get(unit).is_none() {
            self.wrong(
                at.span(),
                format!("departments.csv 里没有单位 {unit}"),
                format!("department {unit} is not in departments.csv"),
            );
        }
    }

    #[expect(clippy::type_complexity, reason = "the two parts of one setting, each with its own member of the rules")]
    fn returned(
        &mut self,
        settings: &ReturnedSettings,
    ) -> (Vec<(Option<huiliu_expression::Expression>, ReturnTo)>, Option<(u32, String)>) {
        let mut rules = Vec::new();
        for (number, rule) in settings.rules.iter().enumerate() {
            let to = match rule.to.get_ref().split_once(':') {
                None if rule.to.get_ref() == "parent" => ReturnTo::Parent,
                None if rule.to.get_ref() == "stay" => ReturnTo::Stay,
                Some(("unit", unit)) => {
                    self.is_unit(unit, &rule.to);
                    ReturnTo::Unit(unit.to_owned())
                }
                _ => {
                    self.wrong(
                        rule.to.span(),
                        "to 应为 parent（上级单位）、unit:单位代码 或 stay（不动）",
                        "to is parent, unit:CODE or stay",
                    );
                    ReturnTo::Stay
                }
            };
            if to == ReturnTo::Parent {
                self.somebody_stands_above(rule.to.span());
            }
            // Where there is no unit above, the rule behind it counts.
            if rule.when.is_none() && to != ReturnTo::Parent && number + 1 < settings.rules.len() {
                self.wrong(
                    rule.to.span(),
                    format!("第 {} 条 rule 没有 when，后面的永远用不上", number + 1),
                    format!("rule {} has no when, so those behind it never count", number + 1),
                );
            }
            if number == MAX_OF_A_KIND {
                let (zh, en) = (format!("rule 超过 {MAX_OF_A_KIND} 条"), format!("more than {MAX_OF_A_KIND} rules"));
                self.wrong(rule.to.span(), zh, en);
            }
            let when = rule.when.as_ref().and_then(|when| self.expression(when));
            if let (Some(when), Some(text)) = (&when, &rule.when) {
                let variables = self.variables.clone();
                self.somebody_fulfils(&[when], &variables, text.span());
            }
            if rule.when.is_none() || when.is_some() {
                rules.push((when, to));
            }
        }
        (rules, self.returned_most(settings))
    }

    fn returned_most(&mut self, settings: &ReturnedSettings) -> Option<(u32, String)> {
        if let Some(times) = settings.times.as_ref().filter(|times| !(1..=MAX_RETURNS).contains(times.get_ref())) {
            self.wrong(times.span(), format!("times 应为 1 到 {MAX_RETURNS}"), format!("times is 1 to {MAX_RETURNS}"));
        }
        if let Some(unit) = &settings.otherwise {
            self.is_unit(unit.get_ref(), unit);
        }
        let lone = match (&settings.times, &settings.otherwise) {
            (Some(times), Some(unit)) => return Some((*times.get_ref(), unit.get_ref().clone())),
            (Some(times), None) => times.span(),
            (None, Some(unit)) => unit.span(),
            (None, None) => return None,
        };
        self.wrong(
            lone,
            "times（最多几次）和 else（此后交给哪个单位）要一起写",
            "times (how often) and else (the unit after that) stand together",
        );
        None
    }

    fn extension(&mut self, settings: &ExtensionSettings) -> ExtensionRules {
        if let Some(days) = settings.most_days.as_ref().filter(|days| !(1..=MAX_DAYS).contains(days.get_ref())) {
            self.wrong(days.span(), format!("most_days 应为 1 到 {MAX_DAYS}"), format!("most_days is 1 to {MAX_DAYS}"));
        }
        ExtensionRules {
            before_due: settings.before_due,
            most_days: settings.most_days.as_ref().map(|days| *days.get_ref()),
            approvers: self.platforms(&settings.approvers),
        }
    }

    fn respond_within(&mut self, settings: &WhistleSettings, has_office: bool) -> Option<TimeLimit> {
        let within = settings.within.as_ref()?;
        self.length(*within.get_ref(), within.span(), has_office)
    }

    fn outside(&mut self, settings: &[OutsideSettings]) -> Vec<(String, String)> {
        self.codes(settings.iter().map(|outside| &outside.code), "转出去向", "procedure outside");
        settings.iter().map(|outside| (outside.code.get_ref().clone(), outside.name.clone())).collect()
    }
}
