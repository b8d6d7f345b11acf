//! What carries to a destination: its own way, or a channel on its behalf, at the channel's pace.

use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{AdapterError, Reply, Sent};
use jiff::Timestamp;

use super::sender::Carry;
use crate::channels::Supervisor;
use crate::clock::Clock;
use crate::destinations::{Carriers, Destination, Outcome, Parcel, PhonePage};
use crate::store::{Bearer, HandlerLinks, StoreHandle, TicketDetail};

/// The channels that run, and the links that texts have.
pub(super) struct LiveChannels {
    pub supervisor: Arc<Supervisor>,
    pub store: StoreHandle,
    pub links: Option<HandlerLinks>,
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl Carriers for LiveChannels {
    async fn send(&self, channel: &str, reply: &Reply) -> Option<Result<Sent, AdapterError>> {
        let running = self.supervisor.channel(channel)?;
        running.pace.ready().await;
        Some(running.channel.adapter.reply(reply).await)
    }

    async fn phone_page(&self, asked: PhonePage<'_>) -> Result<Option<String>, String> {
        let Some(links) = &self.links else { return Ok(None) };
        let rules = Arc::clone(&self.supervisor.pack().rules);
        let id = asked.ticket_id.to_owned();
        let found = self.store.ask(move |store| {
            let key = store.ticket_keys(&[&id])?.remove(&id);
            Ok(store.tickets(&key.into_iter().collect::<Vec<_>>(), 0)?.pop())
        });
        let Some(TicketDetail { key, ticket, .. }) = found.await.map_err(|error| error.to_string())? else {
            return Ok(None);
        };
        if ticket.status.is_final() || rules.feeds.on_phones(&ticket).is_none() {
            return Ok(None);
        }
        let mut handlers = rules.handling.units().on_phones(&ticket);
        let is_meant = handlers.any(|(handler, phone)| handler.code == asked.handler && phone == asked.phone);
        let bearer = Bearer { unit: &ticket.route.department, handler: asked.handler, phone: asked.phone };
        Ok(is_meant.then(|| links.address(key, &bearer, self.clock.now())).flatten())
    }
}

/// A destination with the channels that may carry for it.
pub(super) struct Carried {
    pub destination: Arc<Destination>,
    pub channels: LiveChannels,
}

#[async_trait]
impl Carry for Carried {
    async fn carry(&self, parcel: Parcel<'_>, now: Timestamp) -> Outcome {
        self.destination.way.carry(parcel, now, &self.channels).await.masked()
    }

    fn knows_numbers(&self) -> bool {
        self.destination.way.knows_numbers()
    }
}
