//! Topics (专题): matters that come back, gathered from tickets, with what was decided on them and when they are looked at again.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// Most steps of a topic.
pub const MAX_TOPIC_STEPS: usize = 500;

/// Where a topic stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TopicState {
    /// 待研究: it was gathered, and nothing was decided.
    #[default]
    Open,
    /// 已会商: those whom it concerns have met.
    Consulted,
    /// 已决定: it was decided what is done.
    Decided,
    /// 已立项: it is a public project.
    Adopted,
    /// 不采纳: it is not taken up.
    Rejected,
    /// 已办结: it is done with.
    Closed,
}

impl TopicState {
    /// All with their names in Chinese and in the store and documents.
    pub const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::Open, "待研究", "open"),
        (Self::Consulted, "已会商", "consulted"),
        (Self::Decided, "已决定", "decided"),
        (Self::Adopted, "已立项", "adopted"),
        (Self::Rejected, "不采纳", "rejected"),
        (Self::Closed, "已办结", "closed"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("open", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("待研究", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(state, ..)| *state)
    }

    /// Whether nothing more is gathered under it.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Rejected | Self::Closed)
    }

    /// Whether a topic may come from this state into another: what is over can be opened again and nothing else; what is not over goes on
    /// to anything but open.
    #[must_use]
    pub fn may_become(self, next: Self) -> bool {
        self.is_over() == (next == Self::Open)
    }
}

/// How often a topic is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// 每周.
    Week,
    /// 每月.
    Month,
    /// 每季度.
    Quarter,
    /// 每半年.
    HalfYear,
    /// 每年.
    Year,
}

impl Every {
    /// All with their names in Chinese and in settings and documents.
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Week, "每周", "weekly"),
        (Self::Month, "每月", "monthly"),
        (Self::Quarter, "每季度", "quarterly"),
        (Self::HalfYear, "每半年", "half_yearly"),
        (Self::Year, "每年", "yearly"),
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(every, ..)| *every == self).map_or("monthly", |(.., name)| name)
    }

    /// Its name in Chinese.
    #[must_use]
    pub fn zh(self) -> &'static str {
        Self::ALL.iter().find(|(every, ..)| *every == self).map_or("每月", |(_, zh, _)| zh)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(.., known)| *known == name).map(|(every, ..)| *every)
    }

    /// The same time of day so much later, by the city's calendar; of a month without that day, its last one.
    #[must_use]
    pub fn after(self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let span: Span = match self {
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::HalfYear => 6.months(),
            Self::Year => 1.year(),
        };
        at.to_zoned(zone.clone()).checked_add(span).map_or(Timestamp::MAX, |later| later.timestamp())
    }
}

/// Something that was done with a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStep {
    /// When.
    pub at: Timestamp,
    /// Who: the name of a token, or the gateway itself.
    pub by: String,
    /// The state that it came into; none where it was looked at again.
    pub state: Option<TopicState>,
    /// What was decided or found.
    pub words: String,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    /// Code of the rule that gathered it; none where a person did.
    pub rule: Option<String>,
    /// Area of the rule; empty: the whole city, or none.
    pub area: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub state: TopicState,
    /// How often it is looked at again.
    pub every: Option<Every>,
    /// When it is looked at again next.
    pub follow_up_at: Option<Timestamp>,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it last came into a state.
    pub changed_at: Timestamp,
    /// What was done with it, in order.
    pub steps: Vec<TopicStep>,
}

impl Topic {
    /// Brings it into a state, which it may come into. What is over is not looked at again.
    pub fn become_(&mut self, state: TopicState, (by, words): (&str, &str), at: Timestamp) {
        (self.state, self.changed_at) = (state, at);
        if state.is_over() {
            self.follow_up_at = None;
        }
        self.steps.push(TopicStep { at, by: by.to_owned(), state: Some(state), words: words.to_owned() });
    }
}

/// A topic, as an event tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldTopic {
    /// Its number.
    pub id: i64,
    /// Title.
    pub title: String,
    /// Code of the rule that gathered it.
    pub rule: Option<String>,
    /// Where it stands.
    pub state: TopicState,
    /// How many tickets it has.
    pub tickets: u64,
    /// When it is looked at again next.
    pub follow_up_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_can_only_be_opened_again() {
        for (state, ..) in TopicState::ALL {
            for (next, ..) in TopicState::ALL {
                let is_over = matches!(state, TopicState::Rejected | TopicState::Closed);
                assert_eq!(state.may_become(next), is_over == (next == TopicState::Open), "{state:?} {next:?}");
            }
            assert_eq!(TopicState::from_name(state.name()), Some(state));
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let after = |every: Every, at: &str| every.after(at.parse().unwrap(), &zone).to_string();
        assert_eq!(after(Every::Week, "2026-01-31T02:00:00Z"), "2026-02-07T02:00:00Z");
        assert_eq!(after(Every::Month, "2026-01-31T02:00:00Z"), "2026-02-28T02:00:00Z");
        assert_eq!(after(Every::Quarter, "2026-01-31T02:00:00Z"), "2026-04-30T02:00:00Z");
        assert_eq!(after(Every::HalfYear, "2026-01-31T02:00:00Z"), "2026-07-31T02:00:00Z");
        assert_eq!(after(Every::Year, "2028-02-29T02:00:00Z"), "2029-02-28T02:00:00Z");
        assert_eq!(Every::Year.after(Timestamp::MAX, &zone), Timestamp::MAX);
        for (every, ..) in Every::ALL {
            assert_eq!(Every::from_name(every.name()), Some(every));
        }
    }
}
