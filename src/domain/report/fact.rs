//! One fact: that something that counts has happened, with numbers and codes only.

use jiff::civil::Date;

use super::Key;
use crate::complaint::Satisfaction;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FactKind {
    /// A complaint came and made a ticket.
    Created,
    /// A complaint came and joined a ticket.
    Joined,
    /// A ticket came to be by a split, or is there again after it was absorbed.
    Separated,
    /// A ticket was absorbed by another.
    Absorbed,
    /// A ticket was taken by its unit: the first status after it came or was opened again that is no return and no refusal.
    Signed,
    /// A ticket was answered by its unit.
    Finished,
    /// A ticket ended because its sources withdrew or closed all its complaints.
    Settled,
    /// A unit gave a ticket back.
    Returned,
    /// A finished ticket was opened again.
    Restarted,
    /// A citizen said how satisfied they are.
    Rated,
    /// A unit that was called (吹哨) has come; of that unit.
    Responded,
    /// Such a unit got a mark for how fast it came.
    ScoredSpeed,
    /// Such a unit got a mark for how well it worked.
    ScoredQuality,
    /// A finished matter went on outside of the city's handling.
    Transferred,
    /// A person did not approve a unit's answer.
    SentBack,
    /// The clock of the first contact stopped: somebody got in touch with the citizen.
    Contacted,
    /// A supervisor rated a result.
    Supervised,
    /// A citizen said in a call-back how satisfied they are.
    Called,
    /// A citizen is to be called back.
    CallBackDue,
    /// A citizen who was to be called back was heard, in whichever way.
    CallBackMade,
    /// Somebody was dissatisfied whose word counts, and the matter was not handled again: as often, or as late, as the city allows.
    NotRestarted,
    /// A leader gave an instruction (批示).
    Instructed,
    /// A leader took a matter on (领办、包案).
    Claimed,
    /// A ticket came to another unit; of that one.
    Came,
    /// The same ticket left the former unit; of that.
    Left,
    /// What a citizen had said of the same result counts no longer: they have said something else.
    Unrated,
    /// The same of what was said in a call-back.
    Uncalled,
    /// The same of what a supervisor said.
    Unsupervised,
}

impl FactKind {
    /// All kinds with their numbers in the store.
    pub const ALL: [(Self, u8); 28] = [
        (Self::Created, 1),
        (Self::Joined, 2),
        (Self::Separated, 3),
        (Self::Absorbed, 4),
        (Self::Signed, 5),
        (Self::Finished, 6),
        (Self::Settled, 7),
        (Self::Returned, 8),
        (Self::Restarted, 9),
        (Self::Rated, 10),
        (Self::Responded, 11),
        (Self::ScoredSpeed, 12),
        (Self::ScoredQuality, 13),
        (Self::Transferred, 14),
        (Self::SentBack, 15),
        (Self::Contacted, 16),
        (Self::Supervised, 17),
        (Self::Called, 18),
        (Self::CallBackDue, 19),
        (Self::CallBackMade, 20),
        (Self::NotRestarted, 21),
        (Self::Instructed, 22),
        (Self::Claimed, 23),
        (Self::Came, 24),
        (Self::Left, 25),
        (Self::Unrated, 26),
        (Self::Uncalled, 27),
        (Self::Unsupervised, 28),
    ];

    /// Its number in the store.
    #[must_use]
    pub fn number(self) -> u8 {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or(0, |(_, number)| *number)
    }

    /// Reads the number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == number).map(|(kind, _)| *kind)
    }
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The city's day on which it happened.
    pub day: Date,
    /// What happened.
    pub kind: FactKind,
    /// What it is about.
    pub key: Key,
    /// Whether the time allowed was kept, in signed, finished, responded and contacted.
    pub kept: bool,
    /// Whether the matter had been opened again before, in finished and restarted; whether it is not the first result, in ratings;
    /// whether it had been opened again or been found wanting before, in not restarted.
    pub again: bool,
    /// What was said, in ratings of every kind.
    pub rating: Option<Satisfaction>,
    /// Seconds since the matter came, was last opened again or, in signed, was given to its unit, in signed and finished; since the clock
    /// began, in contacted; the mark, 1 to 5, where marks are given; else 0.
    pub seconds: u32,
}
