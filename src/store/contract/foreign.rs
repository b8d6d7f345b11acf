//! What other systems call the tickets that were sent to them, and what they were told.

use crate::{DeliveredEvent, ForeignNumber, StoreError};
use huiliu_domain::key::TicketKey;

/// Numbers of other systems. A ticket has one number at each destination, and a number there is that of one ticket: the first stays.
pub trait ForeignNumbers {
    /// Notes a number; whether the ticket has this number at the destination now.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_foreign_number(&mut self, number: &ForeignNumber) -> Result<bool, StoreError>;

    /// The numbers of tickets at all destinations, in the order of tickets and destinations.
    ///
    /// # Errors
    /// The store cannot be read, or a number is damaged.
    fn foreign_numbers(&mut self, tickets: &[TicketKey]) -> Result<Vec<ForeignNumber>, StoreError>;

    /// Who has one of these numbers, at whatever destination, in the order of tickets and destinations.
    ///
    /// # Errors
    /// The store cannot be read, or a number is damaged.
    fn with_foreign_numbers(&mut self, numbers: &[&str]) -> Result<Vec<ForeignNumber>, StoreError>;

    /// At most `limit` events of a ticket that a destination has, or may have, since an attempt was made: the latest, oldest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        limit: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError>;
}
