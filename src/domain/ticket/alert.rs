//! Alerts (预警): what watching tells of matters besides their tags: a surge of one matter, and keywords about which somebody wants
//! to be told.

use jiff::Timestamp;

use crate::key::{ComplaintKey, TicketKey};

/// What kind of alert it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlertKind {
    /// 突增: one matter comes more often than usual.
    Surge,
    /// 关键词预警: a keyword, a tag or a condition of which somebody is told.
    Warning,
}

impl AlertKind {
    /// All with their names in Chinese and in settings, the store and documents.
    pub const ALL: [(Self, &'static str, &'static str); 2] =
        [(Self::Surge, "突增", "surge"), (Self::Warning, "预警", "warning")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("surge", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("突增", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(kind, ..)| *kind)
    }
}

/// An alert, as an event tells it: codes and numbers, nobody's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Which kind.
    pub kind: AlertKind,
    /// Code of the rule.
    pub code: String,
    /// Its name, e.g. 公交班次突增.
    pub name: String,
    /// Code of the tag that is watched, where it is one.
    pub tag: Option<String>,
    /// Code of the category that is watched, where it is one.
    pub category: Option<String>,
    /// Code of the division in which it was counted; none where the whole city was.
    pub district: Option<String>,
    /// How many there were, complaints or tickets.
    pub count: u64,
    /// In the last so many hours; none where one complaint is enough.
    pub hours: Option<u32>,
    /// Tenths of how many there usually are in as many hours, where that was asked.
    pub usual_tenths: Option<u64>,
    /// Ids of the tickets behind it, the newest last.
    pub tickets: Vec<String>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// 诉求.
    #[default]
    Complaints,
    /// 工单.
    Tickets,
}

impl Counted {
    /// Both with their names in settings.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Complaints, "complaints"), (Self::Tickets, "tickets")];
}

/// A complaint that was seen to be about what is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// The ticket that it is on.
    pub ticket: TicketKey,
    /// When it came.
    pub at: Timestamp,
}
