//! Set times of a day in the city's zone, and which of them an event belongs to. It is decided from times alone, so that a gateway that
//! was stopped knows what it has missed.

use std::ops::Range;

use huiliu_adapter_api::{Problems, SettingsProblem, SpannedText};
use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;

/// Most times of a day that can be named.
const MAX_TIMES: usize = 96;
/// Shortest interval of `every`, in minutes.
const MIN_EVERY_MIN: u32 = 5;
/// Minutes of a day.
const DAY_MIN: u32 = 1_440;
/// The days of a week as settings name them.
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Times of the days of a week.
#[derive(Debug, Clone)]
pub struct Times {
    /// In their order; never empty.
    of_day: Vec<Time>,
    /// Empty: every day.
    weekdays: Vec<Weekday>,
    zone: TimeZone,
}

/// Times as settings write them.
pub(super) struct WrittenTimes<'a> {
    /// `["06:00", "18:30"]`.
    pub at: &'a [SpannedText],
    /// `"15m"`, `"2h"`: from midnight on.
    pub every: Option<&'a SpannedText>,
    /// `["mon", "fri"]`.
    pub weekdays: &'a [SpannedText],
}

impl WrittenTimes<'_> {
    /// Whether nothing is written.
    pub(super) fn is_none(&self) -> bool {
        self.at.is_empty() && self.every.is_none() && self.weekdays.is_empty()
    }

    /// The times; what is wrong with them goes to `problems`. `span` is the place of the whole table.
    pub(super) fn read(&self, zone: &TimeZone, span: &Range<usize>, problems: &mut Problems) -> Option<Times> {
        let before = problems.len();
        let mut of_day = match (self.at, self.every) {
            ([], Some(every)) => read_every(every, problems).unwrap_or_default(),
            ([], None) | (_, Some(_)) => {
                problems.push(SettingsProblem::new(
                    self.every.map_or(span.clone(), SpannedText::span),
                    "at（如 [\"06:00\", \"18:30\"]）和 every（如 \"1h\"）应写其中一个",
                    "either at, as [\"06:00\", \"18:30\"], or every, as \"1h\", has to be there, and not both",
                ));
                Vec::new()
            }
            (at, None) => at.iter().filter_map(|text| read_time(text, problems)).collect(),
        };
        of_day.sort_unstable();
        if self.at.len() > MAX_TIMES || of_day.windows(2).any(|pair| pair.first() == pair.last()) {
            let place = self.at.first().map_or(span.clone(), SpannedText::span);
            problems.push(SettingsProblem::new(
                place,
                format!("at 里有重复的时刻，或多于 {MAX_TIMES} 个"),
                format!("a time in at is repeated, or there are more than {MAX_TIMES}"),
            ));
        }
        let weekdays = self.weekdays.iter().filter_map(|text| read_weekday(text, problems)).collect();
        (problems.len() == before).then(|| Times { of_day, weekdays, zone: zone.clone() })
    }
}

impl Times {
    /// The newest set time that is not after `now`.
    #[must_use]
    pub fn last(&self, now: Timestamp) -> Option<Timestamp> {
        let days = std::iter::successors(Some(self.day(now)), |day| day.yesterday().ok());
        days.take(9).find_map(|day| self.of(day).rev().find(|time| *time <= now))
    }

    /// The set time for which something is that was made at `at`: the first that is not before it.
    #[must_use]
    pub fn belonging(&self, at: Timestamp) -> Option<Timestamp> {
        let days = std::iter::successors(Some(self.day(at)), |day| day.tomorrow().ok());
        days.take(9).find_map(|day| self.of(day).find(|time| *time >= at))
    }

    /// The zone in which the times are.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    fn of(&self, day: Date) -> impl DoubleEndedIterator<Item = Timestamp> {
        let is_one = self.weekdays.is_empty() || self.weekdays.contains(&day.weekday());
        let times = if is_one { self.of_day.as_slice() } else { &[] };
        // A time that a change of clocks leaves out is that much later.
        times.iter().filter_map(move |time| Some(day.to_datetime(*time).to_zoned(self.zone.clone()).ok()?.timestamp()))
    }
}

fn read_time(text: &SpannedText, problems: &mut Problems) -> Option<Time> {
    let read = text.get_ref().split_once(':').and_then(|(hour, minute)| {
        let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        (digits(hour) && digits(minute)).then(|| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok())?
    });
    if read.is_none() {
        problems.push(SettingsProblem::new(
            text.span(),
            "时刻应写作 \"06:00\"，从 00:00 到 23:59",
            "a time is written as \"06:00\", from 00:00 to 23:59",
        ));
    }
    read
}

fn read_every(text: &SpannedText, problems: &mut Problems) -> Option<Vec<Time>> {
    let written = text.get_ref();
    let minutes = match (written.strip_suffix('m'), written.strip_suffix('h')) {
        (Some(minutes), _) => minutes.parse::<u32>().ok(),
        (_, Some(hours)) => hours.parse::<u32>().ok().and_then(|hours| hours.checked_mul(60)),
        _ => None,
    };
    let Some(minutes) = minutes.filter(|minutes| *minutes >= MIN_EVERY_MIN && DAY_MIN.is_multiple_of(*minutes)) else {
        problems.push(SettingsProblem::new(
            text.span(),
            format!("every 应为能整除一天的间隔，不短于 {MIN_EVERY_MIN} 分钟，如 \"15m\"、\"1h\"、\"24h\""),
            format!(
                "every is an interval that divides a day, of {MIN_EVERY_MIN} minutes or more: \"15m\", \"1h\", \"24h\""
            ),
        ));
        return None;
    };
    let of_day = (0..DAY_MIN / minutes).filter_map(|count| {
        let minute = count * minutes;
        Time::new(i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?, 0, 0).ok()
    });
    Some(of_day.collect())
}

fn read_weekday(text: &SpannedText, problems: &mut Problems) -> Option<Weekday> {
    let read = WEEKDAYS.iter().find(|(name, _)| name == text.get_ref()).map(|(_, day)| *day);
    if read.is_none() {
        let names = WEEKDAYS.map(|(name, _)| name).join(", ");
        problems.push(SettingsProblem::new(
            text.span(),
            format!("weekdays 里只能写 {names}"),
            format!("weekdays has {names} only"),
        ));
    }
    read
}

#[cfg(test)]
mod tests {
    use toml::Spanned;

    use super::*;

    fn spanned(texts: &[&str]) -> Vec<SpannedText> {
        texts.iter().map(|text| Spanned::new(0..1, (*text).to_owned())).collect()
    }

    fn times(at: &[&str], every: Option<&str>, weekdays: &[&str]) -> Result<Times, Problems> {
        let (at, weekdays, every) = (spanned(at), spanned(weekdays), every.map(|text| spanned(&[text]).remove(0)));
        let mut problems = Problems::new();
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let written = WrittenTimes { at: &at, every: every.as_ref(), weekdays: &weekdays };
        written.read(&zone, &(0..1), &mut problems).ok_or(problems)
    }

    fn at(text: &str) -> Timestamp {
        format!("{text}:00+08:00").parse().unwrap()
    }

    #[test]
    fn an_event_belongs_to_the_first_set_time_that_is_not_before_it() {
        let twice = times(&["18:30", "06:00"], None, &[]).unwrap();
        for (made, belongs) in [
            ("2026-11-26T05:59", "2026-11-26T06:00"),
            ("2026-11-26T06:00", "2026-11-26T06:00"),
            ("2026-11-26T06:01", "2026-11-26T18:30"),
            ("2026-11-26T18:31", "2026-11-27T06:00"),
            ("2026-12-31T23:59", "2027-01-01T06:00"),
        ] {
            assert_eq!(twice.belonging(at(made)), Some(at(belongs)), "{made}");
        }
        assert_eq!(twice.last(at("2026-11-26T05:59")), Some(at("2026-11-25T18:30")));
        assert_eq!(twice.last(at("2026-11-26T06:00")), Some(at("2026-11-26T06:00")));
    }

    #[test]
    fn weekdays_leave_days_out_and_every_begins_at_midnight() {
        // 2026-11-26 is a Thursday.
        let weekly = times(&["06:00"], None, &["mon"]).unwrap();
        assert_eq!(weekly.belonging(at("2026-11-26T12:00")), Some(at("2026-11-30T06:00")));
        assert_eq!(weekly.last(at("2026-11-30T05:59")), Some(at("2026-11-23T06:00")));
        let hours = times(&[], Some("2h"), &[]).unwrap();
        assert_eq!(hours.belonging(at("2026-11-26T01:01")), Some(at("2026-11-26T02:00")));
        assert_eq!(hours.belonging(at("2026-11-26T23:01")), Some(at("2026-11-27T00:00")));
    }

    #[test]
    fn what_names_no_times_is_a_problem() {
        for (named, every, weekdays) in [
            (&[][..], None, &["mon"][..]),
            (&["06:00"], Some("1h"), &[]),
            (&["6:00"], None, &[]),
            (&["24:00"], None, &[]),
            (&["06:00", "06:00"], None, &[]),
            (&["06:00"], None, &["monday"]),
            (&[], Some("7m"), &[]),
            (&[], Some("1m"), &[]),
            (&[], Some("48h"), &[]),
            (&[], Some("1d"), &[]),
        ] {
            assert_eq!(times(named, every, weekdays).unwrap_err().len(), 1, "{named:?} {every:?} {weekdays:?}");
        }
    }
}
