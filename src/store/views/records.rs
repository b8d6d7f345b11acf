//! Raw records, their files and warnings, and the files that they came from.

use jiff::Timestamp;
use serde_json::Value;

use crate::{FileCounts, FileMark, RawState, SourceFileState, SourceSheet, WarningRow};
use huiliu_domain::key::{ComplaintKey, RawKey};

/// A record with certain content: channel, the adapter's id of it, digest of the content.
pub type RawContent = (String, String, [u8; 16]);

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
    /// The file that it came with last.
    pub source_file: Option<FileMark>,
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
    /// The file that it is a row of.
    pub source_file: Option<FileMark>,
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
    /// What became of it.
    pub state: RawState,
    /// When the gateway received it.
    pub received_at: Timestamp,
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
    /// The file that it is a row of.
    pub source_file: Option<FileMark>,
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

/// Warnings of one channel that say the same of one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningGroup {
    /// Number of the newest one.
    pub last: i64,
    /// Channel.
    pub channel: String,
    /// Field of the complaint.
    pub field: String,
    /// Where in the pack: file, line and column, as the newest one has it.
    pub place: String,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English, as the newest one has it.
    pub en: String,
    /// How many there are.
    pub count: u64,
    /// When the newest one was made.
    pub last_at: Timestamp,
    /// The newest of them.
    pub samples: Vec<WarningSample>,
}

impl WarningGroup {
    /// Most samples of one group.
    pub const MAX_SAMPLES: usize = 5;

    /// A group by its newest warnings, the newest first; none where there are none.
    pub(crate) fn of(last: i64, count: u64, newest: Vec<WarningRow>) -> Option<Self> {
        let samples: Vec<WarningSample> = newest
            .iter()
            .take(Self::MAX_SAMPLES)
            .map(|row| WarningSample { raw_id: row.raw_id, value: row.value.clone() })
            .collect();
        let WarningRow { channel, field, place, zh, en, at, .. } = newest.into_iter().next()?;
        Some(Self { last, channel, field, place, zh, en, count, last_at: at, samples })
    }
}

/// One warning of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningSample {
    /// The raw record.
    pub raw_id: RawKey,
    /// The value that was met.
    pub value: Option<String>,
}

/// A file that was read as a source of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFileView {
    /// Number.
    pub id: i64,
    /// Channel.
    pub channel: String,
    /// Its name, without folders.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// When its first rows were taken.
    pub begun_at: Timestamp,
    /// When its last rows were taken, or it failed; none while it is being read.
    pub finished_at: Option<Timestamp>,
    /// How reading stands.
    pub state: SourceFileState,
    /// Rows that were delivered.
    pub rows: u64,
    /// What became of them.
    pub counts: FileCounts,
    /// Its sheets.
    pub sheets: Vec<SourceSheet>,
    /// Why it could not be read, in Chinese and in English.
    pub failure: Option<(String, String)>,
    /// What is to be known of it although it was read, in Chinese and in English.
    pub notices: Vec<(String, String)>,
}
