//! What the life of one matter is told from: sealed, and what its cells mean.

use serde_json::Value;

use super::documents::UpdateDocument;
use super::{Kind, Place, Sealer, ms};
use crate::{Occurrence, OccurrenceKind, ReplyState, ReplyTimes, StoreError, UpdateView, Verdict};
use huiliu_domain::complaint::Satisfaction;
use huiliu_domain::key::ReplyKey;

pub(crate) struct SealedOccurrence<'a> {
    pub kind: &'static str,
    pub subject: i64,
    pub at: i64,
    pub outcome: &'a str,
    pub body: Option<Vec<u8>>,
}

pub(crate) struct OccurrenceCells<'r> {
    pub id: i64,
    pub kind: OccurrenceKind,
    pub subject: i64,
    pub at: i64,
    pub outcome: String,
    pub body: Option<&'r [u8]>,
}

pub(crate) struct UpdateCells<'r> {
    pub id: i64,
    pub sequence: i64,
    pub status: &'r str,
    pub verdict: &'r str,
    pub occurred_at: i64,
    pub received_at: i64,
    pub body: &'r [u8],
}

pub(crate) struct ReplyTimeCells<'r> {
    pub id: i64,
    pub key: String,
    pub state: &'r str,
    pub done_at: Option<i64>,
    pub next_at: i64,
}

impl Sealer {
    pub(crate) fn new_occurrence<'a>(&self, row: &'a Occurrence) -> Result<SealedOccurrence<'a>, StoreError> {
        let body = (!row.details.is_null()).then(|| self.document(Kind::Occurrence, &row.details)).transpose()?;
        Ok(SealedOccurrence {
            kind: row.kind.name(),
            subject: row.subject,
            at: ms(row.at),
            outcome: &row.outcome,
            body,
        })
    }

    pub(crate) fn occurrence(&self, cells: OccurrenceCells<'_>) -> Result<Occurrence, StoreError> {
        let place = Place { table: "occurrence", row: cells.id };
        let opened = cells.body.map(|sealed| self.opened::<Value>(place, Kind::Occurrence, sealed));
        Ok(Occurrence {
            kind: cells.kind,
            subject: cells.subject,
            at: place.time(cells.at)?,
            outcome: cells.outcome,
            details: opened.transpose()?.unwrap_or(Value::Null),
        })
    }

    pub(crate) fn update(&self, cells: UpdateCells<'_>) -> Result<UpdateView, StoreError> {
        let place = Place { table: "status_update", row: cells.id };
        let said = self.last_said((cells.id, cells.status), cells.occurred_at, cells.body)?;
        let document: UpdateDocument = self.opened(place, Kind::Status, cells.body)?;
        let UpdateDocument { platform, update_id, results, satisfaction, due_at, sent_by, act } = document;
        Ok(UpdateView {
            platform,
            sent_by,
            update_id,
            sequence: cells.sequence,
            verdict: place.name(Verdict::from_name(cells.verdict), cells.verdict)?,
            received_at: place.time(cells.received_at)?,
            said,
            results,
            satisfaction: satisfaction.as_deref().and_then(Satisfaction::from_name),
            due_at,
            act: act.and_then(|act| act.kind()),
        })
    }

    pub(crate) fn reply_times(&self, cells: ReplyTimeCells<'_>) -> Result<ReplyTimes, StoreError> {
        let place = Place { table: "reply", row: cells.id };
        let state = place.name(ReplyState::from_name(cells.state), cells.state)?;
        let waits = state == ReplyState::Pending;
        Ok(ReplyTimes {
            reply: ReplyKey(cells.id),
            key: cells.key,
            done_at: cells.done_at.map(|at| place.time(at)).transpose()?,
            next_at: waits.then(|| place.time(cells.next_at)).transpose()?,
        })
    }
}
