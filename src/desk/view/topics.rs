//! Topics, as a step sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::View;
use crate::key::{TicketKey, TopicKey};
use crate::store::{StoreError, TopicRow, TopicTicket};
use crate::ticket::Topic;

/// What this step has changed of topics.
#[derive(Default)]
pub(super) struct Gathered {
    topics: BTreeMap<TopicKey, Topic>,
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

    /// Gives a topic a ticket; false where it has it.
    pub(in crate::desk) fn gather(&mut self, topic: TopicKey, ticket: TicketKey) -> Result<bool, StoreError> {
        if self.topics_of(ticket)?.contains(&topic) {
            return Ok(false);
        }
        self.gathered.tickets.insert((topic, ticket));
        self.pending.topic_tickets.push(TopicTicket { topic, ticket });
        Ok(true)
    }

    /// The topics that have a ticket.
    pub(in crate::desk) fn topics_of(&mut self, ticket: TicketKey) -> Result<BTreeSet<TopicKey>, StoreError> {
        let own = self.gathered.tickets.iter().filter(|(_, of)| *of == ticket).map(|(topic, _)| *topic);
        let own: Vec<TopicKey> = own.collect();
        Ok(self.store.topics_of_ticket(ticket)?.into_iter().chain(own).collect())
    }

    /// The tickets of a topic, at most `limit`, the newest first.
    pub(in crate::desk) fn tickets_of_topic(
        &mut self,
        topic: TopicKey,
        limit: usize,
    ) -> Result<Vec<TicketKey>, StoreError> {
        let own = self.gathered.tickets.iter().filter(|(of, _)| *of == topic).map(|(_, ticket)| *ticket);
        let all: BTreeSet<TicketKey> = self.store.tickets_of_topic(topic, limit)?.into_iter().chain(own).collect();
        Ok(all.into_iter().rev().take(limit).collect())
    }

    /// How many tickets a topic has.
    pub(in crate::desk) fn count_topic(&mut self, topic: TopicKey) -> Result<u64, StoreError> {
        let own = self.gathered.tickets.iter().filter(|(of, _)| *of == topic).count();
        Ok(self.store.count_topic(topic)?.saturating_add(u64::try_from(own).unwrap_or(u64::MAX)))
    }
}
