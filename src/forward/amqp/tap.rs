//! A tap on the public stream, for people.

use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, Consumer};

use super::{AmqpError, AmqpSettings};

/// Watches the public stream through a queue of its own that vanishes with it.
pub struct Tap {
    consumer: Consumer,
    _connection: Connection,
}

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tap").finish_non_exhaustive()
    }
}

impl Tap {
    /// Opens a tap on messages whose routing key matches `pattern`.
    ///
    /// # Errors
    /// The broker cannot be reached, or no gateway has made the exchange yet.
    pub async fn open(settings: &AmqpSettings, pattern: &str) -> Result<Self, AmqpError> {
        let connection = settings.connect("tail").await?;
        let channel = connection.create_channel().await?;
        let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare("".into(), options, FieldTable::default()).await?;
        let name = queue.name().clone();
        let (bind, none) = (QueueBindOptions::default(), FieldTable::default());
        channel.queue_bind(name.clone(), settings.tickets_exchange.as_str().into(), pattern.into(), bind, none).await?;
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let consumer = channel.basic_consume(name, "".into(), options, FieldTable::default()).await?;
        Ok(Self { consumer, _connection: connection })
    }

    /// The next event; `None` when the broker has gone.
    pub async fn next(&mut self) -> Option<serde_json::Value> {
        loop {
            let delivery = self.consumer.next().await?.ok()?;
            if let Ok(event) = serde_json::from_slice(&delivery.data) {
                return Some(event);
            }
        }
    }
}
