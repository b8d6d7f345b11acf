//! What a person asks the desk for, and what came of it.

use jiff::Timestamp;

use super::erase::Erased;
use crate::key::{ReplyKey, ReviewKey, TopicKey};
use crate::store::Told;
use crate::ticket::{Every, TopicState};

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Take one complaint, by its receipt number, out of its ticket.
    Split {
        /// Receipt number.
        receipt: String,
    },
    /// Put all complaints of one ticket to another.
    Merge {
        /// Ticket that is absorbed.
        from: String,
        /// Ticket that answers for it from then on.
        into: String,
    },
    /// Put one complaint to another ticket.
    Move {
        /// Receipt number.
        receipt: String,
        /// Ticket that it belongs to.
        into: String,
    },
    /// Take back what a person decided last on a ticket.
    Undo {
        /// Ticket.
        ticket: String,
    },
    /// Keep a ticket as it is, or let it be joined again.
    Pin {
        /// Ticket.
        ticket: String,
        /// Whether it is pinned.
        pinned: bool,
    },
    /// Answer a review.
    Review {
        /// Number of the review.
        review: ReviewKey,
        /// Whether it is the same matter.
        same: bool,
    },
    /// Let a ticket be dispatched that waits.
    Release {
        /// Ticket.
        ticket: String,
    },
    /// Let the answer that waits at a ticket close the matter.
    Approve {
        /// Ticket.
        ticket: String,
        /// The platform's id of the update that was read.
        update_id: String,
    },
    /// Send the answer that waits at a ticket back to its platform.
    SendBack {
        /// Ticket.
        ticket: String,
        /// The platform's id of the update that was read.
        update_id: String,
        /// Why, for the platform.
        reason: String,
    },
    /// Erase the personal data of complaints.
    Erase {
        /// Keyed hashes of a telephone or identity number.
        hashes: Vec<u64>,
        /// Receipt number of one complaint.
        receipt: Option<String>,
    },
    /// Tell a ticket to one feed or destination as it is now.
    Send {
        /// Ticket.
        ticket: String,
        /// Name of the feed or destination.
        to: String,
    },
    /// Try replies again that were given up.
    RetryReply {
        /// What the citizen is told instead; none: what the platform said.
        words: Option<String>,
        /// Number of the reply.
        reply: ReplyKey,
    },
    /// Note what a citizen said in a call-back, or that the citizen was not reached.
    CallBack {
        /// Receipt number.
        receipt: String,
        /// Code or name of a step of the scale; none: not reached.
        rating: Option<String>,
        /// The citizen's words.
        words: Option<String>,
    },
    /// Note what a supervisor says of a ticket's result.
    Supervise {
        /// Ticket.
        ticket: String,
        /// Code or name of a step of the scale.
        rating: String,
        /// The supervisor's words.
        words: Option<String>,
    },
    /// Make a topic of tickets.
    NewTopic {
        /// Its title.
        title: String,
        /// Ids of its tickets.
        tickets: Vec<String>,
    },
    /// Give a topic more tickets.
    AddToTopic {
        /// The topic.
        topic: TopicKey,
        /// Ids of the tickets.
        tickets: Vec<String>,
    },
    /// Bring a topic into a state.
    DecideTopic {
        /// The topic.
        topic: TopicKey,
        /// The state.
        state: TopicState,
        /// What was decided.
        words: String,
    },
    /// Say how often a topic is looked at again, or what was found.
    FollowTopic {
        /// The topic.
        topic: TopicKey,
        /// How often; none: as before.
        every: Option<Every>,
        /// What was found.
        words: Option<String>,
    },
    /// Note that the citizen was told by hand.
    Told {
        /// Number of the reply.
        reply: ReplyKey,
        /// How, in the person's words.
        how: String,
        /// When; none: now.
        at: Option<Timestamp>,
    },
}

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// Done; the ids of the tickets concerned.
    Done(Vec<String>),
    /// The citizen was told by hand.
    Told {
        /// Id of the ticket that the reply is about.
        ticket: String,
        /// By whom, when and how: of the first time.
        told: Option<Told>,
        /// Whether that was noted before; then nothing was changed.
        before: bool,
    },
    /// Something was done with a topic.
    Topic {
        /// Its number.
        topic: TopicKey,
        /// Ids of the tickets that came to it.
        tickets: Vec<String>,
    },
    /// Personal data was erased, where there was some.
    Erased(Erased),
    /// Not done, for there is nothing of this name; in Chinese and English.
    Unknown(String, String),
    /// Not done, and why, in Chinese and English.
    Refused(String, String),
}

impl Acted {
    pub(super) fn refused(zh: &str, en: &str) -> Self {
        Self::Refused(zh.to_owned(), en.to_owned())
    }

    pub(super) fn unknown(zh: &str, en: &str) -> Self {
        Self::Unknown(zh.to_owned(), en.to_owned())
    }

    pub(super) fn finished() -> Self {
        Self::refused("已办结、已结案或已并入的工单不能改动", "a finished or absorbed ticket cannot be changed")
    }
}
