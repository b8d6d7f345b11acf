//! What happens when its time has come.

mod editions;
mod facts;
mod indexing;
mod reminders;
mod retention;

pub use editions::EditionMaker;
pub use facts::FactSums;
pub use indexing::Indexing;
pub use reminders::ReminderWatch;
pub use retention::Retention;
