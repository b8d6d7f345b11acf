//! Points of citizens who take part.

use jiff::Timestamp;

use crate::StoreError;
use huiliu_domain::complaint::{AccountHash, RewardEntry};
use huiliu_domain::key::ComplaintKey;

/// Points of citizens.
pub trait Rewards {
    /// The entries of a complaint, also those that do not count any more, by rule and round.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn rewards_of_complaint(&mut self, complaint: ComplaintKey) -> Result<Vec<RewardEntry>, StoreError>;

    /// The entries of accounts, also those that do not count any more: at most `limit`, the newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn rewards_of(&mut self, accounts: &[AccountHash], limit: usize) -> Result<Vec<RewardEntry>, StoreError>;

    /// The sum of points of accounts that count, by one rule or by all, given at a moment or since.
    ///
    /// # Errors
    /// The store cannot be read.
    fn reward_points(
        &mut self,
        accounts: &[AccountHash],
        rule: Option<&str>,
        since: Timestamp,
    ) -> Result<i64, StoreError>;

    /// Removes entries that were made before a time. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_rewards(&mut self, before: Timestamp) -> Result<usize, StoreError>;
}
