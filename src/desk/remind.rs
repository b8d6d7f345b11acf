//! Stage: reminders and alarms whose time has come are told, for tickets that still wait.

use std::sync::Arc;

use serde_json::json;

use super::step::Step;
use crate::store::{AlarmPlan, DueAlarm, DueReminder, Occurrence, OccurrenceKind, StoreError};
use crate::ticket::{Change, EventKind};

/// Tells reminders; each is told once.
pub(super) fn remind(step: &mut Step<'_>, due: &[DueReminder]) -> Result<(), StoreError> {
    for reminder in due {
        step.view.note_reminded(reminder.id);
        if !step.is_finished(reminder.ticket)? {
            let change = Change { percent_of_time: Some(reminder.percent), ..Change::default() };
            step.tell(reminder.ticket, EventKind::Reminder, None, change);
        }
    }
    Ok(())
}

/// Sends the notices that are due, of clocks and of repeated dissatisfaction; each is told once. A clock of a ticket that is no longer there is forgotten.
pub(super) fn ring(step: &mut Step<'_>, due: &[DueAlarm]) -> Result<(), StoreError> {
    let rules = Arc::clone(&step.rules);
    for alarm in due {
        let key = alarm.ticket;
        if step.view.ticket(key)?.is_none() {
            step.view.plan_alarms(AlarmPlan { ticket: key, alarms: Vec::new() });
            continue;
        }
        let now = step.now;
        let notices = step.view.change(key).map(|detail| rules.handling.ring(&mut detail.ticket, &alarm.clock, now));
        for notice in notices.unwrap_or_default() {
            let to: Vec<&str> = notice.to.iter().map(|to| to.code.as_str()).collect();
            step.view.note_occurrence(Occurrence {
                kind: OccurrenceKind::Notice,
                subject: key.0,
                at: now,
                outcome: notice.code.clone(),
                details: json!({
                    "title": notice.title, "clock": notice.clock.as_ref().map(|clock| clock.code.as_str()),
                    "round": notice.round, "due_at": notice.clock.as_ref().map(|clock| clock.due_at), "text": notice.text,
                    "to": to,
                }),
            });
            step.tell(key, EventKind::Notice, None, Change { notice: Some(notice), ..Change::default() });
        }
        step.plan_alarms(key);
    }
    Ok(())
}
