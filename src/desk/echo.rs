//! Stage: a record of a system that is channel and destination at once. What we made there comes back and is no new complaint; what
//! became of it there is a status update like a platform's; what we said there ourselves is nothing new.

use huiliu_adapter_api::wording;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::status::{Judged, apply_answer};
use super::step::Step;
use super::view::Placed;
use crate::key::TicketKey;
use crate::mapping::{Answered, AnsweredStatus};
use crate::store::{ForeignNumber, StatusKnown, StoreError, Verdict};
use crate::ticket::{Sender, Status, StatusUpdate};

/// What we made there, or said there, came back: the rule by which its record is no complaint.
const ECHO: &str = "echo";
/// What the other system says was taken.
const ANSWER: &str = "answer";
/// It was taken before.
const ANSWER_REPEATED: &str = "answer-repeated";
/// Something later was taken before.
const ANSWER_LATE: &str = "answer-late";
/// It cannot be used, and its source has said it anew since.
pub(super) const ANSWER_SUPERSEDED: &str = "answer-superseded";
/// Most of the latest events that are looked at for what a destination was told.
const MAX_EVENTS: usize = 50;
/// Times of other systems are often written to the second: what was said within one is in the order in which it came.
const SAME_MOMENT_MS: i64 = 1_000;

/// What became of a record that speaks of something its system was sent; none of a record of that system's own.
pub(super) fn echo(step: &mut Step<'_>, record: &Answered) -> Result<Option<Placed>, StoreError> {
    if contradicts_itself(step, record)? {
        return Ok(Some(Placed::quarantined(problem(
            "对方编号和我方标记指向两张不同的工单，不知道说的是哪一张",
            "the other system's number and our mark are those of two tickets: it is not known which one is meant",
        ))));
    }
    let Some((ticket, is_duplicate)) = meant(step, record)? else {
        return Ok(record.only.then(|| Placed::quarantined(unknown())));
    };
    let said = match &record.said {
        Err((zh, en)) => return Ok(Some(Placed::quarantined(problem(zh, en)))),
        Ok(Some(said)) if !is_duplicate => said,
        Ok(_) => return Ok(Some(Placed::discarded(ECHO))),
    };
    let Some(detail) = step.view.ticket(ticket)? else { return Ok(Some(Placed::discarded(ECHO))) };
    let (id, status) = (detail.ticket.id.clone(), detail.ticket.status);
    let mut update = update(record, said, id, step.now);
    let known = step.view.status_known(ticket, &update)?;
    if known.repeated {
        return Ok(Some(Placed::discarded(ANSWER_REPEATED)));
    }
    if is_told(step, (ticket, status), &record.destination, (said, &known))? {
        return Ok(Some(Placed::discarded(ECHO)));
    }
    update.sequence = sequence(said, &known, step.now);
    step.spoken_by = Some(record.destination.clone());
    let judged = apply_answer(step, &update);
    step.spoken_by = None;
    judged.map(|judged| Some(placed(judged)))
}

/// Whether a record was understood as one that speaks of something its system was sent, by the rule it counts under.
pub(super) fn was_understood(rule: &str) -> bool {
    [ECHO, ANSWER, ANSWER_REPEATED, ANSWER_LATE].contains(&rule)
}

/// Whether number and mark are those of two tickets: whichever was believed, a wrong citizen might be answered.
fn contradicts_itself(step: &mut Step<'_>, record: &Answered) -> Result<bool, StoreError> {
    let (Some(number), Some(mark)) = (&record.number, &record.mark) else { return Ok(false) };
    let by_number = step.view.with_foreign_number(&record.destination, number)?;
    let by_mark = step.view.ticket_key(mark)?;
    Ok(by_number.zip(by_mark).is_some_and(|(one, other)| one != other))
}

/// The ticket that a record speaks of, by the other system's number or by our mark, and whether the record is another one of the same
/// ticket: made twice there because an answer was lost.
fn meant(step: &mut Step<'_>, record: &Answered) -> Result<Option<(TicketKey, bool)>, StoreError> {
    let destination = record.destination.as_str();
    if let Some(number) = &record.number
        && let Some(ticket) = step.view.with_foreign_number(destination, number)?
    {
        return Ok(Some((ticket, false)));
    }
    let Some(mark) = &record.mark else { return Ok(None) };
    let Some(ticket) = step.view.ticket_key(mark)? else { return Ok(None) };
    let was_sent = step.view.ticket(ticket)?.is_some_and(|detail| {
        let ticket = &detail.ticket;
        ticket.was_sent_to(destination) || ticket.has_left(destination)
    });
    if !was_sent {
        return Ok(None);
    }
    let Some(number) = &record.number else { return Ok(Some((ticket, false))) };
    // The answer to our call is still on its way, or was lost.
    let is_duplicate = step.view.foreign_number(destination, ticket)?.is_some();
    if !is_duplicate {
        let (destination, number) = (destination.to_owned(), number.clone());
        step.view.note_foreign_number(ForeignNumber { destination, ticket, number, at: step.now });
    }
    Ok(Some((ticket, is_duplicate)))
}

/// Notes that a complaint of the other system's own is known there under its number: it is not made there again.
pub(super) fn known_there(step: &mut Step<'_>, record: &Answered, ticket: TicketKey) -> Result<(), StoreError> {
    let (destination, at) = (record.destination.clone(), step.now);
    let Some(number) = record.number.clone() else { return Ok(()) };
    if step.view.foreign_number(&destination, ticket)?.is_none() {
        step.view.note_foreign_number(ForeignNumber { destination, ticket, number, at });
    }
    Ok(())
}

/// Whether the other system says what we told it. It had several statuses of us one after the other: what it says is ours if it is the
/// last of them, or was said before it had the next one.
fn is_told(
    step: &mut Step<'_>,
    (ticket, status): (TicketKey, Status),
    destination: &str,
    (said, known): (&AnsweredStatus, &StatusKnown),
) -> Result<bool, StoreError> {
    let at_ms = said.at.unwrap_or(step.now).as_millisecond();
    let mut told: Vec<(Status, Option<i64>)> = Vec::new();
    for event in step.view.delivered_events(destination, ticket, MAX_EVENTS)? {
        let event_at = event.at.map(Timestamp::as_millisecond);
        // What it has said itself since then counts.
        let is_over = event_at.zip(known.newest_sequence).is_some_and(|(event, own)| event < own);
        let name = serde_json::from_slice::<Value>(&event.body).ok();
        let name = name.as_ref().and_then(|event| event["data"]["status"].as_str().and_then(Status::from_wire));
        told.extend(name.filter(|_| !is_over).map(|status| (status, event_at)));
    }
    // Deliveries are forgotten in time: it is as we say, and it never spoke itself.
    let is_as_we_say = told.is_empty() && said.status == status && known.newest_sequence.is_none();
    Ok(is_as_we_say || is_ours(&told, said.status, at_ms))
}

/// Whether a status that another system had at a time is one of those that it was told, oldest first, each with when it had it.
fn is_ours(told: &[(Status, Option<i64>)], said: Status, at_ms: i64) -> bool {
    let Some(last) = told.iter().rposition(|(told, _)| *told == said) else { return false };
    let next = told.get(last + 1);
    next.is_none_or(|(_, next_at)| next_at.is_none_or(|next_at| at_ms < next_at))
}

fn update(record: &Answered, said: &AnsweredStatus, ticket_id: String, now: Timestamp) -> StatusUpdate {
    let at = said.at.map_or_else(|| "-".to_owned(), |at| at.as_millisecond().to_string());
    let result = said.result.as_deref().unwrap_or_default();
    let digest = ring::digest::digest(&ring::digest::SHA256, result.as_bytes());
    let words: String = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    StatusUpdate {
        update_id: format!("{}.{at}.{words}", said.status.wire()),
        platform: record.destination.clone(),
        ticket_id,
        sequence: 0,
        status: Some(said.status),
        act: None,
        occurred_at: said.at.unwrap_or(now),
        department: said.department.clone(),
        result: said.result.clone(),
        results: Vec::new(),
        person: None,
        attachments: Vec::new(),
        satisfaction: None,
        rating: None,
        due_at: said.due_at.filter(|_| said.status == Status::Extended),
        sender: Sender::User(None),
        trace: None,
    }
}

/// The other system's counter: its time; without one, the order in which its records came.
fn sequence(said: &AnsweredStatus, known: &StatusKnown, now: Timestamp) -> i64 {
    let at_ms = said.at.unwrap_or(now).as_millisecond();
    match known.newest_sequence {
        Some(newest) if said.at.is_none() && at_ms <= newest => newest + 1,
        Some(newest) if at_ms <= newest && newest - at_ms < SAME_MOMENT_MS => newest + 1,
        _ => at_ms,
    }
}

fn placed(judged: Judged) -> Placed {
    match judged {
        Ok(Verdict::Accepted | Verdict::Submitted) => Placed::discarded(ANSWER),
        Ok(Verdict::Repeated) => Placed::discarded(ANSWER_REPEATED),
        Ok(Verdict::Late) => Placed::discarded(ANSWER_LATE),
        Err(refusal) => {
            let zh = format!("对方的办理状态不能用{}", wording::original(&refusal));
            Placed::quarantined(problem(&zh, &format!("the status cannot be used: {refusal}")))
        }
    }
}

fn unknown() -> Value {
    problem(
        "这个渠道只送来投送件的办理情况（answers.only），但没有工单有这个对方编号或标记；编号入库后请重新处理",
        "the channel brings what became of what was sent only (answers.only), and no ticket has this number or mark; replay it when \
         the number is known",
    )
}

fn problem(zh: &str, en: &str) -> Value {
    json!([{ "field": "answers", "zh": zh, "en": en }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_system_was_told_is_no_news_until_it_was_told_something_else() {
        use Status::{InProgress, Open, Reopened, Resolved};
        let told = [(Open, Some(10)), (Resolved, Some(20)), (Reopened, Some(30))];
        assert!(!is_ours(&told, InProgress, 40), "its own");
        assert!(is_ours(&told, Reopened, 40), "the last that it was told");
        assert!(is_ours(&told, Resolved, 25), "as it was then");
        assert!(!is_ours(&told, Resolved, 35), "resolved again, by itself");
        assert!(
            is_ours(&[(Open, Some(10)), (Resolved, Some(20)), (Reopened, None)], Resolved, 25),
            "the next is on its way"
        );
        assert!(!is_ours(&[], Resolved, 25));
    }

    #[test]
    fn what_is_said_within_a_second_is_in_the_order_in_which_it_comes() {
        let now: Timestamp = "2026-11-26T08:00:00Z".parse().unwrap();
        let said = |at: Option<Timestamp>| AnsweredStatus {
            status: Status::Resolved,
            at,
            result: None,
            department: None,
            due_at: None,
        };
        let known = |newest| StatusKnown { newest_sequence: newest, repeated: false };
        let ms = now.as_millisecond();
        assert_eq!(sequence(&said(Some(now)), &known(None), now), ms);
        assert_eq!(sequence(&said(Some(now)), &known(Some(ms)), now), ms + 1);
        assert_eq!(sequence(&said(Some(now)), &known(Some(ms + 1)), now), ms + 2);
        assert_eq!(sequence(&said(Some(now)), &known(Some(ms + 60_000)), now), ms, "late");
        assert_eq!(sequence(&said(None), &known(Some(ms + 60_000)), now), ms + 60_001, "no time: it came now");
    }
}
