//! When a matter is due, and why.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp, ToSpan as _};

use super::Calendar;
use crate::city::DueRule;

/// A deadline with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The moment.
    pub at: Timestamp,
    /// How it was counted, in Chinese.
    pub explanation: String,
    /// The first year of which working days were counted without a calendar.
    pub unknown_year: Option<i16>,
}

/// Most days looked through when counting working days.
const MAX_DAYS: u32 = 1_500;

impl Due {
    /// Counts from `received_at`.
    ///
    /// Working days: the day of receipt does not count; the deadline is at the same time of day on the last one
    /// (民法典 §201: the day on which a period begins is not counted). `None` when a date is beyond the calendar's range.
    #[must_use]
    pub fn compute(rule: DueRule, received_at: Timestamp, zone: &TimeZone, calendar: &Calendar) -> Option<Self> {
        let received = received_at.to_zoned(zone.clone());
        let from = received.strftime("%Y-%m-%d %H:%M");
        let mut unknown_year = None;
        let (at, how) = match rule {
            DueRule::Hours(hours) => {
                (received_at.checked_add(SignedDuration::from_hours(i64::from(hours))).ok()?, format!("{hours} 小时"))
            }
            DueRule::NaturalDays(days) => {
                let span = Span::new().days(i64::from(days));
                (received.checked_add(span).ok()?.timestamp(), format!("{days} 个自然日"))
            }
            DueRule::WorkingDays(days) => {
                let mut date = received.date();
                let (mut counted, mut skipped, mut looked) = (0, Vec::new(), 0);
                while counted < days && looked < MAX_DAYS {
                    date = date.checked_add(1.day()).ok()?;
                    looked += 1;
                    if !calendar.knows_year_of(date) {
                        unknown_year.get_or_insert(date.year());
                    }
                    if calendar.is_working(date) {
                        counted += 1;
                    } else if let Some(name) = calendar.name_of(date)
                        && skipped.last() != Some(&name)
                    {
                        skipped.push(name);
                    }
                }
                let at = date.to_datetime(received.time()).to_zoned(zone.clone()).ok()?.timestamp();
                let holidays =
                    if skipped.is_empty() { String::new() } else { format!("，跳过{}", skipped.join("、")) };
                let unknown = unknown_year.map(|year| format!("；日历里没有 {year} 年，该年节假日未计"));
                let unknown = unknown.unwrap_or_default();
                (at, format!("{days} 个工作日（收到当日不计，双休日不计{holidays}{unknown}）"))
            }
        };
        let until = at.to_zoned(zone.clone());
        let until = until.strftime("%Y-%m-%d %H:%M");
        Some(Self { at, explanation: format!("自 {from} 起 {how}，至 {until}"), unknown_year })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: DueRule, received: &str, expected: &str) {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let calendar = Calendar::from_days(&[
            ("2026-10-01", false, "国庆节"),
            ("2026-10-02", false, "国庆节"),
            ("2026-10-05", false, "国庆节"),
            ("2026-10-10", true, "国庆节调休上班"),
        ]);
        let due = Due::compute(rule, received.parse().unwrap(), &zone, &calendar).unwrap();
        assert_eq!(due.at, expected.parse().unwrap(), "{}", due.explanation);
    }

    #[test]
    fn holidays_are_skipped_and_make_up_workdays_count() {
        // Wednesday before the holiday: Oct 6, 7, 8, 9 and the worked Saturday Oct 10.
        check(DueRule::WorkingDays(5), "2026-09-30T17:00:00+08:00", "2026-10-10T17:00:00+08:00");
        // Received on a Saturday: Monday is the first day.
        check(DueRule::WorkingDays(1), "2026-11-21T09:00:00+08:00", "2026-11-23T09:00:00+08:00");
        check(DueRule::NaturalDays(3), "2026-11-21T09:00:00+08:00", "2026-11-24T09:00:00+08:00");
        check(DueRule::Hours(24), "2026-11-21T09:00:00+08:00", "2026-11-22T09:00:00+08:00");
    }

    #[test]
    fn a_year_that_the_calendar_does_not_know_is_said() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let calendar = Calendar::from_days(&[("2026-10-01", false, "国庆节")]);
        let due = |rule, received: &str| Due::compute(rule, received.parse().unwrap(), &zone, &calendar).unwrap();
        let crossing = due(DueRule::WorkingDays(5), "2026-12-30T09:00:00+08:00");
        assert_eq!(crossing.unknown_year, Some(2027));
        assert!(crossing.explanation.contains("日历里没有 2027 年"), "{}", crossing.explanation);
        assert_eq!(due(DueRule::WorkingDays(1), "2026-12-30T09:00:00+08:00").unknown_year, None);
        assert_eq!(due(DueRule::NaturalDays(9), "2026-12-30T09:00:00+08:00").unknown_year, None);
    }
}
