//! What carries to a destination: its own way, or a channel on its behalf, at the channel's pace.

use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{AdapterError, Reply, Sent};
use jiff::Timestamp;

use super::sender::Carry;
use crate::channels::Supervisor;
use crate::destinations::{Carriers, Destination, Outcome, Parcel};

/// The channels that run.
pub(super) struct LiveChannels(pub Arc<Supervisor>);

#[async_trait]
impl Carriers for LiveChannels {
    async fn send(&self, channel: &str, reply: &Reply) -> Option<Result<Sent, AdapterError>> {
        let running = self.0.channel(channel)?;
        running.pace.ready().await;
        Some(running.channel.adapter.reply(reply).await)
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
