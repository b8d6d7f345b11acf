//! Topics, and the tickets that they have.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{Page, StoreError, TopicCount, TopicRow, TopicTicket, Topics};
use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::ticket::TopicState;

impl Contents {
    pub(super) fn write_topic(&mut self, row: TopicRow) {
        let TopicRow { id, mut topic } = row;
        (topic.made_at, topic.changed_at) = (kept(topic.made_at), kept(topic.changed_at));
        topic.follow_up_at = topic.follow_up_at.map(kept);
        self.topics.insert(id, topic);
    }

    pub(super) fn write_topic_ticket(&mut self, row: TopicTicket) {
        self.topic_tickets.insert((row.topic, row.ticket));
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
        let contents = self.contents();
        let newest = contents.topic_tickets.iter().rev().filter(|(of, _)| *of == topic);
        Ok(newest.take(limit).map(|(_, ticket)| *ticket).collect())
    }

    fn count_topic(&mut self, topic: TopicKey) -> Result<u64, StoreError> {
        let count = self.contents().topic_tickets.iter().filter(|(of, _)| *of == topic).count();
        Ok(u64::try_from(count).unwrap_or(u64::MAX))
    }

    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError> {
        let contents = self.contents();
        Ok(contents.topic_tickets.iter().filter(|(_, of)| *of == ticket).map(|(topic, _)| *topic).collect())
    }

    fn rank_topics(
        &mut self,
        (from, middle, until): (Timestamp, Timestamp, Timestamp),
        limit: usize,
    ) -> Result<Vec<TopicCount>, StoreError> {
        let contents = self.contents();
        let mut counts: BTreeMap<TopicKey, (u64, u64)> = BTreeMap::new();
        for (topic, ticket) in &contents.topic_tickets {
            let of_ticket = contents.complaints.values().filter(|found| found.row.ticket == *ticket);
            for at in of_ticket.map(|found| found.row.received_at) {
                if kept(from) < at && at <= kept(until) {
                    let (count, before) = counts.entry(*topic).or_default();
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
