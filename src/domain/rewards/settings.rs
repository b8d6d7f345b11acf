//! `rewards.toml`: what a city rewards.

use serde::Deserialize;
use toml::Spanned;

/// The file as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RewardSettings {
    /// What an account is: `phone`, `id_number` or `account`.
    pub account: AccountKind,
    /// Ids of the channels whose complaints count.
    pub channels: Vec<Spanned<String>>,
    /// The rules.
    #[serde(rename = "rule")]
    pub rules: Vec<RuleSettings>,
    /// How points become stars.
    pub stars: Option<StarSettings>,
}

/// What a citizen's account is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    /// The telephone number: the same on all channels.
    #[default]
    Phone,
    /// The identity number: the same on all channels.
    IdNumber,
    /// The channel's own account, another on each channel.
    Account,
}

impl AccountKind {
    /// The field of a channel file that says it.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Phone => "reporter_phone",
            Self::IdNumber => "reporter_id_number",
            Self::Account => "reporter_account",
        }
    }
}

/// One rule.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, as the citizen reads it, e.g. 反映被受理.
    pub name: String,
    /// What they are for: `accepted`, `duplicate`, `resolved`, `rejected` or `rated`.
    pub on: Spanned<String>,
    /// How many; fewer than none where they are taken.
    pub points: Spanned<i64>,
    /// Channels to which it is limited; none: all of the file.
    #[serde(default)]
    pub channels: Vec<Spanned<String>>,
    /// Categories to which it is limited; none: all.
    #[serde(default)]
    pub categories: Vec<Spanned<String>>,
    /// Tags of which the matter bears one; none: whatever it bears.
    #[serde(default)]
    pub tags: Vec<Spanned<String>>,
    /// Most points of this rule for an account on a day of the city.
    pub most_a_day: Option<Spanned<i64>>,
    /// Most points of this rule for an account in a calendar month.
    pub most_a_month: Option<Spanned<i64>>,
    /// Most points of this rule for an account at all.
    pub most: Option<Spanned<i64>>,
}

/// `[stars]`. At most one of `months` and `calendar_year` is there.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StarSettings {
    /// Points from which on there are one, two … up to six stars.
    pub at: Spanned<Vec<i64>>,
    /// Points of the last so many months count.
    pub months: Option<Spanned<u32>>,
    /// Points since the first of January count.
    pub calendar_year: Option<Spanned<bool>>,
}
