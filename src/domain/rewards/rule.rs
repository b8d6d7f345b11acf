//! One rule: whether it is about a complaint, and whether what an account has leaves room for its points.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::complaint::RewardBasis;

/// What a rule asks of a complaint.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Id of its channel.
    pub channel: &'a str,
    /// Code of its category.
    pub category: &'a str,
    /// Codes of its tags.
    pub tags: &'a [String],
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RewardRule {
    /// Its code.
    pub code: String,
    /// Its name, for the citizen.
    pub name: String,
    /// What points are for.
    pub basis: RewardBasis,
    /// How many; fewer than none where they are taken.
    pub points: i64,
    pub(super) channels: BTreeSet<String>,
    pub(super) categories: BTreeSet<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) limits: Vec<(Span, i64)>,
}

/// The time in which a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// The day of the city.
    Day,
    /// The calendar month of the city.
    Month,
    /// As long as entries are kept.
    Ever,
}

/// Whether a rule gives its points, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Give,
    /// The account has what a day allows.
    DayIsFull,
    /// The account has what a month allows.
    MonthIsFull,
    /// The account has what the rule allows at all.
    AllIsFull,
}

impl Span {
    /// When it began that goes on now.
    fn since(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let now = now.to_zoned(zone.clone());
        let begun = match self {
            Self::Day => now.start_of_day(),
            Self::Month => now.first_of_month().and_then(|first| first.start_of_day()),
            Self::Ever => return Timestamp::MIN,
        };
        begun.map_or(Timestamp::MIN, |begun| begun.timestamp())
    }

    fn full(self) -> Verdict {
        match self {
            Self::Day => Verdict::DayIsFull,
            Self::Month => Verdict::MonthIsFull,
            Self::Ever => Verdict::AllIsFull,
        }
    }
}

impl RewardRule {
    /// Whether the rule is about a complaint.
    #[must_use]
    pub fn is_about(&self, about: &About<'_>) -> bool {
        self.channels.contains(about.channel)
            && (self.categories.is_empty() || self.categories.contains(about.category))
            && (self.tags.is_empty() || about.tags.iter().any(|tag| self.tags.contains(tag)))
    }

    /// Whether the rule gives its points now: whole, or not at all. `had` tells what the account has by this rule since a moment.
    ///
    /// # Errors
    /// Those of `had`.
    pub fn judge<E>(
        &self,
        now: Timestamp,
        zone: &TimeZone,
        mut had: impl FnMut(Timestamp) -> Result<i64, E>,
    ) -> Result<Verdict, E> {
        for (span, most) in &self.limits {
            let sum = had(span.since(now, zone))?.saturating_add(self.points);
            if sum.unsigned_abs() > most.unsigned_abs() {
                return Ok(span.full());
            }
        }
        Ok(Verdict::Give)
    }
}
