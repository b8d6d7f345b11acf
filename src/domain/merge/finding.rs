//! One comparison's result for a pair. Its sentence is made only when somebody will read it.

use super::comparison::{Comparison, Level, Sentence};
use super::evidence::Contribution;
use super::reading::{Names, Profile, topic_names};
use super::search::Document;
use super::weights::Weights;

/// One comparison's level and weight for a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Finding {
    comparison: Comparison,
    level: &'static Level,
    /// Match weight (log2).
    pub weight: f64,
    shown: Shown,
}

/// What the sentence shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shown {
    /// Only the words.
    Nothing,
    /// A share, 0 to 1.
    Share(f32),
    /// Metres.
    Metres(f64),
    /// Days.
    Days(f64),
    /// Topics as bits.
    Topics(u64),
    /// The names of both sides.
    BothNames,
    /// The names of the new complaint, or of the other where it has none.
    OneName,
}

impl Finding {
    /// A level, by its place among the comparison's levels.
    pub(super) fn new(comparison: Comparison, level: usize, weights: &Weights, shown: Shown) -> Option<Self> {
        let weight = weights.of_level(comparison, level);
        Some(Self { comparison, level: comparison.levels().get(level)?, weight, shown })
    }

    /// The level that holds for a measured value.
    pub(super) fn measured(comparison: Comparison, value: f64, weights: &Weights, shown: Shown) -> Option<Self> {
        Self::new(comparison, comparison.level_of(value), weights, shown)
    }

    /// The same with another level's name and sentence.
    pub(super) fn said_as(self, level: &'static Level) -> Self {
        Self { level, ..self }
    }

    /// The finding with its sentence, in Chinese and English.
    pub(super) fn describe(&self, profile: &Profile, document: &Document) -> Contribution {
        let Sentence { zh, en } = self.level.sentence();
        let found = self.shown.words(profile, document);
        Contribution {
            comparison: self.comparison.name().to_owned(),
            level: self.level.name.to_owned(),
            weight: self.weight,
            zh: filled(zh, &found),
            en: filled(en, &found),
        }
    }
}

impl Shown {
    /// What the blanks of a sentence are filled with, one after the other.
    fn words(self, profile: &Profile, document: &Document) -> Vec<String> {
        let named = |names: &Names| names.specific().map(|name| name.full).collect::<Vec<_>>().join("、");
        match self {
            Self::Nothing => Vec::new(),
            Self::Share(share) => vec![format!("{:.0}", share * 100.0)],
            Self::Metres(metres) => vec![format!("{metres:.0}")],
            Self::Days(days) => vec![format!("{days:.1}")],
            Self::Topics(topics) => vec![topic_names(topics)],
            Self::BothNames => vec![named(&profile.facts.names), named(&document.facts.names)],
            Self::OneName => {
                let ours = named(&profile.facts.names);
                vec![if ours.is_empty() { named(&document.facts.names) } else { ours }]
            }
        }
    }
}

/// A sentence with its blanks filled. What fills one is never taken for another.
fn filled(sentence: &str, words: &[String]) -> String {
    let mut parts = sentence.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        filled += words.get(at).map(String::as_str).unwrap_or_default();
        filled += part;
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_filled_in_their_order() {
        let words = ["{}路".to_owned(), "建设路".to_owned()];
        assert_eq!(filled("地点不同：{} / {}", &words), "地点不同：{}路 / 建设路");
        assert_eq!(filled("同一地址", &words), "同一地址");
    }

    /// The sentences of one level have as many blanks in both languages.
    #[test]
    fn both_languages_show_the_same() {
        for level in Comparison::ALL.into_iter().flat_map(Comparison::levels) {
            let Sentence { zh, en } = level.sentence();
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{zh}");
        }
    }
}
