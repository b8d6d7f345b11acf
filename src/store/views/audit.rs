//! The audit log, as it is read.

use jiff::Timestamp;

use huiliu_domain::audit::{AuditAction, AuditEntry};

/// Which entries are wanted, and in which order.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Made at this time or later.
    pub from: Option<Timestamp>,
    /// Made before this time.
    pub to: Option<Timestamp>,
    /// By somebody of exactly this name.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<AuditAction>,
    /// The newest first, else the oldest first.
    pub newest_first: bool,
}

impl AuditFilter {
    /// Whether an entry is wanted, but for its time.
    pub(crate) fn wants(&self, entry: &AuditEntry) -> bool {
        self.actor.as_ref().is_none_or(|actor| *actor == entry.actor.name)
            && self.action.is_none_or(|action| action == entry.action)
    }
}

/// A part of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditPart {
    /// The entries.
    pub entries: Vec<AuditView>,
    /// Behind which entry the next part begins; none on the last.
    pub next: Option<i64>,
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
