//! Raw records: what is kept of what a source delivered.

use jiff::Timestamp;
use serde_json::Value;

use super::FileMark;
use huiliu_domain::key::{ComplaintKey, RawKey};

/// What became of a raw record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RawState {
    /// It is kept, and nothing is decided yet.
    Received,
    /// It is the first record of a complaint.
    Complaint,
    /// It changed a complaint that was there.
    Amendment,
    /// It says something about an earlier complaint.
    FollowUp,
    /// It could not be mapped.
    Quarantined,
    /// A rule of the channel keeps it from being a complaint.
    Discarded,
    /// It is kept without its content, because the data of its complaint was erased.
    Erased,
}

impl RawState {
    /// All states with their names in the store.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Received, "received"),
        (Self::Complaint, "complaint"),
        (Self::Amendment, "amendment"),
        (Self::FollowUp, "follow_up"),
        (Self::Quarantined, "quarantined"),
        (Self::Discarded, "discarded"),
        (Self::Erased, "erased"),
    ];

    /// Name in the store.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("quarantined", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// A raw record as it came.
#[derive(Debug, Clone)]
pub struct NewRaw {
    /// Number.
    pub id: RawKey,
    /// Channel.
    pub channel: String,
    /// The adapter's stable id of it.
    pub record_id: String,
    /// SHA-256 of the content, first 16 bytes.
    pub digest: [u8; 16],
    /// What became of it.
    pub state: RawState,
    /// The complaint it made or changed.
    pub complaint: Option<ComplaintKey>,
    /// Rule by which it was discarded.
    pub rule: Option<String>,
    /// When the gateway received it.
    pub received_at: Timestamp,
    /// Version of the pack that mapped it.
    pub settings_version: String,
    /// The file that it is a row of.
    pub source_file: Option<FileMark>,
    /// The content; not stored of an erased one.
    pub body: Value,
}

/// A file that came with a raw record: a photo, an attachment of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The raw record it came with.
    pub raw: RawKey,
    /// Its place among the files of that record, from 0.
    pub number: u16,
    /// Name that its sender gave it.
    pub name: String,
    /// Media type by its content.
    pub media_type: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A quarantined record with its problems.
#[derive(Debug, Clone)]
pub struct QuarantineRow {
    /// The raw record.
    pub raw_id: RawKey,
    /// Channel.
    pub channel: String,
    /// When.
    pub at: Timestamp,
    /// All problems, as JSON.
    pub problems: Value,
}

/// What became of a record that was kept before: it was not decided yet, or in quarantine. Unless it is quarantined (again),
/// it leaves quarantine; when it is erased, its content and its warnings go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The raw record.
    pub raw_id: RawKey,
    /// What became of it.
    pub state: RawState,
    /// The complaint it made or changed.
    pub complaint: Option<ComplaintKey>,
    /// Rule by which it was discarded.
    pub rule: Option<String>,
    /// Version of the pack that mapped it.
    pub settings_version: String,
}
