//! A record that was kept and is not decided, because the gateway ended in between.

use jiff::Timestamp;

use crate::key::RawKey;
use crate::mapping::Normalized;
use crate::store::FileMark;

/// A record of the store that was kept and is not decided.
#[derive(Debug)]
pub struct Undecided {
    /// Its number.
    pub raw_id: RawKey,
    /// Its channel.
    pub channel: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// The file that it is a row of.
    pub source_file: Option<FileMark>,
    /// What it is mapped to now.
    pub record: Normalized,
}
