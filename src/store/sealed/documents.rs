//! The sealed documents inside rows. Renaming a member here is a migration of the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::acts::{ActDocument, ActName, ActsDocument};
use super::clocks::ClocksDocument;
use super::evaluations::EvaluationDocument;
use super::waiting::{HoldDocument, SubmissionDocument};
use huiliu_domain::complaint::{Point, Satisfaction};
use huiliu_domain::ticket::{Answer, AnswerFile, Handler, Status, StatusUpdate, Ticket};

/// What a status update's row seals: the update, member by member.
#[derive(Debug, Serialize)]
pub(super) struct StatusDocument<'a> {
    update_id: &'a str,
    platform: &'a str,
    ticket_id: &'a str,
    sequence: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<ActDocument>,
    occurred_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    department: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    /// Receipt numbers and words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<HandlerDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AnswerFileDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    satisfaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    due_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_by: Option<String>,
}

impl<'a> StatusDocument<'a> {
    pub(super) fn of(update: &'a StatusUpdate) -> Self {
        Self {
            update_id: &update.update_id,
            platform: &update.platform,
            ticket_id: &update.ticket_id,
            sequence: update.sequence,
            status: update.status.map(Status::wire),
            act: update.act.as_ref().map(ActDocument::of),
            occurred_at: update.occurred_at.to_string(),
            department: update.department.as_deref(),
            result: update.result.as_deref(),
            results: update.results.iter().map(|own| (own.receipt.as_str(), own.text.as_str())).collect(),
            person: update.person.clone().map(HandlerDocument::from),
            attachments: update.attachments.iter().cloned().map(AnswerFileDocument::from).collect(),
            satisfaction: update.satisfaction.map(Satisfaction::wire),
            due_at: update.due_at.map(|due_at| due_at.to_string()),
            sent_by: update.sent_by(),
        }
    }
}

/// What is read again of the document of a status update; nothing once it was erased.
#[derive(Debug, Deserialize)]
pub(super) struct SaidDocument {
    #[serde(default)]
    pub department: Option<String>,
    #[serde(default)]
    pub result: Option<String>,
    #[serde(default)]
    pub person: Option<HandlerDocument>,
    #[serde(default)]
    pub attachments: Vec<AnswerFileDocument>,
}

/// A status update as people see it: nothing is left of it once it was erased.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct UpdateDocument {
    pub platform: String,
    pub update_id: String,
    pub results: Vec<(String, String)>,
    pub satisfaction: Option<String>,
    pub due_at: Option<Timestamp>,
    pub sent_by: Option<String>,
    pub act: Option<ActName>,
}

/// Who handles a matter.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HandlerDocument {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    phone: Option<String>,
}

impl From<Handler> for HandlerDocument {
    fn from(Handler { name, unit, phone }: Handler) -> Self {
        Self { name, unit, phone }
    }
}

impl From<HandlerDocument> for Handler {
    fn from(HandlerDocument { name, unit, phone }: HandlerDocument) -> Self {
        Self { name, unit, phone }
    }
}

/// A picture or document of an answer.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AnswerFileDocument {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    media_type: Option<String>,
}

impl From<AnswerFile> for AnswerFileDocument {
    fn from(AnswerFile { url, name, media_type }: AnswerFile) -> Self {
        Self { url, name, media_type }
    }
}

impl From<AnswerFileDocument> for AnswerFile {
    fn from(AnswerFileDocument { url, name, media_type }: AnswerFileDocument) -> Self {
        Self { url, name, media_type }
    }
}

/// What a statement's row seals. Empty once the citizen's data was erased.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StatementDocument {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub satisfaction: Option<String>,
}

/// What a reply's row seals where a person told the citizen.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ToldDocument {
    pub by: String,
    pub at: Timestamp,
    pub how: String,
}

/// What a reply's row seals. Empty once the citizen's data was erased.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ReplyDocument {
    text: String,
    department: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<HandlerDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<AnswerFileDocument>,
    at: Timestamp,
    ticket_id: String,
}

impl From<&Answer> for ReplyDocument {
    fn from(answer: &Answer) -> Self {
        let Answer { text, department, person, attachments, at, ticket_id } = answer.clone();
        let attachments = attachments.into_iter().map(AnswerFileDocument::from).collect();
        Self { text, department, person: person.map(HandlerDocument::from), attachments, at, ticket_id }
    }
}

impl From<ReplyDocument> for Answer {
    fn from(document: ReplyDocument) -> Self {
        let ReplyDocument { text, department, person, attachments, at, ticket_id } = document;
        let attachments = attachments.into_iter().map(AnswerFile::from).collect();
        Self { text, department, person: person.map(Handler::from), attachments, at, ticket_id }
    }
}

/// What a file's row seals beside its content.
#[derive(Serialize, Deserialize)]
pub(super) struct FileLabel {
    pub name: String,
    pub media_type: String,
}

/// What a ticket row seals.
#[derive(Serialize, Deserialize)]
pub(super) struct TicketDocument {
    pub title: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lat: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lng: Option<f64>,
    #[serde(default)]
    pub reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub basis: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub extended_until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub restarted_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_to: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub left: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub clocks: Option<ClocksDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hold: Option<HoldDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub submission: Option<SubmissionDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acts: Option<ActsDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evaluation: Option<EvaluationDocument>,
}

impl TicketDocument {
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            title: ticket.title.clone(),
            text: ticket.text.clone(),
            address: ticket.address.clone(),
            lat: ticket.point.map(|point| point.lat),
            lng: ticket.point.map(|point| point.lng),
            reasons: ticket.route.reasons.clone(),
            basis: ticket.route.basis.clone(),
            extended_until: ticket.extended_until,
            restarted_at: ticket.restarted_at,
            sent_to: ticket.sent_to.clone(),
            left: ticket.left.clone(),
            tags: ticket.tags.clone(),
            clocks: (!ticket.clocks.is_empty()).then(|| ClocksDocument::of(&ticket.clocks)),
            hold: ticket.hold.as_ref().map(HoldDocument::of),
            submission: ticket.submission.as_ref().map(SubmissionDocument::of),
            acts: (!ticket.acts.is_empty()).then(|| ActsDocument::of(&ticket.acts)),
            evaluation: (!ticket.evaluation.is_empty()).then(|| EvaluationDocument::of(&ticket.evaluation)),
        }
    }

    pub(super) fn point(&self) -> Option<Point> {
        self.lat.zip(self.lng).map(|(lat, lng)| Point { lat, lng })
    }
}

/// What a warning's row seals.
#[derive(Serialize, Deserialize)]
pub(super) struct WarningDocument {
    pub zh: String,
    pub en: String,
    pub place: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<String>,
}

/// What a source file's row seals: its name can be a person's.
#[derive(Serialize, Deserialize)]
pub(super) struct SourceFileDocument {
    pub name: String,
    pub sheets: Vec<SheetDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure: Option<String>,
    /// Rows of before have the English alone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failure_zh: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub notices: Vec<(String, String)>,
}

/// One sheet of a source file.
#[derive(Serialize, Deserialize)]
pub(super) struct SheetDocument {
    pub name: String,
    pub rows: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_out: Option<(String, String)>,
}
