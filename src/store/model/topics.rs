//! Topics, and the complaints that they have.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{Page, StoreError, TopicComplaint, TopicCount, TopicRow, Topics};
use huiliu_domain::complaint::ERASED;
use huiliu_domain::key::{ComplaintKey, TicketKey, TopicKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::TopicState;

impl Contents {
    pub(super) fn write_topic(&mut self, row: TopicRow) {
        let TopicRow { id, mut topic } = row;
        (topic.made_at, topic.changed_at) = (kept(topic.made_at), kept(topic.changed_at));
        topic.follow_up_at = topic.follow_up_at.map(kept);
        self.topics.insert(id, topic);
    }

    /// Takes what people typed out of the topics of an erased complaint of which no other complaint is left.
    pub(super) fn erase_topics(&mut self, complaint: ComplaintKey) {
        let is_left = |key: &ComplaintKey| self.complaints.get(key).is_some_and(|kept| !kept.erased);
        let of = |topic: TopicKey| self.topic_complaints.iter().filter(move |(of, _)| *of == topic).map(|(_, key)| key);
        let is_over = |topic: &TopicKey| of(*topic).any(|key| *key == complaint) && !of(*topic).any(is_left);
        let over: Vec<TopicKey> = self.topics.keys().copied().filter(is_over).collect();
        for key in over {
            let Some(topic) = self.topics.get_mut(&key) else { continue };
            if topic.rule.is_none() {
                topic.title = ERASED.to_owned();
            }
            topic.steps.iter_mut().for_each(|step| step.words.clear());
        }
    }

    pub(super) fn put_off_topic(&mut self, topic: TopicKey, at: Timestamp) {
        if let Some(due) = self.topics.get_mut(&topic).and_then(|topic| topic.follow_up_at.as_mut()) {
            *due = kept(at);
        }
    }

    pub(super) fn write_topic_complaint(&mut self, row: TopicComplaint) {
        self.topic_complaints.insert((row.topic, row.complaint));
    }

    /// Topics with the tickets on which their complaints are.
    fn topic_tickets(&self) -> BTreeSet<(TopicKey, TicketKey)> {
        let ticket = |complaint| self.complaints.get(complaint).map(|kept| kept.row.ticket);
        self.topic_complaints.iter().filter_map(|(topic, complaint)| Some((*topic, ticket(complaint)?))).collect()
    }

    /// Those of them whose tickets are of none of some categories.
    fn topic_tickets_without(&self, without: &[&str]) -> BTreeSet<(TopicKey, TicketKey)> {
        let is_meant =
            |key| self.tickets.get(&key).is_some_and(|ticket| !without.contains(&ticket.route.category.as_str()));
        self.topic_tickets().into_iter().filter(|(_, key)| is_meant(*key)).collect()
    }
}

impl Topics for Model {
    fn last_topic(&mut self) -> Result<TopicKey, StoreError> {
        Ok(self.contents().topics.keys().next_back().copied().unwrap_or(TopicKey(0)))
    }

    fn topic(&mut self, key: TopicKey) -> Result<Option<TopicRow>, StoreError> {
        Ok(self.contents().topics.get(&key).map(|topic| TopicRow { id: key, topic: topic.clone() }))
    }

    fn topic_of_rule(&mut self, rule: &str, area: &str) -> Result<Option<TopicRow>, StoreError> {
        let contents = self.contents();
        let newest = contents.topics.iter().rev();
        let found = newest.filter(|(_, topic)| topic.rule.as_deref() == Some(rule) && topic.area == area);
        Ok(found.map(|(key, topic)| TopicRow { id: *key, topic: topic.clone() }).next())
    }

    fn topics(&mut self, state: Option<TopicState>, page: Page) -> Result<Vec<TopicRow>, StoreError> {
        let contents = self.contents();
        let before = page.after.unwrap_or(i64::MAX);
        let wanted = contents
            .topics
            .iter()
            .rev()
            .filter(|(key, topic)| key.0 < before && state.is_none_or(|state| topic.state == state));
        Ok(wanted.take(page.limit).map(|(key, topic)| TopicRow { id: *key, topic: topic.clone() }).collect())
    }

    fn due_topics(&mut self, now: Timestamp, limit: usize) -> Result<Vec<TopicKey>, StoreError> {
        let contents = self.contents();
        let mut due: Vec<(Timestamp, TopicKey)> =
            contents.topics.iter().filter_map(|(key, topic)| Some((topic.follow_up_at?, *key))).collect();
        due.retain(|(at, _)| *at <= kept(now));
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, key)| key).collect())
    }

    fn tickets_of_topic(&mut self, topic: TopicKey, limit: usize) -> Result<Vec<TicketKey>, StoreError> {
        let tickets = self.contents().topic_tickets();
        let newest = tickets.into_iter().rev().filter(|(of, _)| *of == topic);
        Ok(newest.take(limit).map(|(_, ticket)| ticket).collect())
    }

    fn count_topic(&mut self, topic: TopicKey, without: &[&str]) -> Result<u64, StoreError> {
        let tickets = self.contents().topic_tickets_without(without);
        let count = tickets.iter().filter(|(of, _)| *of == topic).count();
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    fn topics_within(&mut self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError> {
        let contents = self.contents();
        let tickets = contents.topic_tickets();
        let is_seen = |topic: &TopicKey| {
            let mut own = tickets.iter().filter(|(of, _)| of == topic).map(|(_, ticket)| *ticket).peekable();
            reach.is_whole() || own.peek().is_none() || own.any(|ticket| contents.is_within(reach, ticket))
        };
        Ok(topics.iter().copied().filter(is_seen).collect())
    }

    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        let tickets = self.contents().topic_tickets();
        Ok(tickets.into_iter().filter(|(_, of)| *of == ticket).map(|(topic, _)| topic).collect())
    }

    fn rank_topics(
        &mut self,
        (from, middle, until): (Timestamp, Timestamp, Timestamp),
        without: &[&str],
        limit: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        let contents = self.contents();
        let mut counts: BTreeMap<TopicKey, (u64, u64)> = BTreeMap::new();
        for (topic, ticket) in contents.topic_tickets_without(without) {
            let of_ticket = contents.complaints.values().filter(|found| found.row.ticket == ticket);
            for at in of_ticket.map(|found| found.row.received_at) {
                if kept(from) < at && at <= kept(until) {
                    let (count, before) = counts.entry(topic).or_default();
                    *(if at > kept(middle) { count } else { before }) += 1;
                }
            }
        }
        let mut ranked: Vec<TopicCount> =
            counts.into_iter().map(|(topic, (count, before))| TopicCount { topic, count, before }).collect();
        ranked.sort_by_key(|ranked| (std::cmp::Reverse(ranked.count), std::cmp::Reverse(ranked.before), ranked.topic));
        ranked.truncate(limit);
        Ok(ranked)
    }
}
