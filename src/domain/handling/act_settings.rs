//! `handling.toml`: what it says of acts, returned matters and extensions.

use serde::Deserialize;
use toml::Spanned;

use super::settings::Length;

/// Where returned matters go.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReturnedSettings {
    /// The rules; the first that fits counts. Without any a returned matter stays as it is.
    #[serde(rename = "rule")]
    pub rules: Vec<ReturnRuleSettings>,
    /// How often a matter goes on by these rules before it goes to the unit `else`, 1 to 100.
    pub times: Option<Spanned<u32>>,
    /// Code of the unit to which it goes after that.
    #[serde(rename = "else")]
    pub otherwise: Option<Spanned<String>>,
}

/// One rule for returned matters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReturnRuleSettings {
    /// Expression over `ticket` as it is with the unit that returns it; default: all.
    pub when: Option<Spanned<String>>,
    /// `parent`: the unit above; `unit:CODE`: a certain unit; `stay`: nobody.
    pub to: Spanned<String>,
}

/// What is allowed of extensions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ExtensionSettings {
    /// Whether an extension has to be asked for before the matter is due; default no.
    pub before_due: bool,
    /// Most calendar days after the deadline that it changes, 1 to 366; default: any.
    pub most_days: Option<Spanned<u32>>,
    /// The feeds whose platforms may grant and refuse; default: all.
    pub approvers: Vec<Spanned<String>>,
}

/// Units that are called.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WhistleSettings {
    /// How soon a unit has to come; default: no time is set.
    pub within: Option<Spanned<Length>>,
}

/// Where matters go on outside.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutsideSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 信访.
    pub name: String,
}
