//! Complaints of a case come one after the other, as they would to the desk, and it is looked what each would have told.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use jiff::Timestamp;

use super::alert::{AlertRule, MAX_BEHIND, Situation, Verdict};
use super::rules::Watch;
use super::topic::TopicRule;
use crate::complaint::{Complaint, area_holds};
use crate::key::{ComplaintKey, TicketKey};
use crate::ticket::{Counted, Route, Seen};

/// A complaint that comes.
pub(super) struct Coming<'a> {
    pub complaint: &'a Complaint,
    pub route: &'a Route,
    /// When its source received it.
    pub at: Timestamp,
    /// When it comes.
    pub arrives: Timestamp,
    /// A name of its ticket; none: one of its own.
    pub ticket: Option<String>,
}

/// One sighting: of what, where.
struct Sighting {
    subject: String,
    district: String,
    seen: Seen,
}

/// What has come so far.
pub(super) struct Rehearsal<'a> {
    rules: &'a Watch,
    came: i64,
    now: Timestamp,
    tickets: BTreeMap<String, TicketKey>,
    sightings: Vec<Sighting>,
    /// When alerts were told that stand, by place of the rule and area.
    standing: BTreeMap<(usize, String), Timestamp>,
    /// Of which tickets rules have told for which one complaint is enough.
    told: BTreeSet<(usize, TicketKey)>,
    /// Areas of rules in which there is a topic.
    topics: BTreeSet<(usize, String)>,
}

/// What a complaint brings about.
pub(super) struct Came {
    /// Codes of alerts.
    pub told: BTreeSet<String>,
    /// Codes of the rules whose topics it begins.
    pub topics: BTreeSet<String>,
}

impl<'a> Rehearsal<'a> {
    pub(super) fn new(rules: &'a Watch) -> Self {
        Self {
            rules,
            came: 0,
            now: Timestamp::MIN,
            tickets: BTreeMap::new(),
            sightings: Vec::new(),
            standing: BTreeMap::new(),
            told: BTreeSet::new(),
            topics: BTreeSet::new(),
        }
    }

    /// Lets a complaint come; what it brings about.
    pub(super) fn comes(&mut self, coming: Coming<'_>) -> Came {
        self.came += 1;
        self.now = self.now.max(coming.arrives);
        // No name has a nought in front; those of tickets without a name do.
        let name = coming.ticket.unwrap_or_else(|| format!("0{}", self.came));
        let next = TicketKey(self.came);
        let ticket = *self.tickets.entry(name).or_insert(next);
        let seen = Seen { complaint: ComplaintKey(self.came), ticket, at: coming.at.min(self.now) };
        let district = coming.route.district.as_str();
        let subjects = self.rules.subjects(coming.complaint, coming.route);
        for subject in &subjects {
            self.sightings.push(Sighting { subject: subject.key(), district: district.to_owned(), seen });
        }
        let rules = self.rules.alerts().iter().enumerate();
        let about: Vec<_> = rules.filter(|(_, rule)| subjects.contains(&rule.subject)).collect();
        let told = about.into_iter().filter(|(place, rule)| self.tells((*place, rule), district, seen));
        let told = told.map(|(_, rule)| rule.code.clone()).collect();
        let rules = self.rules.topics().iter().enumerate();
        let about: Vec<_> = rules.filter(|(_, rule)| subjects.contains(&rule.subject)).collect();
        let begun = about.into_iter().filter(|(place, rule)| self.begins((*place, rule), district));
        Came { told, topics: begun.map(|(_, rule)| rule.code.clone()).collect() }
    }

    fn begins(&mut self, (place, rule): (usize, &TopicRule), district: &str) -> bool {
        let Some(area) = rule.level.area(district) else { return false };
        if self.topics.contains(&(place, area.clone())) {
            return false;
        }
        let window = self.between(&rule.subject.key(), &area, rule.since(self.now), self.now);
        rule.recurring(&window).is_some() && self.topics.insert((place, area))
    }

    fn tells(&mut self, (place, rule): (usize, &AlertRule), district: &str, new: Seen) -> bool {
        if rule.is_immediate() {
            return self.told.insert((place, new.ticket));
        }
        let Some(area) = rule.level.area(district) else { return false };
        let window = self.between(&rule.subject.key(), &area, rule.since(self.now), self.now);
        let told_at = self.standing.get(&(place, area.clone())).copied();
        let situation = Situation { window: &window, new: Some(new.complaint), told_at, now: self.now };
        let has_ended = rule.ended(&situation).is_some();
        let earlier =
            |from, until| Ok::<_, Infallible>(count(rule, &self.between(&rule.subject.key(), &area, from, until)));
        let Ok(verdict) = rule.judge(&situation, earlier);
        if has_ended {
            self.standing.remove(&(place, area.clone()));
        }
        let tells = matches!(verdict, Verdict::Tell(_));
        if tells {
            self.standing.insert((place, area), self.now);
        }
        tells
    }

    /// What was seen of a subject in an area, after one moment and up to another, the oldest first.
    fn between(&self, subject: &str, area: &str, after: Timestamp, until: Timestamp) -> Vec<Seen> {
        let is_there = |sighting: &&Sighting| sighting.subject == subject && area_holds(area, &sighting.district);
        let seen = self.sightings.iter().filter(is_there).map(|sighting| sighting.seen);
        let mut seen: Vec<Seen> = seen.filter(|seen| after < seen.at && seen.at <= until).collect();
        seen.sort_by_key(|seen| (seen.at, seen.complaint));
        seen.drain(..seen.len().saturating_sub(MAX_BEHIND));
        seen
    }
}

fn count(rule: &AlertRule, seen: &[Seen]) -> u64 {
    let count = match rule.of {
        Counted::Complaints => seen.len(),
        Counted::Tickets => seen.iter().map(|seen| seen.ticket).collect::<BTreeSet<_>>().len(),
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}
