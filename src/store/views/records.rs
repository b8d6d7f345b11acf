//! Raw records and files.

use jiff::Timestamp;
use serde_json::Value;

use crate::key::{ComplaintKey, RawKey};
use crate::store::RawState;
/// The latest raw record of one record id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawView {
    /// Number.
    pub id: RawKey,
    /// Digest of its content.
    pub digest: [u8; 16],
    /// What became of it.
    pub state: RawState,
    /// Its complaint.
    pub complaint: Option<ComplaintKey>,
    /// Rule that discarded it.
    pub rule: Option<String>,
    /// Receipt number of its complaint.
    pub receipt: Option<String>,
    /// Whether the personal data of its complaint was erased.
    pub erased: bool,
}

/// A quarantined record.
#[derive(Debug, Clone)]
pub struct QuarantineView {
    /// Number of the raw record.
    pub raw_id: RawKey,
    /// Channel.
    pub channel: String,
    /// The adapter's id of it.
    pub record_id: String,
    /// Since when.
    pub at: Timestamp,
    /// Its problems.
    pub problems: Value,
    /// The record.
    pub body: Value,
}

/// A raw record with its content.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordView {
    /// Number.
    pub raw_id: RawKey,
    /// Channel.
    pub channel: String,
    /// The adapter's id of it.
    pub record_id: String,
    /// The record.
    pub body: Value,
}

/// A raw record that is kept and not decided yet.
#[derive(Debug, Clone, PartialEq)]
pub struct UndecidedView {
    /// Number.
    pub raw_id: RawKey,
    /// Channel.
    pub channel: String,
    /// The adapter's id of it.
    pub record_id: String,
    /// Digest of its content.
    pub digest: [u8; 16],
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// The record.
    pub body: Value,
}

/// What is known of a file without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileHead {
    /// The raw record it came with.
    pub raw: RawKey,
    /// Its place among the files of that record, from 0.
    pub number: u16,
    /// Name that its sender gave it.
    pub name: String,
    /// Media type by its content.
    pub media_type: String,
    /// Size of the content, in bytes.
    pub size_bytes: u64,
}

/// A file with its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    /// What is known of it.
    pub head: FileHead,
    /// The content.
    pub bytes: Vec<u8>,
}
