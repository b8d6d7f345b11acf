//! What contradicts itself in `rewards.toml`: rules that never count, limits that leave no room or are never reached, stars that nobody
//! can have.

use std::collections::BTreeSet;

use toml::Spanned;

use super::{Compiling, RewardSettings, RuleSettings};
use crate::rewards::rule::{RewardRule, Span};

impl Compiling<'_> {
    /// Whether the channels are there, and say who their citizens are.
    pub(super) fn channels(&mut self, settings: &RewardSettings) {
        if let Some(rule) = settings.rules.first().filter(|_| settings.channels.is_empty()) {
            let zh = "没有写 channels（哪些渠道的诉求算积分），规则永远不会算数";
            self.wrong(rule.code.span(), zh, "no channels are named whose complaints count: no rule ever counts");
        }
        let field = self.account.field();
        for named in &settings.channels {
            let id = named.get_ref();
            match self.around.channels.get(id) {
                None if self.around.unread.contains(id) => {}
                None => self.wrong(named.span(), format!("没有渠道 {id}"), format!("there is no channel {id}")),
                Some(channel) if !channel.field_names().any(|name| name == field) => {
                    let zh = format!("渠道 {id} 的 [mapping] 没有 {field}，认不出是谁，永远不会算积分");
                    let en = format!("the channel {id} maps no {field}: its citizens are not known, and never count");
                    self.wrong(named.span(), zh, en);
                }
                Some(_) => {}
            }
        }
    }

    /// What a rule names that never comes.
    pub(super) fn never_counts(&mut self, rule: &RuleSettings, all: &BTreeSet<String>) {
        if *rule.points.get_ref() == 0 {
            self.wrong(rule.points.span(), "points 不能是 0：这条规则什么也不做", "points of 0 do nothing");
        }
        for channel in rule.channels.iter().filter(|channel| !all.contains(channel.get_ref())) {
            let id = channel.get_ref();
            let zh = format!("{id} 不在本文件的 channels 里，永远不会算数");
            self.wrong(channel.span(), zh, format!("{id} is not among the channels of this file: it never counts"));
        }
        for category in &rule.categories {
            let code = category.get_ref();
            // Of a table that cannot be read nothing is known; it has problems of its own.
            if self.around.names.category(code).is_none() && !self.around.names.categories.is_empty() {
                let zh = format!("categories.csv 里没有分类 {code}");
                self.wrong(category.span(), zh, format!("category {code} is not in categories.csv"));
            }
            if self.around.confidential.contains(code) {
                let zh = format!("{code} 是保密的事项，永远不会算积分");
                self.wrong(category.span(), zh, format!("matters of {code} are confidential: they never count"));
            }
        }
        for tag in rule.tags.iter().filter(|tag| !self.around.names.tags.contains_key(tag.get_ref())) {
            let code = tag.get_ref();
            let zh = format!("watch.toml 里没有标签 {code}");
            self.wrong(tag.span(), zh, format!("there is no tag {code} in watch.toml"));
        }
    }

    /// Limits that leave no room for the points once, and limits that another one keeps from being reached.
    pub(super) fn limits_contradict(&mut self, rule: &RuleSettings) {
        let points = rule.points.get_ref().unsigned_abs();
        let named = [("most_a_day", &rule.most_a_day), ("most_a_month", &rule.most_a_month), ("most", &rule.most)];
        let mut narrower: Vec<(&str, &Spanned<i64>)> = Vec::new();
        for (name, limit) in named {
            let Some(limit) = limit else { continue };
            if limit.get_ref().unsigned_abs() < points {
                let zh = format!("{name} 比 points 还小，这条规则永远不会算数");
                self.wrong(limit.span(), zh, format!("{name} is below points: the rule never counts"));
            }
            for (shorter, of_shorter) in &narrower {
                if of_shorter.get_ref() > limit.get_ref() {
                    let zh = format!("{shorter} 比 {name} 还大，永远到不了");
                    self.wrong(of_shorter.span(), zh, format!("{shorter} is above {name}, and never reached"));
                }
            }
            narrower.push((name, limit));
        }
    }

    /// Stars for which all rules together never give enough.
    pub(super) fn never_reached(&mut self, at: &Spanned<Vec<i64>>, rules: &[RewardRule]) {
        let giving = rules.iter().filter(|rule| rule.points > 0);
        let most = giving.map(|rule| rule.limits.iter().find(|(span, _)| *span == Span::Ever).map(|(_, most)| *most));
        let Some(most) = most.collect::<Option<Vec<i64>>>() else { return };
        let most = most.into_iter().fold(0_i64, i64::saturating_add);
        if let Some(out_of_reach) = at.get_ref().iter().find(|at| **at > most) {
            let zh = format!("各条规则加起来最多 {most} 分，{out_of_reach} 分的星级永远到不了");
            let en =
                format!("all rules together give at most {most} points: the star at {out_of_reach} is never reached");
            self.wrong(at.span(), zh, en);
        }
    }
}
