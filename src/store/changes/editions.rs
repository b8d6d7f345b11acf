//! Reports that are made at their set times.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::EditionFile;

/// A report of a period that ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEdition {
    /// Name of the report.
    pub report: String,
    /// First day of its period.
    pub from: Date,
    /// Last day of its period.
    pub to: Date,
    /// When it is made.
    pub made_at: Timestamp,
    /// Its forms, each once.
    pub files: Vec<EditionFile>,
    /// Where it is to go, each once.
    pub destinations: Vec<String>,
}
