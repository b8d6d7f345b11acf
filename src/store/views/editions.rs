//! Reports that were made at their set times.

use jiff::Timestamp;
use jiff::civil::Date;

/// A report that was made at its set time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// Its number; none is given twice.
    pub id: i64,
    /// Name of the report.
    pub report: String,
    /// First day of its period.
    pub from: Date,
    /// Last day of its period.
    pub to: Date,
    /// When it was made.
    pub made_at: Timestamp,
    /// The forms in which it is kept, sorted.
    pub formats: Vec<String>,
    /// Where it was to go, by name, with when it went there; none: it waits.
    pub copies: Vec<(String, Option<Timestamp>)>,
}

/// One form of an edition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditionFile {
    /// The form, as the ending of files has it.
    pub format: String,
    /// The name of its file.
    pub name: String,
    /// It.
    pub content: Vec<u8>,
}
