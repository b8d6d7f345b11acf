//! `watch.toml`: which matters a city marks.

use serde::Deserialize;
use toml::Spanned;

use super::area::AreaLevel;

/// The file as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WatchSettings {
    /// The tags.
    #[serde(rename = "tag")]
    pub tags: Vec<TagSettings>,
    /// Matters that are told of when they come more often than usual.
    #[serde(rename = "surge")]
    pub surges: Vec<SurgeSettings>,
    /// What is told of at once.
    #[serde(rename = "warning")]
    pub warnings: Vec<WarningSettings>,
    /// Matters that become topics when they come back.
    #[serde(rename = "topic")]
    pub topics: Vec<TopicSettings>,
    /// Of topics that people make.
    #[serde(rename = "topics")]
    pub by_hand: ByHandSettings,
}

/// Who is told when a topic is to be looked at again that people made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ByHandSettings {
    /// Roles that get a notice.
    pub to: Vec<Spanned<String>>,
    /// Roles that get a copy.
    pub copy: Vec<Spanned<String>>,
}

/// One rule of topics (专题). One of `tag` and `category` is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TopicSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, the beginning of titles, e.g. 公交班次.
    pub name: String,
    /// Code of the tag that is watched.
    pub tag: Option<Spanned<String>>,
    /// Code of the category that is watched.
    pub category: Option<Spanned<String>>,
    /// From how many tickets on there is a topic.
    pub tickets: Spanned<u32>,
    /// Within how many days.
    pub days: Spanned<u32>,
    /// In which divisions: `city`, `county`, `street` or `community`.
    #[serde(default)]
    pub level: AreaLevel,
    /// How often it is looked at again: `weekly`, `monthly`, `quarterly`, `half_yearly` or `yearly`.
    pub every: Option<Spanned<String>>,
    /// Roles that get a notice then.
    #[serde(default)]
    pub to: Vec<Spanned<String>>,
    /// Roles that get a copy.
    #[serde(default)]
    pub copy: Vec<Spanned<String>>,
}

/// One tag (标签). At least one of `words`, `categories` and `when` is there; all that are there must hold.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 欠薪.
    pub name: String,
    /// Words of which one stands in title or text.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// Words of which none stands there.
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
    /// Codes of categories of which the complaint is of one.
    #[serde(default)]
    pub categories: Vec<Spanned<String>>,
    /// Expression over `complaint` and `route`.
    pub when: Option<Spanned<String>>,
}

/// One surge (突增). One of `tag` and `category` is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SurgeSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 公交班次突增.
    pub name: String,
    /// Code of the tag that is counted.
    pub tag: Option<Spanned<String>>,
    /// Code of the category that is counted.
    pub category: Option<Spanned<String>>,
    /// From how many on it is one.
    pub count: Spanned<u32>,
    /// What is counted: `complaints` or `tickets`.
    pub of: Option<Spanned<String>>,
    /// Within how many hours.
    pub hours: Spanned<u32>,
    /// In which divisions: `city`, `county`, `street` or `community`.
    #[serde(default)]
    pub level: AreaLevel,
    /// At least so many times what is usual.
    pub times: Option<Spanned<f64>>,
    /// Over how many earlier days it is looked what is usual.
    pub days: Option<Spanned<u32>>,
    /// After how many hours it is told again while it goes on; none: not before it has sunk.
    pub rest_hours: Option<Spanned<u32>>,
    /// Roles that get a notice.
    #[serde(default)]
    pub to: Vec<Spanned<String>>,
    /// Roles that get a copy.
    #[serde(default)]
    pub copy: Vec<Spanned<String>>,
}

/// One warning (关键词预警): of a tag, or of words, categories and a condition of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WarningSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 疫情预警.
    pub name: String,
    /// Code of the tag that is watched.
    pub tag: Option<Spanned<String>>,
    /// Words of which one stands in title or text.
    #[serde(default)]
    pub words: Vec<Spanned<String>>,
    /// Words of which none stands there.
    #[serde(default)]
    pub without: Vec<Spanned<String>>,
    /// Codes of categories of which the complaint is of one.
    #[serde(default)]
    pub categories: Vec<Spanned<String>>,
    /// Expression over `complaint` and `route`.
    pub when: Option<Spanned<String>>,
    /// From how many complaints on it is told; one is enough where nothing is said.
    pub count: Option<Spanned<u32>>,
    /// Within how many hours there are so many.
    pub hours: Option<Spanned<u32>>,
    /// In which divisions: `city`, `county`, `street` or `community`.
    #[serde(default)]
    pub level: AreaLevel,
    /// After how many hours it is told again while it goes on; none: not before it has sunk.
    pub rest_hours: Option<Spanned<u32>>,
    /// Roles that get a notice.
    pub to: Vec<Spanned<String>>,
    /// Roles that get a copy.
    #[serde(default)]
    pub copy: Vec<Spanned<String>>,
}
