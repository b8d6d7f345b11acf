//! Moments (时刻): what happens to a ticket, as far as clocks begin, stop, stand still and go on at it.

use crate::ticket::{EventKind, Status};

/// A moment that settings name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The ticket was made, whatever made it; one that waited first: it was dispatched.
    Made,
    /// It was finished, in whichever way: resolved, closed, rejected.
    Finished,
    /// It came into a status.
    Status(Status),
    /// Something else happened to it.
    Event(EventKind),
}

/// What happened to a ticket, as clocks see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Happened {
    /// What happened.
    pub kind: EventKind,
    /// Whether the ticket is new to those who handle it.
    pub made: bool,
    /// The status that it came into by it; none where it stayed as it was, or is again what it was before an extension was asked for
    /// in vain.
    pub came_into: Option<Status>,
    /// Whether an extension was refused by it: what stood still meanwhile goes on.
    pub refused: bool,
}

/// Events whose words are moments. Those of a ticket's making and of its status have words of their own.
const EVENTS: [EventKind; 18] = [
    EventKind::Joined,
    EventKind::Amended,
    EventKind::Urged,
    EventKind::Rated,
    EventKind::CallbackDue,
    EventKind::Withdrawn,
    EventKind::Held,
    EventKind::Submitted,
    EventKind::SentBack,
    EventKind::Assigned,
    EventKind::Escalated,
    EventKind::Whistled,
    EventKind::Responded,
    EventKind::Scored,
    EventKind::Instructed,
    EventKind::Claimed,
    EventKind::Surge,
    EventKind::Warned,
];
/// The word for the making of a ticket.
const MADE: &str = "created";
/// The word for its end.
const FINISHED: &str = "finished";

impl Moment {
    /// Reads a word of settings: `created`, `finished`, a status, or an event.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        match word {
            MADE => return Some(Self::Made),
            FINISHED => return Some(Self::Finished),
            _ => {}
        }
        let event = EVENTS.iter().find(|kind| kind.word() == word);
        event.map(|kind| Self::Event(*kind)).or_else(|| Status::from_wire(word).filter(is_moment).map(Self::Status))
    }

    /// All words.
    #[must_use]
    pub fn words() -> Vec<&'static str> {
        let statuses = Status::ALL.iter().filter(|(status, ..)| is_moment(status)).map(|(.., wire)| *wire);
        [MADE, FINISHED].into_iter().chain(statuses).chain(EVENTS.iter().map(|kind| kind.word())).collect()
    }

    /// Whether it is what happened.
    #[must_use]
    pub fn is(self, happened: Happened) -> bool {
        match self {
            Self::Made => happened.made,
            Self::Finished => happened.came_into.is_some_and(Status::is_final),
            Self::Status(status) => happened.came_into == Some(status),
            Self::Event(kind) => happened.kind == kind,
        }
    }
}

/// Whether coming into a status is a moment: the first has the word `created`, and what was absorbed has its clocks from whatever
/// absorbed it.
fn is_moment(status: &Status) -> bool {
    !matches!(status, Status::Open | Status::Absorbed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_a_moment_of_its_own() {
        let moments: Vec<Moment> = Moment::words().into_iter().map(|word| Moment::read(word).unwrap()).collect();
        assert!(moments.len() > 20);
        for (at, moment) in moments.iter().enumerate() {
            assert!(!moments.iter().take(at).any(|other| other == moment), "{moment:?}");
        }
        assert_eq!(Moment::read("open"), None);
        assert_eq!(Moment::read("signed"), None);
    }
}
