//! When there is an alert: so many of one matter in one area within so many hours, and many more than usual there. Each alert is
//! told once: not again until it has sunk, or has gone on for longer than the city lets it rest.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::area::AreaLevel;
use crate::key::ComplaintKey;
use crate::ticket::{Alert, AlertKind, Counted, Seen};

/// Most complaints behind an alert that are looked at, the newest.
pub const MAX_BEHIND: usize = 1_000;
/// Most tickets of an alert that are told, the newest.
pub const MAX_TICKETS_TOLD: usize = 50;
/// Most tickets that a notice's text names.
const MAX_NAMED: usize = 5;

/// What is watched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Complaints with a tag.
    Tag(String),
    /// Complaints of a category.
    Category(String),
    /// Complaints that meet a warning's own words and conditions.
    Own(String),
}

impl Subject {
    /// What it is known by in the store.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Tag(code) => format!("tag:{code}"),
            Self::Category(code) => format!("category:{code}"),
            Self::Own(code) => format!("warning:{code}"),
        }
    }
}

/// A surge or a warning, as the city describes it.
#[derive(Debug, Clone)]
pub struct AlertRule {
    /// Which of both.
    pub kind: AlertKind,
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// What is watched.
    pub subject: Subject,
    /// What is counted.
    pub of: Counted,
    /// From how many on it is told.
    pub count: u32,
    /// Within how many hours; none where one complaint is enough.
    pub hours: Option<u32>,
    /// In which divisions.
    pub level: AreaLevel,
    /// How many times what is usual, and over how many earlier days it is looked what that is.
    pub usual: Option<(f64, u32)>,
    /// After how many hours it is told again while it goes on.
    pub rest_hours: Option<u32>,
    /// Roles that get a notice, and whether a copy.
    pub to: Vec<(Spanned<String>, bool)>,
}

/// Why an alert that was told stands no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// There are fewer than half of those that make one.
    Sunk,
    /// It goes on, and its rest is over: it may be told again.
    Rested,
}

/// Whether there is an alert to tell, or why not.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// There is.
    Tell(Told),
    /// The complaint came later than what it would count for.
    Late,
    /// There are not enough.
    TooFew,
    /// There are not many more than usual.
    AsUsual,
    /// It was told already.
    Standing,
}

/// What is told of an alert.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// How many there were.
    pub count: u64,
    /// Tenths of how many there usually are.
    pub usual_tenths: Option<u64>,
    /// Those that were counted, the oldest first.
    pub behind: Vec<Seen>,
}

/// How a rule stands in an area when a complaint is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// All in the hours before, the looked-at complaint included, the oldest first.
    pub window: &'a [Seen],
    /// The looked-at complaint; none where the rule is looked at as time has passed.
    pub new: Option<ComplaintKey>,
    /// When the alert that stands was told.
    pub told_at: Option<Timestamp>,
    /// The time.
    pub now: Timestamp,
}

impl AlertRule {
    /// Whether one complaint is enough.
    #[must_use]
    pub fn is_immediate(&self) -> bool {
        self.hours.is_none()
    }

    /// Since when complaints count; those of just that moment do not.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Timestamp {
        before(now, SignedDuration::from_hours(i64::from(self.hours.unwrap_or(0))))
    }

    /// Whether an alert that stands has ended before the looked-at complaint came, or by the time. Between two complaints there are
    /// fewest just before the later one, so that nothing is missed if each is looked at.
    #[must_use]
    pub fn ended(&self, situation: &Situation<'_>) -> Option<Ended> {
        let told_at = situation.told_at?;
        if self.has_sunk(situation) {
            return Some(Ended::Sunk);
        }
        let rest = SignedDuration::from_hours(i64::from(self.rest_hours?));
        (situation.now.duration_since(told_at) >= rest).then_some(Ended::Rested)
    }

    /// Whether there are fewer than half of those that make an alert, without the looked-at complaint.
    #[must_use]
    pub fn has_sunk(&self, situation: &Situation<'_>) -> bool {
        let others = situation.window.iter().filter(|seen| Some(seen.complaint) != situation.new);
        self.count(others) * 2 < u64::from(self.count)
    }

    /// Whether the looked-at complaint makes an alert. `earlier` counts between two moments.
    ///
    /// # Errors
    /// Those of `earlier`.
    pub fn judge<E>(
        &self,
        situation: &Situation<'_>,
        earlier: impl FnOnce(Timestamp, Timestamp) -> Result<u64, E>,
    ) -> Result<Verdict, E> {
        if !situation.window.iter().any(|seen| Some(seen.complaint) == situation.new) {
            return Ok(Verdict::Late);
        }
        if situation.told_at.is_some() && self.ended(situation).is_none() {
            return Ok(Verdict::Standing);
        }
        let count = self.count(situation.window.iter());
        if count < u64::from(self.count) {
            return Ok(Verdict::TooFew);
        }
        let behind = situation.window.to_vec();
        let (Some((times, days)), Some(hours)) = (self.usual, self.hours) else {
            return Ok(Verdict::Tell(Told { count, usual_tenths: None, behind }));
        };
        let until = self.since(situation.now);
        let before_that = earlier(before(until, SignedDuration::from_hours(24 * i64::from(days))), until)?;
        let windows = f64::from(days) * 24.0 / f64::from(hours);
        let usual = approximate(before_that) / windows;
        if approximate(count) < times * usual {
            return Ok(Verdict::AsUsual);
        }
        Ok(Verdict::Tell(Told { count, usual_tenths: Some(tenths(usual)), behind }))
    }

    fn count<'s>(&self, seen: impl Iterator<Item = &'s Seen>) -> u64 {
        let count = match self.of {
            Counted::Complaints => seen.count(),
            Counted::Tickets => seen.map(|seen| seen.ticket).collect::<BTreeSet<_>>().len(),
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// What an event tells of an alert of this rule in an area.
    #[must_use]
    pub fn alert(&self, area: &str, told: &Told, tickets: Vec<String>) -> Alert {
        let (tag, category) = match &self.subject {
            Subject::Tag(code) => (Some(code.clone()), None),
            Subject::Category(code) => (None, Some(code.clone())),
            Subject::Own(_) => (None, None),
        };
        Alert {
            kind: self.kind,
            code: self.code.clone(),
            name: self.name.clone(),
            tag,
            category,
            district: (!area.is_empty()).then(|| area.to_owned()),
            count: told.count,
            hours: self.hours,
            usual_tenths: told.usual_tenths,
            tickets,
        }
    }

    /// What a notice says of an alert, in Chinese: nobody's words. `place`: name of the area; none for the whole city.
    #[must_use]
    pub fn words(&self, alert: &Alert, place: Option<&str>) -> String {
        let Some(hours) = alert.hours else {
            let id = alert.tickets.last().map_or("", String::as_str);
            return format!("【{}】{}：工单 {id}。", self.kind.zh(), self.name);
        };
        let place = place.map_or_else(String::new, |place| format!("{place} "));
        let what = if self.of == Counted::Tickets { "张工单" } else { "件诉求" };
        let usual = alert.usual_tenths.map_or_else(String::new, |tenths| {
            format!("，平时约 {}.{} {}", tenths / 10, tenths % 10, what.chars().take(1).collect::<String>())
        });
        let named: Vec<&str> = alert.tickets.iter().rev().take(MAX_NAMED).map(String::as_str).collect();
        let rest = if alert.tickets.len() > named.len() { " 等" } else { "" };
        format!(
            "【{}】{}：{place}{hours} 小时内 {} {what}{usual}，涉及工单 {}{rest}。",
            self.kind.zh(),
            self.name,
            alert.count,
            named.join("、")
        )
    }
}

fn before(at: Timestamp, duration: SignedDuration) -> Timestamp {
    at.checked_sub(duration).unwrap_or(Timestamp::MIN)
}

/// Counts of complaints are far below what this cannot hold.
fn approximate(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Tenths, up to the next; what is no number of them is none.
fn tenths(value: f64) -> u64 {
    let tenths = (value * 10.0).round();
    // The greatest usual level is that of all complaints within an hour.
    if (0.0..f64::from(u32::MAX)).contains(&tenths) { format!("{tenths:.0}").parse().unwrap_or(0) } else { 0 }
}
