//! What happens to a complaint, and which points come and go with it.

use crate::complaint::RewardBasis;

/// What happened to a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// It was accepted.
    Accepted,
    /// Another one of the same matter had come before it: it joined its ticket, or people put both together.
    Joined,
    /// It is the first of its matter: it was taken out, or a decision was taken back.
    Parted,
    /// Its matter was finished with a result.
    Resolved,
    /// Its matter was refused.
    Rejected,
    /// Its matter is handled again.
    Reopened,
    /// Its citizen rated the result of a round.
    Rated,
    /// Its citizen took it back.
    Withdrawn,
}

impl Happening {
    /// All with their names in cases.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Accepted, "accepted"),
        (Self::Joined, "joined"),
        (Self::Parted, "parted"),
        (Self::Resolved, "resolved"),
        (Self::Rejected, "rejected"),
        (Self::Reopened, "reopened"),
        (Self::Rated, "rated"),
        (Self::Withdrawn, "withdrawn"),
    ];

    /// Reads the name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(happening, _)| *happening)
    }

    /// What there are points for from now on.
    #[must_use]
    pub fn begins(self) -> Option<RewardBasis> {
        match self {
            Self::Accepted => Some(RewardBasis::Accepted),
            Self::Joined => Some(RewardBasis::Duplicate),
            Self::Resolved => Some(RewardBasis::Resolved),
            Self::Rejected => Some(RewardBasis::Rejected),
            Self::Rated => Some(RewardBasis::Rated),
            Self::Parted | Self::Reopened | Self::Withdrawn => None,
        }
    }

    /// What is gone with it. A result stays one where the matter is handled again: who is dissatisfied loses nothing by saying so.
    #[must_use]
    pub fn ends(self) -> &'static [RewardBasis] {
        match self {
            Self::Parted => &[RewardBasis::Duplicate],
            Self::Reopened => &[RewardBasis::Rejected],
            Self::Withdrawn => &[RewardBasis::Accepted, RewardBasis::Duplicate],
            Self::Accepted | Self::Joined | Self::Resolved | Self::Rejected | Self::Rated => &[],
        }
    }
}
