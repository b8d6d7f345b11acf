//! Points (积分) that a citizen who takes part has for a complaint, as nouns: what they are for, and to which account they belong.

use jiff::Timestamp;

use crate::key::ComplaintKey;

/// Keyed hash of what a citizen is known by: a telephone number, an identity number, or an account of a channel. Nothing leads back
/// from it to the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountHash(pub u64);

/// What points are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RewardBasis {
    /// The complaint was accepted.
    Accepted,
    /// Another complaint of the same matter had come before it.
    Duplicate,
    /// Its matter was finished with a result.
    Resolved,
    /// Its matter was refused with a reason (不予受理).
    Rejected,
    /// Its citizen rated the result.
    Rated,
}

impl RewardBasis {
    /// All with their names in settings and in the store.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Accepted, "accepted"),
        (Self::Duplicate, "duplicate"),
        (Self::Resolved, "resolved"),
        (Self::Rejected, "rejected"),
        (Self::Rated, "rated"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(basis, _)| *basis == self).map_or("", |(_, name)| name)
    }

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(basis, _)| *basis)
    }
}

/// Points that an account has for one complaint by one rule, once in a round of handling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardEntry {
    /// The complaint.
    pub complaint: ComplaintKey,
    /// Code of the rule.
    pub rule: String,
    /// Round of handling, from 1 on, where each round counts; else 0.
    pub round: u32,
    /// Whose they are.
    pub account: AccountHash,
    /// What they are for.
    pub basis: RewardBasis,
    /// How many; fewer than none where they are taken for it.
    pub points: i64,
    /// When they were given.
    pub at: Timestamp,
    /// When what they are for was gone; they do not count since.
    pub taken_back_at: Option<Timestamp>,
}

impl RewardEntry {
    /// Whether they count.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.taken_back_at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back() {
        for (basis, name) in RewardBasis::ALL {
            assert_eq!((RewardBasis::from_name(name), basis.name()), (Some(basis), name));
        }
        assert_eq!(RewardBasis::from_name("praised"), None);
    }
}
