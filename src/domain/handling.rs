//! Handling: what a ticket is made of, and what its clock says. Pure: complaints, rules and a time go in, a changed ticket or a
//! plan comes out.

mod assemble;
mod reminders;
mod status;

pub use assemble::{Covered, assemble, counted_from, escalate, grant_extension, present};
pub use reminders::{Reminder, reminders};
pub use status::{Turn, change_status};
