//! `handling.toml`: how a city keeps time and tells whom it concerns.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::act_settings::{ExtensionSettings, OutsideSettings, ReturnedSettings, WhistleSettings};
use super::holds::HoldSettings;

/// The file as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct HandlingSettings {
    /// When offices are open.
    pub office: OfficeSettings,
    /// Levels of units, the lowest first.
    #[serde(rename = "level")]
    pub levels: Vec<LevelSettings>,
    /// The clocks.
    #[serde(rename = "clock")]
    pub clocks: Vec<ClockSettings>,
    /// What holds for all notices.
    #[serde(rename = "notices")]
    pub all_notices: AllNotices,
    /// The kinds of notices, in rising order.
    #[serde(rename = "notice")]
    pub notices: Vec<NoticeSettings>,
    /// The lists in which something waits for a person.
    #[serde(rename = "hold")]
    pub holds: Vec<HoldSettings>,
    /// By status, the statuses that may follow it; a status that is not there may be followed by any.
    pub moves: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// By act, the feeds whose platforms may do it; an act that is not there all may do.
    pub acts: BTreeMap<Spanned<String>, Vec<Spanned<String>>>,
    /// Where returned matters go.
    pub returned: ReturnedSettings,
    /// What is allowed of extensions.
    pub extension: ExtensionSettings,
    /// Units that are called.
    pub whistle: WhistleSettings,
    /// Where matters go on outside of the city's handling.
    pub outside: Vec<OutsideSettings>,
    /// How what was done is evaluated.
    pub evaluation: Option<EvaluationSettings>,
}

/// When offices are open.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct OfficeSettings {
    /// Parts of a working day, e.g. `["08:30-12:00", "14:00-17:30"]`.
    pub hours: Option<Spanned<Vec<String>>>,
}

/// What holds for all notices.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AllNotices {
    /// Most notices of a day to one person or desk, 1 to 10,000; default: no limit.
    pub per_day: Option<Spanned<u32>>,
}

/// One level (层级), e.g. 社区, 街道, 区.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LevelSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name.
    pub name: String,
}

/// One clock (时钟).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClockSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 签收.
    pub name: String,
    /// Moments that begin it.
    pub start: Vec<Spanned<String>>,
    /// Moments that stop it.
    #[serde(default)]
    pub stop: Vec<Spanned<String>>,
    /// Moments at which it stands still.
    #[serde(default)]
    pub pause: Vec<Spanned<String>>,
    /// Moments at which it goes on.
    #[serde(default)]
    pub resume: Vec<Spanned<String>>,
    /// Expression over `ticket` that is true for the matters that it times; default: all.
    pub when: Option<Spanned<String>>,
    /// Whether it begins anew when a moment of `start` comes while it runs; default no.
    #[serde(default)]
    pub again: bool,
    /// The limits; the first whose `when` is true counts.
    pub limit: Vec<LimitSettings>,
    /// The alarms.
    #[serde(rename = "alarm", default)]
    pub alarms: Vec<AlarmSettings>,
}

/// One limit of a clock: exactly one of the lengths, and for which matters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitSettings {
    /// Expression over `ticket`; default: all that no limit before it has taken.
    pub when: Option<Spanned<String>>,
    /// At once: due when it begins.
    pub at_once: Option<Spanned<bool>>,
    /// Until the ticket's deadline, which its grade sets.
    pub deadline: Option<Spanned<bool>>,
    /// Minutes by the clock, 1 to 600,000.
    pub minutes: Option<Spanned<u32>>,
    /// Hours by the clock, 1 to 8,784.
    pub hours: Option<Spanned<u32>>,
    /// Minutes of office hours, 1 to 600,000.
    pub office_minutes: Option<Spanned<u32>>,
    /// Hours of office hours, 1 to 8,784.
    pub office_hours: Option<Spanned<u32>>,
    /// Calendar days, 0 to 366; 0 is the same day.
    pub natural_days: Option<Spanned<u32>>,
    /// Working days, 0 to 366; 0 is the same day, or the next that is worked.
    pub working_days: Option<Spanned<u32>>,
    /// When on the last day it ends: `same_time` (default), `day`, `office`.
    pub until: Option<Spanned<String>>,
    /// Whether the day on which it begins counts; default no.
    #[serde(default)]
    pub counts_first_day: bool,
}

/// One alarm of a clock: exactly one of `share`, `before` and `after`; `notice`, `escalate`, or both.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlarmSettings {
    /// Share of the time allowed, in percent, 1 to 1,000; 100 is the due time.
    pub share: Option<Spanned<u32>>,
    /// So long before the due time.
    pub before: Option<Length>,
    /// So long after the due time.
    pub after: Option<Length>,
    /// Code of the notice that it sends.
    pub notice: Option<Spanned<String>>,
    /// Whether the matter goes to the unit above, the first time that it is told; default no.
    pub escalate: Option<Spanned<bool>>,
    /// How often and how long after each other it is told again while the clock runs.
    pub repeat: Option<RepeatSettings>,
}

/// How an alarm is told again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RepeatSettings {
    /// So long after the time before.
    pub every: Length,
    /// How often besides the first time, 1 to 60.
    pub times: Spanned<u16>,
}

/// A length of time: exactly one member.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Length {
    /// By the clock.
    Minutes(u32),
    /// By the clock.
    Hours(u32),
    /// Of office hours.
    OfficeHours(u32),
    /// Calendar days.
    NaturalDays(u32),
    /// Working days.
    WorkingDays(u32),
}

/// One kind of notice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoticeSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Title, e.g. 督办单.
    pub title: String,
    /// Roles that it is for: `role` of the unit responsible, `role@parent` of the unit above it, `role@CODE` of a unit.
    pub to: Vec<Spanned<String>>,
    /// Roles that get a copy.
    #[serde(default)]
    pub copy: Vec<Spanned<String>>,
    /// When it is not sent, e.g. `22:00-07:00`: it is sent when that ends.
    pub quiet: Option<Spanned<String>>,
    /// Sent at every so many minutes of the day only, 1 to 720: what is due for the same people by then is one notice.
    pub group_minutes: Option<Spanned<u32>>,
    /// Codes of notices that are sent of a clock no more once this one was.
    #[serde(default)]
    pub inhibits: Vec<Spanned<String>>,
    /// Whether it is sent also to those who have had their notices of the day; default no.
    #[serde(default)]
    pub always: bool,
}

/// How a city evaluates what was done (评价).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct EvaluationSettings {
    /// The steps of the city's scale, the best first; default: satisfied, fair, dissatisfied.
    pub scale: Vec<ScaleSettings>,
    /// Whose citizens are called back; the first whose `when` is true counts.
    #[serde(rename = "call_back")]
    pub call_backs: Vec<CallBackSettings>,
    /// When a dissatisfied word opens a matter again; default: as `reopen_on_dissatisfied` of `city.toml` says.
    pub restart: Option<RestartSettings>,
    /// Code of the notice that is sent when a result is found wanting for the second time, and each further time.
    pub second: Option<Spanned<String>>,
}

/// One step of a scale.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaleSettings {
    /// Code: lower-case letters, digits and hyphens.
    pub code: Spanned<String>,
    /// Name, e.g. 非常满意.
    pub name: String,
    /// What it counts as: `satisfied`, `fair`, `dissatisfied`.
    pub value: Spanned<String>,
    /// Points, 0 to 1,000.
    pub points: Option<Spanned<u32>>,
}

/// Which citizens are called back (回访), and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallBackSettings {
    /// Expression over `ticket` as it ended; default: all that no rule before it has taken.
    pub when: Option<Spanned<String>>,
    /// Percent of the complaints, 1 to 100; default 100.
    pub share: Option<Spanned<u32>>,
    /// How: `page`, `sms`, `person`.
    pub by: Spanned<String>,
    /// Roles of those who see to it, as in notices.
    #[serde(default)]
    pub to: Vec<Spanned<String>>,
}

/// When a dissatisfied word opens a matter again (重启办理).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestartSettings {
    /// How often at most, 1 to 20.
    pub most: Spanned<u32>,
    /// Up to how many days after the end, 1 to 366; default: however late.
    pub within_days: Option<Spanned<u32>>,
    /// Whose word: `citizen`, `supervisor`, `call_back`; default `citizen` and `call_back`.
    pub raters: Option<Spanned<Vec<Spanned<String>>>>,
}
