//! Ratings and call-backs, and what a ticket's sealed document has of its evaluation. Renaming a member here is a migration of the
//! store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Kind, Place, Sealer, ms};
use crate::{CallBackView, RatingRow, StoreError};
use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::{CallBackState, CallBackWay, Consequence, Evaluation, Rater};

/// What a ticket keeps of its evaluation.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct EvaluationDocument {
    rounds: u32,
    restarts: u32,
    dissatisfied: u32,
    refused: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    dissatisfied_round: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    citizen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    supervisor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice_at: Option<Timestamp>,
}

impl EvaluationDocument {
    pub(super) fn of(evaluation: &Evaluation) -> Self {
        let name = |value: Satisfaction| value.wire().to_owned();
        Self {
            rounds: evaluation.rounds,
            restarts: evaluation.restarts,
            dissatisfied: evaluation.dissatisfied,
            refused: evaluation.refused,
            dissatisfied_round: evaluation.dissatisfied_round,
            citizen: evaluation.citizen.map(name),
            supervisor: evaluation.supervisor.map(name),
            notice_at: evaluation.notice_at,
        }
    }

    /// The evaluation; else what of it is none that this version knows.
    pub(super) fn into_evaluation(self) -> Result<Evaluation, String> {
        let value = |name: Option<String>| {
            let read = |name: String| {
                Satisfaction::from_wire(&name).ok_or_else(|| format!("{name:?} is not a rating this version knows"))
            };
            name.map(read).transpose()
        };
        Ok(Evaluation {
            rounds: self.rounds,
            restarts: self.restarts,
            dissatisfied: self.dissatisfied,
            refused: self.refused,
            dissatisfied_round: self.dissatisfied_round,
            citizen: value(self.citizen)?,
            supervisor: value(self.supervisor)?,
            notice_at: self.notice_at,
        })
    }
}

/// What a rating's row seals. Empty once the citizen's data was erased.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct RatingDocument {
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
}

pub(crate) struct SealedRating<'a> {
    pub ticket: i64,
    pub complaint: Option<i64>,
    pub rater: &'static str,
    pub round: u32,
    pub step: &'a str,
    pub value: &'static str,
    pub consequence: &'static str,
    pub at: i64,
    pub body: Vec<u8>,
}

pub(crate) struct RatingCells<'r> {
    pub id: i64,
    pub ticket: i64,
    pub complaint: Option<i64>,
    pub rater: &'r str,
    pub round: u32,
    pub step: String,
    pub value: &'r str,
    pub consequence: &'r str,
    pub at: i64,
    pub body: &'r [u8],
}

pub(crate) struct CallBackCells<'r> {
    pub id: i64,
    pub complaint: i64,
    pub ticket: i64,
    pub round: u32,
    pub way: &'r str,
    pub state: &'r str,
    pub at: i64,
    pub done_at: Option<i64>,
}

impl Sealer {
    pub(super) fn new_rating<'a>(&self, row: &'a RatingRow) -> Result<SealedRating<'a>, StoreError> {
        let document = RatingDocument { by: row.by.clone(), words: row.words.clone() };
        Ok(SealedRating {
            ticket: row.ticket.0,
            complaint: row.complaint.map(|complaint| complaint.0),
            rater: row.rater.name(),
            round: row.round,
            step: &row.step,
            value: row.value.wire(),
            consequence: row.consequence.name(),
            at: ms(row.at),
            body: self.document(Kind::Rating, &document)?,
        })
    }

    pub(crate) fn rating(&self, cells: RatingCells<'_>) -> Result<RatingRow, StoreError> {
        let place = Place { table: "rating", row: cells.id };
        let RatingDocument { by, words } = self.opened(place, Kind::Rating, cells.body)?;
        Ok(RatingRow {
            ticket: TicketKey(cells.ticket),
            complaint: cells.complaint.map(ComplaintKey),
            rater: place.name(Rater::from_name(cells.rater), cells.rater)?,
            round: cells.round,
            step: cells.step,
            value: place.name(Satisfaction::from_wire(cells.value), cells.value)?,
            consequence: place.name(Consequence::from_name(cells.consequence), cells.consequence)?,
            at: place.time(cells.at)?,
            by,
            words,
        })
    }
}

/// What the cells of a call-back mean.
pub(crate) fn call_back(cells: &CallBackCells<'_>) -> Result<CallBackView, StoreError> {
    let place = Place { table: "call_back", row: cells.id };
    Ok(CallBackView {
        id: cells.id,
        complaint: ComplaintKey(cells.complaint),
        ticket: TicketKey(cells.ticket),
        round: cells.round,
        way: place.name(CallBackWay::from_name(cells.way), cells.way)?,
        state: place.name(CallBackState::from_name(cells.state), cells.state)?,
        at: place.time(cells.at)?,
        done_at: cells.done_at.map(|at| place.time(at)).transpose()?,
    })
}
