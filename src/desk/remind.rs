//! Stage: reminders whose time has come are told, for tickets that still wait.

use super::step::Step;
use crate::store::{DueReminder, StoreError};
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
