//! What a limit comes to: when so much of its time has passed, with everything for which its clock stood still.

use jiff::Timestamp;

use super::work_time::WorkTime;
use crate::ticket::{ClockRun, DayEnd, TimeLimit, TimeUnit};

/// Time that is counted from a moment on, without the pauses in it. Pauses are in order and do not overlap.
#[derive(Debug, Clone)]
pub(super) struct Counted<'a> {
    work: &'a WorkTime,
    limit: TimeLimit,
    begun_at: Timestamp,
    pauses: Vec<(Timestamp, Timestamp)>,
}

impl<'a> Counted<'a> {
    /// The time of a run.
    pub(super) fn of(run: &ClockRun, work: &'a WorkTime) -> Self {
        Self { work, limit: run.limit, begun_at: run.started_at, pauses: run.pauses.clone() }
    }

    /// The time of another limit that begins at a moment of the same run: what stood still before it does not count there.
    pub(super) fn from(&self, begun_at: Timestamp, limit: TimeLimit) -> Self {
        let later = self.pauses.iter().filter(|(_, resumed)| *resumed > begun_at);
        let pauses = later.map(|(paused, resumed)| ((*paused).max(begun_at), *resumed)).collect();
        Self { work: self.work, limit, begun_at, pauses }
    }

    /// When it is over; `None` where the city's calendar or office hours never get there. Not of the ticket's deadline.
    pub(super) fn due(&self) -> Option<Timestamp> {
        let whole = self.work.seconds(self.limit, self.begun_at, None);
        if self.ends_with_a_day() { self.end_of_day(whole) } else { self.after(self.counted_from(), whole) }
    }

    /// When a share of it has passed, in percent.
    pub(super) fn share(&self, percent: u32, due_at: Timestamp) -> Option<Timestamp> {
        let whole = match self.limit.unit {
            TimeUnit::Deadline => due_at.as_second() - self.begun_at.as_second(),
            unit if self.ends_with_a_day() => {
                let stood: i64 = self
                    .pauses
                    .iter()
                    .map(|(paused, resumed)| self.work.between(unit, *paused, (*resumed).min(due_at)))
                    .sum();
                self.work.between(unit, self.begun_at, due_at) - stood
            }
            _ => self.work.seconds(self.limit, self.begun_at, None),
        };
        let passed = whole.max(0).saturating_mul(i64::from(percent)) / 100;
        let at = match self.limit.unit {
            // The ticket's deadline stands where it stands, whatever waits.
            TimeUnit::Deadline => Timestamp::from_second(self.begun_at.as_second().saturating_add(passed)).ok(),
            _ if self.ends_with_a_day() => self.after(self.begun_at, passed),
            _ => self.after(self.counted_from(), passed),
        };
        // Before the due time it stays before it, after it after it.
        at.map(|at| if percent < 100 { at.min(due_at).max(self.begun_at) } else { at.max(due_at) })
    }

    fn ends_with_a_day(&self) -> bool {
        self.limit.unit.is_days() && self.limit.until != DayEnd::SameTime
    }

    fn counted_from(&self) -> Timestamp {
        self.work.counted_from(self.limit, self.begun_at)
    }

    /// The moment at which `seconds` of its time have passed since `from`.
    fn after(&self, mut from: Timestamp, seconds: i64) -> Option<Timestamp> {
        let (work, unit) = (self.work, self.limit.unit);
        let mut left = seconds;
        for (paused, resumed) in &self.pauses {
            let passed = work.between(unit, from, *paused);
            if passed >= left && from < *paused {
                break;
            }
            left -= passed;
            from = from.max(*resumed);
        }
        work.after(unit, from, left)
    }

    /// The end of its last day. It is never over before it has begun; a pause moves it by as many days as begin in the pause.
    fn end_of_day(&self, seconds: i64) -> Option<Timestamp> {
        let (work, limit) = (self.work, self.limit);
        let mut due_at = work.due(limit, self.counted_from(), seconds)?;
        if due_at <= self.begun_at {
            due_at = work.days_later(limit, due_at, 1)?;
        }
        for (paused, resumed) in &self.pauses {
            if *paused > due_at {
                break;
            }
            due_at = work.days_later(limit, due_at, work.days_begun(limit.unit, *paused, *resumed))?;
        }
        Some(due_at)
    }
}
