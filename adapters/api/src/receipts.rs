//! What became of a complaint, for sources whose protocol lets citizens ask.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;

use crate::{AdapterError, is_same_secret};

/// The number under which somebody asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedNumber {
    /// The citizen's receipt number, of whatever channel.
    Receipt(String),
    /// The source's own number of a complaint that came through this channel.
    Source {
        /// Name of the channel.
        channel: String,
        /// The number.
        number: String,
    },
}

/// What may be told about a complaint to anybody who has its number: no names, no texts of citizens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The citizen's receipt number.
    pub receipt_number: String,
    /// Where its ticket stands, e.g. `in_progress`.
    pub status: &'static str,
    /// The same in Chinese, e.g. 办理中.
    pub status_zh: &'static str,
    /// Since when, as far as it is known; else when the complaint was received.
    pub at: Timestamp,
    /// What the citizen was told last, where that is public.
    pub text: Option<String>,
}

/// Answers what became of a complaint.
#[async_trait]
pub trait Receipts: Send + Sync + std::fmt::Debug {
    /// What became of the complaint with this number; `None` where there is none, or none that may be told about.
    ///
    /// # Errors
    /// Transient: it cannot be looked up now.
    async fn progress(&self, asked: &AskedNumber) -> Result<Option<Progress>, AdapterError>;

    /// The second secret beside a receipt number: only who filed the complaint is given it, and with both may see and rate what became of it.
    /// `None` where there is no gateway.
    fn code(&self, receipt_number: &str) -> Option<String> {
        let _ = receipt_number;
        None
    }

    /// Whether this is the second secret of the receipt number, as people type it; of a number that nobody has it is none. Nothing is looked
    /// up for it, so that wrong codes and unknown numbers are told apart by nobody.
    fn opens(&self, receipt_number: &str, code: &str) -> bool {
        self.code(receipt_number).is_some_and(|expected| is_same_secret(code.as_bytes(), expected.as_bytes()))
    }
}

/// Knows no complaint: away from a gateway.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoReceipts;

#[async_trait]
impl Receipts for NoReceipts {
    async fn progress(&self, _asked: &AskedNumber) -> Result<Option<Progress>, AdapterError> {
        Ok(None)
    }
}
