//! Warnings of records that were accepted.

use jiff::Timestamp;

use huiliu_domain::key::RawKey;

/// One warning of a record that was accepted all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarningRow {
    /// The raw record.
    pub raw_id: RawKey,
    /// Its channel.
    pub channel: String,
    /// When it was decided.
    pub at: Timestamp,
    /// Field of the complaint.
    pub field: String,
    /// Where in the pack: file, line and column.
    pub place: String,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// The value that was met.
    pub value: Option<String>,
}
