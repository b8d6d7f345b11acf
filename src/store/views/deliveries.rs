//! What waits to be delivered by other ways than AMQP, and what became of it.

use jiff::Timestamp;

use crate::DeliveryState;
use huiliu_domain::key::{DeliveryKey, TicketKey};

/// A delivery that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingDelivery {
    /// Number: the order of deliveries, and the cursor of a feed that is pulled.
    pub id: DeliveryKey,
    /// Ticket it speaks of.
    pub ticket: TicketKey,
    /// Id of the ticket.
    pub ticket_id: String,
    /// Version of the ticket.
    pub version: u64,
    /// Idempotency key.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// How often it was tried, since it was given up where it was.
    pub attempts: u32,
    /// Whether it waits longer than since it was made: it was tried before. What was given up and is tried again has no attempts.
    pub is_repeated: bool,
    /// The CloudEvent, as JSON.
    pub body: Vec<u8>,
}

/// A delivery as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// Number.
    pub id: DeliveryKey,
    /// Name of the feed or destination.
    pub destination: String,
    /// Id of the ticket.
    pub ticket_id: String,
    /// Version of the ticket.
    pub version: u64,
    /// Idempotency key.
    pub message_id: String,
    /// Event type.
    pub kind: String,
    /// When it was made.
    pub at: Timestamp,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next, while it waits.
    pub next_at: Timestamp,
    /// When the other side had it, or it was given up.
    pub done_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// What the other side answered.
    pub proof: Option<String>,
}

/// What waits for one feed or destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryCount {
    /// Its name.
    pub destination: String,
    /// Deliveries to be made.
    pub pending: u64,
    /// Deliveries given up.
    pub dead: u64,
    /// When the oldest that is to be made was made.
    pub since: Option<Timestamp>,
}
