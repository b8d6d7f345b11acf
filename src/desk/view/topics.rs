//! Topics, as a step sees them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::View;
use crate::key::{ComplaintKey, TicketKey, TopicKey};
use crate::store::{StoreError, TopicComplaint, TopicRow};
use crate::ticket::Topic;

/// What this step has changed of topics.
#[derive(Default)]
pub(super) struct Gathered {
    topics: BTreeMap<TopicKey, Topic>,
    complaints: BTreeSet<(TopicKey, ComplaintKey)>,
    /// The tickets on which these complaints were when they were gathered.
    tickets: BTreeSet<(TopicKey, TicketKey)>,
}

impl View<'_> {
    /// A topic as it is now.
    pub(in crate::desk) fn topic(&mut self, key: TopicKey) -> Result<Option<Topic>, StoreError> {
        match self.gathered.topics.get(&key) {
            Some(topic) => Ok(Some(topic.clone())),
            None => Ok(self.store.topic(key)?.map(|row| row.topic)),
        }
    }

    /// The newest topic that a rule has gathered in an area.
    pub(in crate::desk) fn topic_of_rule(
        &mut self,
        rule: &str,
        area: &str,
    ) -> Result<Option<(TopicKey, Topic)>, StoreError> {
        let is_of = |topic: &Topic| topic.rule.as_deref() == Some(rule) && topic.area == area;
        let own = self.gathered.topics.iter().rev().find(|(_, topic)| is_of(topic));
        if let Some((key, topic)) = own {
            return Ok(Some((*key, topic.clone())));
        }
        Ok(self.store.topic_of_rule(rule, area)?.map(|row| (row.id, row.topic)))
    }

    /// The number of a topic that is made now.
    pub(in crate::desk) fn next_topic(&mut self) -> Result<TopicKey, StoreError> {
        let own = self.gathered.topics.keys().next_back().copied().unwrap_or_default();
        Ok(self.store.last_topic()?.max(own).next())
    }

    /// Writes a topic as it is from now on.
    pub(in crate::desk) fn put_topic(&mut self, key: TopicKey, topic: Topic) {
        self.pending.topics.retain(|row| row.id != key);
        self.pending.topics.push(TopicRow { id: key, topic: topic.clone() });
        self.gathered.topics.insert(key, topic);
    }

    /// Puts off what cannot be done for a topic that cannot be read.
    pub(in crate::desk) fn put_off_topic(&mut self, key: TopicKey, until: Timestamp) {
        self.pending.put_off_topics.push((key, until));
    }

    /// Gives a topic a complaint that is on a ticket; whether it had none on that ticket.
    pub(in crate::desk) fn gather(
        &mut self,
        topic: TopicKey,
        (complaint, ticket): (ComplaintKey, TicketKey),
    ) -> Result<bool, StoreError> {
        let is_new =
            !self.gathered.tickets.contains(&(topic, ticket)) && !self.store.topics_of_ticket(ticket)?.contains(&topic);
        self.gathered.tickets.insert((topic, ticket));
        if self.gathered.complaints.insert((topic, complaint)) {
            self.pending.topic_complaints.push(TopicComplaint { topic, complaint });
        }
        Ok(is_new)
    }

    /// The tickets of complaints that this step has given a topic.
    fn own_tickets(&self, topic: TopicKey) -> Vec<TicketKey> {
        self.gathered.tickets.iter().filter(|(of, _)| *of == topic).map(|(_, ticket)| *ticket).collect()
    }

    /// The tickets of a topic, at most `limit`, the newest first.
    pub(in crate::desk) fn tickets_of_topic(
        &mut self,
        topic: TopicKey,
        limit: usize,
    ) -> Result<Vec<TicketKey>, StoreError> {
        let own = self.own_tickets(topic);
        let all: BTreeSet<TicketKey> = self.store.tickets_of_topic(topic, limit)?.into_iter().chain(own).collect();
        Ok(all.into_iter().rev().take(limit).collect())
    }

    /// How many tickets a topic has.
    pub(in crate::desk) fn count_topic(&mut self, topic: TopicKey) -> Result<u64, StoreError> {
        let mut count = self.store.count_topic(topic, &[])?;
        for ticket in self.own_tickets(topic) {
            count += u64::from(!self.store.topics_of_ticket(ticket)?.contains(&topic));
        }
        Ok(count)
    }
}
