//! What counts of events, for reports.

use jiff::civil::Date;

use crate::StoreError;
use huiliu_domain::report::Cell;

/// Facts. What they come to does not depend on what was summed up.
pub trait Facts {
    /// What was counted on the days `from` to `to`, both included: a cell for each day and key, in this order.
    ///
    /// # Errors
    /// The store cannot be read, or a sum is damaged.
    fn facts(&mut self, from: Date, to: Date) -> Result<Vec<Cell>, StoreError>;

    /// Adds facts that are in no sum yet to the sums of their days, at most `limit`, oldest first. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written, or a sum is damaged.
    fn sum_facts(&mut self, limit: usize) -> Result<usize, StoreError>;

    /// Removes the rows of facts of days before `before` that are in the sums. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_facts(&mut self, before: Date) -> Result<usize, StoreError>;
}
