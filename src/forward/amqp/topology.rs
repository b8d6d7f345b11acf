//! Outlets and queues. Declaring is idempotent; every party of the contract may do it.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, ExchangeKind};

use super::AmqpError;

/// Deliveries of one message before it is dead-lettered.
const DELIVERY_LIMIT: i64 = 20;

/// The names of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Exchange of the public stream.
    pub tickets: String,
    /// Exchange of the feeds.
    pub feeds_exchange: String,
    /// Exchange and queue of status updates.
    pub status: String,
    /// Names of the feeds.
    pub feeds: Vec<String>,
}

impl Topology {
    /// Queue of what nobody has bound a queue for.
    pub const UNROUTED: &'static str = "huiliu.unrouted";
    /// Exchange and queue of what consumers of feeds gave up.
    pub const DEAD: &'static str = "huiliu.dead";

    /// Queue of a feed.
    #[must_use]
    pub fn feed_queue(name: &str) -> String {
        format!("huiliu.feed.{name}")
    }

    /// Exchange and queue of refused status updates.
    #[must_use]
    pub fn dead_status(&self) -> String {
        format!("{}.dead", self.status)
    }

    /// Declares everything.
    pub(super) async fn declare(&self, channel: &Channel) -> Result<(), AmqpError> {
        exchange(channel, Self::UNROUTED, ExchangeKind::Fanout, None).await?;
        queue(channel, Self::UNROUTED, None).await?;
        bind(channel, Self::UNROUTED, Self::UNROUTED, "").await?;
        exchange(channel, Self::DEAD, ExchangeKind::Topic, None).await?;
        queue(channel, Self::DEAD, None).await?;
        bind(channel, Self::DEAD, Self::DEAD, "#").await?;
        exchange(channel, &self.tickets, ExchangeKind::Topic, Some(Self::UNROUTED)).await?;
        exchange(channel, &self.feeds_exchange, ExchangeKind::Topic, None).await?;
        for feed in &self.feeds {
            let name = Self::feed_queue(feed);
            queue(channel, &name, Some(Self::DEAD)).await?;
            bind(channel, &name, &self.feeds_exchange, &format!("{feed}.#")).await?;
        }
        let dead_status = self.dead_status();
        exchange(channel, &dead_status, ExchangeKind::Topic, None).await?;
        queue(channel, &dead_status, None).await?;
        bind(channel, &dead_status, &dead_status, "#").await?;
        exchange(channel, &self.status, ExchangeKind::Topic, None).await?;
        queue(channel, &self.status, Some(&dead_status)).await?;
        bind(channel, &self.status, &self.status, "#").await
    }

    /// How many messages wait in the queue of the unrouted.
    pub(super) async fn count_unrouted(channel: &Channel) -> Result<u32, AmqpError> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        Ok(channel.queue_declare(Self::UNROUTED.into(), options, FieldTable::default()).await?.message_count())
    }
}

async fn exchange(channel: &Channel, name: &str, kind: ExchangeKind, alternate: Option<&str>) -> Result<(), AmqpError> {
    let mut arguments = FieldTable::default();
    if let Some(alternate) = alternate {
        arguments.insert("alternate-exchange".into(), AMQPValue::LongString(alternate.into()));
    }
    let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    Ok(channel.exchange_declare(name.into(), kind, options, arguments).await?)
}

/// A quorum queue; with a dead-letter exchange it also has a delivery limit.
async fn queue(channel: &Channel, name: &str, dead_letters: Option<&str>) -> Result<(), AmqpError> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    if let Some(dead_letters) = dead_letters {
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERY_LIMIT));
        arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString(dead_letters.into()));
    }
    channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments).await?;
    Ok(())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> Result<(), AmqpError> {
    let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
    Ok(channel.queue_bind(queue.into(), exchange.into(), key.into(), options, arguments).await?)
}
