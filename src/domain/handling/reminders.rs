//! When somebody is reminded of a deadline.

use jiff::{SignedDuration, Timestamp};

use crate::city::Grades;
use crate::ticket::Ticket;

/// A moment at which a ticket's time is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// Share of the time allowed, in percent.
    pub percent: u32,
    /// When.
    pub at: Timestamp,
}

/// The reminders of a ticket by its grade and deadline, as seen at `now`; none once it is answered. Time runs from when the
/// ticket was made, or opened again.
#[must_use]
pub fn reminders(ticket: &Ticket, grades: &Grades, now: Timestamp) -> Vec<Reminder> {
    if ticket.status.is_final() {
        return Vec::new();
    }
    let (Some(due_at), Some(grade)) = (ticket.route.due_at, grades.get(&ticket.route.grade)) else { return Vec::new() };
    let from = ticket.restarted_at.unwrap_or(ticket.created_at);
    let allowed_ms = due_at.as_millisecond() - from.as_millisecond();
    let planned = grade.remind_percent.iter().map(|percent| {
        let after = SignedDuration::from_millis(allowed_ms.saturating_mul(i64::from(*percent)) / 100);
        Reminder { percent: *percent, at: from.saturating_add(after).unwrap_or(due_at) }
    });
    // A reminder in the past would only repeat what is known; the deadline itself is always told.
    planned.filter(|reminder| reminder.at > now || reminder.percent == 100).collect()
}
