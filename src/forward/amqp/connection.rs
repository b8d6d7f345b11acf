//! The broker over lapin.

use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, Event};
use tokio::sync::watch;

use super::updates::AmqpUpdates;
use super::{AmqpError, AmqpSettings};
use crate::forward::{Broker, Confirm, Publisher, QueueLengths, TopologyFault, Updates};
use crate::store::PendingMessage;

/// Longest wait for the broker to say goodbye.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

/// The broker that the settings name.
#[derive(Debug, Clone)]
pub struct AmqpBroker {
    /// Where it is, and the names of exchanges.
    pub settings: AmqpSettings,
    /// The city's code, after which queues are named.
    pub city: String,
}

#[async_trait]
impl Broker for AmqpBroker {
    async fn publisher(&self, feeds: Vec<String>) -> Result<Box<dyn Publisher>, AmqpError> {
        let connection = self.settings.connect("forward").await?;
        let blocked = watch_blocking(&connection);
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let faults = self.settings.topology(&self.city, feeds).declare(&connection).await?;
        Ok(Box::new(AmqpPublisher { broker: self.clone(), connection, channel, blocked, faults }))
    }

    async fn updates(&self) -> Result<Box<dyn Updates>, AmqpError> {
        let connection = self.settings.connect("status").await?;
        let topology = self.settings.topology(&self.city, Vec::new());
        topology.declare(&connection).await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.basic_qos(self.settings.prefetch.clamp(1, 1_000), BasicQosOptions::default()).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(topology.status.as_str().into(), "".into(), options, arguments).await?;
        Ok(Box::new(AmqpUpdates::new(connection, channel, consumer, topology.dead_status())))
    }

    fn shown(&self) -> String {
        self.settings.shown_url()
    }
}

struct AmqpPublisher {
    broker: AmqpBroker,
    connection: Connection,
    channel: Channel,
    blocked: watch::Receiver<bool>,
    faults: Vec<TopologyFault>,
}

#[async_trait]
impl Publisher for AmqpPublisher {
    async fn declare(&mut self, feeds: Vec<String>) -> Result<(), AmqpError> {
        let topology = self.broker.settings.topology(&self.broker.city, feeds);
        self.faults = topology.declare(&self.connection).await?;
        Ok(())
    }

    async fn publish(&mut self, messages: &[PendingMessage]) -> Result<Vec<Confirm>, AmqpError> {
        let mut confirms = Vec::with_capacity(messages.len());
        for message in messages {
            confirms.push(publish(&self.channel, message).await?);
        }
        join_all(confirms).await.into_iter().map(|confirmation| Ok(confirm(confirmation?))).collect()
    }

    fn faults(&self) -> &[TopologyFault] {
        &self.faults
    }

    async fn lengths(&mut self) -> Result<QueueLengths, AmqpError> {
        self.broker.settings.topology(&self.broker.city, Vec::new()).lengths(&self.connection).await
    }

    fn blocked(&self) -> watch::Receiver<bool> {
        self.blocked.clone()
    }

    fn connected(&self) -> bool {
        self.connection.status().connected()
    }

    async fn close(&mut self) {
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.connection.close(200, "stopping".into())).await);
    }
}

fn confirm(confirmation: Confirmation) -> Confirm {
    let acknowledged = matches!(confirmation, Confirmation::Ack(_));
    let message = confirmation.take_message();
    let returned =
        message.and_then(|message| message.properties.message_id().as_ref().map(|id| id.as_str().to_owned()));
    Confirm { acknowledged, returned }
}

/// What a message says of its trace: tracing of AMQP looks for it in the headers.
#[derive(serde::Deserialize)]
struct Traced<'a> {
    #[serde(borrow)]
    traceparent: Option<&'a str>,
}

/// Writes one message to the connection; what is returned waits for its confirm.
async fn publish(
    channel: &Channel,
    message: &PendingMessage,
) -> Result<impl Future<Output = lapin::Result<Confirmation>> + use<>, AmqpError> {
    let mut headers = FieldTable::default();
    // A count of confidential matters leads to no ticket.
    if !message.ticket_id.is_empty() {
        let version = AMQPValue::LongLongInt(i64::try_from(message.version).unwrap_or(i64::MAX));
        headers.insert("ticket_id".into(), AMQPValue::LongString(message.ticket_id.as_str().into()));
        headers.insert("ticket_version".into(), version);
    }
    if let Ok(Traced { traceparent: Some(traceparent) }) = serde_json::from_slice(&message.body) {
        headers.insert("traceparent".into(), AMQPValue::LongString(traceparent.into()));
    }
    let properties = BasicProperties::default()
        .with_delivery_mode(2)
        .with_content_type("application/cloudevents+json".into())
        .with_message_id(short(&message.message_id))
        .with_type(short(&message.kind))
        .with_timestamp(u64::try_from(message.at.as_second()).unwrap_or_default())
        .with_headers(headers);
    let (exchange, key) = (short(&message.exchange), short(&message.routing_key));
    Ok(channel.basic_publish(exchange, key, MANDATORY, &message.body, properties).await?)
}

/// A short string; AMQP allows 255 bytes, and all of ours are made shorter.
fn short(text: &str) -> ShortString {
    ShortString::try_new(text).unwrap_or_else(|_too_long| ShortString::from("too-long"))
}

/// Follows the connection's events; the receiver is true while the broker blocks publishing.
fn watch_blocking(connection: &Connection) -> watch::Receiver<bool> {
    let mut events = connection.events_listener();
    let (blocked, watched) = watch::channel(false);
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            match event {
                Event::ConnectionBlocked(reason) => {
                    tracing::warn!(reason, "The broker has blocked publishing; forwarding waits.");
                    blocked.send_replace(true);
                }
                Event::ConnectionUnblocked => {
                    tracing::info!("The broker accepts messages again.");
                    blocked.send_replace(false);
                }
                _ => {}
            }
        }
        blocked.send_replace(false);
    });
    watched
}
