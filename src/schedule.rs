//! What happens when its time has come.

mod reminders;
mod retention;

pub use reminders::ReminderWatch;
pub use retention::Retention;
