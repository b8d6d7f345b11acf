//! A city pack that goes live, kept whole.

use jiff::Timestamp;

/// Why a pack went live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackCause {
    /// The gateway was started with it.
    Start,
    /// It was loaded again.
    Reload,
    /// An earlier version was put back.
    Rollback,
    /// A draft was published.
    Publish,
}

impl PackCause {
    /// All causes with their names.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Start, "start"), (Self::Reload, "reload"), (Self::Rollback, "rollback"), (Self::Publish, "publish")];

    /// Name in the store and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(cause, _)| *cause == self).map_or("start", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(cause, _)| *cause)
    }
}

/// A pack that goes live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePack {
    /// Version that decisions name: a digest of its files but the cases.
    pub version: String,
    /// Name of the city.
    pub city: String,
    /// SHA-256 of all of its files.
    pub digest: [u8; 32],
    /// All of its files, in one.
    pub content: Vec<u8>,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// Why, by kind.
    pub cause: PackCause,
    /// Why, in words; may be empty.
    pub reason: String,
}
