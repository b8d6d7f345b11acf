//! Feedback: status updates in, a reply to every citizen out.

mod replies;
mod updates;

pub use replies::{ReplySender, retry_wait};
pub use updates::StatusDesk;
