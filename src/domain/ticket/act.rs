//! Acts (办理动作): what a platform does with a ticket besides setting its status, and what the ticket keeps of it.

use jiff::Timestamp;

use super::{EventKind, Status};

/// What a platform does with a ticket. Codes and texts are as they came; whether they can be true is decided by the rules of handling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// 指派: another unit is responsible from now on, and others help it.
    Assign {
        /// Code of the unit.
        unit: String,
        /// Codes of the units that help it (协办); none: those that did so before.
        co_units: Option<Vec<String>>,
        /// Why.
        words: Option<String>,
    },
    /// 移交: another unit is responsible from now on.
    HandOver {
        /// Code of the unit.
        unit: String,
        /// Why.
        words: Option<String>,
    },
    /// 上报: a unit above the one responsible takes the matter.
    Escalate {
        /// Which one.
        to: Above,
        /// Why.
        words: Option<String>,
    },
    /// 吹哨: units are called up.
    Whistle {
        /// Codes of the units.
        units: Vec<String>,
        /// What for.
        words: Option<String>,
    },
    /// 应哨: a unit that was called has come.
    Respond {
        /// Code of the unit.
        unit: String,
        /// What it says.
        words: Option<String>,
    },
    /// 评分: who called a unit says how it came.
    Score {
        /// Code of the unit.
        unit: String,
        /// The marks.
        score: Score,
        /// Why.
        words: Option<String>,
    },
    /// 批示: a leader's instruction.
    Instruct {
        /// Name of the leader.
        author: String,
        /// The instruction.
        words: String,
    },
    /// 领办、包案: a leader takes the matter on.
    Claim {
        /// Name of the leader.
        leader: String,
        /// What the leader says.
        words: Option<String>,
    },
    /// 不同意延期: an extension that was asked for is not granted.
    RefuseExtension {
        /// Why.
        words: String,
    },
    /// 转出: the matter goes on outside of the city's handling, as a petition or in court.
    TransferOut {
        /// Code of the procedure, one of those that the city names.
        to: String,
        /// Its number there.
        number: Option<String>,
    },
}

/// Which unit above.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Above {
    /// The one directly above.
    Next,
    /// The nearest of a level, by its code.
    Level(String),
    /// A certain one, by its code.
    Unit(String),
}

/// Marks for a unit that came when it was called, 1 to 5 each; 5 is best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// How fast.
    pub speed: u8,
    /// How well.
    pub quality: u8,
}

impl Score {
    /// Best mark; 1 is the worst.
    pub const BEST: u8 = 5;
}

/// Kinds of acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActKind {
    /// [`Act::Assign`].
    Assign,
    /// [`Act::HandOver`].
    HandOver,
    /// [`Act::Escalate`].
    Escalate,
    /// A matter that was returned goes to the unit that the city's rules name; no platform does this.
    GiveBack,
    /// [`Act::Whistle`].
    Whistle,
    /// [`Act::Respond`].
    Respond,
    /// [`Act::Score`].
    Score,
    /// [`Act::Instruct`].
    Instruct,
    /// [`Act::Claim`].
    Claim,
    /// [`Act::RefuseExtension`].
    RefuseExtension,
    /// [`Act::TransferOut`].
    TransferOut,
}

impl ActKind {
    /// All kinds with their names in Chinese and on the wire.
    pub const ALL: [(Self, &'static str, &'static str); 11] = [
        (Self::Assign, "指派", "assign"),
        (Self::HandOver, "移交", "hand_over"),
        (Self::Escalate, "上报", "escalate"),
        (Self::GiveBack, "退回改派", "give_back"),
        (Self::Whistle, "吹哨", "whistle"),
        (Self::Respond, "应哨", "respond"),
        (Self::Score, "评分", "score"),
        (Self::Instruct, "批示", "instruct"),
        (Self::Claim, "领办", "claim"),
        (Self::RefuseExtension, "不同意延期", "refuse_extension"),
        (Self::TransferOut, "转出", "transfer_out"),
    ];

    /// Those that platforms do.
    pub fn of_platforms() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().map(|(kind, ..)| kind).filter(|kind| *kind != Self::GiveBack)
    }

    /// Reads the wire name.
    #[must_use]
    pub fn from_wire(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., wire)| *wire == name).map(|(kind, ..)| *kind)
    }

    /// The name on the wire.
    #[must_use]
    pub fn wire(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("assign", |(.., wire)| wire)
    }

    /// The name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("指派", |(_, zh, _)| zh)
    }

    /// The event that tells of it.
    #[must_use]
    pub fn event(self) -> EventKind {
        match self {
            Self::Assign | Self::HandOver | Self::GiveBack => EventKind::Assigned,
            Self::Escalate => EventKind::Escalated,
            Self::Whistle => EventKind::Whistled,
            Self::Respond => EventKind::Responded,
            Self::Score => EventKind::Scored,
            Self::Instruct => EventKind::Instructed,
            Self::Claim => EventKind::Claimed,
            Self::RefuseExtension | Self::TransferOut => EventKind::Status,
        }
    }
}

impl Act {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ActKind {
        match self {
            Self::Assign { .. } => ActKind::Assign,
            Self::HandOver { .. } => ActKind::HandOver,
            Self::Escalate { .. } => ActKind::Escalate,
            Self::Whistle { .. } => ActKind::Whistle,
            Self::Respond { .. } => ActKind::Respond,
            Self::Score { .. } => ActKind::Score,
            Self::Instruct { .. } => ActKind::Instruct,
            Self::Claim { .. } => ActKind::Claim,
            Self::RefuseExtension { .. } => ActKind::RefuseExtension,
            Self::TransferOut { .. } => ActKind::TransferOut,
        }
    }

    /// What was said with it.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Assign { words, .. }
            | Self::HandOver { words, .. }
            | Self::Escalate { words, .. }
            | Self::Whistle { words, .. }
            | Self::Respond { words, .. }
            | Self::Score { words, .. }
            | Self::Claim { words, .. } => words.as_deref(),
            Self::Instruct { words, .. } | Self::RefuseExtension { words } => Some(words),
            Self::TransferOut { .. } => None,
        }
    }

    /// What it names, without its words and before anything came of it.
    #[must_use]
    pub fn deed(&self) -> Deed {
        let deed = Deed::of(self.kind());
        match self.clone() {
            Self::Assign { unit, co_units, .. } => {
                Deed { unit: Some(unit), units: co_units.unwrap_or_default(), ..deed }
            }
            Self::HandOver { unit, .. } | Self::Respond { unit, .. } => Deed { unit: Some(unit), ..deed },
            Self::Escalate { to, .. } => match to {
                Above::Next => deed,
                Above::Level(level) => Deed { level: Some(level), ..deed },
                Above::Unit(unit) => Deed { unit: Some(unit), ..deed },
            },
            Self::Whistle { units, .. } => Deed { units, ..deed },
            Self::Score { unit, score, .. } => Deed { unit: Some(unit), score: Some(score), ..deed },
            Self::Instruct { author: leader, .. } | Self::Claim { leader, .. } => Deed { leader: Some(leader), ..deed },
            Self::RefuseExtension { .. } => deed,
            Self::TransferOut { to, number } => Deed { outside: Some(to), number, ..deed },
        }
    }
}

/// What was done with a ticket, as its event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The kind.
    pub kind: ActKind,
    /// The feed whose platform did it; none: it follows from the rules of the city.
    pub by: Option<String>,
    /// The unit that is responsible, came, or was given marks.
    pub unit: Option<String>,
    /// The unit that was responsible before.
    pub former_unit: Option<String>,
    /// The units that help, or that were called.
    pub units: Vec<String>,
    /// The level that was asked for.
    pub level: Option<String>,
    /// The marks.
    pub score: Option<Score>,
    /// Whether a unit that was called came in time; none where the city sets no time for that.
    pub in_time: Option<bool>,
    /// The leader who instructs or has taken the matter on.
    pub leader: Option<String>,
    /// Code of the procedure outside.
    pub outside: Option<String>,
    /// The number there.
    pub number: Option<String>,
    /// The status that the ticket takes by it.
    pub status: Option<Status>,
}

impl Deed {
    /// A deed of a kind of which nothing more is known.
    #[must_use]
    pub fn of(kind: ActKind) -> Self {
        Self {
            kind,
            by: None,
            unit: None,
            former_unit: None,
            units: Vec::new(),
            level: None,
            score: None,
            in_time: None,
            leader: None,
            outside: None,
            number: None,
            status: None,
        }
    }
}

/// A unit that is responsible because somebody, or a rule, said so: whatever joins or leaves the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Code of the unit.
    pub unit: String,
    /// How it came to the unit.
    pub kind: ActKind,
    /// The feed whose platform did it; none: a rule of the city.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The sentence about it among the reasons of the route, in Chinese.
    pub reason: String,
}

/// A unit that was called (吹哨).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whistle {
    /// Code of the unit.
    pub unit: String,
    /// The feed whose platform called it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When the unit came.
    pub responded_at: Option<Timestamp>,
    /// The marks for it.
    pub score: Option<Score>,
}

/// A leader's instruction (批示); its words are told with its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// Name of the leader.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// A leader who has taken the matter on (领办、包案).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Name of the leader.
    pub leader: String,
    /// When.
    pub at: Timestamp,
}

/// What became of an extension that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Asked {
    /// Nobody has decided yet.
    Open,
    /// It was granted.
    Granted,
    /// It was refused.
    Refused,
}

impl Asked {
    /// All with their names in documents.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Open, "asked"), (Self::Granted, "granted"), (Self::Refused, "refused")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(asked, _)| *asked == self).map_or("asked", |(_, name)| name)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(asked, _)| *asked)
    }
}

/// The extension that was asked for last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// When it was asked for.
    pub at: Timestamp,
    /// The deadline that was asked for, where one was named.
    pub until: Option<Timestamp>,
    /// The status of the ticket before.
    pub before: Status,
    /// What became of it.
    pub state: Asked,
}

/// Where a matter goes on outside of the city's handling (信访、诉讼 …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// Code of the procedure.
    pub to: String,
    /// Its number there.
    pub number: Option<String>,
    /// When it went there.
    pub at: Timestamp,
}

/// What a ticket keeps of acts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActBook {
    /// The unit that is responsible by an act or a rule; none: the route says it.
    pub assigned: Option<Assignment>,
    /// Codes of the units that help (协办).
    pub co_units: Vec<String>,
    /// How often it was returned and went to another unit by the city's rules, since it was last opened again.
    pub returns: u32,
    /// The units that were called, each time once.
    pub whistles: Vec<Whistle>,
    /// Instructions, the earliest first.
    pub instructions: Vec<Instruction>,
    /// Who has taken it on.
    pub claim: Option<Claim>,
    /// The extension that was asked for last.
    pub extension: Option<Extension>,
    /// Where it goes on outside.
    pub outside: Option<Outside>,
    /// The status that it had when it was absorbed, while it is.
    pub before_absorbed: Option<Status>,
}

impl ActBook {
    /// Most units that help, and that are called at once.
    pub const MAX_UNITS: usize = 40;
    /// Most calls of units, and most instructions, of a ticket.
    pub const MAX_KEPT: usize = 100;

    /// Whether nothing was ever noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Codes of the units that have to do with the ticket by acts: assigned, helping, called; one can come twice.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        let assigned = self.assigned.iter().map(|given| given.unit.as_str());
        let called = self.whistles.iter().map(|whistle| whistle.unit.as_str());
        assigned.chain(self.co_units.iter().map(String::as_str)).chain(called)
    }
}
