//! What a platform of a place receives and sends: a feed's queue, and the exchange of status updates.

use anyhow::Context as _;
use futures_util::StreamExt as _;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeleteOptions,
    QueueDeleteOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, Consumer};
use serde_json::Value;

/// A consumed queue.
pub(super) struct Feed {
    pub name: String,
    queue: String,
    consumer: Consumer,
}

/// The broker as the place's platforms see it.
pub(super) struct Broker {
    connection: Connection,
    channel: Channel,
    markers: u64,
}

/// Id of the message that tells that everything before it has come.
const MARKER: &str = "city.marker";

impl Broker {
    pub(super) async fn connect(url: &str) -> anyhow::Result<Self> {
        let connection =
            Connection::connect(url, ConnectionProperties::default().with_connection_name("city".into())).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, channel, markers: 0 })
    }

    /// Consumes the queue by which one listens to a feed.
    pub(super) async fn feed(&self, name: &str, queue: &str) -> anyhow::Result<Feed> {
        let queue = format!("huiliu.feed.{queue}");
        let channel = self.connection.create_channel().await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(queue.as_str().into(), "".into(), options, arguments).await?;
        Ok(Feed { name: name.to_owned(), queue, consumer })
    }

    /// Everything that has come on a feed by now.
    pub(super) async fn drain(&mut self, feed: &mut Feed) -> anyhow::Result<Vec<Value>> {
        self.markers += 1;
        let marker = format!("{MARKER}.{}", self.markers);
        let properties = BasicProperties::default().with_message_id(marker.as_str().into());
        let sent = self.channel.basic_publish(
            "".into(),
            feed.queue.as_str().into(),
            BasicPublishOptions::default(),
            b"{}",
            properties,
        );
        anyhow::ensure!(sent.await?.await?.is_ack(), "the broker does not take a marker");
        let mut events = Vec::new();
        loop {
            let delivery = feed.consumer.next().await.context("the broker has closed a feed")??;
            delivery.ack(BasicAckOptions::default()).await?;
            match delivery.properties.message_id() {
                Some(id) if id.as_str() == marker => return Ok(events),
                Some(id) if id.as_str().starts_with(MARKER) => {}
                _ => events.push(serde_json::from_slice(&delivery.data)?),
            }
        }
    }

    /// Sends a status update.
    pub(super) async fn update(&self, update: &Value) -> anyhow::Result<()> {
        let properties = BasicProperties::default().with_delivery_mode(2).with_content_type("application/json".into());
        let (body, options) = (serde_json::to_vec(update)?, BasicPublishOptions::default());
        let sent = self.channel.basic_publish("huiliu.status".into(), "city".into(), options, &body, properties);
        anyhow::ensure!(sent.await?.await?.is_ack(), "the broker does not take a status update");
        Ok(())
    }

    /// Takes queues and exchanges of a city off the broker, whether they are there or not.
    pub(super) async fn sweep(url: &str, code: &str, feeds: &[String]) -> anyhow::Result<()> {
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let (unrouted, dead) = (format!("huiliu.unrouted.{code}"), format!("huiliu.dead.{code}"));
        let mut queues: Vec<String> = feeds.iter().map(|feed| format!("huiliu.feed.{feed}")).collect();
        queues.extend(["huiliu.status".to_owned(), "huiliu.status.dead".to_owned(), unrouted.clone(), dead.clone()]);
        let exchanges = ["huiliu.tickets", "huiliu.feeds", "huiliu.status", "huiliu.status.dead", &unrouted, &dead];
        for queue in &queues {
            let channel = connection.create_channel().await?;
            drop(channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await);
        }
        for exchange in exchanges {
            let channel = connection.create_channel().await?;
            drop(channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await);
        }
        // A channel that was closed over something that is not there closes the connection by itself.
        drop(connection.close(200, "done".into()).await);
        Ok(())
    }
}
