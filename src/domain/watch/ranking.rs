//! Which tags were most spoken of in a period, and whether they are spoken of more than in the period before.

use std::collections::BTreeMap;

/// Whether something grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// 新增: there was nothing before.
    New,
    /// 上升: at least a tenth more than before.
    Up,
    /// 持平: less than a tenth more or fewer.
    Level,
    /// 下降: at least a tenth fewer than before.
    Down,
}

impl Trend {
    /// All with their names in documents.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::New, "new"), (Self::Up, "up"), (Self::Level, "level"), (Self::Down, "down")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(trend, _)| *trend == self).map_or("level", |(_, name)| name)
    }

    /// How a count stands against the one before it.
    #[must_use]
    pub fn of(count: u64, before: u64) -> Self {
        let tenfold = |count: u64| count.saturating_mul(10);
        match (count, before) {
            (0, 0) => Self::Level,
            (_, 0) => Self::New,
            _ if tenfold(count) >= before.saturating_mul(11) => Self::Up,
            _ if tenfold(count) <= before.saturating_mul(9) => Self::Down,
            _ => Self::Level,
        }
    }
}

/// A tag in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Its place, from 1; those of one count share it.
    pub place: u32,
    /// Its place in the period before; none where nothing was said of it.
    pub place_before: Option<u32>,
    /// Code of the tag.
    pub code: String,
    /// How many complaints bore it.
    pub count: u64,
    /// How many did in the period before.
    pub before: u64,
    /// Whether it grows.
    pub trend: Trend,
}

/// Puts tags in order by how many complaints bore them in a period, and says how they stood in the one before. Tags of which nothing was
/// said in both are left out.
#[must_use]
pub fn rank(counts: &BTreeMap<String, u64>, before: &BTreeMap<String, u64>) -> Vec<Ranked> {
    let place = |counts: &BTreeMap<String, u64>, count: u64| {
        let ahead = counts.values().filter(|other| **other > count).count();
        u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1)
    };
    let of = |counts: &BTreeMap<String, u64>, code: &String| counts.get(code).copied().unwrap_or(0);
    let codes = counts.keys().chain(before.keys().filter(|code| !counts.contains_key(*code)));
    let ranked = codes.map(|code| {
        let (count, earlier) = (of(counts, code), of(before, code));
        Ranked {
            place: place(counts, count),
            place_before: (earlier > 0).then(|| place(before, earlier)),
            code: code.clone(),
            count,
            before: earlier,
            trend: Trend::of(count, earlier),
        }
    });
    let mut ranked: Vec<Ranked> = ranked.filter(|row| row.count > 0 || row.before > 0).collect();
    ranked.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.code.cmp(&other.code)));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(counts: &[(&str, u64)]) -> BTreeMap<String, u64> {
        counts.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect()
    }

    #[test]
    fn tags_are_ranked_by_count_and_stand_against_the_period_before() {
        let ranked = rank(
            &counts(&[("elevator", 11), ("parking", 20), ("charging", 11), ("river", 9), ("rail", 0)]),
            &counts(&[("elevator", 10), ("parking", 20), ("river", 10), ("dust", 3), ("rail", 0)]),
        );
        let said: Vec<_> = ranked
            .iter()
            .map(|row| (row.place, row.place_before, row.code.as_str(), row.count, row.before, row.trend))
            .collect();
        let expected = [
            (1, Some(1), "parking", 20, 20, Trend::Level),
            (2, None, "charging", 11, 0, Trend::New),
            (2, Some(2), "elevator", 11, 10, Trend::Up),
            (4, Some(2), "river", 9, 10, Trend::Down),
            (5, Some(4), "dust", 0, 3, Trend::Down),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_tenth_is_a_trend() {
        assert_eq!(Trend::of(109, 100), Trend::Level);
        assert_eq!(Trend::of(110, 100), Trend::Up);
        assert_eq!(Trend::of(91, 100), Trend::Level);
        assert_eq!(Trend::of(90, 100), Trend::Down);
        assert_eq!(Trend::of(0, 0), Trend::Level);
        assert_eq!(Trend::of(u64::MAX, 1), Trend::Up);
    }
}
