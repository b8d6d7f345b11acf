//! Time as offices count it: calendar days, working days, office hours.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::routing::Calendar;
use crate::ticket::{DayEnd, TimeLimit, TimeUnit};

/// Most days looked through.
const MAX_DAYS: u32 = 4_000;
const DAY_S: i64 = 86_400;
const MINUTE_S: i64 = 60;

/// The hours of a working day in which an office is open (办公时间), e.g. 08:30–12:00 and 14:00–17:30.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OfficeHours(Vec<(Time, Time)>);

impl OfficeHours {
    /// Most parts of a day.
    pub const MAX_PARTS: usize = 8;

    /// Reads parts like `08:30-12:00`; each begins after the one before it has ended. `None` where they are not like that.
    #[must_use]
    pub fn read(parts: &[impl AsRef<str>]) -> Option<Self> {
        let part = |part: &str| {
            let (from, to) = part.split_once(['-', '–', '—'])?;
            Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
        };
        let parts: Vec<(Time, Time)> = parts.iter().map(|text| part(text.as_ref())).collect::<Option<_>>()?;
        let in_order = parts.iter().all(|(from, to)| from < to)
            && parts.windows(2).all(|pair| matches!(pair, [a, b] if a.1 <= b.0));
        (in_order && parts.len() <= Self::MAX_PARTS).then_some(Self(parts))
    }

    /// Whether none are set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How a city counts time.
#[derive(Debug, Clone, Default)]
pub struct WorkTime {
    zone: TimeZoneOf,
    calendar: Calendar,
    office: OfficeHours,
}

/// A zone; by default UTC.
#[derive(Debug, Clone)]
struct TimeZoneOf(TimeZone);

impl Default for TimeZoneOf {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl WorkTime {
    /// Time by a zone, a calendar and office hours.
    #[must_use]
    pub fn new(zone: TimeZone, calendar: Calendar, office: OfficeHours) -> Self {
        Self { zone: TimeZoneOf(zone), calendar, office }
    }

    /// Whether office hours are set.
    #[must_use]
    pub fn has_office_hours(&self) -> bool {
        !self.office.is_empty()
    }

    /// A moment as people of the city read it, to the minute.
    #[must_use]
    pub fn shown(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.0.clone()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Reads what [`Self::shown`] writes.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Timestamp> {
        self.at(DateTime::strptime("%Y-%m-%d %H:%M", text).ok()?)
    }

    /// The time of day in the city.
    #[must_use]
    pub fn time_of_day(&self, at: Timestamp) -> Time {
        self.civil(at).time()
    }

    /// Days of the city from one moment to another: 0 on the same day.
    #[must_use]
    pub fn days_between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (from, to) = (self.civil(from).date(), self.civil(to).date());
        from.until(to).map_or(i64::MAX, |span| i64::from(span.get_days()))
    }

    /// The first moment from `at` on at which it is `time` in the city.
    #[must_use]
    pub fn next(&self, at: Timestamp, time: Time) -> Option<Timestamp> {
        let local = self.civil(at);
        let date = if local.time() <= time { local.date() } else { local.date().checked_add(1.day()).ok()? };
        self.at(date.to_datetime(time))
    }

    /// Seconds of a limit; for the ticket's deadline the seconds from `started_at` to it.
    #[must_use]
    pub fn seconds(&self, limit: TimeLimit, started_at: Timestamp, deadline: Option<Timestamp>) -> i64 {
        let amount = i64::from(limit.amount);
        match limit.unit {
            TimeUnit::Minutes | TimeUnit::OfficeMinutes => amount * MINUTE_S,
            TimeUnit::NaturalDays | TimeUnit::WorkingDays => {
                (amount - i64::from(limit.counts_first_day)).max(0) * DAY_S
            }
            TimeUnit::Deadline => deadline.map_or(0, |at| at.as_second() - started_at.as_second()).max(0),
        }
    }

    /// The moment at which `seconds` of a unit's time have passed since `from`.
    ///
    /// `None` beyond the range of the calendar.
    #[must_use]
    pub fn after(&self, unit: TimeUnit, from: Timestamp, seconds: i64) -> Option<Timestamp> {
        if matches!(unit, TimeUnit::Minutes | TimeUnit::Deadline) {
            return from.checked_add(SignedDuration::from_secs(seconds)).ok();
        }
        let local = self.civil(from);
        let mut date = local.date();
        let mut left = seconds.max(0);
        let mut cursor = seconds_of(local.time());
        for _ in 0..MAX_DAYS {
            for (opens, closes) in self.windows(unit, date) {
                let begin = opens.max(cursor);
                // What ends with a day in days ends with the next day's beginning: the same time of day.
                let fits = if unit.is_days() { begin + left < closes } else { begin + left <= closes };
                if begin <= closes && fits {
                    return self.at(at_second(date, begin + left)?);
                }
                left -= (closes - begin).max(0);
            }
            date = date.checked_add(1.day()).ok()?;
            cursor = 0;
        }
        None
    }

    /// Seconds of a unit's time between two moments; none where the second is not later.
    #[must_use]
    pub fn between(&self, unit: TimeUnit, from: Timestamp, to: Timestamp) -> i64 {
        if to <= from {
            return 0;
        }
        if matches!(unit, TimeUnit::Minutes | TimeUnit::Deadline) {
            return to.as_second() - from.as_second();
        }
        let (from, to) = (self.civil(from), self.civil(to));
        let (mut date, mut sum) = (from.date(), 0);
        for _ in 0..MAX_DAYS {
            let begin = if date == from.date() { seconds_of(from.time()) } else { 0 };
            let end = if date == to.date() { seconds_of(to.time()) } else { DAY_S };
            sum += self
                .windows(unit, date)
                .map(|(opens, closes)| (closes.min(end) - opens.max(begin)).max(0))
                .sum::<i64>();
            match date.checked_add(1.day()) {
                Ok(next) if date < to.date() => date = next,
                _ => break,
            }
        }
        sum
    }

    /// From when on a limit counts that begins at a moment. The day on which a period begins is not counted, and it ends at the same
    /// time of day (民法典 §201): working days that begin on a day off count as if they began on the working day before it.
    #[must_use]
    pub fn counted_from(&self, limit: TimeLimit, at: Timestamp) -> Timestamp {
        if limit.unit != TimeUnit::WorkingDays || self.seconds(limit, at, None) == 0 {
            return at;
        }
        let local = self.civil(at);
        let mut date = local.date();
        for _ in 0..MAX_DAYS {
            match date.checked_sub(1.day()) {
                Ok(before) if !self.calendar.is_working(date) => date = before,
                _ => break,
            }
        }
        self.at(date.to_datetime(local.time())).unwrap_or(at)
    }

    /// The due time of a limit of which `seconds` remain from `from` on.
    #[must_use]
    pub fn due(&self, limit: TimeLimit, from: Timestamp, seconds: i64) -> Option<Timestamp> {
        let at = self.after(limit.unit, from, seconds)?;
        if !limit.unit.is_days() || limit.until == DayEnd::SameTime {
            return Some(at);
        }
        let mut date = self.civil(at).date();
        if limit.unit == TimeUnit::WorkingDays {
            // A same day that is a day off is the next working day.
            for _ in 0..MAX_DAYS {
                if self.calendar.is_working(date) {
                    break;
                }
                date = date.checked_add(1.day()).ok()?;
            }
        }
        self.end_of(limit.until, date)
    }

    /// The end of a day that lies so many days behind that of `at`; of a limit in working days, so many working days.
    #[must_use]
    pub fn days_later(&self, limit: TimeLimit, at: Timestamp, days: u32) -> Option<Timestamp> {
        let (mut date, mut left) = (self.civil(at).date(), days);
        for _ in 0..MAX_DAYS {
            if left == 0 {
                return self.end_of(limit.until, date);
            }
            date = date.checked_add(1.day()).ok()?;
            left -= u32::from(self.counts(limit.unit, date));
        }
        None
    }

    /// How many days begin between two moments; of working days, how many working days.
    #[must_use]
    pub fn days_begun(&self, unit: TimeUnit, from: Timestamp, to: Timestamp) -> u32 {
        let (mut date, last, mut begun) = (self.civil(from).date(), self.civil(to).date(), 0);
        for _ in 0..MAX_DAYS {
            match date.checked_add(1.day()) {
                Ok(next) if next <= last => date = next,
                _ => break,
            }
            begun += u32::from(self.counts(unit, date));
        }
        begun
    }

    fn counts(&self, unit: TimeUnit, date: Date) -> bool {
        unit != TimeUnit::WorkingDays || self.calendar.is_working(date)
    }

    fn end_of(&self, until: DayEnd, date: Date) -> Option<Timestamp> {
        let closes = self.office.0.last().filter(|_| until == DayEnd::Office).map(|(_, closes)| *closes);
        self.at(date.to_datetime(closes.unwrap_or(Time::constant(23, 59, 59, 0))))
    }

    /// The parts of a day that count, in seconds from its beginning.
    fn windows(&self, unit: TimeUnit, date: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        let whole = unit == TimeUnit::NaturalDays || (unit == TimeUnit::WorkingDays && self.calendar.is_working(date));
        let office = unit == TimeUnit::OfficeMinutes && self.calendar.is_working(date);
        let hours = if office { self.office.0.as_slice() } else { &[] };
        let hours = hours.iter().map(|(opens, closes)| (seconds_of(*opens), seconds_of(*closes)));
        whole.then_some((0, DAY_S)).into_iter().chain(hours)
    }

    fn civil(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.zone.0.clone()).datetime()
    }

    fn at(&self, local: DateTime) -> Option<Timestamp> {
        Some(local.to_zoned(self.zone.0.clone()).ok()?.timestamp())
    }
}

fn seconds_of(time: Time) -> i64 {
    i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * MINUTE_S + i64::from(time.second())
}

fn at_second(date: Date, second: i64) -> Option<DateTime> {
    date.to_datetime(Time::midnight()).checked_add(SignedDuration::from_secs(second)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn city() -> WorkTime {
        let calendar = Calendar::from_days(&[
            ("2026-10-01", false, "国庆节"),
            ("2026-10-02", false, "国庆节"),
            ("2026-10-05", false, "国庆节"),
            ("2026-10-10", true, "国庆节调休上班"),
        ]);
        let office = OfficeHours::read(&["08:30-12:00", "14:00-17:30"]).unwrap();
        WorkTime::new(TimeZone::get("Asia/Shanghai").unwrap(), calendar, office)
    }

    fn limit(amount: u32, unit: TimeUnit) -> TimeLimit {
        TimeLimit { amount, unit, until: DayEnd::SameTime, counts_first_day: false }
    }

    fn due(limit: TimeLimit, from: &str) -> String {
        let (city, from) = (city(), from.parse().unwrap());
        let whole = city.seconds(limit, from, None);
        city.shown(city.due(limit, city.counted_from(limit, from), whole).unwrap())
    }

    #[test]
    fn days_end_at_the_same_time_of_day_and_skip_what_is_off() {
        for (amount, unit, from, expected) in [
            // Wednesday before the holiday: Oct 6, 7, 8, 9 and the worked Saturday Oct 10.
            (5, TimeUnit::WorkingDays, "2026-09-30T17:00:00+08:00", "2026-10-10 17:00"),
            // Received on a Saturday: Monday is the first day.
            (1, TimeUnit::WorkingDays, "2026-11-21T09:00:00+08:00", "2026-11-23 09:00"),
            // At midnight the day that begins does not count.
            (1, TimeUnit::WorkingDays, "2026-11-27T00:00:00+08:00", "2026-11-30 00:00"),
            (3, TimeUnit::NaturalDays, "2026-11-21T09:00:00+08:00", "2026-11-24 09:00"),
            (30, TimeUnit::Minutes, "2026-11-21T23:45:00+08:00", "2026-11-22 00:15"),
            (0, TimeUnit::Minutes, "2026-11-21T23:45:00+08:00", "2026-11-21 23:45"),
        ] {
            assert_eq!(due(limit(amount, unit), from), expected, "{amount} {unit:?} from {from}");
        }
    }

    #[test]
    fn office_minutes_count_while_the_office_is_open() {
        for (amount, from, expected) in [
            (30, "2026-11-25T09:00:00+08:00", "2026-11-25 09:30"),
            // Over noon, over night, over a weekend.
            (60, "2026-11-25T11:30:00+08:00", "2026-11-25 14:30"),
            (30, "2026-11-25T17:20:00+08:00", "2026-11-26 08:50"),
            (30, "2026-11-27T18:00:00+08:00", "2026-11-30 09:00"),
            // On a worked Saturday, and not on a holiday.
            (30, "2026-10-10T08:00:00+08:00", "2026-10-10 09:00"),
            (30, "2026-10-01T08:00:00+08:00", "2026-10-06 09:00"),
            // Exactly until the office closes.
            (210, "2026-11-25T08:30:00+08:00", "2026-11-25 12:00"),
        ] {
            assert_eq!(due(limit(amount, TimeUnit::OfficeMinutes), from), expected, "{amount} from {from}");
        }
    }

    #[test]
    fn ends_of_days_and_first_days_are_as_the_city_says() {
        let of = |amount, unit, until, counts_first_day| TimeLimit { amount, unit, until, counts_first_day };
        for (limit, from, expected) in [
            (of(0, TimeUnit::NaturalDays, DayEnd::Midnight, false), "2026-11-21T09:00:00+08:00", "2026-11-21 23:59"),
            (of(0, TimeUnit::WorkingDays, DayEnd::Office, false), "2026-11-21T09:00:00+08:00", "2026-11-23 17:30"),
            (of(10, TimeUnit::WorkingDays, DayEnd::Midnight, true), "2026-11-16T09:00:00+08:00", "2026-11-27 23:59"),
            (of(13, TimeUnit::WorkingDays, DayEnd::Midnight, false), "2026-11-16T09:00:00+08:00", "2026-12-03 23:59"),
        ] {
            assert_eq!(due(limit, from), expected, "{limit:?} from {from}");
        }
    }

    #[test]
    fn what_has_passed_and_what_remains_make_the_whole() {
        let city = city();
        let start: Timestamp = "2026-09-29T10:00:00+08:00".parse().unwrap();
        for unit in [TimeUnit::Minutes, TimeUnit::OfficeMinutes, TimeUnit::NaturalDays, TimeUnit::WorkingDays] {
            let whole = 9 * DAY_S / if unit == TimeUnit::OfficeMinutes { 4 } else { 1 };
            let end = city.after(unit, start, whole).unwrap();
            for hours in [1, 7, 30, 75, 120] {
                let middle = start.checked_add(SignedDuration::from_hours(hours)).unwrap();
                let passed = city.between(unit, start, middle);
                assert_eq!(city.after(unit, middle, whole - passed), Some(end), "{unit:?} after {hours} hours");
            }
        }
    }

    #[test]
    fn office_hours_are_in_order() {
        assert!(OfficeHours::read(&["08:30-12:00", "11:00-17:30"]).is_none());
        assert!(OfficeHours::read(&["12:00-08:30"]).is_none());
        assert!(OfficeHours::read(&["morning"]).is_none());
        assert!(OfficeHours::read(&["08:30–12:00"]).is_some());
    }
}
