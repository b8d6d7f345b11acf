//! Acts: as platforms write them in `StatusUpdateV1`, and as `TicketV1` tells of them.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::status::{Reading, SAYS_SOMETHING, whole};
use crate::ticket::{Above, Act, ActKind, Asked, Score};

fn kinds() -> Vec<&'static str> {
    ActKind::ALL.iter().map(|(.., wire)| *wire).collect()
}

fn assigning() -> [&'static str; 4] {
    [ActKind::Assign, ActKind::HandOver, ActKind::Escalate, ActKind::GiveBack].map(ActKind::wire)
}

fn asked() -> [&'static str; 3] {
    Asked::ALL.map(|(_, name)| name)
}

/// What a platform does with a ticket besides setting its status. `words` say why; they are told to everybody who gets the ticket, as the
/// note of the event. At most 20,000 characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ActV1 {
    /// 指派: another unit is responsible from now on, and others help it. Event `assigned`.
    Assign {
        /// Code of the unit, of departments.csv.
        #[schemars(length(min = 1, max = 200))]
        #[schemars(example = &"housing")]
        unit: String,
        /// Codes of the units that help it (协办), at most 20; left out: those that did so before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20), inner(length(min = 1, max = 200)))]
        #[schemars(example = ["power"])]
        co_units: Option<Vec<String>>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 移交: another unit is responsible from now on; the units that help stay. Event `assigned`.
    HandOver {
        /// Code of the unit, of departments.csv.
        #[schemars(length(min = 1, max = 200))]
        #[schemars(example = &"housing")]
        unit: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 上报: the unit above the one responsible takes the matter, or the nearest above it of a level, or a certain one above it. Event
    /// `escalated`.
    Escalate {
        /// Code of the level.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 200))]
        #[schemars(example = &"city")]
        to_level: Option<String>,
        /// Code of the unit; where there is one, the level does not count.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 200))]
        #[schemars(example = &"command-center")]
        unit: Option<String>,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 吹哨: units are called up. Event `whistled`.
    Whistle {
        /// Codes of the units, of departments.csv.
        #[schemars(length(min = 1, max = 20), inner(length(min = 1, max = 200)))]
        #[schemars(example = ["housing", "power"])]
        units: Vec<String>,
        /// What for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 应哨: a unit that was called has come. Event `responded`.
    Respond {
        /// Code of the unit.
        #[schemars(length(min = 1, max = 200))]
        #[schemars(example = &"housing")]
        unit: String,
        /// What it says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 评分: the platform that called a unit gives it marks, once for each time that it came. Event `scored`.
    Score {
        /// Code of the unit.
        #[schemars(length(min = 1, max = 200))]
        #[schemars(example = &"housing")]
        unit: String,
        /// How fast it came, 1 to 5; 5 is best.
        #[serde(deserialize_with = "mark")]
        #[schemars(range(min = 1, max = 5))]
        speed: u8,
        /// How well it worked, 1 to 5; 5 is best.
        #[serde(deserialize_with = "mark")]
        #[schemars(range(min = 1, max = 5))]
        quality: u8,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 批示: a leader's instruction. Event `instructed`.
    Instruct {
        /// Name of the leader; not blank.
        #[schemars(length(max = 200), extend("pattern" = SAYS_SOMETHING))]
        #[schemars(example = &"王副市长")]
        author: String,
        /// The instruction; not blank.
        #[schemars(length(max = 20_000), extend("pattern" = SAYS_SOMETHING))]
        #[schemars(example = &"请限三日内办结并报告。")]
        words: String,
    },
    /// 领办、包案: a leader takes the matter on. Event `claimed`.
    Claim {
        /// Name of the leader; not blank.
        #[schemars(length(max = 200), extend("pattern" = SAYS_SOMETHING))]
        #[schemars(example = &"王副市长")]
        leader: String,
        /// What the leader says.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 20_000))]
        words: Option<String>,
    },
    /// 不同意延期: the extension that is asked for is not granted; the ticket has the status again that it had before. Event `status`.
    RefuseExtension {
        /// Why; not blank.
        #[schemars(length(max = 20_000), extend("pattern" = SAYS_SOMETHING))]
        #[schemars(example = &"理由不充分，请按期办结。")]
        words: String,
    },
    /// 转出: the matter goes on outside of the city's handling, as a petition or in court. It is finished here: with a status of resolved,
    /// closed or rejected and a result, or of a ticket that is finished. Event `status`.
    TransferOut {
        /// Code of the procedure, one of those that the city's rules name.
        #[schemars(length(min = 1, max = 200))]
        #[schemars(example = &"petition")]
        to: String,
        /// Its number there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(length(max = 200))]
        #[schemars(example = &"XF-2026-0815")]
        number: Option<String>,
    },
}

/// A mark of 1 to 5.
fn mark<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let number = whole(deserializer)?;
    let mark = u8::try_from(number).ok().filter(|mark| (1..=Score::BEST).contains(mark));
    mark.ok_or_else(|| serde::de::Error::custom("speed and quality are 1 to 5"))
}

impl ActV1 {
    /// The same, each unit as the function gives it: people call units by their names.
    pub(crate) fn with_units(mut self, code: &dyn Fn(&str) -> String) -> Self {
        let change = |unit: &mut String| *unit = code(unit);
        match &mut self {
            Self::Assign { unit, co_units, .. } => {
                change(unit);
                co_units.iter_mut().flatten().for_each(change);
            }
            Self::HandOver { unit, .. } | Self::Respond { unit, .. } | Self::Score { unit, .. } => change(unit),
            Self::Escalate { unit, .. } => unit.iter_mut().for_each(change),
            Self::Whistle { units, .. } => units.iter_mut().for_each(change),
            _ => {}
        }
        self
    }

    /// Reads every value once; what is wrong is among the reasons.
    pub(super) fn parse(self, reading: &mut Reading) -> Act {
        match self {
            Self::Assign { unit, co_units, words } => Act::Assign {
                unit: reading.bounded("act.unit", unit),
                co_units: co_units.map(|units| reading.units("act.co_units", units, 0)),
                words: reading.words(words),
            },
            Self::HandOver { unit, words } => {
                Act::HandOver { unit: reading.bounded("act.unit", unit), words: reading.words(words) }
            }
            Self::Escalate { to_level, unit, words } => {
                let level = reading.optional("act.to_level", to_level);
                let to = match (reading.optional("act.unit", unit), level) {
                    (Some(unit), _) => Above::Unit(unit),
                    (None, Some(level)) => Above::Level(level),
                    (None, None) => Above::Next,
                };
                Act::Escalate { to, words: reading.words(words) }
            }
            Self::Whistle { units, words } => {
                Act::Whistle { units: reading.units("act.units", units, 1), words: reading.words(words) }
            }
            Self::Respond { unit, words } => {
                Act::Respond { unit: reading.bounded("act.unit", unit), words: reading.words(words) }
            }
            Self::Score { unit, speed, quality, words } => Act::Score {
                unit: reading.bounded("act.unit", unit),
                score: Score { speed, quality },
                words: reading.words(words),
            },
            Self::Instruct { author, words } => {
                Act::Instruct { author: reading.name("act.author", author), words: reading.said(words) }
            }
            Self::Claim { leader, words } => {
                Act::Claim { leader: reading.name("act.leader", leader), words: reading.words(words) }
            }
            Self::RefuseExtension { words } => Act::RefuseExtension { words: reading.said(words) },
            Self::TransferOut { to, number } => {
                Act::TransferOut { to: reading.bounded("act.to", to), number: reading.optional("act.number", number) }
            }
        }
    }
}

/// What was done with the ticket, in assigned, escalated, whistled, responded, scored, instructed, claimed, and in status where an
/// extension was refused or the matter transferred out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeedV1 {
    /// assign, hand_over, escalate, whistle, respond, score, instruct, claim, refuse_extension, transfer_out: what a platform does;
    /// give_back: a matter that was returned goes to the unit that the city's rules name.
    #[schemars(extend("enum" = kinds()))]
    #[schemars(example = &"assign")]
    pub kind: String,
    /// The feed whose platform did it; missing where it follows from the city's rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"command")]
    pub by: Option<String>,
    /// Code of the unit that is responsible from now on, has come, or was given marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"housing")]
    pub unit: Option<String>,
    /// Name of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"住房和城乡建设局")]
    pub unit_name: Option<String>,
    /// Code of the unit that was responsible before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"urban-management")]
    pub former_unit: Option<String>,
    /// Codes of the units that help, or that were called.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(example = ["power"])]
    pub units: Vec<String>,
    /// How fast a unit came, 1 to 5; 5 is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 5)]
    pub speed: Option<u8>,
    /// How well it worked, 1 to 5; 5 is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 4)]
    pub quality: Option<u8>,
    /// Whether a unit that was called came in time; missing where the city sets no time for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_time: Option<bool>,
    /// Name of the leader who instructs or has taken the matter on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"王副市长")]
    pub leader: Option<String>,
    /// Code of the procedure in which the matter goes on outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"petition")]
    pub to: Option<String>,
    /// Its number there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"XF-2026-0815")]
    pub number: Option<String>,
}

/// The unit that is responsible because a platform, or a rule of the city, gave it the ticket: whatever joins or leaves it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AssignmentV1 {
    /// Code of the unit.
    #[schemars(example = &"housing")]
    pub unit: String,
    /// How it came to the unit: assign, hand_over, escalate, give_back.
    #[schemars(extend("enum" = assigning()))]
    #[schemars(example = &"assign")]
    pub act: String,
    /// The feed whose platform did it; missing where it follows from the city's rules.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"command")]
    pub by: Option<String>,
    /// When, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
}

/// A unit that was called (吹哨).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhistleV1 {
    /// Code of the unit.
    #[schemars(example = &"housing")]
    pub unit: String,
    /// Name of the unit.
    #[schemars(example = &"住房和城乡建设局")]
    pub unit_name: String,
    /// The feed whose platform called it.
    #[schemars(example = &"command")]
    pub by: String,
    /// When, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// When the unit came, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub responded_at: Option<String>,
    /// How fast it came, 1 to 5; 5 is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 5)]
    pub speed: Option<u8>,
    /// How well it worked, 1 to 5; 5 is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 4)]
    pub quality: Option<u8>,
}

/// A leader's instruction (批示); its words are the note of its event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InstructionV1 {
    /// Name of the leader.
    #[schemars(example = &"王副市长")]
    pub author: String,
    /// When, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
}

/// The extension that was asked for last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExtensionV1 {
    /// asked: nobody has decided yet; granted; refused.
    #[schemars(extend("enum" = asked()))]
    #[schemars(example = &"asked")]
    pub state: String,
    /// When it was asked for, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
    /// The deadline that was asked for, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time"))]
    pub until: Option<String>,
}

/// Where a matter goes on outside of the city's handling (信访、诉讼 …).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutsideV1 {
    /// Code of the procedure.
    #[schemars(example = &"petition")]
    pub to: String,
    /// Its name.
    #[schemars(example = &"信访")]
    pub to_name: String,
    /// Its number there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"XF-2026-0815")]
    pub number: Option<String>,
    /// When it went there, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    pub at: String,
}
