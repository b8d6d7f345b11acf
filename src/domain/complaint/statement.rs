//! The statement (后续消息): what a source states later of a complaint that is there. It is urged, withdrawn, closed, rated.

use jiff::Timestamp;

use super::Satisfaction;

/// What a statement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// 催办: the citizen asks again how long it will take.
    Urging,
    /// 撤单: the citizen takes the complaint back.
    Withdrawal,
    /// 办结: the source has closed the complaint itself.
    Closing,
    /// 评价: how satisfied the citizen was, as the source has heard.
    Rating,
}

impl StatementKind {
    /// All kinds with their names in Chinese and in channel files, the store and the API.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Urging, "催办", "urging"),
        (Self::Withdrawal, "撤单", "withdrawal"),
        (Self::Closing, "办结", "closing"),
        (Self::Rating, "评价", "rating"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("urging", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(kind, ..)| *kind == self).map_or("催办", |(_, zh, _)| zh)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(kind, ..)| *kind)
    }
}

/// What a source states later of a complaint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it means.
    pub kind: StatementKind,
    /// Name of the channel whose complaint it is about.
    pub channel: String,
    /// The source's number of the complaint, or its receipt number.
    pub about: String,
    /// What tells it from others of its kind about the same complaint; none: its record, time and words do.
    pub id: Option<String>,
    /// When it was said, as the source has it.
    pub at: Option<Timestamp>,
    /// The words; empty where there are none.
    pub text: String,
    /// 满意度, in ratings.
    pub satisfaction: Option<Satisfaction>,
    /// Code of the step of the city's scale that it was.
    pub step: Option<String>,
}

/// Whether the citizen of a complaint waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ComplaintState {
    /// It waits, or was answered by its ticket.
    #[default]
    Open,
    /// The citizen took it back.
    Withdrawn,
    /// Its source has closed it.
    Closed,
    /// It was finished before the gateway knew of it.
    Past,
}

impl ComplaintState {
    /// All states with their names in the store, in documents and in the API.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Open, "open"), (Self::Withdrawn, "withdrawn"), (Self::Closed, "closed"), (Self::Past, "past")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("open", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}
