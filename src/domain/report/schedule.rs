//! When a report is made by itself, and of which days.

use huiliu_adapter_api::{Problems, SettingsProblem};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use super::key::unknown;
use super::{Format, Period};

/// Most editions that are made up for at once; what a gateway missed before that is not made any more.
const MAX_CAUGHT_UP: usize = 10;
/// Most places where an edition goes.
const MAX_PLACES: usize = 20;

/// When a report is made by itself.
#[derive(Debug)]
pub struct Schedule {
    /// How often: after each of these periods.
    pub every: Period,
    /// When, on the day after the period.
    pub at: Time,
    /// Whether it is of the report's own period up to then, and not of the one that ended.
    pub so_far: bool,
    /// The forms in which it is kept and sent.
    pub formats: Vec<Format>,
    /// Names of the destinations where it goes.
    pub to: Vec<Spanned<String>>,
}

/// `[report.schedule]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleSettings {
    every: Option<Spanned<String>>,
    at: Option<Spanned<String>>,
    #[serde(default)]
    so_far: bool,
    formats: Option<Spanned<Vec<Spanned<String>>>>,
    #[serde(default)]
    to: Vec<Spanned<String>>,
}

impl ScheduleSettings {
    /// Reads it; `period` is that of the report.
    pub(super) fn read(&self, period: Option<Period>, problems: &mut Problems) -> Option<Schedule> {
        let every = match &self.every {
            None => period,
            Some(word) => {
                let found = Period::from_word(word.get_ref());
                if found.is_none() {
                    unknown(word, ("周期", "period"), Period::ALL.iter().map(|(_, word)| *word), problems);
                }
                found
            }
        };
        let at = self.at.as_ref().map_or(Some(Time::constant(6, 0, 0, 0)), |at| read_time(at, problems));
        if let Some(over) = self.to.get(MAX_PLACES) {
            let (zh, en) =
                (format!("投送目的地最多 {MAX_PLACES} 个"), format!("a report goes to at most {MAX_PLACES} places"));
            problems.push(SettingsProblem::new(over.span(), zh, en));
        }
        for (at, place) in self.to.iter().enumerate() {
            if self.to.iter().take(at).any(|earlier| earlier.get_ref() == place.get_ref()) {
                let (zh, en) = ("投送目的地写了两次", "the destination is named twice");
                problems.push(SettingsProblem::new(place.span(), zh, en));
            }
        }
        let formats = self.formats.as_ref().map_or_else(|| vec![Format::Html], |words| read_formats(words, problems));
        Some(Schedule { every: every?, at: at?, so_far: self.so_far, formats, to: self.to.clone() })
    }
}

fn read_formats(words: &Spanned<Vec<Spanned<String>>>, problems: &mut Problems) -> Vec<Format> {
    let known = Format::ALL.iter().map(|(_, word)| *word);
    let formats = super::settings::closed(words.get_ref(), Format::from_word, ("格式", "format"), known, problems);
    if words.get_ref().is_empty() {
        let (zh, en) = ("至少要有一种格式", "there is at least one format");
        problems.push(SettingsProblem::new(words.span(), zh, en));
    }
    formats
}

fn read_time(text: &Spanned<String>, problems: &mut Problems) -> Option<Time> {
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts = text.get_ref().split_once(':').filter(|(hour, minute)| digits(hour) && digits(minute));
    let time = parts.and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
    if time.is_none() {
        let (zh, en) = ("时刻写作 \"08:30\"", "a time is written as \"08:30\"");
        problems.push(SettingsProblem::new(text.span(), zh, en));
    }
    time
}

impl Schedule {
    /// First and last day of the editions that are to be made by `now`, the oldest first: those after the one up to `last`; without one
    /// the newest only. `period` is that of the report.
    #[must_use]
    pub fn due(&self, period: Period, last: Option<Date>, now: Timestamp, zone: &TimeZone) -> Vec<(Date, Date)> {
        let now = now.to_zoned(zone.clone()).datetime();
        let Ok(yesterday) = now.date().yesterday() else { return Vec::new() };
        let newest = if now.time() >= self.at { Some(yesterday) } else { yesterday.yesterday().ok() };
        // The newest day that a period ends with.
        let ended = newest.and_then(|day| match self.every.last_day(day) == day {
            true => Some(day),
            false => self.before(day),
        });
        let most = if last.is_some() { MAX_CAUGHT_UP } else { 1 };
        let ends = std::iter::successors(ended, |day| self.before(*day));
        let mut due: Vec<(Date, Date)> = ends
            .take_while(|day| last.is_none_or(|last| *day > last))
            .take(most)
            .map(|day| (if self.so_far { period.first_day(day) } else { self.every.first_day(day) }, day))
            .collect();
        due.reverse();
        due
    }

    /// The last day of the period before that of a day.
    fn before(&self, day: Date) -> Option<Date> {
        self.every.first_day(day).yesterday().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn schedule(every: Period, so_far: bool) -> Schedule {
        Schedule { every, at: Time::constant(8, 0, 0, 0), so_far, formats: vec![Format::Html], to: Vec::new() }
    }

    fn due(schedule: &Schedule, last: Option<Date>, (day, hour): (Date, i8)) -> Vec<(Date, Date)> {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let now = day.at(hour, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp();
        schedule.due(Period::Month, last, now, &zone)
    }

    #[test]
    fn an_edition_is_due_when_its_period_and_the_night_are_over() {
        let monthly = schedule(Period::Month, false);
        let october = (date(2026, 10, 1), date(2026, 10, 31));
        assert_eq!(due(&monthly, None, (date(2026, 11, 1), 8)), [october]);
        assert_eq!(due(&monthly, None, (date(2026, 11, 27), 9)), [october]);
        assert_eq!(due(&monthly, Some(october.1), (date(2026, 11, 30), 23)), []);
        assert_eq!(due(&monthly, Some(october.1), (date(2026, 12, 1), 7)), [], "it is not eight yet");
        assert_eq!(due(&monthly, Some(october.1), (date(2026, 12, 1), 8)), [(date(2026, 11, 1), date(2026, 11, 30))]);
        let weekly = schedule(Period::Week, false);
        assert_eq!(due(&weekly, None, (date(2026, 11, 27), 9)), [(date(2026, 11, 16), date(2026, 11, 22))]);
        let half = schedule(Period::Half, false);
        assert_eq!(due(&half, None, (date(2027, 1, 1), 8)), [(date(2026, 7, 1), date(2026, 12, 31))]);
    }

    #[test]
    fn what_was_missed_is_made_up_for_within_bounds() {
        let daily = schedule(Period::Day, false);
        let last = Some(date(2026, 11, 24));
        let days = [25, 26].map(|day| (date(2026, 11, day), date(2026, 11, day)));
        assert_eq!(due(&daily, last, (date(2026, 11, 27), 8)), days);
        let long = due(&daily, Some(date(2026, 1, 1)), (date(2026, 11, 27), 8));
        assert_eq!((long.len(), long.last()), (MAX_CAUGHT_UP, Some(&days[1])));
        assert_eq!(due(&daily, Some(date(2026, 12, 31)), (date(2026, 11, 27), 8)), [], "the clock went back");
    }

    #[test]
    fn a_daily_ranking_can_be_of_the_month_so_far() {
        let daily = schedule(Period::Day, true);
        assert_eq!(due(&daily, None, (date(2026, 11, 27), 8)), [(date(2026, 11, 1), date(2026, 11, 26))]);
        assert_eq!(due(&daily, None, (date(2026, 12, 1), 8)), [(date(2026, 11, 1), date(2026, 11, 30))]);
    }
}
