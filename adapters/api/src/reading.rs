//! What an adapter says of its source beside the records: what a file gave, and what an operator has to look at.

/// What reading a file has come to, told with every batch of its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReading {
    /// Its name, without folders.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was changed last, in milliseconds since 1970. Name, size and this together are one file.
    pub modified_ms: i64,
    /// Its sheets in their order, read or not; none for files that have no sheets.
    pub sheets: Vec<SheetReading>,
    /// Rows that were delivered, this batch included.
    pub rows: u64,
    /// Whether that is all of them.
    pub complete: bool,
    /// Why the file, or its rest, could not be read, in Chinese and in English; free of content.
    pub failure: Option<(String, String)>,
    /// What is to be known of the file although it was read, in Chinese and in English; free of content, at most [`FileReading::MAX_NOTICES`].
    pub notices: Vec<(String, String)>,
}

impl FileReading {
    /// Most notices of one file.
    pub const MAX_NOTICES: usize = 20;
}

/// What reading one sheet of a workbook has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetReading {
    /// Its name.
    pub name: String,
    /// Rows of it that were delivered.
    pub rows: u64,
    /// Why it is not read, in Chinese and in English; `None` where it is.
    pub left_out: Option<(String, String)>,
}

/// Something about a source that an operator has to look at, although reading goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceAlarm {
    /// What kind it is.
    pub kind: AlarmKind,
    /// What happened and what to do, in Chinese; free of content.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// The kinds of [`SourceAlarm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AlarmKind {
    /// A page could not be read and was set aside with its bytes.
    UnreadablePage,
    /// A file could not be read, not whole, or gave no record.
    UnreadableFile,
    /// Pages repeat, cursors go round, or reading makes no progress.
    NoProgress,
    /// The source does not keep to what the settings say of it: ids that do not grow, pages larger than asked for.
    Unexpected,
}

impl AlarmKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::UnreadablePage, Self::UnreadableFile, Self::NoProgress, Self::Unexpected];

    /// The name in metrics and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::UnreadablePage => "unreadable_page",
            Self::UnreadableFile => "unreadable_file",
            Self::NoProgress => "no_progress",
            Self::Unexpected => "unexpected",
        }
    }
}
