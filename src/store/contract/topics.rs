//! Topics, and the tickets that they have.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{Page, StoreError, TopicRow};
use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::people::Reach;
use huiliu_domain::ticket::TopicState;

/// How many complaints of a topic's tickets came in a period, and in the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicCount {
    /// The topic.
    pub topic: TopicKey,
    /// In the period.
    pub count: u64,
    /// In the period before.
    pub before: u64,
}

/// Topics.
pub trait Topics {
    /// The greatest number that a topic has; 0 where there is none.
    ///
    /// # Errors
    /// The store cannot be read.
    fn last_topic(&mut self) -> Result<TopicKey, StoreError>;

    /// A topic.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn topic(&mut self, key: TopicKey) -> Result<Option<TopicRow>, StoreError>;

    /// The newest topic that a rule has gathered in an area.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn topic_of_rule(&mut self, rule: &str, area: &str) -> Result<Option<TopicRow>, StoreError>;

    /// A page of the topics, or of those in a state, the newest first: `after` is the number of the last one of the page before.
    ///
    /// # Errors
    /// The store cannot be read, or one is damaged.
    fn topics(&mut self, state: Option<TopicState>, page: Page) -> Result<Vec<TopicRow>, StoreError>;

    /// The topics that are to be looked at again by now, at most `limit`, those that wait longest first.
    ///
    /// # Errors
    /// The store cannot be read.
    fn due_topics(&mut self, now: Timestamp, limit: usize) -> Result<Vec<TopicKey>, StoreError>;

    /// The tickets on which the complaints of a topic are now, at most `limit`, the newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    fn tickets_of_topic(&mut self, topic: TopicKey, limit: usize) -> Result<Vec<TicketKey>, StoreError>;

    /// On how many tickets the complaints of a topic are now, without those of some categories.
    ///
    /// # Errors
    /// The store cannot be read.
    fn count_topic(&mut self, topic: TopicKey, without: &[&str]) -> Result<u64, StoreError>;

    /// Those of some topics that have a ticket in a reach, or none at all; of what is not there nothing is known, and it is among them.
    ///
    /// # Errors
    /// The store cannot be read.
    fn topics_within(&mut self, reach: &Reach, topics: &[TopicKey]) -> Result<BTreeSet<TopicKey>, StoreError>;

    /// The topics that have a complaint which is on a ticket now.
    ///
    /// # Errors
    /// The store cannot be read.
    fn topics_of_ticket(&mut self, ticket: TicketKey) -> Result<Vec<TopicKey>, StoreError>;

    /// The topics with complaints that came after the first moment and up to the last, and how many of them came up to the second and after
    /// it; those with most after it first, at most `limit`. Tickets of some categories are left out.
    ///
    /// # Errors
    /// The store cannot be read.
    fn rank_topics(
        &mut self,
        moments: (Timestamp, Timestamp, Timestamp),
        without: &[&str],
        limit: usize,
    ) -> Result<Vec<TopicCount>, StoreError>;
}
