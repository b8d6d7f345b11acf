//! Why an act cannot be carried out, in sentences for the platform that sent it.

use jiff::Timestamp;

use crate::ticket::{ActKind, Status};

/// Why an act, or an extension, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActRefusal {
    /// By the rules of the city the feed's platform may not do this.
    NotPermitted(ActKind, String),
    /// The matter is finished.
    Finished(ActKind),
    /// There is no unit of this code.
    NoUnit(String),
    /// The unit is responsible already.
    SameUnit(String),
    /// There is no level of this code.
    NoLevel(String),
    /// Above the unit there is none, or none of the level.
    NothingAbove(String),
    /// The unit does not stand above the one responsible.
    NotAbove {
        /// The unit.
        unit: String,
        /// The one responsible.
        own: String,
    },
    /// The unit is not on the division's list of joint responsibility.
    NotJoint {
        /// The unit.
        unit: String,
        /// The division of the matter.
        district: String,
    },
    /// The unit was not called.
    NotCalled(String),
    /// The unit has come already.
    HasCome(String),
    /// The unit has not come yet.
    NotCome(String),
    /// Another platform called the unit.
    NotCaller {
        /// The unit.
        unit: String,
        /// The feed of the platform that called it.
        by: String,
    },
    /// The unit has its marks.
    HasMarks(String),
    /// There are more of these than a ticket can have.
    TooMany(ActKind, usize),
    /// No extension is asked for; the ticket has this status.
    NotAsked(Status),
    /// The extension was asked for after the deadline.
    AskedLate(Timestamp),
    /// The new deadline is more than so many days after the former.
    TooLong(u32),
    /// Others decide on extensions.
    NotAnApprover {
        /// The feed of the platform.
        feed: String,
        /// The feeds whose platforms may.
        approvers: Vec<String>,
    },
    /// The city names no such procedure outside.
    NoPlace {
        /// The code.
        to: String,
        /// Those that it names.
        known: Vec<String>,
    },
    /// What goes on outside has to be finished here.
    NotFinished,
}

impl ActRefusal {
    /// Name in the store and the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotPermitted(..) => "not_permitted",
            Self::Finished(_) => "finished",
            Self::NoUnit(_) => "no_unit",
            Self::SameUnit(_) => "same_unit",
            Self::NoLevel(_) => "no_level",
            Self::NothingAbove(_) => "nothing_above",
            Self::NotAbove { .. } => "not_above",
            Self::NotJoint { .. } => "not_joint",
            Self::NotCalled(_) => "not_called",
            Self::HasCome(_) => "has_come",
            Self::NotCome(_) => "not_come",
            Self::NotCaller { .. } => "not_caller",
            Self::HasMarks(_) => "has_marks",
            Self::TooMany(..) => "too_many",
            Self::NotAsked(_) => "not_asked",
            Self::AskedLate(_) => "asked_late",
            Self::TooLong(_) => "too_long",
            Self::NotAnApprover { .. } => "not_an_approver",
            Self::NoPlace { .. } => "no_place",
            Self::NotFinished => "not_finished",
        }
    }

    /// Whether the platform may not do this, however the ticket stands.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::NotPermitted(..) | Self::NotAnApprover { .. } | Self::NotCaller { .. })
    }

    /// Whether what was sent is wrong in itself, however the ticket stands.
    #[must_use]
    pub fn is_mistaken(&self) -> bool {
        matches!(self, Self::NoUnit(_) | Self::NoLevel(_) | Self::NoPlace { .. } | Self::TooLong(_))
    }

    /// The sentence in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotPermitted(kind, feed) => format!("按城市的规定（[acts]），订阅流 {feed} 不能{}", kind.zh()),
            Self::Finished(kind) => format!("工单已办结，不能{}；请先重新办理（reopened）", kind.zh()),
            Self::NoUnit(unit) => format!("没有单位 {unit}：请用 departments.csv 里的代码"),
            Self::SameUnit(unit) => format!("工单本来就由 {unit} 承办"),
            Self::NoLevel(level) => format!("没有层级 {level}：请用 handling.toml 里的代码"),
            Self::NothingAbove(unit) => format!("{unit} 之上没有可上报的单位"),
            Self::NotAbove { unit, own } => format!("{unit} 不是承办单位 {own} 的上级"),
            Self::NotJoint { unit, district } => {
                format!("{unit} 不在区划 {district} 的共同责任名单里：可以召集的单位见 tables/joint.csv")
            }
            Self::NotCalled(unit) => format!("没有对 {unit} 吹过哨"),
            Self::HasCome(unit) => format!("{unit} 已经应哨"),
            Self::NotCome(unit) => format!("{unit} 还没有应哨，不能评分"),
            Self::NotCaller { unit, by } => format!("对 {unit} 吹哨的是 {by}，只有它可以评分"),
            Self::HasMarks(unit) => format!("{unit} 的这次应哨已经评过分"),
            Self::TooMany(kind, most) => format!("{}超过 {most} 个", kind.zh()),
            Self::NotAsked(status) => format!("工单的状态是“{}”，没有在申请延期", status.zh()),
            Self::AskedLate(due_at) => format!("时限 {due_at} 已过，申请延期要在到期之前"),
            Self::TooLong(days) => format!("延期最多 {days} 天"),
            Self::NotAnApprover { feed, approvers } => {
                format!("订阅流 {feed} 不能审批延期；可以审批的是：{}", approvers.join("、"))
            }
            Self::NoPlace { to, known } if known.is_empty() => {
                format!("不能转到 {to}：handling.toml 里没有写 [[outside]]")
            }
            Self::NoPlace { to, known } => format!("不能转到 {to}；可以转到：{}", known.join("、")),
            Self::NotFinished => {
                "转出时要同时办结：status 写 resolved、closed 或 rejected，result 写给诉求人的答复".to_owned()
            }
        }
    }
}

impl std::fmt::Display for ActRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotPermitted(kind, feed) => {
                write!(f, "by the rules of the city ([acts]) the platform of the feed {feed} may not {}", kind.wire())
            }
            Self::Finished(kind) => write!(f, "the ticket is finished: no {} before it is reopened", kind.wire()),
            Self::NoUnit(unit) => write!(f, "there is no unit {unit}; use the codes of departments.csv"),
            Self::SameUnit(unit) => write!(f, "the ticket is with {unit} already"),
            Self::NoLevel(level) => write!(f, "there is no level {level}; use the codes of handling.toml"),
            Self::NothingAbove(unit) => write!(f, "above {unit} there is no unit that could take the ticket"),
            Self::NotAbove { unit, own } => write!(f, "{unit} does not stand above {own}, which is responsible"),
            Self::NotJoint { unit, district } => {
                write!(f, "{unit} is not on the list of joint responsibility of {district}: see tables/joint.csv")
            }
            Self::NotCalled(unit) => write!(f, "the unit {unit} was not called (whistle)"),
            Self::HasCome(unit) => write!(f, "the unit {unit} has responded already"),
            Self::NotCome(unit) => write!(f, "the unit {unit} has not responded yet; there is nothing to score"),
            Self::NotCaller { unit, by } => {
                write!(f, "the feed {by} called the unit {unit}; its platform alone scores")
            }
            Self::HasMarks(unit) => write!(f, "this response of {unit} was scored already"),
            Self::TooMany(kind, most) => write!(f, "{}: more than {most}", kind.wire()),
            Self::NotAsked(status) => write!(f, "no extension is asked for: the status is {}", status.wire()),
            Self::AskedLate(due_at) => {
                write!(f, "the ticket was due at {due_at}; an extension is asked for before that")
            }
            Self::TooLong(days) => write!(f, "an extension is {days} days at most"),
            Self::NotAnApprover { feed, approvers } => {
                let approvers = approvers.join(", ");
                write!(f, "the platform of the feed {feed} does not decide on extensions; those who do: {approvers}")
            }
            Self::NoPlace { to, known } => {
                write!(f, "a matter cannot go to {to}; [[outside]] of handling.toml names: {}", known.join(", "))
            }
            Self::NotFinished => write!(
                f,
                "what is transferred out is finished here: give status resolved, closed or rejected, with a result"
            ),
        }
    }
}
