//! What is known of a page: where it is, and what stood on it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::memory::Mark;

/// The next page of a pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Next {
    /// After this order.
    Last(i64),
    /// After this order, which is no number.
    Key(String),
    /// At this cursor.
    Cursor(String),
    /// This page, or offset.
    Number(u64),
    /// This page of this window.
    Window {
        /// Beginning.
        from: Timestamp,
        /// End.
        to: Timestamp,
        /// Page within it.
        number: u64,
    },
}

/// What is known of a page that was read.
#[derive(Debug, Clone, Default)]
pub struct PageRead {
    /// Its records, old ones included.
    pub entries: Vec<Entry>,
    /// Cursor of the next page.
    pub cursor: Option<String>,
    /// Records in the whole list, or window, as the source states it.
    pub total: Option<u64>,
    /// Whether records are meant to have an order.
    pub ordered: bool,
    /// Whether the request names the page; else a window is one page.
    pub numbered: bool,
}

/// What is known of a record on a page.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its id and content.
    pub mark: Mark,
    /// Its order as a number.
    pub order: Option<i64>,
    /// Its order as it is written.
    pub key: Option<String>,
}
