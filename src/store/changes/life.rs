//! What happened on the way that the rows it happened to do not keep.

use jiff::Timestamp;
use serde_json::{Value, json};

/// What happened, and to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OccurrenceKind {
    /// An attempt to send a reply; the store notes it itself.
    ReplyAttempt,
    /// A person had a reply sent after all.
    ReplyRetried,
    /// An attempt to deliver an event; the store notes it itself.
    DeliveryAttempt,
    /// A status update of a ticket was refused.
    UpdateRefused,
    /// A notice was sent by a clock of a ticket.
    Notice,
    /// A ticket or its answer began to wait for a person, or a person decided on it.
    Waiting,
    /// A platform, or a rule of the city, did something with a ticket besides setting its status.
    Act,
    /// A record could not be mapped.
    SetAside,
    /// A person had a record mapped again.
    Replayed,
    /// A ticket went elsewhere: its category, district, department or grade changed.
    Rerouted,
    /// Who joined a ticket after its platform had spoken was told what it had said last.
    ToldLate,
}

impl OccurrenceKind {
    /// All kinds with their names.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::ReplyAttempt, "reply_attempt"),
        (Self::ReplyRetried, "reply_retried"),
        (Self::DeliveryAttempt, "delivery_attempt"),
        (Self::UpdateRefused, "update_refused"),
        (Self::Notice, "notice"),
        (Self::Waiting, "waiting"),
        (Self::Act, "act"),
        (Self::SetAside, "set_aside"),
        (Self::Replayed, "replayed"),
        (Self::Rerouted, "rerouted"),
        (Self::ToldLate, "told_late"),
    ];

    /// Name in the store and the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("replayed", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Occurrence {
    /// What.
    pub kind: OccurrenceKind,
    /// Number of the reply, delivery, ticket, raw record or complaint that it happened to.
    pub subject: i64,
    /// When.
    pub at: Timestamp,
    /// What came of it: the name of a state or of a refusal, one of a few.
    pub outcome: String,
    /// What was said, and by whom; null where nothing was, or where it was erased.
    pub details: Value,
}

impl Occurrence {
    /// Most occurrences of one kind that are kept of one subject: the newest.
    pub const MAX_OF_A_KIND: usize = 100;

    /// An attempt, by the name of the state that it left; `error`: why it was not taken.
    pub(crate) fn attempt(kind: OccurrenceKind, subject: i64, state: &str, error: Option<&str>, at: Timestamp) -> Self {
        let details = error.map_or(Value::Null, |error| json!({ "error": error }));
        Self { kind, subject, at, outcome: state.to_owned(), details }
    }
}
