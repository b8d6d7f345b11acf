//! Periods of reports, by the city's days.

use jiff::civil::Date;
use jiff::{Span, ToSpan};

/// How long a period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// A quarter.
    Quarter,
    /// January to June, or July to December.
    Half,
    /// A year.
    Year,
}

impl Period {
    /// All of them with their words in settings.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Day, "day"),
        (Self::Week, "week"),
        (Self::Month, "month"),
        (Self::Quarter, "quarter"),
        (Self::Half, "half"),
        (Self::Year, "year"),
    ];

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(period, _)| *period)
    }

    /// The word in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, word)| word)
    }

    /// The first day of the period that a day is in.
    #[must_use]
    pub fn first_day(self, day: Date) -> Date {
        let month = |length: i8| (day.month() - 1) / length * length + 1;
        let first_of = |month: i8| Date::new(day.year(), month, 1).unwrap_or(day);
        match self {
            Self::Day => day,
            Self::Week => day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
            Self::Month => day.first_of_month(),
            Self::Quarter => first_of(month(3)),
            Self::Half => first_of(month(6)),
            Self::Year => first_of(1),
        }
    }

    /// The first day of the period that is so many before the one that a day is in.
    #[must_use]
    pub fn first_day_before(self, day: Date, periods: usize) -> Date {
        (0..periods).fold(self.first_day(day), |first, _| first.yesterday().map_or(first, |day| self.first_day(day)))
    }

    /// The last day of the period that a day is in.
    #[must_use]
    pub fn last_day(self, day: Date) -> Date {
        let length: Span = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Half => 6.months(),
            Self::Year => 1.year(),
        };
        self.first_day(day).saturating_add(length).yesterday().unwrap_or(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn periods_begin_and_end_where_calendars_say() {
        let table = [
            (Period::Day, date(2026, 11, 26), (date(2026, 11, 26), date(2026, 11, 26))),
            (Period::Week, date(2026, 11, 23), (date(2026, 11, 23), date(2026, 11, 29))),
            (Period::Week, date(2026, 11, 29), (date(2026, 11, 23), date(2026, 11, 29))),
            (Period::Week, date(2027, 1, 1), (date(2026, 12, 28), date(2027, 1, 3))),
            (Period::Month, date(2028, 2, 29), (date(2028, 2, 1), date(2028, 2, 29))),
            (Period::Quarter, date(2026, 11, 26), (date(2026, 10, 1), date(2026, 12, 31))),
            (Period::Quarter, date(2026, 3, 31), (date(2026, 1, 1), date(2026, 3, 31))),
            (Period::Half, date(2026, 6, 30), (date(2026, 1, 1), date(2026, 6, 30))),
            (Period::Half, date(2026, 7, 1), (date(2026, 7, 1), date(2026, 12, 31))),
            (Period::Year, date(2026, 7, 1), (date(2026, 1, 1), date(2026, 12, 31))),
        ];
        for (period, day, (first, last)) in table {
            assert_eq!((period.first_day(day), period.last_day(day)), (first, last), "{} of {day}", period.word());
        }
    }
}
