//! Feedback: status updates in, a reply to every citizen out.

mod receipts;
mod replies;
mod updates;

pub use receipts::StoredReceipts;
pub use replies::{ReplySender, retry_wait};
pub use updates::StatusDesk;
