//! What keeps the store in order, and what it remembers for the gateway itself.

use jiff::Timestamp;

use crate::{Finding, PauseRow, StoreError, StoreSize, TokenRow};
use huiliu_domain::audit::AuditEntry;

/// Upkeep.
pub trait Upkeep {
    /// Access tokens, by name.
    ///
    /// # Errors
    /// The store cannot be read.
    fn tokens(&mut self) -> Result<Vec<TokenRow>, StoreError>;

    /// Adds or replaces an access token, and says so in the audit log.
    ///
    /// # Errors
    /// The store cannot be written.
    fn put_token(&mut self, token: &TokenRow, entry: &AuditEntry) -> Result<(), StoreError>;

    /// Removes an access token, and says so in the audit log; whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove_token(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// The channels that are paused, by name.
    ///
    /// # Errors
    /// The store cannot be read, or a row is damaged.
    fn pauses(&mut self) -> Result<Vec<PauseRow>, StoreError>;

    /// Pauses a channel, and says so in the audit log; false, and nothing is changed, where it is paused already.
    ///
    /// # Errors
    /// The store cannot be written.
    fn pause(&mut self, pause: &PauseRow, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// Lets a paused channel go on, and says so in the audit log; whether it was paused.
    ///
    /// # Errors
    /// The store cannot be written.
    fn resume(&mut self, channel: &str, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// Checks the whole store; with `repair`, mends what can be mended without a decision.
    ///
    /// # Errors
    /// The store cannot be read, or not be mended.
    fn examine(&mut self, repair: bool) -> Result<Vec<Finding>, StoreError>;

    /// How large the store is.
    ///
    /// # Errors
    /// The store cannot be read.
    fn size(&mut self) -> Result<StoreSize, StoreError>;

    /// Removes messages published before a time. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_published(&mut self, before: Timestamp) -> Result<usize, StoreError>;

    /// Removes warnings made before a time. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_warnings(&mut self, before: Timestamp) -> Result<usize, StoreError>;

    /// Removes what is known of source files of which the last rows were taken before a time. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_source_files(&mut self, before: Timestamp) -> Result<usize, StoreError>;

    /// Seals again with the current key what an older key sealed, at most `limit` rows. Gives the number done.
    ///
    /// # Errors
    /// The store cannot be written, or a row cannot be opened.
    fn reseal(&mut self, limit: usize) -> Result<usize, StoreError>;
}
