//! Stage: reminders and alarms whose time has come are told, for tickets that still wait.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::step::Step;
use crate::handling::{Due, Rung, Sent};
use crate::key::TicketKey;
use crate::store::{AlarmPlan, DueAlarm, DueReminder, Occurrence, OccurrenceKind, StoreError};
use crate::ticket::{Change, EventKind, Notice};

/// How long the alarms of a ticket that cannot be read are put off.
const PUT_OFF: SignedDuration = SignedDuration::from_hours(24);

/// Tells reminders; each is told once. A ticket that cannot be read is stepped over.
pub(super) fn remind(step: &mut Step<'_>, due: &[DueReminder]) -> Result<(), StoreError> {
    for reminder in due {
        step.view.note_reminded(reminder.id);
        let is_finished = match step.is_finished(reminder.ticket) {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "A reminder cannot be told: its ticket cannot be read; run huiliu doctor.");
                continue;
            }
            is_finished => is_finished?,
        };
        if !is_finished {
            let change = Change { percent_of_time: Some(reminder.percent), ..Change::default() };
            step.tell(reminder.ticket, EventKind::Reminder, None, change);
        }
    }
    Ok(())
}

/// Sends the notices that are due, of clocks and of repeated dissatisfaction, and gives matters to the unit above; each is told once,
/// those for the same people together where the city says so. A clock of a ticket that is no longer there is forgotten.
pub(super) fn ring(step: &mut Step<'_>, due: &[DueAlarm]) -> Result<(), StoreError> {
    let (rules, now) = (Arc::clone(&step.rules), step.now);
    let (mut notices, mut rises) = (Vec::new(), Vec::new());
    for alarm in due {
        let key = alarm.ticket;
        let is_there = match step.view.ticket(key) {
            Err(error) if error.is_damage() => {
                tracing::error!(%error, "Alarms of a ticket are put off: it cannot be read; run huiliu doctor.");
                let later = now.saturating_add(PUT_OFF).unwrap_or(Timestamp::MAX);
                let of_ticket = due.iter().filter(|other| other.ticket == key);
                let alarms = of_ticket.map(|other| (other.clock.clone(), later)).collect();
                step.view.plan_alarms(AlarmPlan { ticket: key, alarms });
                continue;
            }
            found => found?.is_some(),
        };
        if !is_there {
            step.view.plan_alarms(AlarmPlan { ticket: key, alarms: Vec::new() });
            continue;
        }
        let Some(detail) = step.view.change(key) else { continue };
        let (rungs, ticket) = (rules.handling.ring(&mut detail.ticket, &alarm.clock, now), detail.ticket.id.clone());
        for rung in rungs {
            match rung {
                Rung::Notice(notice) => notices.push(Due { key, ticket: ticket.clone(), notice }),
                Rung::Rise(why) => rises.push((key, why)),
            }
        }
        step.plan_alarms(key);
    }
    rules.handling.group(notices, now).into_iter().try_for_each(|sent| send(step, sent))?;
    rises.into_iter().try_for_each(|(key, why)| step.rise(key, why))
}

/// Sends a notice to those who have not had their notices of the day, and notes it with its tickets.
fn send(step: &mut Step<'_>, sent: Sent<TicketKey>) -> Result<(), StoreError> {
    let Sent { key, others, mut notice } = sent;
    let left_out = within_the_day(step, &mut notice)?;
    note(step, Sent { key, others, notice }, &left_out);
    Ok(())
}

/// Sends a notice that is no alarm's and waits for nothing: it counts for the day of those who get it, and is not left out.
pub(super) fn send_at_once(step: &mut Step<'_>, sent: Sent<TicketKey>) {
    if step.rules.handling.notices_per_day().is_some() {
        let day = step.now.to_zoned(step.rules.numbering.zone.clone()).date();
        sent.notice.to.iter().for_each(|to| step.view.note_noticed(&to.code, day));
    }
    note(step, sent, &[]);
}

/// Notes a notice with its tickets, and tells of it.
fn note(step: &mut Step<'_>, sent: Sent<TicketKey>, left_out: &[String]) {
    let Sent { key, others, notice } = sent;
    let to: Vec<&str> = notice.to.iter().map(|to| to.code.as_str()).collect();
    for subject in std::iter::once(key).chain(others) {
        step.view.note_occurrence(Occurrence {
            kind: OccurrenceKind::Notice,
            subject: subject.0,
            at: step.now,
            outcome: notice.code.clone(),
            details: json!({
                "title": notice.title, "clock": notice.clock.as_ref().map(|clock| clock.code.as_str()), "round": notice.round,
                "due_at": notice.clock.as_ref().map(|clock| clock.due_at),
                "text": notice.text, "to": to, "left_out": left_out, "tickets": notice.tickets,
            }),
        });
    }
    if !notice.to.is_empty() {
        step.tell(key, EventKind::Notice, None, Change { notice: Some(notice), ..Change::default() });
    }
}

/// Counts a notice with those whom it is for, and leaves out who has had all of the day; their codes.
fn within_the_day(step: &mut Step<'_>, notice: &mut Notice) -> Result<Vec<String>, StoreError> {
    let rules = Arc::clone(&step.rules);
    let Some(most) = rules.handling.notices_per_day() else { return Ok(Vec::new()) };
    let day = step.now.to_zoned(rules.numbering.zone.clone()).date();
    let (mut to, mut left_out) = (Vec::new(), Vec::new());
    for addressee in std::mem::take(&mut notice.to) {
        let counted = step.view.notices_on(&addressee.code, day)?;
        if counted >= most && !rules.handling.is_always_sent(&notice.code) {
            left_out.push(addressee.code);
            continue;
        }
        step.view.note_noticed(&addressee.code, day);
        to.push(addressee);
    }
    notice.to = to;
    Ok(left_out)
}
