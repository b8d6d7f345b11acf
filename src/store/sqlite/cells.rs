//! Cells of SQLite rows, lists as parameters, and the rows that several statements read.

use rusqlite::Row;
use serde::Serialize;

use super::failure::misread;
use crate::StoreError;
use crate::sealed::{
    ComplaintCells, EventCells, FileCells, QuarantineCells, RawCells, RecordCells, ReplyCells, ReviewCells, TicketCells,
};
use huiliu_domain::ticket::Status;

pub(super) const COMPLAINT: &str = "c.id, c.channel, c.receipt, c.ticket, c.raw_id, c.received_at, c.erased_at IS NOT NULL, c.revision, c.body, c.state";
pub(super) const TICKET: &str = "seq, id, version, status, category, district, department, grade, due_at, created_at,
    finished_at, complaints, pinned, successor, recurrence_of, body";
pub(super) const EVENT: &str =
    "id, decision, at, kind, complaint_id, from_ticket, to_ticket, actor, settings_version, evidence";
pub(super) const REVIEW: &str =
    "SELECT r.id, r.complaint_id, c.ticket, r.ticket, r.at, r.answer, r.evidence, r.actor, r.answered_at
    FROM review r JOIN complaint c ON c.id = r.complaint_id";
pub(super) const QUARANTINE: &str = "SELECT q.raw_id, q.channel, r.label, q.at, q.problems, r.body, r.source_file
    FROM quarantine q JOIN raw_record r ON r.id = q.raw_id";
pub(super) const RECORD: &str = "id, channel, label, state, received_at, body";
pub(super) const REPLY: &str =
    "SELECT r.id, r.channel, c.receipt, t.id, r.status, r.state, r.attempts, r.error, r.at, r.told
    FROM reply r JOIN complaint c ON c.id = r.complaint_id JOIN ticket t ON t.seq = r.ticket";
pub(super) const FILE: &str = "f.id, f.raw_id, f.number, f.size_bytes, f.label";

/// A text cell, without a copy.
pub(super) fn text<'r>(row: &'r Row<'_>, index: usize) -> Result<&'r str, StoreError> {
    row.get_ref(index)?.as_str().map_err(misread)
}

/// A blob cell, without a copy.
pub(super) fn blob<'r>(row: &'r Row<'_>, index: usize) -> Result<&'r [u8], StoreError> {
    row.get_ref(index)?.as_blob().map_err(misread)
}

/// A blob cell that may be empty.
pub(super) fn optional_blob<'r>(row: &'r Row<'_>, index: usize) -> Result<Option<&'r [u8]>, StoreError> {
    row.get_ref(index)?.as_blob_or_null().map_err(misread)
}

/// A list as one parameter, for `json_each`: one statement answers all of it.
pub(super) fn list(values: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(values).map_err(StoreError::unavailable)
}

/// The statuses of finished tickets, as a list in SQL.
pub(super) fn finished() -> String {
    let finished = Status::ALL.iter().filter(|(status, ..)| status.is_final() && *status != Status::Absorbed);
    finished.map(|(.., name)| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

/// A complaint whose columns begin at `first`.
pub(super) fn complaint<'r>(row: &'r Row<'_>, first: usize) -> Result<ComplaintCells<'r>, StoreError> {
    Ok(ComplaintCells {
        id: row.get(first)?,
        channel: text(row, first + 1)?,
        receipt: row.get(first + 2)?,
        ticket: row.get(first + 3)?,
        raw: row.get(first + 4)?,
        received_at: row.get(first + 5)?,
        erased: row.get(first + 6)?,
        revision: row.get(first + 7)?,
        body: blob(row, first + 8)?,
        state: text(row, first + 9)?,
    })
}

pub(super) fn ticket<'r>(row: &'r Row<'_>) -> Result<TicketCells<'r>, StoreError> {
    Ok(TicketCells {
        key: row.get(0)?,
        id: row.get(1)?,
        version: row.get(2)?,
        status: text(row, 3)?,
        category: row.get(4)?,
        district: row.get(5)?,
        department: row.get(6)?,
        grade: row.get(7)?,
        due_at: row.get(8)?,
        created_at: row.get(9)?,
        finished_at: row.get(10)?,
        complaints: row.get(11)?,
        pinned: row.get(12)?,
        successor: row.get(13)?,
        recurrence_of: row.get(14)?,
        body: blob(row, 15)?,
    })
}

pub(super) fn event<'r>(row: &'r Row<'_>) -> Result<EventCells<'r>, StoreError> {
    Ok(EventCells {
        id: row.get(0)?,
        decision: row.get(1)?,
        at: row.get(2)?,
        kind: text(row, 3)?,
        complaint: row.get(4)?,
        from: row.get(5)?,
        to: row.get(6)?,
        actor: row.get(7)?,
        settings_version: row.get(8)?,
        evidence: optional_blob(row, 9)?,
    })
}

pub(super) fn review<'r>(row: &'r Row<'_>) -> Result<ReviewCells<'r>, StoreError> {
    Ok(ReviewCells {
        id: row.get(0)?,
        complaint: row.get(1)?,
        current_ticket: row.get(2)?,
        ticket: row.get(3)?,
        at: row.get(4)?,
        answer: row.get(5)?,
        evidence: blob(row, 6)?,
    })
}

pub(super) fn quarantined<'r>(row: &'r Row<'_>) -> Result<QuarantineCells<'r>, StoreError> {
    Ok(QuarantineCells {
        raw: row.get(0)?,
        channel: row.get(1)?,
        label: blob(row, 2)?,
        at: row.get(3)?,
        problems: blob(row, 4)?,
        source_file: row.get(6)?,
        body: blob(row, 5)?,
    })
}

/// A raw record whose columns begin at the second: number, digest, state, complaint, rule, receipt, erased, source file.
pub(super) fn raw<'r>(row: &'r Row<'_>) -> Result<RawCells<'r>, StoreError> {
    Ok(RawCells {
        id: row.get(1)?,
        digest: row.get(2)?,
        state: text(row, 3)?,
        complaint: row.get(4)?,
        rule: optional_blob(row, 5)?,
        receipt: row.get(6)?,
        erased: row.get(7)?,
        source_file: row.get(8)?,
    })
}

pub(super) fn file<'r>(row: &'r Row<'_>) -> Result<FileCells<'r>, StoreError> {
    Ok(FileCells {
        id: row.get(0)?,
        raw: row.get(1)?,
        number: row.get(2)?,
        size_bytes: row.get(3)?,
        label: blob(row, 4)?,
    })
}

pub(super) fn record<'r>(row: &'r Row<'_>) -> Result<RecordCells<'r>, StoreError> {
    Ok(RecordCells {
        id: row.get(0)?,
        channel: row.get(1)?,
        label: blob(row, 2)?,
        state: text(row, 3)?,
        received_at: row.get(4)?,
        body: blob(row, 5)?,
    })
}

pub(super) fn reply<'r>(row: &'r Row<'_>) -> Result<ReplyCells<'r>, StoreError> {
    Ok(ReplyCells {
        id: row.get(0)?,
        channel: row.get(1)?,
        receipt: row.get(2)?,
        ticket_id: row.get(3)?,
        status: text(row, 4)?,
        state: text(row, 5)?,
        attempts: row.get(6)?,
        error: optional_blob(row, 7)?,
        at: row.get(8)?,
        told: optional_blob(row, 9)?,
    })
}
