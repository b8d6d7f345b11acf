//! Cells of rows, the parameters of statements that are put together, and the rows that several statements read.
//!
//! Tables and columns have the names that they have in the schema of SQLite. Integers are BIGINT, hashes and times too; BOOLEAN are
//! `ticket.pinned`, `review.answer`, `reminder.sent`, `alert.stands`, `word_block.made`, `fact.kept` and `fact.again`; `review.weight` is
//! DOUBLE PRECISION. Of an index there all columns are named here: SQLite ends each with the number of its row, by which lists go.
//! So these have it last: `delivery_by_state (destination, state, id)`, `delivery_by_ticket (ticket, state, id)`,
//! `reply_by_ticket (ticket, state, id)`, `reply_by_complaint (complaint_id, id)`, `quarantine_by_channel (channel, raw_id)`,
//! `answer_missing (state, channel, complaint_id)`, `word_change_by_complaint (complaint_id, id)`; and
//! `complaint_by_time (received_at, channel, ticket)` includes `id`.

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, ToSql};

use super::failure::misread;
use super::link::Parameter;
use crate::StoreError;
use crate::sealed::{
    ComplaintCells, EventCells, FileCells, Mark, QuarantineCells, RawCells, RecordCells, ReplyCells, ReviewCells,
    TicketCells,
};
use huiliu_domain::ticket::Status;

/// Columns of a complaint `c`.
pub(super) const COMPLAINT: &str = "c.id, c.channel, c.receipt, c.ticket, c.raw_id, c.received_at, c.erased_at IS NOT NULL, c.revision, c.body, c.state";
/// Columns of a ticket `t`.
pub(super) const TICKET: &str =
    "t.seq, t.id, t.version, t.status, t.category, t.district, t.department, t.grade, t.due_at,
    t.created_at, t.finished_at, t.complaints, t.pinned, t.successor, t.recurrence_of, t.body";
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
/// Columns of a file `f`.
pub(super) const FILE: &str = "f.id, f.raw_id, f.number, f.size_bytes, f.label";

/// A cell; text and bytes without a copy where they are borrowed, NULL where it is an option.
pub(super) fn cell<'r, T: FromSql<'r>>(row: &'r Row, index: usize) -> Result<T, StoreError> {
    row.try_get(index).map_err(misread)
}

/// A number that is smaller than its column could hold.
pub(super) fn small<T: TryFrom<i64>>(row: &Row, index: usize) -> Result<T, StoreError> {
    let number: i64 = cell(row, index)?;
    T::try_from(number).map_err(|_beyond| damaged(format!("{number} is beyond what can be there")))
}

/// A keyed hash that stands for an identifier.
pub(super) fn mark(row: &Row, index: usize) -> Result<Mark, StoreError> {
    let bytes: &[u8] = cell(row, index)?;
    Mark::try_from(bytes).map_err(|_length| damaged(format!("{} bytes are no mark", bytes.len())))
}

fn damaged(reason: String) -> StoreError {
    StoreError::Damaged { table: "row", row: 0, reason }
}

/// Parameters of a statement that is put together from parts, behind those that stand first.
pub(super) struct Given<'g> {
    before: usize,
    values: Vec<Box<dyn ToSql + Sync + 'g>>,
}

impl<'g> Given<'g> {
    /// None yet, behind this many others.
    pub(super) fn behind(before: usize) -> Self {
        Self { before, values: Vec::new() }
    }

    /// Adds one; how the statement names it.
    pub(super) fn add(&mut self, value: impl ToSql + Sync + 'g) -> String {
        self.values.push(Box::new(value));
        format!("${}", self.before + self.values.len())
    }

    /// All parameters, with those that stand first.
    pub(super) fn with<'p>(&'p self, first: &[Parameter<'p>]) -> Vec<Parameter<'p>> {
        first.iter().copied().chain(parameters(&self.values)).collect()
    }
}

/// Values as parameters.
pub(super) fn parameters<'p, 'g: 'p>(values: &'p [Box<dyn ToSql + Sync + 'g>]) -> impl Iterator<Item = Parameter<'p>> {
    values.iter().map(|value| &**value as Parameter<'p>)
}

/// The statuses of finished tickets, as a list in SQL.
pub(super) fn finished() -> String {
    let finished = Status::ALL.iter().filter(|(status, ..)| status.is_final() && *status != Status::Absorbed);
    finished.map(|(.., name)| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

/// A complaint whose columns begin at `first`.
pub(super) fn complaint(row: &Row, first: usize) -> Result<ComplaintCells<'_>, StoreError> {
    Ok(ComplaintCells {
        id: cell(row, first)?,
        channel: cell(row, first + 1)?,
        receipt: cell(row, first + 2)?,
        ticket: cell(row, first + 3)?,
        raw: cell(row, first + 4)?,
        received_at: cell(row, first + 5)?,
        erased: cell(row, first + 6)?,
        revision: small(row, first + 7)?,
        body: cell(row, first + 8)?,
        state: cell(row, first + 9)?,
    })
}

pub(super) fn ticket(row: &Row) -> Result<TicketCells<'_>, StoreError> {
    Ok(TicketCells {
        key: cell(row, 0)?,
        id: cell(row, 1)?,
        version: cell(row, 2)?,
        status: cell(row, 3)?,
        category: cell(row, 4)?,
        district: cell(row, 5)?,
        department: cell(row, 6)?,
        grade: cell(row, 7)?,
        due_at: cell(row, 8)?,
        created_at: cell(row, 9)?,
        finished_at: cell(row, 10)?,
        complaints: cell(row, 11)?,
        pinned: cell(row, 12)?,
        successor: cell(row, 13)?,
        recurrence_of: cell(row, 14)?,
        body: cell(row, 15)?,
    })
}

pub(super) fn event(row: &Row) -> Result<EventCells<'_>, StoreError> {
    Ok(EventCells {
        id: cell(row, 0)?,
        decision: cell(row, 1)?,
        at: cell(row, 2)?,
        kind: cell(row, 3)?,
        complaint: cell(row, 4)?,
        from: cell(row, 5)?,
        to: cell(row, 6)?,
        actor: cell(row, 7)?,
        settings_version: cell(row, 8)?,
        evidence: cell(row, 9)?,
    })
}

pub(super) fn review(row: &Row) -> Result<ReviewCells<'_>, StoreError> {
    Ok(ReviewCells {
        id: cell(row, 0)?,
        complaint: cell(row, 1)?,
        current_ticket: cell(row, 2)?,
        ticket: cell(row, 3)?,
        at: cell(row, 4)?,
        answer: cell(row, 5)?,
        evidence: cell(row, 6)?,
    })
}

pub(super) fn quarantined(row: &Row) -> Result<QuarantineCells<'_>, StoreError> {
    Ok(QuarantineCells {
        raw: cell(row, 0)?,
        channel: cell(row, 1)?,
        label: cell(row, 2)?,
        at: cell(row, 3)?,
        problems: cell(row, 4)?,
        source_file: cell(row, 6)?,
        body: cell(row, 5)?,
    })
}

/// A raw record whose columns begin at the second: number, digest, state, complaint, rule, receipt, erased, source file.
pub(super) fn raw(row: &Row) -> Result<RawCells<'_>, StoreError> {
    Ok(RawCells {
        id: cell(row, 1)?,
        digest: mark(row, 2)?,
        state: cell(row, 3)?,
        complaint: cell(row, 4)?,
        rule: cell(row, 5)?,
        receipt: cell(row, 6)?,
        erased: cell(row, 7)?,
        source_file: cell(row, 8)?,
    })
}

pub(super) fn file(row: &Row) -> Result<FileCells<'_>, StoreError> {
    Ok(FileCells {
        id: cell(row, 0)?,
        raw: cell(row, 1)?,
        number: small(row, 2)?,
        size_bytes: cell(row, 3)?,
        label: cell(row, 4)?,
    })
}

pub(super) fn record(row: &Row) -> Result<RecordCells<'_>, StoreError> {
    Ok(RecordCells {
        id: cell(row, 0)?,
        channel: cell(row, 1)?,
        label: cell(row, 2)?,
        state: cell(row, 3)?,
        received_at: cell(row, 4)?,
        body: cell(row, 5)?,
    })
}

pub(super) fn reply(row: &Row) -> Result<ReplyCells<'_>, StoreError> {
    Ok(ReplyCells {
        id: cell(row, 0)?,
        channel: cell(row, 1)?,
        receipt: cell(row, 2)?,
        ticket_id: cell(row, 3)?,
        status: cell(row, 4)?,
        state: cell(row, 5)?,
        attempts: small(row, 6)?,
        error: cell(row, 7)?,
        at: cell(row, 8)?,
        told: cell(row, 9)?,
    })
}
