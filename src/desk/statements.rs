//! Stage: what a source states later of a complaint is kept with it and told to those who handle its ticket. A complaint that is
//! withdrawn, or closed by its source, waits for no answer any more; a ticket on which none waits is closed.

use serde_json::{Value, json};

use super::evaluation::{Word, rate};
use super::rewards::happened;
use super::step::Step;
use super::view::{Origin, Placed};
use crate::complaint::{ComplaintState, Satisfaction, Statement, StatementKind};
use crate::rewards::Happening;
use crate::store::{ComplaintHead, ComplaintView, RawState, StatementRow, StoreError, Vault};
use crate::ticket::{CallBackState, Change, EventKind, Rater, Status};

/// Most statements that are kept of one complaint; what comes after is set aside.
const MAX_STATEMENTS: usize = 500;

/// Takes a record that only states something later. All of it is taken, or none.
pub(super) fn stated(step: &mut Step<'_>, of: Origin<'_>, statements: &[Statement]) -> Result<Placed, StoreError> {
    let mut meant = Vec::with_capacity(statements.len());
    for statement in statements {
        match complaint_meant(step, statement)? {
            Some(head) if head.erased => return Ok(Placed::erased()),
            Some(head) => meant.push(head),
            None => return Ok(Placed::quarantined(nobody_meant(statement))),
        }
    }
    let Some(first) = meant.first().cloned() else { return Ok(Placed::quarantined(Value::Array(Vec::new()))) };
    let mut unchanged = true;
    for (statement, head) in statements.iter().zip(&meant) {
        match take(step, of, statement, head)? {
            Taking::Taken => unchanged = false,
            Taking::Known => {}
            Taking::TooMany if unchanged => return Ok(Placed::quarantined(too_many())),
            Taking::TooMany => {}
        }
    }
    Ok(Placed { unchanged, ..Placed::on(RawState::FollowUp, first) })
}

/// Takes what a record states of the complaint whose content it has brought.
pub(super) fn beside(
    step: &mut Step<'_>,
    of: Origin<'_>,
    placed: Placed,
    statements: &[Statement],
) -> Result<Placed, StoreError> {
    let Some(head) = placed.complaint.clone() else { return Ok(placed) };
    let mut unchanged = placed.unchanged;
    for statement in statements {
        unchanged &= take(step, of, statement, &head)? != Taking::Taken;
    }
    Ok(Placed { unchanged, ..placed })
}

/// The complaint that is meant: by its source's number, or its receipt number, on the channel that the source speaks of.
fn complaint_meant(step: &mut Step<'_>, statement: &Statement) -> Result<Option<ComplaintHead>, StoreError> {
    let Statement { channel, about, .. } = statement;
    if let Some(head) = step.view.head(&(channel.clone(), about.clone()))? {
        return Ok(Some(head));
    }
    let by_receipt = step.view.complaint_by_receipt(about)?.filter(|view| view.complaint.channel == *channel);
    Ok(by_receipt.map(|view| ComplaintHead {
        id: view.id,
        receipt: view.receipt,
        ticket: view.ticket,
        erased: view.erased,
    }))
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taking {
    Taken,
    /// It was taken before.
    Known,
    TooMany,
}

fn take(
    step: &mut Step<'_>,
    of: Origin<'_>,
    statement: &Statement,
    head: &ComplaintHead,
) -> Result<Taking, StoreError> {
    let mark = mark(step.state.vault(), of, statement);
    let known = step.view.statements_of(head.id)?;
    if known.iter().any(|row| row.mark == mark) {
        return Ok(Taking::Known);
    }
    // By kind: a withdrawal is taken also after however many urgings.
    if known.iter().filter(|row| row.kind == statement.kind).count() >= MAX_STATEMENTS {
        return Ok(Taking::TooMany);
    }
    let Some(view) = step.view.complaint(head.id)? else { return Ok(Taking::Known) };
    if step.view.ticket(view.ticket)?.is_none() {
        return Ok(Taking::Known);
    }
    let count = 1 + known.iter().filter(|row| row.kind == statement.kind).count();
    step.view.note_statement(StatementRow {
        complaint: head.id,
        raw_id: of.raw_id,
        mark,
        kind: statement.kind,
        at: statement.at.unwrap_or(step.now),
        received_at: step.now,
        text: statement.text.clone(),
        satisfaction: statement.satisfaction,
    });
    take_effect(step, statement, view, count)?;
    Ok(Taking::Taken)
}

/// What tells a statement from others of the same complaint: what the channel says does, else its record, time and words.
fn mark(vault: &Vault, of: Origin<'_>, statement: &Statement) -> [u8; 16] {
    let (channel, kind) = (of.channel.as_bytes(), statement.kind.name().as_bytes());
    match &statement.id {
        Some(id) => vault.mark("statement by id", &[channel, kind, id.as_bytes()]),
        None => {
            let at = statement.at.map(|at| at.to_string()).unwrap_or_default();
            let satisfaction = statement.satisfaction.map_or("", Satisfaction::wire);
            let parts = [of.record_id, &at, satisfaction, &statement.text].map(str::as_bytes);
            vault.mark("statement", &[channel, kind, parts[0], parts[1], parts[2], parts[3]])
        }
    }
}

fn take_effect(
    step: &mut Step<'_>,
    statement: &Statement,
    view: ComplaintView,
    count: usize,
) -> Result<(), StoreError> {
    let change = Change {
        receipt: Some(view.receipt.clone()),
        note: Some(statement.text.clone()).filter(|text| !text.is_empty()),
        satisfaction: statement.satisfaction,
        stated_at: statement.at,
        count: (statement.kind == StatementKind::Urging).then(|| u64::try_from(count).unwrap_or(u64::MAX)),
        ..Change::default()
    };
    match statement.kind {
        StatementKind::Urging => {
            step.tell(view.ticket, EventKind::Urged, Some(&view), change);
            Ok(())
        }
        StatementKind::Rating => {
            let value = statement.satisfaction;
            let word = value.map(|value| {
                Word::of(step, Rater::Citizen, (value, statement.step.as_deref()), &view.complaint.channel)
            });
            rate(step, view.ticket, (Some(&view), Some(&view)), word.as_ref(), change)
        }
        StatementKind::Withdrawal => settle(step, view, (ComplaintState::Withdrawn, EventKind::Withdrawn), change),
        StatementKind::Closing => settle(step, view, (ComplaintState::Closed, EventKind::Closed), change),
    }
}

/// A complaint waits for no answer any more. Its ticket is closed where none of its complaints does.
fn settle(
    step: &mut Step<'_>,
    view: ComplaintView,
    (state, event): (ComplaintState, EventKind),
    change: Change,
) -> Result<(), StoreError> {
    let members = step.view.members(view.ticket)?;
    step.view.set_state(view.id, state)?;
    if state == ComplaintState::Withdrawn {
        happened(step, &view, (Happening::Withdrawn, 0))?;
    }
    step.view.end_call_backs(&[view.id], CallBackState::Dropped, step.now)?;
    let waits = |member: &ComplaintView| member.id != view.id && member.state == ComplaintState::Open;
    if !members.iter().any(waits) && !step.is_finished(view.ticket)? {
        step.transition(view.ticket, Status::Closed)?;
    }
    step.tell(view.ticket, event, Some(&ComplaintView { state, ..view }), change);
    Ok(())
}

fn nobody_meant(statement: &Statement) -> Value {
    json!([{
        "field": format!("statement.{}.about", statement.kind.name()),
        "zh": format!("渠道 {} 里还没有这个编号的诉求；诉求到达后重放这条记录即可（再次送来时会自动处理）", statement.channel),
        "en": format!(
            "there is no complaint with this number on the channel {} yet; replay the record when it has come (where it is delivered again, it is taken then)",
            statement.channel
        ),
        "value": statement.about,
    }])
}

fn too_many() -> Value {
    json!([{
        "field": "statement",
        "zh": format!("这件诉求已有 {MAX_STATEMENTS} 条后续消息，不再接收；请看来源是否每次都给新的编号或时间"),
        "en": format!(
            "the complaint has {MAX_STATEMENTS} statements, no more are taken; see whether the source gives each of them a new id or time"
        ),
    }])
}
