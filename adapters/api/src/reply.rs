//! What goes back to one complaint's channel.

use serde_json::{Value, json};

/// A reply to the citizen behind one complaint.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Stable key of this reply; the same reply tried again has the same key.
    pub key: String,
    /// The source's own number of the complaint.
    pub source_number: String,
    /// The citizen's receipt number.
    pub receipt_number: String,
    /// Status that is told, e.g. `resolved`.
    pub status: String,
    /// The status in Chinese, e.g. 已办结.
    pub status_zh: String,
    /// What the citizen is told.
    pub text: String,
    /// The department that answers.
    pub department: String,
    /// When the status was set, RFC 3339.
    pub at: String,
    /// Where the complaint's channel can reach the citizen, when the channel needs it.
    pub phone: Option<String>,
    /// The record as it came, for numbers that only the channel understands.
    pub record: Value,
}

impl Reply {
    /// The variables `reply` and `record` as templates see them.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({
            "key": self.key, "source_number": self.source_number, "receipt_number": self.receipt_number,
            "status": self.status, "status_zh": self.status_zh, "text": self.text, "department": self.department,
            "at": self.at, "phone": self.phone,
        })
    }
}

/// How a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The source took it.
    Taken,
    /// The channel has no way to tell this status; the reply stays visible as such.
    NoRoute,
}
