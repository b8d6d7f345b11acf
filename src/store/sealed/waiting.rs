//! What of a ticket waits for a person, as its sealed document has it. Renaming a member here is a migration of the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::documents::{AnswerFileDocument, HandlerDocument};
use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::ticket::{
    Act, AnswerFile, GivenRating, Handler, Hold, OwnResult, Rater, Sender, Status, StatusUpdate, Submission,
};

/// A ticket that waits before it is dispatched.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct HoldDocument {
    code: String,
    since: Timestamp,
}

impl HoldDocument {
    pub(super) fn of(hold: &Hold) -> Self {
        Self { code: hold.code.clone(), since: hold.since }
    }

    pub(super) fn into_hold(self) -> Hold {
        Hold { code: self.code, since: self.since }
    }
}

/// An answer that waits for approval.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SubmissionDocument {
    code: String,
    since: Timestamp,
    update_id: String,
    platform: String,
    ticket_id: String,
    sequence: i64,
    status: String,
    occurred_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    department: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    result: Option<String>,
    /// Receipt numbers and words.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    results: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    person: Option<HandlerDocument>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    attachments: Vec<AnswerFileDocument>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    satisfaction: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    due_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    token: Option<String>,
    /// Name of the person who signed in and sent it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    clerk: Option<String>,
    /// Name of the token of a program that sent it as people do.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    program: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    trace: Option<String>,
    /// Where the matter goes on outside, and its number there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outside: Option<(String, Option<String>)>,
    /// Who rated, the step, the words, and the receipt number of the complaint.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    rating: Option<(String, String, Option<String>, Option<String>)>,
}

impl SubmissionDocument {
    pub(super) fn of(submission: &Submission) -> Self {
        let Submission { code, since, update } = submission.clone();
        let (mut user, mut token, mut clerk, mut program) = (None, None, None, None);
        match update.sender {
            Sender::User(name) => user = name,
            Sender::Token(name) => token = Some(name),
            Sender::Person(name) => clerk = Some(name),
            Sender::Program(name) => program = Some(name),
        }
        Self {
            code,
            since,
            update_id: update.update_id,
            platform: update.platform,
            ticket_id: update.ticket_id,
            sequence: update.sequence,
            status: update.status.unwrap_or_default().wire().to_owned(),
            occurred_at: update.occurred_at,
            department: update.department,
            result: update.result,
            results: update.results.into_iter().map(|own| (own.receipt, own.text)).collect(),
            person: update.person.map(HandlerDocument::from),
            attachments: update.attachments.into_iter().map(AnswerFileDocument::from).collect(),
            satisfaction: update.satisfaction.map(|said| said.wire().to_owned()),
            due_at: update.due_at,
            user,
            token,
            clerk,
            program,
            trace: update.trace,
            outside: match update.act {
                Some(Act::TransferOut { to, number }) => Some((to, number)),
                _ => None,
            },
            rating: update.rating.map(|given| (given.rater.name().to_owned(), given.step, given.words, given.receipt)),
        }
    }

    /// The answer that waits; else what of it is none that this version knows.
    pub(super) fn into_submission(self) -> Result<Submission, String> {
        let status = Status::from_wire(&self.status).ok_or_else(|| format!("no status is called {:?}", self.status))?;
        let read = |name: String| Satisfaction::from_wire(&name).ok_or_else(|| format!("no rating is called {name:?}"));
        let rating = |(rater, step, words, receipt): (String, String, Option<String>, Option<String>)| {
            let rater = Rater::from_name(&rater).ok_or_else(|| format!("no rater is called {rater:?}"))?;
            Ok::<_, String>(GivenRating { rater, step, words, receipt })
        };
        let update = StatusUpdate {
            update_id: self.update_id,
            platform: self.platform,
            ticket_id: self.ticket_id,
            sequence: self.sequence,
            status: Some(status),
            rating: self.rating.map(rating).transpose()?,
            act: self.outside.map(|(to, number)| Act::TransferOut { to, number }),
            occurred_at: self.occurred_at,
            department: self.department,
            result: self.result,
            results: self.results.into_iter().map(|(receipt, text)| OwnResult { receipt, text }).collect(),
            person: self.person.map(Handler::from),
            attachments: self.attachments.into_iter().map(AnswerFile::from).collect(),
            satisfaction: self.satisfaction.map(read).transpose()?,
            due_at: self.due_at,
            sender: match (self.clerk, self.program, self.token) {
                (Some(name), ..) => Sender::Person(name),
                (None, Some(name), _) => Sender::Program(name),
                (None, None, Some(name)) => Sender::Token(name),
                (None, None, None) => Sender::User(self.user),
            },
            trace: self.trace,
        };
        Ok(Submission { code: self.code, since: self.since, update })
    }
}
