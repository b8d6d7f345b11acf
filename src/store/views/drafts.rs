//! Drafts of the city pack.

use jiff::Timestamp;

/// A copy of the city pack that is edited without being live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its number; none is given twice.
    pub id: i64,
    /// Grows by one with each change, from 1.
    pub revision: i64,
    /// Number of the version that it departs from.
    pub base: i64,
    /// What its editors call it.
    pub label: String,
    /// Bytes of its files, in one.
    pub size_bytes: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it was changed last.
    pub changed_at: Timestamp,
    /// Who changed it last.
    pub changed_by: String,
}

/// What became of a change of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftEdit {
    /// It is done; the draft as it is now, or was when it was removed.
    Done(Draft),
    /// Somebody else has changed it since: the draft as it is now. Nothing was changed.
    Stale(Draft),
    /// There is no such draft.
    Missing,
}
