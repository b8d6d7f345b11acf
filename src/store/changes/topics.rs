//! Topics, and the complaints that they have.

use huiliu_domain::key::{ComplaintKey, TopicKey};
use huiliu_domain::ticket::Topic;

/// A topic as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicRow {
    /// Its number.
    pub id: TopicKey,
    /// The topic.
    pub topic: Topic,
}

/// That a topic has a complaint, and so the ticket on which that is; said again, nothing changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicComplaint {
    /// The topic.
    pub topic: TopicKey,
    /// The complaint.
    pub complaint: ComplaintKey,
}
