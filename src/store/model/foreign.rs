//! Numbers of other systems.

use super::{Contents, Model, kept};
use crate::{DeliveredEvent, ForeignNumber, ForeignNumbers, StoreError};
use huiliu_domain::key::TicketKey;

impl Contents {
    pub(super) fn note_foreign(&mut self, mut row: ForeignNumber) -> bool {
        row.at = kept(row.at);
        let same_number = |(key, known): (&(TicketKey, String), &ForeignNumber)| {
            key.1 == row.destination && known.number == row.number && key.0 != row.ticket
        };
        if self.foreign.iter().any(same_number) {
            return false;
        }
        let number = row.number.clone();
        self.foreign.entry((row.ticket, row.destination.clone())).or_insert(row).number == number
    }
}

impl ForeignNumbers for Model {
    fn note_foreign_number(&mut self, number: &ForeignNumber) -> Result<bool, StoreError> {
        Ok(self.contents().note_foreign(number.clone()))
    }

    fn foreign_numbers(&mut self, tickets: &[TicketKey]) -> Result<Vec<ForeignNumber>, StoreError> {
        let contents = self.contents();
        Ok(contents.foreign.values().filter(|row| tickets.contains(&row.ticket)).cloned().collect())
    }

    fn with_foreign_numbers(&mut self, numbers: &[&str]) -> Result<Vec<ForeignNumber>, StoreError> {
        let contents = self.contents();
        Ok(contents.foreign.values().filter(|row| numbers.contains(&row.number.as_str())).cloned().collect())
    }

    fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        limit: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError> {
        let contents = self.contents();
        let mut found: Vec<DeliveredEvent> = contents
            .deliveries
            .values()
            .rev()
            .filter_map(|delivery| delivery.delivered_to(destination, ticket))
            .take(limit)
            .collect();
        found.reverse();
        Ok(found)
    }
}
