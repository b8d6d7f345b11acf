//! A comparison (比较) is one object: its name in settings and evidence, and its levels (水平), each with its bound, its usual
//! match weight and its sentence in both languages. Which level holds for a pair is found in [`super::compare`].

mod levels;

pub(super) use levels::{CATEGORIES, DistrictLevel, NEAR_M, NumberLevel, PlaceLevel, TopicLevel};

/// What is compared of two complaints, in the order of the evidence and of the weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparison {
    /// Cosine of the texts' tokens weighted by rarity.
    Text,
    /// Share of the shorter complaint, by rarity, that the other one contains.
    Containment,
    /// Smaller of the two shares of a title found in the other complaint.
    TitleBoth,
    /// The same share without the name that both have.
    TitleRest,
    /// Larger of the two shares of a title's rare tokens found in the other complaint.
    TitleRare,
    /// What each title has and the other complaint lacks: smaller of the two sums of rarities.
    TitleForeign,
    /// Named places.
    Place,
    /// District codes.
    District,
    /// Addresses.
    Address,
    /// Distance of points, in metres.
    Distance,
    /// Building and line numbers.
    Number,
    /// Topics, or categories where one side has no topic.
    Topic,
    /// Same reporter, by the cosine of the texts.
    Reporter,
    /// The source itself marks it as a repeat of the other.
    SourceMark,
    /// Time between, in days.
    Time,
}

/// One level of a comparison.
#[derive(Debug, PartialEq)]
pub struct Level {
    /// Its name in evidence.
    pub name: &'static str,
    /// Where a comparison measures: the level holds below this value, and from the bound of the level before.
    below: f64,
    /// Match weight (log2) where the settings have no other.
    weight: f64,
    sentence: Sentence,
}

/// A sentence in both languages; each `{}` is filled with what was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sentence {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::Text,
        Self::Containment,
        Self::TitleBoth,
        Self::TitleRest,
        Self::TitleRare,
        Self::TitleForeign,
        Self::Place,
        Self::District,
        Self::Address,
        Self::Distance,
        Self::Number,
        Self::Topic,
        Self::Reporter,
        Self::SourceMark,
        Self::Time,
    ];

    /// How many levels all comparisons have together. A number, not the sum of them: an array is as long as this, and a release
    /// build cannot read the levels before it knows all types (E0391).
    pub const LEVELS: usize = 63;

    /// Its name in settings and evidence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Containment => "containment",
            Self::TitleBoth => "title_both",
            Self::TitleRest => "title_rest",
            Self::TitleRare => "title_rare",
            Self::TitleForeign => "title_foreign",
            Self::Place => "place",
            Self::District => "district",
            Self::Address => "address",
            Self::Distance => "distance",
            Self::Number => "number",
            Self::Topic => "topic",
            Self::Reporter => "reporter",
            Self::SourceMark => "source_mark",
            Self::Time => "time",
        }
    }

    /// The comparison with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|comparison| comparison.name() == name)
    }

    /// Its levels, in the order of their weights. Null is none of them: no evidence weighs nothing.
    #[must_use]
    pub const fn levels(self) -> &'static [Level] {
        levels::of(self)
    }

    /// The level that evidence calls by a name, by its place among the levels. What categories agree in weighs what topics do.
    #[must_use]
    pub fn level_named(self, name: &str) -> Option<usize> {
        let at = |levels: &[Level]| levels.iter().position(|level| level.name == name);
        at(self.levels()).or_else(|| if self == Self::Topic { at(CATEGORIES) } else { None })
    }

    /// The place of its first level among the levels of all comparisons.
    pub(super) fn first_level(self) -> usize {
        const FIRST: [usize; Comparison::ALL.len()] = first_levels();
        FIRST.get(self as usize).copied().unwrap_or_default()
    }

    /// The level that holds for a measured value, by its place among the levels.
    pub(super) fn level_of(self, value: f64) -> usize {
        let levels = self.levels();
        let passed = levels.iter().take_while(|level| value >= level.below).count();
        passed.min(levels.len().saturating_sub(1))
    }

    const fn levels_before(comparisons: usize) -> usize {
        let (mut at, mut sum) = (0, 0);
        while at < comparisons {
            sum += Self::ALL[at].levels().len();
            at += 1;
        }
        sum
    }
}

const _: () = assert!(Comparison::LEVELS == Comparison::levels_before(Comparison::ALL.len()));

const fn first_levels() -> [usize; Comparison::ALL.len()] {
    let (mut first, mut at) = ([0; Comparison::ALL.len()], 0);
    while at < first.len() {
        first[at] = Comparison::levels_before(at);
        at += 1;
    }
    first
}

impl Level {
    /// Match weight (log2) where the settings have no other.
    pub(super) const fn usual_weight(&self) -> f64 {
        self.weight
    }

    pub(super) const fn sentence(&self) -> Sentence {
        self.sentence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_and_places_follow_the_order() {
        let mut next = 0;
        for comparison in Comparison::ALL {
            assert_eq!(Comparison::named(comparison.name()), Some(comparison));
            assert_eq!(comparison.first_level(), next, "{comparison:?}");
            for (at, level) in comparison.levels().iter().enumerate() {
                assert_eq!(comparison.level_named(level.name), Some(at), "{comparison:?} {}", level.name);
            }
            next += comparison.levels().len();
        }
        assert_eq!(next, Comparison::LEVELS);
        assert_eq!(Comparison::Topic.level_named("same_category"), Comparison::Topic.level_named("same"));
        assert_eq!(Comparison::District.level_named("same_category"), None);
        assert_eq!(Comparison::named("title"), None);
    }

    #[test]
    fn a_bound_belongs_to_the_level_above_it() {
        for comparison in Comparison::ALL {
            for (at, level) in comparison.levels().iter().enumerate().filter(|(_, level)| level.below.is_finite()) {
                assert_eq!(comparison.level_of(level.below), at + 1, "{comparison:?} {}", level.name);
                assert_eq!(comparison.level_of(level.below.next_down()), at, "{comparison:?} {}", level.name);
            }
            assert_eq!(comparison.level_of(f64::INFINITY) + 1, comparison.levels().len());
        }
        assert_eq!(Comparison::Distance.level_of(49.9), 0);
    }
}
