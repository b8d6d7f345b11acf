//! Days and hours of 2026 as the State Council's notice has them, and what a limit comes to. Written for the comparison: the gateway's own
//! arithmetic is not used here, and neither are the calendars of the packs.

use jiff::civil::{Date, DateTime, Time, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// First and last day of each holiday.
const HOLIDAYS: [(Date, Date); 7] = [
    (date(2026, 1, 1), date(2026, 1, 3)),
    (date(2026, 2, 15), date(2026, 2, 23)),
    (date(2026, 4, 4), date(2026, 4, 6)),
    (date(2026, 5, 1), date(2026, 5, 5)),
    (date(2026, 6, 19), date(2026, 6, 21)),
    (date(2026, 9, 25), date(2026, 9, 27)),
    (date(2026, 10, 1), date(2026, 10, 7)),
];
/// Weekends on which people work.
const MADE_UP: [Date; 6] =
    [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20), date(2026, 10, 10)];

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// No time.
    AtOnce,
    /// Minutes by the wall clock.
    Minutes(i64),
    /// Minutes of office hours.
    Office(i64),
    /// Calendar days.
    Days(i64, End),
    /// Working days.
    Working(i64, End),
    /// Until the ticket's own deadline.
    Deadline,
}

/// When the last day ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At the time at which the first one began.
    SameTime,
    /// At midnight.
    Day,
    /// When offices close.
    Office,
}

/// A place's days: its office hours, as minutes of the day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Calendar {
    pub office: &'static [(i64, i64)],
}

/// The time of all five places.
pub(super) fn shanghai() -> TimeZone {
    TimeZone::get("Asia/Shanghai").unwrap_or(TimeZone::UTC)
}

fn local(at: Timestamp) -> DateTime {
    at.to_zoned(shanghai()).datetime()
}

fn moment(at: DateTime) -> Timestamp {
    at.to_zoned(shanghai()).map(|zoned| zoned.timestamp()).unwrap_or(Timestamp::MAX)
}

/// The day of a moment.
pub(super) fn day(at: Timestamp) -> Date {
    local(at).date()
}

/// Whether people work on a day.
pub(super) fn works(day: Date) -> bool {
    let rests = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !MADE_UP.contains(&day);
    !rests && !HOLIDAYS.iter().any(|(first, last)| (*first..=*last).contains(&day))
}

fn next(day: Date) -> Date {
    day.saturating_add(1.day())
}

fn next_working(mut day: Date) -> Date {
    loop {
        day = next(day);
        if works(day) {
            return day;
        }
    }
}

fn last_working(mut day: Date) -> Date {
    while !works(day) {
        day = day.saturating_sub(1.day());
    }
    day
}

fn at_minute(day: Date, minute: i64) -> Timestamp {
    moment(day.to_datetime(Time::midnight())) + SignedDuration::from_mins(minute)
}

impl Calendar {
    /// When a limit that begins at `from` is over; `deadline` is the ticket's.
    pub(super) fn due(self, length: Length, from: Timestamp, deadline: Timestamp) -> Timestamp {
        match length {
            Length::AtOnce => from,
            Length::Minutes(minutes) => from + SignedDuration::from_mins(minutes),
            Length::Office(minutes) => self.office_later(from, minutes),
            Length::Deadline => deadline,
            Length::Days(days, end) => {
                let mut last = day(from);
                for _ in 0..days {
                    last = next(last);
                }
                self.end(last, end, from, next)
            }
            Length::Working(days, end) => {
                let mut last = last_working(day(from));
                for _ in 0..days {
                    last = next_working(last);
                }
                self.end(last, end, from, next_working)
            }
        }
    }

    /// The end of the last day; one that is over before the limit begins is followed by the next.
    fn end(self, last: Date, end: End, from: Timestamp, following: fn(Date) -> Date) -> Timestamp {
        let closing = self.office.last().map_or(24 * 60, |(_, close)| *close);
        let at = |day: Date| match end {
            End::SameTime => moment(day.to_datetime(local(from).time())),
            // The last second of the day.
            End::Day => at_minute(day, 24 * 60) - SignedDuration::from_secs(1),
            End::Office => at_minute(day, closing),
        };
        let due = at(last);
        if end != End::SameTime && due <= from { at(following(last)) } else { due }
    }

    fn office_later(self, from: Timestamp, minutes: i64) -> Timestamp {
        let mut left = SignedDuration::from_mins(minutes);
        let mut today = day(from);
        loop {
            for (open, close) in self.office.iter().filter(|_| works(today)) {
                let (open, close) = (at_minute(today, *open).max(from), at_minute(today, *close));
                if close > open {
                    if close.duration_since(open) >= left {
                        return open + left;
                    }
                    left -= close.duration_since(open);
                }
            }
            today = next(today);
        }
    }

    /// When a limit is over during which it stood still for a while.
    pub(super) fn due_after(self, length: Length, from: Timestamp, deadline: Timestamp, pauses: &[Pause]) -> Timestamp {
        match length {
            Length::Minutes(minutes) if !pauses.is_empty() => walk(from, minutes * 60, pauses, |_| true),
            Length::Working(days, End::SameTime) if !pauses.is_empty() => {
                walk(counted(from), days * DAY_S, pauses, works)
            }
            _ => self.due(length, from, deadline),
        }
    }

    /// When so many percent of a limit have passed. Working days are counted in whole days of 24 hours, rest days stand still.
    pub(super) fn share(
        self,
        percent: i64,
        length: Length,
        from: Timestamp,
        due: Timestamp,
        pauses: &[Pause],
    ) -> Timestamp {
        if percent >= 100 {
            return due;
        }
        let at = match length {
            Length::Minutes(minutes) => walk(from, minutes * 60 * percent / 100, pauses, |_| true),
            Length::Office(minutes) => self.office_later(from, minutes * percent / 100),
            Length::Working(days, End::SameTime) => walk(counted(from), days * DAY_S * percent / 100, pauses, works),
            Length::Working(..) => walk(from, worked(from, due) * percent / 100, pauses, works),
            _ => from + SignedDuration::from_secs(due.duration_since(from).as_secs() * percent / 100),
        };
        at.min(due).max(from)
    }
}

/// From when to when a clock stood still.
pub(super) type Pause = (Timestamp, Timestamp);

const DAY_S: i64 = 24 * 60 * 60;

/// What begins on a rest day counts as begun at the same time of the last working day.
fn counted(from: Timestamp) -> Timestamp {
    moment(last_working(day(from)).to_datetime(local(from).time()))
}

/// Seconds of working days between two moments.
fn worked(from: Timestamp, to: Timestamp) -> i64 {
    let (mut at, mut sum) = (from, 0);
    while at < to {
        let end = at_minute(next(day(at)), 0).min(to);
        if works(day(at)) {
            sum += end.duration_since(at).as_secs();
        }
        at = end;
    }
    sum
}

/// When so many seconds have passed on days that count, pauses left out.
fn walk(from: Timestamp, seconds: i64, pauses: &[Pause], counts: fn(Date) -> bool) -> Timestamp {
    let (mut at, mut left) = (from, SignedDuration::from_secs(seconds));
    loop {
        if let Some((_, resumed)) = pauses.iter().find(|(paused, resumed)| *paused <= at && at < *resumed) {
            at = *resumed;
            continue;
        }
        let midnight = at_minute(next(day(at)), 0);
        let end = pauses.iter().map(|(paused, _)| *paused).filter(|paused| *paused > at).fold(midnight, Timestamp::min);
        if counts(day(at)) {
            if end.duration_since(at) >= left {
                return at + left;
            }
            left -= end.duration_since(at);
        }
        at = end;
    }
}

/// The end of the hours in which nobody is disturbed, where a moment lies in them; they are given as minutes of the day and may pass midnight.
pub(super) fn after_quiet(at: Timestamp, quiet: Option<(i64, i64)>) -> Timestamp {
    let Some((begin, end)) = quiet else { return at };
    let time = local(at).time();
    let minute = i64::from(time.hour()) * 60 + i64::from(time.minute());
    let inside = if begin < end { minute >= begin && minute < end } else { minute >= begin || minute < end };
    if !inside {
        return at;
    }
    let over = if minute < end { day(at) } else { next(day(at)) };
    at_minute(over, end)
}
