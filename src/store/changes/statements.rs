//! What sources state later of complaints.

use jiff::Timestamp;

use huiliu_domain::complaint::{Satisfaction, StatementKind};
use huiliu_domain::key::{ComplaintKey, RawKey};

/// A statement of a source, as it is kept with its complaint. One with the mark of another of the same complaint is the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// The raw record that it came with.
    pub raw_id: RawKey,
    /// Keyed hash of what tells it from others; of zeros once the complaint was erased.
    pub mark: [u8; 16],
    /// What it means.
    pub kind: StatementKind,
    /// When it was said, as the source has it; else when it was taken in.
    pub at: Timestamp,
    /// When it was taken in.
    pub received_at: Timestamp,
    /// The words; empty once the complaint was erased.
    pub text: String,
    /// 满意度, in ratings.
    pub satisfaction: Option<Satisfaction>,
}
