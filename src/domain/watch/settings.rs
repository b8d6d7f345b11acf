//! `watch.toml`: which matters a city marks.

use serde::Deserialize;
use toml::Spanned;

/// The file as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WatchSettings {
    /// The tags.
    #[serde(rename = "tag")]
    pub tags: Vec<TagSettings>,
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
