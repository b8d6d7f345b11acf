//! Whether a field of a channel suddenly fails for most of its records: pure, without a clock.
//!
//! A source that changes a format without a word gives warnings on every record, and each of them alone looks harmless. So the
//! latest records of a field are held against those before them.

use std::collections::{BTreeMap, VecDeque};

/// The latest records of a field that are looked at.
const RECENT: usize = 50;
/// Records that are needed to say anything of a field.
const LEAST: usize = 20;
/// Records before the latest ones that they are held against.
const BEFORE: usize = 200;
/// Records before the latest ones that are needed to say that a field has always been so.
const LEAST_BEFORE: usize = 50;
/// A field fails when more than one of so many of the latest records has a warning, in percent.
const FAILING_PERCENT: usize = 50;
/// A field was well, or is well again, when less than this share has a warning, in percent.
const WELL_PERCENT: usize = 20;

/// Watches the fields of one channel.
#[derive(Debug, Default)]
pub(super) struct FieldWatch(BTreeMap<String, Course>);

/// What has changed with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It fails for most records now, and did not before: of `of` records `warned` had a warning.
    Failing {
        /// Records with a warning.
        warned: usize,
        /// Records that were looked at.
        of: usize,
    },
    /// It is well again.
    Recovered,
}

impl FieldWatch {
    /// Notes that a field of one record was evaluated, and whether there was a warning.
    pub(super) fn note(&mut self, field: &str, warned: bool) -> Option<Turn> {
        if let Some(course) = self.0.get_mut(field) {
            return course.note(warned);
        }
        self.0.entry(field.to_owned()).or_default().note(warned)
    }
}

/// The latest records of one field.
#[derive(Debug, Default)]
struct Course {
    /// Whether each had a warning, the newest last.
    warned: VecDeque<bool>,
    /// How many of the [`RECENT`] newest had one.
    recent: usize,
    /// How many of those before them had one.
    before: usize,
    failing: bool,
}

impl Course {
    fn note(&mut self, warned: bool) -> Option<Turn> {
        self.warned.push_back(warned);
        self.recent += usize::from(warned);
        if let Some(aged) = self.warned.len().checked_sub(RECENT + 1).and_then(|at| self.warned.get(at)) {
            self.recent -= usize::from(*aged);
            self.before += usize::from(*aged);
        }
        if self.warned.len() > RECENT + BEFORE {
            self.before -= usize::from(self.warned.pop_front() == Some(true));
        }
        let (of, before) = (self.warned.len().min(RECENT), self.warned.len().saturating_sub(RECENT));
        let share = |part: usize, whole: usize| part * 100 / whole.max(1);
        if of < LEAST {
            return None;
        }
        if self.failing {
            self.failing = share(self.recent, of) >= WELL_PERCENT;
            return (!self.failing).then_some(Turn::Recovered);
        }
        // Of a field without a past nobody can say that it has always been so.
        let was_well = before < LEAST_BEFORE || share(self.before, before) < WELL_PERCENT;
        self.failing = was_well && self.recent * 100 > of * FAILING_PERCENT;
        self.failing.then_some(Turn::Failing { warned: self.recent, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Notes `count` records; the turns, each with how many records it took.
    fn notes(watch: &mut FieldWatch, count: usize, warned: impl Fn(usize) -> bool) -> Vec<(usize, Turn)> {
        (1..=count).filter_map(|at| Some((at, watch.note("occurred_at", warned(at))?))).collect()
    }

    #[test]
    fn a_field_that_suddenly_fails_is_told_once_and_once_when_it_is_well_again() {
        let mut watch = FieldWatch::default();
        assert_eq!(notes(&mut watch, 300, |at| at % 10 == 0), []);
        let failing = notes(&mut watch, 200, |_| true);
        assert!(matches!(failing.as_slice(), [(at, Turn::Failing { warned: 26, of: 50 })] if *at <= 26), "{failing:?}");
        let well = notes(&mut watch, 200, |_| false);
        assert_eq!(well, [(41, Turn::Recovered)], "when less than a fifth of the latest has a warning");
    }

    #[test]
    fn a_few_records_say_nothing_and_a_field_without_a_past_can_fail() {
        let mut watch = FieldWatch::default();
        assert_eq!(notes(&mut watch, LEAST - 1, |_| true), []);
        assert_eq!(notes(&mut watch, 1, |_| true), [(1, Turn::Failing { warned: 20, of: 20 })]);
    }

    #[test]
    fn a_field_that_has_long_been_bad_does_not_suddenly_fail() {
        let mut watch = FieldWatch::default();
        assert_eq!(notes(&mut watch, 250, |at| at % 3 == 0), []);
        assert_eq!(notes(&mut watch, 60, |_| true), []);
    }

    #[test]
    fn the_counts_are_those_of_the_latest_records_however_many_went_by() {
        let mut watch = FieldWatch::default();
        let seed = std::cell::Cell::new(7_usize);
        notes(&mut watch, 5_000, |_| {
            seed.set(seed.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
            seed.get() >> 60 < 3
        });
        let course = watch.0.get("occurred_at").unwrap();
        let newest = course.warned.iter().rev().take(RECENT).filter(|warned| **warned).count();
        let all = course.warned.iter().filter(|warned| **warned).count();
        assert_eq!((course.recent, course.before, course.warned.len()), (newest, all - newest, RECENT + BEFORE));
    }

    #[test]
    fn fields_are_watched_each_alone() {
        let mut watch = FieldWatch::default();
        for _ in 0..100 {
            assert_eq!(watch.note("title", false), None);
        }
        assert!((0..100).filter_map(|_| watch.note("point", true)).eq([Turn::Failing { warned: 20, of: 20 }]));
        assert_eq!(watch.note("title", false), None);
    }
}
