//! Points of citizens who take part.

use huiliu_domain::complaint::RewardEntry;
use huiliu_domain::key::ComplaintKey;

/// What happens to points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RewardChange {
    /// An entry is so from now on: it is new, or replaces that of its complaint, rule and round.
    Is(RewardEntry),
    /// All entries of a complaint go.
    Gone(ComplaintKey),
}
