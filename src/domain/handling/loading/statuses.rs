//! Levels, holds and the order of statuses become rules, or problems with their places.

use std::collections::BTreeMap;

use toml::Spanned;

use super::Compiling;
use crate::handling::holds::{self, HoldRule, HoldSettings, unattended};
use crate::handling::settings::{ClockSettings, LevelSettings};
use crate::ticket::{Before, Status};

impl Compiling<'_> {
    pub(super) fn levels_are_served(&mut self, levels: &[LevelSettings]) {
        for level in levels {
            let code = level.code.get_ref();
            if !self.units.iter().any(|(_, unit)| unit.level.as_deref() == Some(code)) {
                self.wrong(
                    level.code.span(),
                    format!("没有一个单位属于层级 {code}：请在 departments.csv 的 level 列填写，或删去这个层级"),
                    format!(
                        "no unit is of level {code}: fill in the column level of departments.csv, or remove the level"
                    ),
                );
            }
        }
    }

    pub(super) fn hold(&mut self, settings: &HoldSettings, clocks: &[ClockSettings]) -> Option<HoldRule> {
        let Some(before) = Before::from_word(settings.before.get_ref()) else {
            let zh = "before 应为 dispatch（分派前）或 closing（办结前）";
            self.wrong(settings.before.span(), zh, "before is `dispatch` or `closing`");
            return None;
        };
        let starts: Vec<&str> =
            clocks.iter().flat_map(|clock| &clock.start).map(|word| word.get_ref().as_str()).collect();
        if let Some((span, zh, en)) = unattended(settings, before, &starts) {
            self.wrong(span, zh, en);
        }
        for name in settings.by.iter().filter(|name| name.get_ref().trim().is_empty()) {
            self.wrong(name.span(), "by 里的名字不能为空", "a name of by cannot be empty");
        }
        let variables = holds::variables(before, self.variables.clone());
        let when = self.expression_over(&settings.when, &variables)?;
        self.somebody_fulfils(&[&when], &variables, settings.when.span());
        let by = settings.by.iter().map(|name| name.get_ref().clone()).collect();
        Some(HoldRule { code: settings.code.get_ref().clone(), name: settings.name.clone(), before, when, by })
    }

    /// Which statuses may follow each other: by what platforms may say, and so that every matter can come to an end.
    pub(super) fn moves(
        &mut self,
        settings: &BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    ) -> BTreeMap<&'static str, Vec<Status>> {
        let mut moves = BTreeMap::new();
        for (from, followers) in settings {
            let Some(status) = self.status(from, &Status::ALL.map(|(status, ..)| status)) else { continue };
            let allowed: Vec<Status> =
                followers.iter().filter_map(|to| self.status(to, &Status::SET_BY_PLATFORMS)).collect();
            if allowed.is_empty() && followers.is_empty() && !status.is_final() {
                self.wrong(
                    from.span(),
                    format!("{} 之后什么也不许，事项永远办不完", status.wire()),
                    format!("nothing may follow {}: such a matter never ends", status.wire()),
                );
            }
            moves.insert(status.wire(), allowed);
        }
        for from in settings.keys() {
            let Some(status) = Status::from_wire(from.get_ref()).filter(|status| !status.is_final()) else { continue };
            if !ends(&moves, status) {
                self.wrong(
                    from.span(),
                    format!("从 {} 出发到不了办结（resolved、closed、rejected）", status.wire()),
                    format!("{} leads to no end (resolved, closed, rejected)", status.wire()),
                );
            }
        }
        moves
    }

    fn status(&mut self, word: &Spanned<String>, known: &[Status]) -> Option<Status> {
        let status = Status::from_wire(word.get_ref()).filter(|status| known.contains(status));
        if status.is_none() {
            let words: Vec<&str> = known.iter().map(|status| status.wire()).collect();
            self.wrong(
                word.span(),
                format!("没有 {} 这个状态；可用：{}", word.get_ref(), words.join("、")),
                format!("there is no status {}; there are: {}", word.get_ref(), words.join(", ")),
            );
        }
        status
    }
}

/// Whether a matter of this status can come to an end.
fn ends(moves: &BTreeMap<&'static str, Vec<Status>>, from: Status) -> bool {
    let (mut seen, mut next) = (vec![from], vec![from]);
    while let Some(status) = next.pop() {
        let Some(allowed) = moves.get(status.wire()).filter(|_| !status.is_final()) else { return true };
        let new: Vec<Status> = allowed.iter().copied().filter(|status| !seen.contains(status)).collect();
        seen.extend(&new);
        next.extend(new);
    }
    false
}
