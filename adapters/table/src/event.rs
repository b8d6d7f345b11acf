//! Rows of any kind of file, and what else reading a file comes upon.

use huiliu_adapter_api::{RawRecord, SheetReading};

/// What reading a file comes upon, in the order of the file; the same every time the file is read.
pub type Events = Box<dyn Iterator<Item = Event> + Send>;

/// One thing that reading a file comes upon.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A sheet begins, or is left out.
    Sheet {
        /// What is told of it; its rows follow.
        reading: SheetReading,
        /// Whether it is left out although it looks like a table.
        doubtful: bool,
    },
    /// Headings were found: a file without rows below them says that there is nothing to say.
    Headings,
    /// A record, good or broken.
    Row(RawRecord),
    /// Something that is to be known of the file, although reading goes on.
    Notice {
        /// What it is.
        reason: Reason,
        /// Whether a part of the file that may hold records is not read.
        unread: bool,
    },
    /// The rest of the file cannot be read.
    Failed(Reason),
}

/// Why something cannot be read and what to do, free of content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Reason {
    /// A reason in both languages.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// What a library or the system says.
    pub fn of(error: &dyn std::fmt::Display) -> Self {
        Self::new(format!("读取出错\n原文：{error}"), error.to_string())
    }
}

/// A record for a row that cannot be read. Its id holds the row, the caller adds the file.
pub(crate) fn broken(row: usize, text: &str, reason: &Reason) -> RawRecord {
    let text: String = text.chars().take(10_000).collect();
    let (zh, en) = (format!("第 {row} 行：{}", reason.zh), format!("row {row}: {}", reason.en));
    RawRecord::broken_because(format!("row {row}"), text, zh, en)
}
