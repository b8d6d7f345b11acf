//! What other systems call the tickets that are sent to them.

use std::collections::HashMap;

use crate::key::TicketKey;
use crate::store::{PendingDelivery, StoreError, StoreHandle};

/// The numbers that the tickets of some deliveries have at their destination.
#[derive(Default)]
pub(super) struct Numbers(HashMap<TicketKey, String>);

impl Numbers {
    /// Looks them up.
    pub(super) async fn of(
        store: &StoreHandle,
        destination: &str,
        due: &[PendingDelivery],
    ) -> Result<Self, StoreError> {
        if due.is_empty() {
            return Ok(Self::default());
        }
        let tickets: Vec<TicketKey> = due.iter().map(|delivery| delivery.ticket).collect();
        let found = store.ask(move |store| store.foreign_numbers(&tickets)).await?;
        let here = found.into_iter().filter(|number| number.destination == destination);
        Ok(Self(here.map(|number| (number.ticket, number.number)).collect()))
    }

    pub(super) fn get(&self, ticket: TicketKey) -> Option<&str> {
        self.0.get(&ticket).map(String::as_str)
    }
}
