//! What the life of one matter is told from, and who behind a finished ticket was not answered, and why.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::{LastSaid, ReplyState, ReviewView, Verdict};
use huiliu_domain::complaint::{ComplaintState, Satisfaction};
use huiliu_domain::key::{ComplaintKey, ReplyKey};
use huiliu_domain::ticket::ActKind;

/// A message as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// Version of the ticket.
    pub version: u64,
    /// Exchange.
    pub exchange: String,
    /// Routing key.
    pub routing_key: String,
    /// Message id.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// When the broker confirmed it.
    pub published_at: Option<Timestamp>,
}

/// A status update that was not refused, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateView {
    /// Who sent it; empty once it was erased, as everything that it said.
    pub platform: String,
    /// The user of the broker or the access token that sent it, where that was checked.
    pub sent_by: Option<String>,
    /// The platform's id of it.
    pub update_id: String,
    /// The platform's order.
    pub sequence: i64,
    /// How it was judged.
    pub verdict: Verdict,
    /// When it was received.
    pub received_at: Timestamp,
    /// What it said to all behind the ticket.
    pub said: LastSaid,
    /// What it said to one of them alone: receipt number and words.
    pub results: Vec<(String, String)>,
    /// What the citizen thinks of the result.
    pub satisfaction: Option<Satisfaction>,
    /// The deadline of an extension.
    pub due_at: Option<Timestamp>,
    /// What it did besides setting a status; none also once it was erased.
    pub act: Option<ActKind>,
}

/// A reminder, planned or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderView {
    /// Share of the time allowed, in percent.
    pub percent: u32,
    /// When its time comes or came.
    pub at: Timestamp,
    /// Whether it was sent.
    pub sent: bool,
}

/// A question, and who answered it.
#[derive(Debug, Clone)]
pub struct AskedView {
    /// The question.
    pub review: ReviewView,
    /// Who answered it, and when; none while it is open, or where it was closed by an erasure.
    pub answered: Option<(String, Timestamp)>,
}

/// When a reply was done, and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyTimes {
    /// Which one.
    pub reply: ReplyKey,
    /// The key by which the channel knows it again.
    pub key: String,
    /// When the channel had it, a person told it, or it was given up; none while it waits.
    pub done_at: Option<Timestamp>,
    /// When it is tried next, while it waits.
    pub next_at: Option<Timestamp>,
}

/// Why a citizen behind a finished ticket was not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unanswered {
    /// The reply is being sent, or tried again.
    Waiting,
    /// The reply waits, for its channel, or the one that tells its citizens, is switched off or not in the pack.
    ChannelOff,
    /// The reply names another citizen: a person has to read it.
    Held,
    /// The reply was given up.
    Dead,
    /// The channel has no way back: a person has to tell the citizen.
    ByHand,
    /// The channel has no way to tell this.
    NoRoute,
    /// The citizen's data was erased before the reply was given.
    Erased,
    /// The citizen has withdrawn.
    Withdrawn,
    /// The source has closed it itself.
    Closed,
    /// It was finished before the gateway knew of it.
    Past,
    /// Nothing says why: a fault.
    Missing,
}

impl Unanswered {
    /// All reasons with their names.
    pub const ALL: [(Self, &'static str); 11] = [
        (Self::Waiting, "waiting"),
        (Self::ChannelOff, "channel_off"),
        (Self::Held, "held"),
        (Self::Dead, "dead"),
        (Self::ByHand, "by_hand"),
        (Self::NoRoute, "no_route"),
        (Self::Erased, "erased"),
        (Self::Withdrawn, "withdrawn"),
        (Self::Closed, "closed"),
        (Self::Past, "past"),
        (Self::Missing, "missing"),
    ];

    /// Name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(reason, _)| *reason == self).map_or("missing", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(reason, _)| *reason)
    }

    /// Why the citizen of a complaint behind a finished ticket was not answered: by the state of the reply that came nearest, the
    /// complaint's own, whether it was erased, and whether replies leave on its channel. `None`: the citizen was answered.
    pub(crate) fn of(reply: Option<ReplyState>, state: ComplaintState, erased: bool, sends: bool) -> Option<Self> {
        Some(match (reply, state) {
            (Some(ReplyState::Sent | ReplyState::Told), _) => return None,
            (Some(ReplyState::Pending), _) if sends => Self::Waiting,
            (Some(ReplyState::Pending), _) => Self::ChannelOff,
            (Some(_), _) if erased => Self::Erased,
            (Some(ReplyState::Held), _) => Self::Held,
            (Some(ReplyState::Dead), _) => Self::Dead,
            (Some(ReplyState::ByHand), _) => Self::ByHand,
            (Some(ReplyState::NoRoute), _) => Self::NoRoute,
            (None, ComplaintState::Withdrawn) => Self::Withdrawn,
            (None, ComplaintState::Closed) => Self::Closed,
            (None, ComplaintState::Past) => Self::Past,
            (None, ComplaintState::Open) => Self::Missing,
        })
    }
}

/// A complaint behind a finished ticket whose citizen was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnansweredView {
    /// Number.
    pub complaint: ComplaintKey,
    /// Receipt number.
    pub receipt: String,
    /// Channel.
    pub channel: String,
    /// Id of the ticket.
    pub ticket_id: String,
    /// When the ticket was finished.
    pub finished_at: Option<Timestamp>,
    /// Why.
    pub reason: Unanswered,
    /// The reply that came nearest.
    pub reply: Option<ReplyKey>,
}

/// The ledger per citizen: complaints behind finished tickets = answered + those with a reason why not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AnswerLedger {
    /// Complaints behind finished tickets, by the tickets' own count.
    pub finished: u64,
    /// Complaints whose citizen was answered.
    pub answered: u64,
    /// The others, by reason.
    pub unanswered: BTreeMap<Unanswered, u64>,
}

impl AnswerLedger {
    /// Counts complaints of one outcome.
    pub(crate) fn add(&mut self, outcome: Option<Unanswered>, complaints: u64) {
        match outcome {
            None => self.answered += complaints,
            Some(reason) => *self.unanswered.entry(reason).or_default() += complaints,
        }
    }

    /// Complaints of which nothing says why nobody was answered.
    #[must_use]
    pub fn missing(&self) -> u64 {
        self.unanswered.get(&Unanswered::Missing).copied().unwrap_or(0)
    }

    /// Whether every citizen was answered or stands in the list with a reason.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.finished == self.answered + self.unanswered.values().sum::<u64>() && self.missing() == 0
    }
}
