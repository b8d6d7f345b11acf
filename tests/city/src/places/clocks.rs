//! The clocks of one ticket, run again from what happened: when each is due, and which notices it makes.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::book::{Alarm, Book, Clock, Stand, When};
use super::calendar::{Length, Pause};

/// A notice that somebody must get.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Due {
    pub clock: &'static str,
    pub notice: Option<&'static str>,
    /// When it is told.
    pub at: Timestamp,
    /// The ticket goes to the parent unit with it.
    pub escalates: bool,
}

/// Clocks that run.
#[derive(Default)]
pub(super) struct Clocks {
    runs: BTreeMap<&'static str, Run>,
}

struct Run {
    clock: &'static Clock,
    begun: Timestamp,
    due: Timestamp,
    length: Length,
    /// Since when it stands still.
    paused: Option<Timestamp>,
    pauses: Vec<Pause>,
    /// How often each alarm has been told.
    told: Vec<u32>,
    /// Notices that a graver one has taken the place of.
    silenced: Vec<&'static str>,
}

impl Run {
    /// When an alarm is told for the `times`-th time, counted from 0; `None`: no more.
    fn at(&self, book: &Book, alarm: &Alarm, times: u32) -> Option<Timestamp> {
        let calendar = book.calendar;
        let mut at = match alarm.at {
            When::Share(percent) => calendar.share(percent, self.length, self.begun, self.due, &self.pauses),
            When::Before(minutes) => (self.due - SignedDuration::from_mins(minutes)).max(self.begun),
            When::After(length) => calendar.due(length, self.due, self.due),
        };
        if times > 0 {
            let (every, most) = alarm.repeat?;
            if times > most {
                return None;
            }
            for _ in 0..times {
                at = calendar.due(every, at, at);
            }
        }
        Some(at)
    }
}

impl Clocks {
    /// What is told by `now`, before whatever happens then.
    pub(super) fn ring(&mut self, book: &Book, now: Timestamp) -> Vec<Due> {
        let mut due = Vec::new();
        for run in self.runs.values_mut().filter(|run| run.paused.is_none()) {
            let mut told = Vec::new();
            for (index, alarm) in run.clock.alarms.iter().enumerate() {
                // Of what was missed while the clock stood still the last is told.
                let mut last = None;
                while let Some(at) = run.at(book, alarm, run.told[index]) {
                    let quiet_over = alarm.notice.map_or(at, |notice| book.told_at(notice, at));
                    if quiet_over > now {
                        break;
                    }
                    run.told[index] += 1;
                    // What was missed while the clock stood still is told when it goes on.
                    last = Some(run.pauses.last().map_or(quiet_over, |(_, resumed)| quiet_over.max(*resumed)));
                }
                told.extend(last.map(|at| Due {
                    clock: run.clock.code,
                    notice: alarm.notice,
                    at,
                    escalates: alarm.escalates,
                }));
            }
            told.sort_by_key(|due| due.at);
            let weaker = |notice: &'static str| {
                book.inhibits.iter().filter(move |(strong, _)| *strong == notice).map(|(_, weak)| *weak)
            };
            for at in 0..told.len() {
                let mut one = told[at].clone();
                let together = told.iter().filter(|other| other.at == one.at).filter_map(|other| other.notice);
                run.silenced.extend(together.flat_map(weaker));
                one.notice = one.notice.filter(|notice| !run.silenced.contains(notice));
                due.push(one);
            }
        }
        due.sort_by_key(|due| due.at);
        due
    }

    /// Something happens to the ticket. Gives the clocks that it stops, with when they were due.
    pub(super) fn happen(
        &mut self,
        book: &Book,
        moments: &[&str],
        stand: &Stand<'_>,
        deadline: Timestamp,
        now: Timestamp,
    ) -> Vec<(&'static str, Timestamp)> {
        let mut stopped = Vec::new();
        for clock in book.clocks {
            let is = |wanted: &[&str]| moments.iter().any(|moment| wanted.contains(moment));
            if is(clock.stop) {
                stopped.extend(self.runs.remove(clock.code).map(|run| (clock.code, run.due)));
            }
            if let Some(run) = self.runs.get_mut(clock.code) {
                if is(clock.resume) {
                    run.pauses.extend(run.paused.take().map(|paused| (paused, now)));
                    run.due = book.calendar.due_after(run.length, run.begun, deadline, &run.pauses);
                } else if is(clock.pause) {
                    run.paused = run.paused.or(Some(now));
                }
            }
            let running = self.runs.contains_key(clock.code);
            if is(clock.start) && (!running || clock.again) {
                self.runs.remove(clock.code);
                if (clock.when)(stand) {
                    let length = (clock.limit)(stand);
                    let due = book.calendar.due(length, now, deadline);
                    let (told, pauses, silenced) = (vec![0; clock.alarms.len()], Vec::new(), Vec::new());
                    let run = Run { clock, begun: now, due, length, paused: None, pauses, told, silenced };
                    self.runs.insert(clock.code, run);
                }
            }
        }
        // The limits are those of the ticket as it is now.
        for run in self.runs.values_mut() {
            let length = (run.clock.limit)(stand);
            if length != run.length || length == Length::Deadline {
                run.length = length;
                run.due = book.calendar.due_after(length, run.begun, deadline, &run.pauses);
            }
        }
        stopped
    }

    /// The due times of those that run and do not stand still.
    pub(super) fn due(&self) -> BTreeMap<&'static str, Timestamp> {
        let going = self.runs.iter().filter(|(_, run)| run.paused.is_none());
        going.map(|(code, run)| (*code, run.due)).collect()
    }
}
