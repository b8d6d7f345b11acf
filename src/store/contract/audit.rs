//! The audit log: entries that are chained, so that a changed, a removed or a cut-off one shows.

use jiff::Timestamp;

use crate::{AuditFilter, AuditPart, Page, StoreError};
use huiliu_domain::audit::{AuditCheck, AuditEntry, Checkpoint};

/// Most entries that are looked at for one part of the log: what they say is sealed, and is not found by an index.
pub const MAX_AUDIT_LOOKED_AT: usize = 10_000;

/// The audit log. Entries of a step are written with it ([`Changes::audit`](crate::Changes::audit)).
pub trait Audit {
    /// Writes entries about what is no step: looks, refusals.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_audit(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError>;

    /// Entries behind the one with the number `page.after`, in the order that the filter asks for. A part can have fewer entries than
    /// asked for, or none, and a next one: of those in the span of time at most [`MAX_AUDIT_LOOKED_AT`] are looked at.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged: that one is named.
    fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<AuditPart, StoreError>;

    /// Checks the whole chain, and that it runs through checkpoints that were kept elsewhere. Stops at the first entry that is wrong.
    ///
    /// # Errors
    /// The store cannot be read.
    fn check_audit(&mut self, known: &[Checkpoint]) -> Result<AuditCheck, StoreError>;

    /// The end of the chain, as it says itself.
    ///
    /// # Errors
    /// The store cannot be read.
    fn audit_end(&mut self) -> Result<Checkpoint, StoreError>;

    /// Removes entries from the beginning up to the first that was made at or after a time. What is left can still be checked. Gives
    /// their number.
    ///
    /// # Errors
    /// The store cannot be written, or where the log begins and ends was changed.
    fn forget_audit(&mut self, before: Timestamp) -> Result<usize, StoreError>;
}
