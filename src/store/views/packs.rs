//! Versions of the city pack.

use jiff::Timestamp;

use crate::PackCause;

/// A pack that was or is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackVersion {
    /// Its number in the order in which packs went live.
    pub number: i64,
    /// Version that decisions name.
    pub version: String,
    /// SHA-256 of all of its files.
    pub digest: [u8; 32],
    /// When it went live.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// Why, by kind.
    pub cause: PackCause,
    /// Why, in words; may be empty.
    pub reason: String,
    /// Bytes of its files, in one.
    pub size_bytes: u64,
}
