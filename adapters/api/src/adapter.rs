//! The trait that every adapter implements.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use huiliu_expression::Shape;
use serde_json::{Map, Value};

use crate::{
    AdapterError, CitizenForm, FileReading, HttpEndpoint, RawRecord, Reply, Sent, Session, SettingsProblem,
    ShownRequest, SourceAlarm, Trace, WayBack,
};

/// A request as an adapter would send it.
pub type OutgoingRequest = http::Request<bytes::Bytes>;

/// Records of a file, read as they are asked for.
pub type Records = Box<dyn Iterator<Item = RawRecord> + Send>;

/// How far a source has been read, in the adapter's own terms. Stored with the commit of the batch it came with.
#[derive(Debug, Clone, PartialEq)]
pub struct Position(pub Value);

/// What an adapter needs to confirm a batch, in its own terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Receipt(pub Value);

/// Records from a source, not yet confirmed.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// The records, at most as many as were asked for.
    pub records: Vec<RawRecord>,
    /// The position after this batch; `None` leaves the stored one as it is.
    pub position: Option<Position>,
    /// To be handed back to [`Adapter::confirm`].
    pub receipt: Receipt,
    /// Whether the source is known to hold more right now, so that the gateway need not wait.
    pub more: bool,
    /// For sources that push: how many records each call brought, in their order. Without any, the records are of one page.
    pub calls: Vec<usize>,
    /// For sources of whole files: the file that the records are rows of, and what reading it has come to.
    pub file: Option<FileReading>,
    /// What an operator has to know of the source although reading goes on.
    pub alarms: Vec<SourceAlarm>,
}

/// What became of one record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// [`RawRecord::id`].
    pub id: String,
    /// What became of it.
    pub state: OutcomeState,
}

/// The fates of a record. In all of them it is kept, so all of them may be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutcomeState {
    /// Stored as a complaint; the citizen's receipt number.
    Accepted {
        /// Number under which the citizen can ask.
        receipt_number: String,
    },
    /// It gave a complaint that was there new content.
    Amended {
        /// Number under which the citizen can ask.
        receipt_number: String,
    },
    /// It says something about a complaint that was there: a word of its citizen, a rating.
    FollowUp {
        /// Number of that complaint.
        receipt_number: String,
    },
    /// The same content was there before; nothing changed.
    Repeated {
        /// Number under which the citizen can ask, when the record is a complaint.
        receipt_number: Option<String>,
    },
    /// Kept aside because it could not be mapped.
    Quarantined {
        /// The first problem, in Chinese; free of personal data.
        reason: String,
    },
    /// Kept as evidence but not made a complaint, by a rule of the channel file.
    Discarded {
        /// Name of the rule.
        rule: String,
    },
}

impl Outcome {
    /// What is known of an outcome in acknowledgement templates before there is one.
    #[must_use]
    pub fn shape() -> Shape {
        let states = ["accepted", "amended", "follow_up", "repeated", "quarantined", "discarded"];
        Shape::of_singles(["id", "receipt_number", "reason", "rule"])
            .with("state", Shape::OneOf(states.map(str::to_owned).to_vec()))
    }

    /// The outcome as acknowledgement templates see it: `id`, `state`, `receipt_number`, `reason`, `rule`.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let (state, receipt_number, reason, rule) = match &self.state {
            OutcomeState::Accepted { receipt_number } => ("accepted", Some(receipt_number), None, None),
            OutcomeState::Amended { receipt_number } => ("amended", Some(receipt_number), None, None),
            OutcomeState::FollowUp { receipt_number } => ("follow_up", Some(receipt_number), None, None),
            OutcomeState::Repeated { receipt_number } => ("repeated", receipt_number.as_ref(), None, None),
            OutcomeState::Quarantined { reason } => ("quarantined", None, Some(reason), None),
            OutcomeState::Discarded { rule } => ("discarded", None, None, Some(rule)),
        };
        serde_json::json!({
            "id": self.id, "state": state, "receipt_number": receipt_number, "reason": reason, "rule": rule,
        })
    }
}

/// Who begins when a record is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// The gateway asks: a pull answers within [`MAX_SILENCE`](crate::MAX_SILENCE), and reading has a position.
    Pulled,
    /// The source comes: a pull waits until something has come, and there is no position.
    Pushed,
}

/// One configured source.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// Who begins; the same as long as the adapter lives.
    fn delivery(&self) -> Delivery;

    /// Delivers at most `limit` records after `position`. A source that pushes waits here until something has come.
    ///
    /// # Errors
    /// Transient, refused or gone; nothing has been taken from the source then.
    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError>;

    /// Tells the source that the batch is safe: signs, moves a file, answers a caller. Confirming twice is harmless.
    ///
    /// # Errors
    /// Transient or refused. The records are safe all the same; they may be delivered again, which changes nothing.
    async fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError>;

    /// Gives a pulled batch up after a failure of the gateway, so that a waiting caller is told to send again.
    fn abandon(&self, _receipt: &Receipt) {}

    /// To whom it can carry replies; the same as long as the adapter lives.
    fn way_back(&self) -> WayBack;

    /// Carries one reply to the source of one complaint. Sending the same [`Reply::key`] twice must be harmless where the
    /// source allows it.
    ///
    /// # Errors
    /// Transient: try again later. Refused: the source will not take it. Gone: the source does not know the complaint.
    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError>;

    /// Reads a file that holds a payload as the source would deliver it: for trying a mapping, for cases and for imports.
    ///
    /// # Errors
    /// Refused when the file cannot be read or is not in the channel's format.
    fn read_file(&self, path: &Path) -> Result<Records, AdapterError>;

    /// The names of the HTTP calls that it makes to its source: `list`, `detail`, `sign`, `reply`, `login.1`…
    fn calls(&self) -> Vec<String> {
        Vec::new()
    }

    /// The request that one of [`calls`](Self::calls) would make, written as it is written for sending; nothing is sent. `given` are the
    /// variables of its templates; `session` stands for what the login gave, and `cookies` for its `Cookie` header.
    ///
    /// # Errors
    /// Refused: there is no such call, or it cannot be written.
    fn request_of(&self, call: &str, given: &Map<String, Value>) -> Result<OutgoingRequest, AdapterError> {
        let _ = given;
        Err(AdapterError::refused(format!("没有这个调用：{call}（there is no call {call} here）")))
    }

    /// A request of [`request_of`](Self::request_of) as people may see it: without secrets; none where there are no such requests.
    fn shown(&self, request: &OutgoingRequest) -> Option<ShownRequest> {
        let _ = request;
        None
    }

    /// What is to be seen of its calls while they are made, for adapters that make or take HTTP calls.
    fn trace(&self) -> Option<&Trace> {
        None
    }

    /// What `huiliu check` says of the settings although they work, each with its place.
    fn remarks(&self) -> Vec<SettingsProblem> {
        Vec::new()
    }

    /// The endpoint to mount under `/in/<channel>`, for sources that push over HTTP.
    fn endpoint(&self) -> Option<Arc<dyn HttpEndpoint>> {
        None
    }

    /// The form that citizens fill in, for channels that are one.
    fn form(&self) -> Option<Arc<dyn CitizenForm>> {
        None
    }

    /// The standing link to run beside the pulls, for sources whose protocol has one.
    fn session(&self) -> Option<Arc<dyn Session>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_have_the_members_and_states_that_are_checked_for() {
        let Shape::Members(members) = Outcome::shape() else { panic!("an outcome has members") };
        let Some(Shape::OneOf(known)) = members.get("state") else { panic!("states are known") };
        let receipt_number = String::from("R");
        let states = [
            OutcomeState::Accepted { receipt_number: receipt_number.clone() },
            OutcomeState::Amended { receipt_number: receipt_number.clone() },
            OutcomeState::FollowUp { receipt_number },
            OutcomeState::Repeated { receipt_number: None },
            OutcomeState::Quarantined { reason: String::new() },
            OutcomeState::Discarded { rule: String::new() },
        ];
        for (state, known) in states.into_iter().zip(known) {
            let value = Outcome { id: String::new(), state }.to_value();
            assert_eq!(value["state"], **known);
            let mut names: Vec<&String> = value.as_object().unwrap().keys().collect();
            names.sort();
            assert_eq!(names, members.keys().collect::<Vec<_>>());
        }
    }
}
