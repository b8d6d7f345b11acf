//! Stage: what people say of a result is kept and told, and where the city wants that, the matter is handled again. Whose citizens are
//! to be called back is listed and told.

use std::sync::Arc;

use super::action::Acted;
use super::rewards::{happened, resumed};
use super::step::Step;
use crate::complaint::{ComplaintState, Satisfaction};
use crate::handling::Turn;
use crate::key::TicketKey;
use crate::rewards::Happening;
use crate::store::{CallBackRow, ComplaintView, RatingRow, StoreError, TicketDetail};
use crate::ticket::{CallBackState, Change, Consequence, EventKind, Rater, Rating, ScaleStep, Status};

/// Most citizens of one ticket of whose call-back an event of its own is told; all are listed.
const MAX_TOLD: usize = 200;

/// What somebody says of a result.
#[derive(Debug, Clone)]
pub(super) struct Word<'a> {
    pub rater: Rater,
    pub step: ScaleStep,
    /// Through whom or what it came.
    pub by: &'a str,
}

impl<'a> Word<'a> {
    /// A word that counts as a value, and is a certain step of the city's scale where that is known.
    pub(super) fn of(step: &Step<'_>, rater: Rater, (value, code): (Satisfaction, Option<&str>), by: &'a str) -> Self {
        let handling = &step.rules.handling;
        let known = code.and_then(|code| handling.scale_step(code)).filter(|known| known.value == value);
        Self { rater, step: known.unwrap_or_else(|| handling.step_of(value)), by }
    }
}

/// Keeps what somebody said, of a complaint or of the whole ticket; what of it is told, and what comes of it. The citizen who was
/// heard is not called back any more.
pub(super) fn take(
    step: &mut Step<'_>,
    key: TicketKey,
    about: Option<&ComplaintView>,
    word: &Word<'_>,
    words: Option<&str>,
) -> Result<Option<Rating>, StoreError> {
    step.view.ticket(key)?;
    let (rules, now) = (Arc::clone(&step.rules), step.now);
    let Some(detail) = step.view.change(key) else { return Ok(None) };
    // There is no result yet of which it could be said.
    if !detail.ticket.was_answered() {
        return Ok(None);
    }
    let round = detail.ticket.evaluation.round();
    let said = (word.rater, word.step.value);
    let consequence = rules.handling.weigh(&mut detail.ticket, said, now, rules.reopen_on_dissatisfied);
    let ScaleStep { code, name, value, points } = word.step.clone();
    let instead_of = step.view.note_rating(RatingRow {
        ticket: key,
        complaint: about.map(|view| view.id),
        rater: word.rater,
        round,
        step: code.clone(),
        value,
        consequence,
        at: now,
        by: word.by.to_owned(),
        words: words.unwrap_or_default().to_owned(),
    })?;
    if let Some(view) = about.filter(|_| word.rater.is_citizens())
        && step.view.end_call_backs(&[view.id], CallBackState::Heard, now)? > 0
    {
        step.heard.insert(key);
    }
    if let Some(view) = about.filter(|_| word.rater == Rater::Citizen) {
        happened(step, view, (Happening::Rated, round))?;
    }
    Ok(Some(Rating { rater: word.rater, round, step: code, step_name: name, points, value, instead_of, consequence }))
}

/// Takes what somebody said, tells it, and lets the matter be handled again where that comes of it. `shown` is the complaint that
/// the event is about.
pub(super) fn rate(
    step: &mut Step<'_>,
    key: TicketKey,
    (about, shown): (Option<&ComplaintView>, Option<&ComplaintView>),
    word: Option<&Word<'_>>,
    mut change: Change,
) -> Result<(), StoreError> {
    if let Some(word) = word {
        change.rating = take(step, key, about, word, change.note.as_deref())?;
        change.satisfaction = change.rating.as_ref().map(|rating| rating.value);
    }
    step.tell(key, EventKind::Rated, shown, change.clone());
    restart(step, key, about, change)
}

/// Lets a matter be handled again where that came of a rating.
pub(super) fn restart(
    step: &mut Step<'_>,
    key: TicketKey,
    about: Option<&ComplaintView>,
    mut change: Change,
) -> Result<(), StoreError> {
    if change.rating.take().is_none_or(|rating| rating.consequence != Consequence::Restarted) {
        return Ok(());
    }
    // Who is not satisfied waits for an answer.
    if let Some(view) = about {
        step.view.set_state(view.id, ComplaintState::Open)?;
        if view.state == ComplaintState::Withdrawn {
            resumed(step, &ComplaintView { state: ComplaintState::Open, ..view.clone() })?;
        }
    }
    step.transition(key, Status::Reopened)?;
    // About this complaint: its words are kept back from those who may not see it.
    let about = about.map(|view| ComplaintView { state: ComplaintState::Open, ..view.clone() });
    step.tell(key, EventKind::Reopened, about.as_ref(), change);
    Ok(())
}

/// Lists and tells whose citizens are called back on a result that a ticket just came to.
pub(super) fn call_back(step: &mut Step<'_>, key: TicketKey, turn: Turn) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    if turn != Turn::Finished || !rules.handling.calls_back() {
        return Ok(());
    }
    let mut told = 0;
    for view in step.view.members(key)? {
        let Some(detail) = step.view.loaded(key) else { return Ok(()) };
        // Nobody waits any more who took it back, and who was erased is nobody.
        if view.state != ComplaintState::Open || view.erased {
            continue;
        }
        let mark = step.state.vault().mark("call-back sample", &[view.receipt.as_bytes()]);
        let mark = mark.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let Some(due) = rules.handling.call_back(&detail.ticket, mark) else { continue };
        let (way, round, at) = (due.way, due.round, step.now);
        step.view.begin_call_back(CallBackRow { complaint: view.id, ticket: key, round, way, at });
        if told == MAX_TOLD {
            step.count_call_back(key, &view);
            continue;
        }
        told += 1;
        let change = Change { receipt: Some(view.receipt.clone()), call_back: Some(due), ..Change::default() };
        step.tell(key, EventKind::CallbackDue, Some(&view), change);
    }
    Ok(())
}

/// Notes what a person heard in a call-back, or that the citizen was not reached.
pub(super) fn note_call_back(
    step: &mut Step<'_>,
    receipt: &str,
    (rating, words): (Option<&str>, Option<&str>),
    actor: &str,
) -> Result<Acted, StoreError> {
    let Some(view) = step.view.complaint_by_receipt(receipt)?.filter(|view| !view.erased) else {
        return Ok(Acted::unknown("没有这个受理编号", "there is no complaint with this receipt number"));
    };
    let Some(id) = answered(step, view.ticket)? else { return Ok(not_answered()) };
    let Some(rating) = rating else {
        return Ok(match step.view.end_call_backs(&[view.id], CallBackState::Unreached, step.now)? {
            0 => Acted::refused("这件诉求没有待回访", "no call-back of this complaint is due"),
            _ => Acted::Done(vec![id]),
        });
    };
    let Some(scale_step) = step.rules.handling.offered_step(rating) else { return Ok(no_step(step)) };
    let word = Word { rater: Rater::CallBack, step: scale_step, by: actor };
    let change = Change { receipt: Some(view.receipt.clone()), note: words.map(str::to_owned), ..Change::default() };
    rate(step, view.ticket, (Some(&view), Some(&view)), Some(&word), change)?;
    Ok(Acted::Done(vec![id]))
}

/// Notes what a supervisor says of a ticket's result.
pub(super) fn supervise(
    step: &mut Step<'_>,
    ticket: &str,
    (rating, words): (&str, Option<&str>),
    actor: &str,
) -> Result<Acted, StoreError> {
    let Some(key) = step.view.ticket_key(ticket)? else {
        return Ok(Acted::unknown("没有这张工单", "there is no ticket with this id"));
    };
    let Some(id) = answered(step, key)? else { return Ok(not_answered()) };
    let Some(scale_step) = step.rules.handling.offered_step(rating) else { return Ok(no_step(step)) };
    let word = Word { rater: Rater::Supervisor, step: scale_step, by: actor };
    let change = Change { note: words.map(str::to_owned), ..Change::default() };
    rate(step, key, (None, None), Some(&word), change)?;
    Ok(Acted::Done(vec![id]))
}

/// The id of a ticket that stands answered.
fn answered(step: &mut Step<'_>, key: TicketKey) -> Result<Option<String>, StoreError> {
    let is_answered =
        |detail: &&TicketDetail| matches!(detail.ticket.status, Status::Resolved | Status::Closed | Status::Rejected);
    Ok(step.view.ticket(key)?.filter(is_answered).map(|detail| detail.ticket.id.clone()))
}

fn not_answered() -> Acted {
    Acted::refused("工单没有办结，还没有结果可评价", "the ticket is not finished: there is no result to rate")
}

fn no_step(step: &Step<'_>) -> Acted {
    let offered = step.rules.handling.offered_steps();
    let (zh, en): (Vec<String>, Vec<String>) =
        offered.into_iter().map(|step| (format!("{}（{}）", step.name, step.code), step.code)).unzip();
    Acted::Refused(
        format!("没有这个评价档次；可用：{}", zh.join("、")),
        format!("there is no such rating; there are: {}", en.join(", ")),
    )
}
