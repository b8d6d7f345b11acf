//! What happens when its time has come.

mod indexing;
mod reminders;
mod retention;

pub use indexing::Indexing;
pub use reminders::ReminderWatch;
pub use retention::Retention;
