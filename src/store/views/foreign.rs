//! What other systems call tickets, and what they were told.

use jiff::Timestamp;

use huiliu_domain::key::TicketKey;

/// The number that a ticket has in another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignNumber {
    /// Name of the destination.
    pub destination: String,
    /// The ticket.
    pub ticket: TicketKey,
    /// The number.
    pub number: String,
    /// When it was learned.
    pub at: Timestamp,
}

/// An event that a destination has, or may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveredEvent {
    /// When the destination had it; none while that is not known, for no attempt was answered.
    pub at: Option<Timestamp>,
    /// The CloudEvent, as JSON.
    pub body: Vec<u8>,
}
