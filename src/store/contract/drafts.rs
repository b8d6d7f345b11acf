//! Drafts of the city pack: copies that are edited without being live.

use crate::{Draft, DraftContent, DraftEdit, StoreError};
use huiliu_domain::audit::AuditEntry;

/// Most drafts at a time.
pub const MAX_DRAFTS: usize = 50;

/// Drafts of the city pack. Each is changed only by somebody who has seen its last change.
pub trait Drafts {
    /// Keeps a new draft, and says so in the audit log; none where there are `MAX_DRAFTS`.
    ///
    /// # Errors
    /// The store cannot be written.
    fn new_draft(
        &mut self,
        label: &str,
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<Option<Draft>, StoreError>;

    /// All drafts, the oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn drafts(&mut self) -> Result<Vec<Draft>, StoreError>;

    /// A draft with its files, in one, as they were given.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn draft(&mut self, id: i64) -> Result<Option<(Draft, Vec<u8>)>, StoreError>;

    /// Gives a draft other files, where it is still at this revision, and says so in the audit log.
    ///
    /// # Errors
    /// The store cannot be written.
    fn change_draft(
        &mut self,
        at: (i64, i64),
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<DraftEdit, StoreError>;

    /// Removes a draft, where it is still at this revision, and says so in the audit log.
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove_draft(&mut self, at: (i64, i64), entry: &AuditEntry) -> Result<DraftEdit, StoreError>;
}
