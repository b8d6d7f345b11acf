//! What is known of a pass under way, and what follows a page of it.

use serde::{Deserialize, Serialize};

use crate::memory::Memory;
use crate::page::Next;

/// What is known of a pass, so that a restart goes on with it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Pass {
    /// The records read last, at most [`MAX_SEEN`](crate::MAX_SEEN).
    pub(crate) seen: Memory,
    /// The records read first, at most [`MAX_KNOWN`](crate::MAX_KNOWN).
    pub(crate) front: Memory,
    /// Records on its pages.
    pub(crate) entries: u64,
    /// Records of the page under way that the pass had not seen.
    pub(crate) fresh: u64,
    /// Records of the page under way that it had seen.
    pub(crate) met: u64,
    /// Pages in a row that brought nothing new.
    pub(crate) barren: u32,
    /// Records on its largest page.
    pub(crate) largest: u64,
    /// Digest of the page before which cycles are looked for: the latest whose number is a power of two (Brent's algorithm).
    pub(crate) mark: String,
    /// Order of the record read last.
    pub(crate) last_order: Option<i64>,
    /// Whether a record came after one of a lower order.
    pub(crate) rises: bool,
    /// Whether it reads on where an earlier pass stopped.
    pub(crate) tail: bool,
    /// The two pages that are read again, until nothing moves between them.
    pub(crate) again: Option<Again>,
    /// Digest of the page that was read last.
    pub(crate) digest: String,
    /// Whether the next page was asked for from within this one.
    pub(crate) overlaps: bool,
    /// Pages passed over in a row.
    pub(crate) aside: u32,
    /// Whether the stated total was found to be wrong.
    pub(crate) doubts_total: bool,
}

/// A page and the one before it, which are read again until the latter is as it was before the former was read: then no record
/// has moved from one to the other unseen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Again {
    /// What follows then.
    pub step: Step,
    /// The page before.
    pub before: Next,
    /// Its digest when it was read last.
    pub digest: String,
    /// The page itself.
    pub page: Next,
    /// Times that the page before was found changed.
    pub changes: u32,
}

/// What follows a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// Another page.
    On(Next),
    /// The end of the pass.
    End(End),
}

/// Why a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum End {
    /// The list was read to its end.
    Whole,
    /// What follows was read in earlier passes.
    Watermark,
    /// It has read as many pages as it may.
    Limit,
    /// It cannot go on: what follows is not known. The watermark stays.
    Cut,
}
