//! What a draft of the city pack is given.

use jiff::Timestamp;

/// The files of a draft, and who has put them there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftContent {
    /// Number of the version that it departs from.
    pub base: i64,
    /// All of its files, in one.
    pub content: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
}
