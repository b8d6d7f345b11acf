//! What waits for a person (待审): a ticket before it is dispatched, an answer before it closes the matter.

use jiff::Timestamp;

use super::StatusUpdate;

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// A ticket, before platforms hear of it.
    Dispatch,
    /// An answer, before citizens hear it.
    Closing,
}

impl Before {
    /// Both with their words in settings and documents.
    pub const ALL: [(Self, &'static str); 2] = [(Self::Dispatch, "dispatch"), (Self::Closing, "closing")];

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(before, _)| *before == self).map_or("dispatch", |(_, word)| word)
    }

    /// Reads [`Self::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(before, _)| *before)
    }
}

/// A ticket that is not told to platforms before a person has looked at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// Code of the city's list in which it waits.
    pub code: String,
    /// Since when.
    pub since: Timestamp,
}

/// An answer that is not given before a person has approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Code of the city's list in which it waits.
    pub code: String,
    /// Since when.
    pub since: Timestamp,
    /// The status update that is carried out when it is approved.
    pub update: StatusUpdate,
}
