//! Files that were read as sources of records, and what they gave.

use jiff::Timestamp;

use huiliu_domain::key::RawKey;

/// What records came with. For rows of a file, a keyed hash of its channel, name, size and time of change: equal for one file whenever
/// it is read. For records of one call or page that share a number and not their content, a keyed hash of all these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileMark(pub u64);

/// How reading a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFileState {
    /// More rows follow.
    Reading,
    /// All of it was read.
    Done,
    /// It, or its rest, could not be read.
    Failed,
}

impl SourceFileState {
    /// All states with their names.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Reading, "reading"), (Self::Done, "done"), (Self::Failed, "failed")];

    /// Name in the store and in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, _)| *state == self).map_or("reading", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }
}

/// What became of the rows of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileCounts {
    /// Rows that made a complaint, or said something about an earlier one.
    pub taken: u64,
    /// Rows that changed a complaint.
    pub amended: u64,
    /// Rows that were there before with the same content.
    pub repeated: u64,
    /// Rows that went into quarantine.
    pub set_aside: u64,
    /// Rows that a rule keeps from being complaints, or whose complaint was erased.
    pub discarded: u64,
}

impl FileCounts {
    /// Adds the counts of another part of the same file.
    pub fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.amended += other.amended;
        self.repeated += other.repeated;
        self.set_aside += other.set_aside;
        self.discarded += other.discarded;
    }
}

/// One sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceSheet {
    /// Its name.
    pub name: String,
    /// Rows of it that were delivered.
    pub rows: u64,
    /// Why it is not read, in Chinese and in English; `None` where it is.
    pub left_out: Option<(String, String)>,
}

/// What reading a file has come to with one batch of its rows. Its counts are added to those of earlier batches; everything
/// else takes the place of what was known before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFileRow {
    /// The channel.
    pub channel: String,
    /// Which file it is.
    pub mark: FileMark,
    /// Its name, without folders.
    pub name: String,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was changed last.
    pub modified_at: Timestamp,
    /// When this batch was taken.
    pub at: Timestamp,
    /// How reading stands.
    pub state: SourceFileState,
    /// Rows that were delivered so far.
    pub rows: u64,
    /// What became of the rows of this batch.
    pub counts: FileCounts,
    /// Its sheets.
    pub sheets: Vec<SourceSheet>,
    /// Why it could not be read, in Chinese and in English; free of content.
    pub failure: Option<(String, String)>,
    /// What is to be known of it although it was read, in Chinese and in English.
    pub notices: Vec<(String, String)>,
}

/// A record that came again with the same content, in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenAgain {
    /// The raw record.
    pub raw_id: RawKey,
    /// The file that it came with last.
    pub file: FileMark,
}
