//! What other systems call tickets, and what they were told, as a step sees it.

use super::View;
use crate::key::TicketKey;
use crate::store::{DeliveredEvent, ForeignNumber, StoreError};

impl View<'_> {
    /// The ticket that has a number at a destination.
    pub(in crate::desk) fn with_foreign_number(
        &mut self,
        destination: &str,
        number: &str,
    ) -> Result<Option<TicketKey>, StoreError> {
        let is_meant = |known: &ForeignNumber| known.destination == destination && known.number == number;
        if let Some(learned) = self.foreign.iter().find(|known| is_meant(known)) {
            return Ok(Some(learned.ticket));
        }
        let found = self.store.with_foreign_numbers(&[number])?;
        Ok(found.iter().find(|known| is_meant(known)).map(|known| known.ticket))
    }

    /// The number that a ticket has at a destination.
    pub(in crate::desk) fn foreign_number(
        &mut self,
        destination: &str,
        ticket: TicketKey,
    ) -> Result<Option<String>, StoreError> {
        let is_meant = |known: &ForeignNumber| known.destination == destination && known.ticket == ticket;
        if let Some(learned) = self.foreign.iter().find(|known| is_meant(known)) {
            return Ok(Some(learned.number.clone()));
        }
        let found = self.store.foreign_numbers(&[ticket])?;
        Ok(found.into_iter().find(is_meant).map(|known| known.number))
    }

    /// Notes the number of a ticket that has none there.
    pub(in crate::desk) fn note_foreign_number(&mut self, number: ForeignNumber) {
        self.foreign.push(number.clone());
        self.pending.foreign_numbers.push(number);
    }

    /// The latest events of a ticket that a destination has or may have, the oldest first.
    pub(in crate::desk) fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        limit: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError> {
        self.store.delivered_events(destination, ticket, limit)
    }
}
