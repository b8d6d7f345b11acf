//! The audit log, as it is read.

use jiff::Timestamp;

use huiliu_domain::audit::AuditEntry;

/// Which entries are wanted.
#[derive(Debug, Clone, Copy, Default)]
pub struct AuditFilter {
    /// Made at this time or later.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub to: Option<Timestamp>,
}

/// An entry with its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// Its number, one above that of the entry before.
    pub number: i64,
    /// What it says.
    pub entry: AuditEntry,
    /// Its link; an engine without keys has none.
    pub link: [u8; 32],
}
