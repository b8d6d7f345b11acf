//! How points become stars.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// Most stars.
pub(super) const MAX_STARS: usize = 6;

/// From which points on there is which star, and which points count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stars {
    /// Ascending; the first is the one of one star.
    pub(super) at: Vec<i64>,
    pub(super) window: Window,
}

/// Which points count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Window {
    /// All that are kept.
    #[default]
    All,
    /// Those of the last so many months.
    Months(u32),
    /// Those since the first of January.
    CalendarYear,
}

/// What an account has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Points that count.
    pub points: i64,
    /// Stars, from none to six.
    pub stars: u8,
    /// Points that are missing to the next star; none where there is none.
    pub to_next: Option<i64>,
}

impl Stars {
    /// From when on points count, on the calendar of the city.
    #[must_use]
    pub fn since(&self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let now = now.to_zoned(zone.clone());
        let begun = match self.window {
            Window::All => return Timestamp::MIN,
            Window::Months(months) => now.checked_sub(Span::new().months(i64::from(months))),
            Window::CalendarYear => now.first_of_year().and_then(|first| first.start_of_day()),
        };
        begun.map_or(Timestamp::MIN, |begun| begun.timestamp())
    }

    /// What points come to.
    #[must_use]
    pub fn standing(&self, points: i64) -> Standing {
        let reached = self.at.iter().take_while(|at| points >= **at).count();
        let to_next = self.at.get(reached).map(|at| at.saturating_sub(points));
        Standing { points, stars: u8::try_from(reached).unwrap_or(u8::MAX), to_next }
    }
}
