//! How pages follow each other, as channel files say it.

use serde::Deserialize;

use huiliu_adapter_api::{Problems, Settings, SpannedText};
use huiliu_expression::{Expression, Language, Shape};

/// How pages follow each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum Paging {
    /// Newest first; the next page begins after the last record's order. `page.last` is 0 at the start.
    LastId,
    /// The answer holds an opaque cursor for the next page: an expression over `answer`. `page.cursor` is empty at the start.
    Cursor {
        /// The expression; no value ends the reading.
        next: SpannedText,
    },
    /// Numbered pages from `first`. `page.number`, `page.size`.
    Number {
        /// Number of the first page; default 1.
        #[serde(default = "one")]
        first: u64,
        /// Records that are asked for on a page; where pages end is not guessed from it.
        size: u64,
        /// Whether the page before is read again after each page, for records that moved to it meanwhile; default yes.
        #[serde(default = "yes")]
        overlap: bool,
    },
    /// Offset and count. `page.offset`, `page.size`.
    Offset {
        /// Records that are asked for on a page.
        size: u64,
        /// Whether the last part of a page is read again with the next, for records that moved meanwhile; default yes.
        #[serde(default = "yes")]
        overlap: bool,
    },
    /// Windows of time. `page.from`, `page.to` (RFC 3339), and `page.number` within a window.
    Window {
        /// Length of a window in hours.
        hours: u32,
        /// How much of the last window is read again, in hours.
        overlap_hours: u32,
        /// Where reading begins, RFC 3339; default: one window ago.
        start: Option<SpannedText>,
        /// Records that are asked for on a page.
        size: u64,
        /// As with numbered pages; default yes.
        #[serde(default = "yes")]
        overlap: bool,
    },
}

fn one() -> u64 {
    1
}

fn yes() -> bool {
    true
}

/// Reading older pages again, for records that may have changed: a change of state does not move a record in its list.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rescan {
    /// Hours between two readings of older pages.
    pub every_hours: u32,
    /// How many pages are read again.
    pub pages: u32,
}

impl Paging {
    /// Records asked for on a page; 0 where the request says nothing of it.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Number { size, .. } | Self::Offset { size, .. } | Self::Window { size, .. } => *size,
            Self::LastId | Self::Cursor { .. } => 0,
        }
    }

    /// What is known of the variable `page` before there is one.
    #[must_use]
    pub fn page_shape(&self) -> Shape {
        match self {
            Self::LastId => Shape::of_singles(["last"]),
            Self::Cursor { .. } => Shape::of_singles(["cursor"]),
            Self::Number { .. } => Shape::of_singles(["number", "size"]),
            Self::Offset { .. } => Shape::of_singles(["offset", "size"]),
            Self::Window { .. } => Shape::of_singles(["from", "to", "number", "size"]),
        }
    }

    /// Whether the next page is known only from what this one says.
    #[must_use]
    pub fn is_keyed(&self) -> bool {
        matches!(self, Self::LastId | Self::Cursor { .. })
    }

    /// The compiled expression for the next cursor, where there is one; adds to `problems` what is wrong with the paging.
    pub fn compile(&self, settings: &Settings<'_>, language: &Language, problems: &mut Problems) -> Option<Expression> {
        let size_wrong = match self {
            Self::Number { size, .. } | Self::Offset { size, .. } => !(1..=10_000).contains(size),
            Self::Window { size, hours, .. } => !(1..=10_000).contains(size) || !(1..=8_784).contains(hours),
            Self::LastId | Self::Cursor { .. } => false,
        };
        settings.complain(
            size_wrong,
            "size 应在 1 到 10000 之间，hours 应在 1 到 8784 之间",
            "size must be 1 to 10000 and hours 1 to 8784",
            problems,
        );
        if let Self::Window { start: Some(start), .. } = self {
            settings.complain(
                start.get_ref().parse::<jiff::Timestamp>().is_err(),
                "start 应为 RFC 3339 时间",
                "start must be an RFC 3339 time",
                problems,
            );
        }
        match self {
            Self::Cursor { next } => settings.expression(language, next, &["answer"], problems),
            _ => None,
        }
    }
}

impl Rescan {
    /// Adds to `problems` what is out of range.
    pub fn check(self, settings: &Settings<'_>, problems: &mut Problems) {
        settings.complain(
            self.every_hours == 0 || !(1..=1_000).contains(&self.pages),
            "rescan：every_hours 至少 1，pages 1 到 1000",
            "rescan: every_hours at least 1, pages 1 to 1000",
            problems,
        );
    }
}
