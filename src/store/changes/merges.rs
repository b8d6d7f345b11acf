//! What puts complaints together or apart, and what a person is asked about it.

use jiff::Timestamp;

use huiliu_domain::key::{ComplaintKey, DecisionKey, ReviewKey, TicketKey};
use huiliu_domain::merge::Evidence;
/// What kind of merge event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeKind {
    /// A complaint joined a ticket by itself.
    Auto,
    /// A person put one ticket's complaints to another.
    Merge,
    /// A person took a complaint out into a ticket of its own.
    Split,
    /// A person pinned a ticket.
    Pin,
    /// A person unpinned a ticket.
    Unpin,
    /// A person put one complaint from one ticket to another.
    Move,
    /// A person took back what was decided last.
    Undo,
}

impl MergeKind {
    /// All kinds with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Auto, "auto"),
        (Self::Merge, "merge"),
        (Self::Split, "split"),
        (Self::Pin, "pin"),
        (Self::Unpin, "unpin"),
        (Self::Move, "move"),
        (Self::Undo, "undo"),
    ];

    /// Name in the store and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("auto", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// An event that changed which complaints a ticket covers.
#[derive(Debug, Clone, PartialEq)]
pub struct MergeEvent {
    /// The decision it is part of: all events of one decision share a number.
    pub decision: DecisionKey,
    /// When.
    pub at: Timestamp,
    /// What kind.
    pub kind: MergeKind,
    /// The complaint that moved; none for pins.
    pub complaint: Option<ComplaintKey>,
    /// The ticket it left.
    pub from: Option<TicketKey>,
    /// The ticket it joined.
    pub to: TicketKey,
    /// `huiliu` or the name of a token.
    pub actor: String,
    /// Version of the settings.
    pub settings_version: String,
    /// The evidence, where a comparison decided.
    pub evidence: Option<Evidence>,
}

/// Two complaints that never belong together by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannotLink {
    /// One of them.
    pub a: ComplaintKey,
    /// The other.
    pub b: ComplaintKey,
    /// When it was said.
    pub at: Timestamp,
    /// Who said it.
    pub actor: String,
}

/// A question for a person: does this complaint belong to that ticket?
#[derive(Debug, Clone)]
pub struct ReviewRow {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// The ticket it may belong to.
    pub ticket: TicketKey,
    /// When it was asked.
    pub at: Timestamp,
    /// The evidence.
    pub evidence: Evidence,
}

/// A person's answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewAnswer {
    /// The question.
    pub review: ReviewKey,
    /// Whether it was the same matter.
    pub same: bool,
    /// Who said so.
    pub actor: String,
    /// When.
    pub at: Timestamp,
}
