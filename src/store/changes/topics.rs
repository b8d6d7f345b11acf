//! Topics, and the tickets that they have.

use huiliu_domain::key::{TicketKey, TopicKey};
use huiliu_domain::ticket::Topic;

/// A topic as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// Its number.
    pub id: TopicKey,
    /// The topic.
    pub topic: Topic,
}

/// That a topic has a ticket; said again, nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicTicket {
    /// The topic.
    pub topic: TopicKey,
    /// The ticket.
    pub ticket: TicketKey,
}
