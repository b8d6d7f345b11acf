//! What leaves on behalf of a ticket, and what platforms say of it.

use jiff::Timestamp;
use serde_json::Value;

use huiliu_domain::key::{ComplaintKey, ReplyKey, TicketKey};
use huiliu_domain::ticket::{Answer, Status, StatusUpdate};
/// A message to be published.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// Ticket it speaks of.
    pub ticket: TicketKey,
    /// Version of the ticket.
    pub version: u64,
    /// Exchange.
    pub exchange: String,
    /// Routing key.
    pub routing_key: String,
    /// Message id: the same whenever it is published.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// Id of the ticket, for the headers; empty: they say nothing of it.
    pub ticket_id: String,
    /// Body.
    pub body: Value,
}

/// How a status update was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It changed the ticket.
    Accepted,
    /// It waits for a person's approval.
    Submitted,
    /// It was there before.
    Repeated,
    /// A newer one of the same platform had been accepted.
    Late,
}

impl Verdict {
    /// Name in the store and in metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Submitted => "submitted",
            Self::Repeated => "repeated",
            Self::Late => "late",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Accepted, Self::Submitted, Self::Repeated, Self::Late].into_iter().find(|verdict| verdict.name() == name)
    }
}

/// A status update from a platform.
#[derive(Debug, Clone)]
pub struct StatusRow {
    /// Ticket.
    pub ticket: TicketKey,
    /// How it was judged.
    pub verdict: Verdict,
    /// When it was received.
    pub received_at: Timestamp,
    /// The update.
    pub update: StatusUpdate,
}

/// Why a person has to tell a citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByHandReason {
    /// The channel's settings say so.
    BySetting,
    /// Another channel would tell the citizen, who has left no telephone number.
    NoTelephone,
    /// The channel has no way back.
    NoWayBack,
}

impl ByHandReason {
    /// All reasons with their names and the sentences that are kept with replies.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::BySetting, "by_setting", "by the setting of its channel, a person tells the citizen"),
        (Self::NoTelephone, "no_telephone", "the citizen has left no telephone number that another channel could use"),
        (Self::NoWayBack, "no_way_back", "the channel has no way back"),
    ];

    /// Name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("by_setting", |(_, name, _)| name)
    }

    /// What is kept with the reply.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        Self::ALL.iter().find(|(reason, ..)| *reason == self).map_or("", |(.., sentence)| sentence)
    }

    /// The reason that was kept with a reply; none where something else was.
    #[must_use]
    pub fn from_sentence(kept: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., sentence)| *sentence == kept).map(|(reason, ..)| *reason)
    }
}

/// How a reply stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplyState {
    /// To be sent, now or later.
    Pending,
    /// The source took it.
    Sent,
    /// Given up; a person has to see to it.
    Dead,
    /// The channel has no way to tell this status, and the status is not a final one.
    NoRoute,
    /// Its words name another citizen: a person has to read it before it is sent.
    Held,
    /// A person has to tell the citizen: the channel has no way back.
    ByHand,
    /// A person has told the citizen.
    Told,
}

impl ReplyState {
    /// All states with their names.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Pending, "pending"),
        (Self::Sent, "sent"),
        (Self::Dead, "dead"),
        (Self::NoRoute, "no_route"),
        (Self::Held, "held"),
        (Self::ByHand, "by_hand"),
        (Self::Told, "told"),
    ];

    /// States in which a person may still tell the citizen: nothing else will.
    pub const LEFT_TO_PEOPLE: [Self; 4] = [Self::ByHand, Self::Dead, Self::Held, Self::NoRoute];

    /// Name in the store, the API and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("pending", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// A reply to one citizen.
#[derive(Debug, Clone)]
pub struct ReplyRow {
    /// Stable key.
    pub key: String,
    /// Complaint it answers.
    pub complaint: ComplaintKey,
    /// Ticket it comes from.
    pub ticket: TicketKey,
    /// Channel it goes back on.
    pub channel: String,
    /// Status it tells.
    pub status: Status,
    /// When it was made.
    pub at: Timestamp,
    /// What the citizen is told.
    pub answer: Answer,
    /// Why it is held back until a person has read it; free of content. `None`: it is to be sent.
    pub held: Option<String>,
}

impl ReplyRow {
    /// How it stands when it is made.
    #[must_use]
    pub fn first_state(&self) -> ReplyState {
        if self.held.is_some() { ReplyState::Held } else { ReplyState::Pending }
    }
}

/// A reply that a person has sent after all.
#[derive(Debug, Clone)]
pub struct RetriedReply {
    /// Which one.
    pub reply: ReplyKey,
    /// When its time comes.
    pub at: Timestamp,
    /// What the citizen is told instead, where the person wrote other words.
    pub answer: Option<Answer>,
}

/// That a person told a citizen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who told: the name of a token.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// How, in the person's words; empty where the citizen's data was erased.
    pub how: String,
}

/// A reply of which a person says that the citizen was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldReply {
    /// Which one.
    pub reply: ReplyKey,
    /// By whom, when and how.
    pub told: Told,
}

/// A reminder to be sent at a time unless the ticket is final by then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReminderRow {
    /// Ticket.
    pub ticket: TicketKey,
    /// Share of the time allowed, in percent.
    pub percent: u32,
    /// When.
    pub at: Timestamp,
}

/// When each open clock of a ticket tells somebody next. It replaces what was planned for the ticket before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmPlan {
    /// Ticket.
    pub ticket: TicketKey,
    /// Codes of clocks, each once, and when.
    pub alarms: Vec<(String, Timestamp)>,
}
