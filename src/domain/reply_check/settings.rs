//! `[replies]` of `reports.toml`.

use huiliu_adapter_api::{Problems, SettingsProblem};
use serde::Deserialize;
use toml::Spanned;

use crate::ticket::Status;

/// Fewest matters with the same words that are stale, where the city says nothing.
const STALE_FROM: usize = 3;
/// Most that can be said.
const MAX_STALE_FROM: usize = 1_000;
/// Most lists of contradicting words, and words of one.
const MAX_WORDS: usize = 200;

/// What is wrong with replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyRules {
    /// How many matters of a unit have the same words when these are stale.
    pub stale_from: usize,
    /// Words that contradict statuses.
    pub contradictions: Vec<Contradiction>,
}

/// Words that contradict some statuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The statuses.
    pub on: Vec<Status>,
    /// The words, letters and digits only.
    pub words: Vec<String>,
}

impl Default for ReplyRules {
    fn default() -> Self {
        Self { stale_from: STALE_FROM, contradictions: Vec::new() }
    }
}

impl ReplyRules {
    /// The words of the settings that a result has and should not have with this status; `plain` are its letters and digits.
    pub(super) fn contradiction(&self, status: Status, plain: &str) -> Option<String> {
        let meant = self.contradictions.iter().filter(|contradiction| contradiction.on.contains(&status));
        meant.flat_map(|contradiction| &contradiction.words).find(|word| plain.contains(word.as_str())).cloned()
    }
}

/// `[replies]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplySettings {
    stale_from: Option<Spanned<usize>>,
    #[serde(rename = "contradict", default)]
    contradictions: Vec<ContradictionSettings>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ContradictionSettings {
    on: Spanned<Vec<Spanned<String>>>,
    words: Spanned<Vec<Spanned<String>>>,
}

/// Reads the rules; what is wrong with them becomes a problem.
pub(crate) fn load(settings: Option<&ReplySettings>, problems: &mut Problems) -> ReplyRules {
    let Some(settings) = settings else { return ReplyRules::default() };
    let mut complain = |at: std::ops::Range<usize>, zh: String, en: String| {
        problems.push(SettingsProblem::new(at, zh, en));
    };
    let stale_from = settings.stale_from.as_ref();
    if let Some(wrong) = stale_from.filter(|number| !(2..=MAX_STALE_FROM).contains(number.get_ref())) {
        let (zh, en) =
            (format!("stale_from 应为 2 到 {MAX_STALE_FROM}"), format!("stale_from is 2 to {MAX_STALE_FROM}"));
        complain(wrong.span(), zh, en);
    }
    let finals = [Status::Resolved, Status::Closed, Status::Rejected];
    let read = |contradiction: &ContradictionSettings| {
        let (mut on, mut words) = (Vec::new(), Vec::new());
        for name in contradiction.on.get_ref() {
            match Status::from_wire(name.get_ref()).filter(|status| finals.contains(status)) {
                Some(status) => on.push(status),
                None => complain(
                    name.span(),
                    format!("没有答复时的状态“{}”；可用的有：resolved、closed、rejected", name.get_ref()),
                    format!("there is no status {} of a reply; known are: resolved, closed, rejected", name.get_ref()),
                ),
            }
        }
        for word in contradiction.words.get_ref() {
            let plain = super::plain(word.get_ref());
            if plain.is_empty() {
                let (zh, en) = ("应有字母、数字或汉字", "there is a letter, a digit or a Chinese character");
                complain(word.span(), zh.to_owned(), en.to_owned());
            }
            words.push(plain);
        }
        for list in [&contradiction.on, &contradiction.words] {
            if !(1..=MAX_WORDS).contains(&list.get_ref().len()) {
                let (zh, en) = (format!("应有 1 到 {MAX_WORDS} 项"), format!("there are 1 to {MAX_WORDS}"));
                complain(list.span(), zh, en);
            }
        }
        Contradiction { on, words }
    };
    let contradictions = settings.contradictions.iter().map(read).collect();
    ReplyRules { stale_from: stale_from.map_or(STALE_FROM, |number| *number.get_ref()), contradictions }
}
