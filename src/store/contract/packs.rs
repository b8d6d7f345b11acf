//! City packs that went live, each kept whole.

use crate::{LivePack, PackVersion, Page, StoreError};
use huiliu_domain::audit::AuditEntry;

/// Most different packs whose files are kept; of older ones it stays known that they were live.
pub const MAX_KEPT_PACKS: usize = 500;

/// Versions of the city pack.
pub trait Packs {
    /// Notes that a pack goes live, and says so in the audit log. One with the same files as the one before is no new version, unless
    /// it was rolled back to. Gives the number of its version. Files are kept once, of the newest `MAX_KEPT_PACKS`.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_live_pack(&mut self, pack: &LivePack, entry: &AuditEntry) -> Result<i64, StoreError>;

    /// Versions, the newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn pack_versions(&mut self, page: Page) -> Result<Vec<PackVersion>, StoreError>;

    /// One version, by its number.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn pack_version(&mut self, number: i64) -> Result<Option<PackVersion>, StoreError>;

    /// The newest version with the digest that decisions name.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn pack_named(&mut self, version: &str) -> Result<Option<PackVersion>, StoreError>;

    /// The files of a version, in one, as they were given; none where they are no longer kept.
    ///
    /// # Errors
    /// The store cannot be read, or they are damaged.
    fn pack_content(&mut self, number: i64) -> Result<Option<Vec<u8>>, StoreError>;
}
