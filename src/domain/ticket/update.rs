//! The status update (办理状态): what a platform says about a ticket, and the answer it gives citizens.

use jiff::Timestamp;

use super::{Act, Rater, Status};
use crate::complaint::Satisfaction;

/// What a platform says about a ticket. Every value was read once, where the update came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    /// The platform's own id of this update; the same update sent again has the same id.
    pub update_id: String,
    /// Name of the platform: of the feed that it receives.
    pub platform: String,
    /// Ticket id.
    pub ticket_id: String,
    /// The platform's counter for this ticket, growing with every update.
    pub sequence: i64,
    /// Status it sets, one of [`Status::SET_BY_PLATFORMS`]; none only where there is an act.
    pub status: Option<Status>,
    /// What it does with the ticket besides.
    pub act: Option<Act>,
    /// When the platform says it happened.
    pub occurred_at: Timestamp,
    /// Name of the department that acts, for the citizen.
    pub department: Option<String>,
    /// Result for the citizen; there is one in every final status.
    pub result: Option<String>,
    /// Results for single citizens.
    pub results: Vec<OwnResult>,
    /// Who handles it (经办人).
    pub person: Option<Handler>,
    /// Pictures and documents that belong to the answer, each under its address.
    pub attachments: Vec<AnswerFile>,
    /// 满意度 that the platform heard from the citizen.
    pub satisfaction: Option<Satisfaction>,
    /// What somebody said of the result; it counts before [`Self::satisfaction`].
    pub rating: Option<GivenRating>,
    /// New deadline, with [`Status::Extended`]; the one that is asked for, with [`Status::ExtensionRequested`].
    pub due_at: Option<Timestamp>,
    /// Who sent it.
    pub sender: Sender,
    /// The trace that its publisher gave with it.
    pub trace: Option<String>,
}

impl StatusUpdate {
    /// Who sent it, as far as the broker or the gateway has checked it: a user of the broker, an access token, or a person.
    #[must_use]
    pub fn sent_by(&self) -> Option<String> {
        match &self.sender {
            Sender::User(name) => name.as_ref().map(|name| format!("user:{name}")),
            Sender::Token(name) | Sender::Program(name) => Some(format!("token:{name}")),
            Sender::Person(name) => Some(format!("person:{name}")),
        }
    }
}

/// Who sent a status update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// The broker's user that published it, as far as its publisher said; the broker has checked it.
    User(Option<String>),
    /// The access token of this name, by REST.
    Token(String),
    /// The person of this name, who has signed in.
    Person(String),
    /// The access token of this name, with which a program speaks as people do.
    Program(String),
}

/// What somebody said of a result, as a platform tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenRating {
    /// Who said it.
    pub rater: Rater,
    /// Code or name of a step of the city's scale.
    pub step: String,
    /// The words.
    pub words: Option<String>,
    /// Receipt number of the complaint whose citizen is meant; none: the ticket as a whole, or its only complaint.
    pub receipt: Option<String>,
}

/// What one citizen is told instead of the common result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnResult {
    /// The citizen's receipt number.
    pub receipt: String,
    /// The words.
    pub text: String,
}

/// Who handles a matter (经办人), as a platform says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handler {
    /// Name.
    pub name: String,
    /// The unit or section.
    pub unit: Option<String>,
    /// Telephone number; given to those only whom settings allow.
    pub phone: Option<String>,
}

/// A picture or document that belongs to an answer; its platform keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerFile {
    /// Its address.
    pub url: String,
    /// Its name.
    pub name: Option<String>,
    /// Media type.
    pub media_type: Option<String>,
}

/// What a citizen is told: the words of one status update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Result for the citizen; empty where the platform gave none.
    pub text: String,
    /// Name of the department that acted.
    pub department: String,
    /// Who handled it.
    pub person: Option<Handler>,
    /// Pictures and documents that belong to it.
    pub attachments: Vec<AnswerFile>,
    /// When it happened.
    pub at: Timestamp,
    /// Ticket that it answers.
    pub ticket_id: String,
}
