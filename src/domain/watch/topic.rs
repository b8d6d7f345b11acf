//! When matters that come back become a topic: so many tickets of one matter in one area within so many days.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use toml::Spanned;

use super::alert::Subject;
use super::area::AreaLevel;
use super::rules::Watch;
use crate::key::TicketKey;
use crate::ticket::{Every, Seen};

/// A rule by which topics are gathered.
#[derive(Debug, Clone)]
pub struct TopicRule {
    /// Code.
    pub code: String,
    /// Name: the beginning of the titles of its topics.
    pub name: String,
    /// What is watched.
    pub subject: Subject,
    /// In which divisions: each has a topic of its own.
    pub level: AreaLevel,
    /// From how many tickets on there is one.
    pub tickets: u32,
    /// Within how many days.
    pub days: u32,
    /// How often its topics are looked at again.
    pub every: Option<Every>,
    /// Roles that are told when one is to be looked at again, and whether by a copy.
    pub to: Vec<(Spanned<String>, bool)>,
}

impl TopicRule {
    /// Since when tickets count.
    #[must_use]
    pub fn since(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(SignedDuration::from_hours(24 * i64::from(self.days))).unwrap_or(Timestamp::MIN)
    }

    /// The tickets of what was seen, in the order of their numbers, where there are enough for a topic.
    #[must_use]
    pub fn recurring(&self, window: &[Seen]) -> Option<Vec<TicketKey>> {
        let tickets: BTreeSet<TicketKey> = window.iter().map(|seen| seen.ticket).collect();
        let enough = u32::try_from(tickets.len()).is_ok_and(|count| count >= self.tickets);
        enough.then(|| tickets.into_iter().collect())
    }
}

impl Watch {
    /// The rules by which topics are gathered.
    #[must_use]
    pub fn topics(&self) -> &[TopicRule] {
        &self.topics
    }

    /// Roles that are told when a topic is to be looked at again: those of its rule, else those for topics that people make.
    #[must_use]
    pub fn topic_roles(&self, rule: Option<&str>) -> &[(Spanned<String>, bool)] {
        let of_rule = self.topics.iter().find(|known| Some(known.code.as_str()) == rule);
        of_rule.map_or(&self.topic_roles, |rule| &rule.to)
    }
}
