//! What other systems call the tickets that are sent to them: looked up before an attempt, noted after it.

use std::collections::HashMap;

use super::desk::Noted;
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

/// Notes a result. The number first: where the rest is lost, the matter is known to be there.
pub(super) async fn note(store: &StoreHandle, noted: Noted) -> Result<(), StoreError> {
    let Noted { ids, result, at, number } = noted;
    let destination = number.as_ref().map(|number| number.destination.clone());
    let delivery = ids.first().map(|id| id.0);
    let is_noted = store
        .ask(move |store| {
            let is_noted = number.map(|number| store.note_foreign_number(&number)).transpose()?;
            store.mark_deliveries(&ids, &result, at).map(|()| is_noted.unwrap_or(true))
        })
        .await?;
    if !is_noted {
        tracing::error!(
            destination,
            delivery,
            "The other system gave a number that another ticket has, or another one than before; the first stays. See the proof of \
             the delivery."
        );
    }
    Ok(())
}
