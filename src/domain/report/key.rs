//! What a fact is about: the codes by which facts are counted apart.

use huiliu_adapter_api::{Problems, SettingsProblem};

use crate::catalogue::Locale;
use crate::city::Names;
use crate::complaint::Kind;

/// One of the ways in which facts are counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Channel of the complaint; in facts of a ticket, of its first complaint.
    Channel,
    /// Kind of submission, likewise.
    Kind,
    /// Category.
    Category,
    /// Domain of the category: column `domain` of `categories.csv`.
    Domain,
    /// District.
    District,
    /// Department.
    Department,
    /// Level of the division that handles it.
    Level,
    /// Grade.
    Grade,
}

impl Dimension {
    /// All of them with their words in settings, and their names in Chinese and English.
    pub const ALL: [(Self, &'static str, &'static str, &'static str); 8] = [
        (Self::Channel, "channel", "渠道", "Channel"),
        (Self::Kind, "kind", "诉求种类", "Kind"),
        (Self::Category, "category", "事项分类", "Category"),
        (Self::Domain, "domain", "领域", "Domain"),
        (Self::District, "district", "区划", "District"),
        (Self::Department, "department", "承办单位", "Department"),
        (Self::Level, "level", "层级", "Level"),
        (Self::Grade, "grade", "等级", "Grade"),
    ];

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, ..)| *known == word).map(|(dimension, ..)| *dimension)
    }

    /// The word in settings, documents and headings for programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or("", |(_, word, ..)| word)
    }

    /// Its names in Chinese and in English.
    #[must_use]
    pub fn names(self) -> (&'static str, &'static str) {
        Self::ALL.iter().find(|(known, ..)| *known == self).map_or(("", ""), |(.., zh, en)| (zh, en))
    }

    /// What people call a code of it; none where the city gives it no name, as it gives domains.
    #[must_use]
    pub fn name_of<'a>(self, code: &'a str, names: &'a Names, locale: Locale) -> Option<&'a str> {
        let known = match self {
            Self::Category => &names.categories,
            Self::District => &names.districts,
            Self::Department => &names.departments,
            Self::Channel => &names.channels,
            Self::Level => &names.levels,
            Self::Grade => &names.grades,
            Self::Kind => return Kind::from_name(code).map(|kind| locale.pick(kind.zh(), code)),
            Self::Domain => return None,
        };
        known.get(code).map(String::as_str)
    }
}

/// The codes of one fact, each of the pack; empty where there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Channel.
    pub channel: String,
    /// Kind of submission, its name on the wire.
    pub kind: String,
    /// Category.
    pub category: String,
    /// Domain of the category.
    pub domain: String,
    /// District.
    pub district: String,
    /// Department.
    pub department: String,
    /// Level of the division that handles it; empty where the city has none.
    pub level: String,
    /// Grade.
    pub grade: String,
}

impl Key {
    /// Its code in one dimension.
    #[must_use]
    pub fn get(&self, dimension: Dimension) -> &str {
        match dimension {
            Dimension::Channel => &self.channel,
            Dimension::Kind => &self.kind,
            Dimension::Category => &self.category,
            Dimension::Domain => &self.domain,
            Dimension::District => &self.district,
            Dimension::Department => &self.department,
            Dimension::Level => &self.level,
            Dimension::Grade => &self.grade,
        }
    }
}

/// Words in quotes for a hint.
pub(super) fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join("、")
}

/// Adds a problem at a word of settings that is none of `known`.
pub(super) fn unknown<'a>(
    at: &toml::Spanned<String>,
    (zh, en): (&str, &str),
    known: impl Iterator<Item = &'a str>,
    problems: &mut Problems,
) {
    let (word, known) = (at.get_ref(), listed(known));
    problems.push(SettingsProblem::new(
        at.span(),
        format!("没有{zh}“{word}”；可用的有：{known}"),
        format!("there is no {en} {word}; known are: {}", known.replace('、', ", ")),
    ));
}
