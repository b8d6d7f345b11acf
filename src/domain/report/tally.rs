//! What facts of one key and one day, or of any number of them, come to.

use super::{Fact, FactKind, Histogram};
use crate::complaint::Satisfaction;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Count {
    /// Complaints that made a ticket.
    Created,
    /// Complaints that joined a ticket.
    Joined,
    /// Tickets that came to be by a split, or are there again.
    Separated,
    /// Tickets that were absorbed.
    Absorbed,
    /// Tickets signed.
    Signed,
    /// Of these, within the time for it.
    SignedInTime,
    /// Tickets finished by their unit.
    Finished,
    /// Of these, not later than they were due.
    FinishedInTime,
    /// Of these, for the first time.
    FinishedFirst,
    /// Tickets whose sources ended them.
    Settled,
    /// Tickets given back.
    Returned,
    /// Tickets opened again.
    Restarted,
    /// Of these, for the first time.
    RestartedFirst,
    /// Ratings 满意.
    Satisfied,
    /// Ratings 基本满意.
    Fair,
    /// Ratings 不满意.
    Dissatisfied,
    /// Times that a unit came that was called.
    Responses,
    /// Of these, in time.
    ResponsesInTime,
    /// Times that such a unit got marks.
    Scores,
    /// The marks for how fast it came, all together.
    SpeedMarks,
    /// The marks for how well it worked, all together.
    QualityMarks,
    /// Matters that went on outside.
    Transferred,
    /// Answers that were not approved.
    SentBack,
    /// First contacts.
    Contacted,
    /// Of these, within the time for it.
    ContactedInTime,
    /// Ratings by citizens, in call-backs too, of a second or later result.
    RatedAgain,
    /// Of these, 满意 or 基本满意.
    RatedAgainWell,
    /// Ratings heard in call-backs.
    Called,
    /// Of these, 满意 or 基本满意.
    CalledWell,
    /// Ratings by supervisors.
    Supervised,
    /// Of these, 满意 or 基本满意.
    SupervisedWell,
    /// Call-backs that came to be due.
    CallBacksDue,
    /// Of these, answered.
    CallBacksMade,
    /// Dissatisfied words upon which a matter was not handled again.
    NotRestarted,
    /// Of these, of matters that were never opened again nor found wanting before.
    NotRestartedFirst,
    /// Leaders' instructions.
    Instructions,
    /// Times that a leader took a matter on.
    Claims,
    /// Tickets that came from another unit.
    Came,
    /// Tickets that went to another unit.
    Left,
}

/// How many [`Count`]s there are.
pub(super) const COUNTS: usize = Count::Left as usize + 1;

/// Counts and spreads of any number of facts. It can be added to others, in any order. A count is below 0 where more was taken back than
/// said: what is taken back was said on another day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub(super) counts: [i64; COUNTS],
    /// Seconds until tickets were signed.
    pub to_sign: Histogram,
    /// Seconds until tickets were finished.
    pub to_finish: Histogram,
}

impl Default for Tally {
    fn default() -> Self {
        Self { counts: [0; COUNTS], to_sign: Histogram::default(), to_finish: Histogram::default() }
    }
}

impl Tally {
    /// Counts one fact.
    pub fn add(&mut self, fact: &Fact) {
        match fact.kind {
            FactKind::Created => self.one(Count::Created),
            FactKind::Joined => self.one(Count::Joined),
            FactKind::Separated => self.one(Count::Separated),
            FactKind::Absorbed => self.one(Count::Absorbed),
            FactKind::Settled => self.one(Count::Settled),
            FactKind::Returned => self.one(Count::Returned),
            FactKind::SentBack => self.one(Count::SentBack),
            FactKind::Signed => {
                self.one(Count::Signed);
                self.one_if(fact.kept, Count::SignedInTime);
                self.to_sign.add(fact.seconds);
            }
            FactKind::Finished => {
                self.one(Count::Finished);
                self.one_if(fact.kept, Count::FinishedInTime);
                self.one_if(!fact.again, Count::FinishedFirst);
                self.to_finish.add(fact.seconds);
            }
            FactKind::Restarted => {
                self.one(Count::Restarted);
                self.one_if(!fact.again, Count::RestartedFirst);
            }
            FactKind::Contacted => {
                self.one(Count::Contacted);
                self.one_if(fact.kept, Count::ContactedInTime);
            }
            FactKind::Responded => {
                self.one(Count::Responses);
                self.one_if(fact.kept, Count::ResponsesInTime);
            }
            FactKind::ScoredSpeed => {
                self.one(Count::Scores);
                self.more(Count::SpeedMarks, i64::from(fact.seconds));
            }
            FactKind::ScoredQuality => self.more(Count::QualityMarks, i64::from(fact.seconds)),
            FactKind::Transferred => self.one(Count::Transferred),
            FactKind::Instructed => self.one(Count::Instructions),
            FactKind::Claimed => self.one(Count::Claims),
            FactKind::Came => self.one(Count::Came),
            FactKind::Left => self.one(Count::Left),
            FactKind::Rated => self.rate(fact, 1),
            FactKind::Unrated => self.rate(fact, -1),
            FactKind::Called => self.call(fact, 1),
            FactKind::Uncalled => self.call(fact, -1),
            FactKind::Supervised => self.supervise(fact, 1),
            FactKind::Unsupervised => self.supervise(fact, -1),
            FactKind::CallBackDue => self.one(Count::CallBacksDue),
            FactKind::CallBackMade => self.one(Count::CallBacksMade),
            FactKind::NotRestarted => {
                self.one(Count::NotRestarted);
                self.one_if(!fact.again, Count::NotRestartedFirst);
            }
        }
    }

    /// Counts what a citizen said, or takes it back.
    fn rate(&mut self, fact: &Fact, by: i64) {
        match fact.rating {
            Some(Satisfaction::Satisfied) => self.more(Count::Satisfied, by),
            Some(Satisfaction::Fair) => self.more(Count::Fair, by),
            Some(Satisfaction::Dissatisfied) => self.more(Count::Dissatisfied, by),
            None => return,
        }
        if fact.again {
            self.more(Count::RatedAgain, by);
            self.more(Count::RatedAgainWell, if is_well(fact) { by } else { 0 });
        }
    }

    fn call(&mut self, fact: &Fact, by: i64) {
        self.rate(fact, by);
        self.more(Count::Called, by);
        self.more(Count::CalledWell, if is_well(fact) { by } else { 0 });
    }

    fn supervise(&mut self, fact: &Fact, by: i64) {
        self.more(Count::Supervised, by);
        self.more(Count::SupervisedWell, if is_well(fact) { by } else { 0 });
    }

    /// Counts everything that another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (own, more) in self.counts.iter_mut().zip(other.counts) {
            *own = own.saturating_add(more);
        }
        self.to_sign.merge(&other.to_sign);
        self.to_finish.merge(&other.to_finish);
    }

    /// One of its counts.
    #[must_use]
    pub fn get(&self, count: Count) -> i64 {
        self.counts.get(count as usize).copied().unwrap_or_default()
    }

    fn one(&mut self, count: Count) {
        self.more(count, 1);
    }

    fn more(&mut self, count: Count, by: i64) {
        if let Some(own) = self.counts.get_mut(count as usize) {
            *own = own.saturating_add(by);
        }
    }

    fn one_if(&mut self, holds: bool, count: Count) {
        if holds {
            self.one(count);
        }
    }
}

fn is_well(fact: &Fact) -> bool {
    matches!(fact.rating, Some(Satisfaction::Satisfied | Satisfaction::Fair))
}
