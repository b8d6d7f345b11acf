//! The broker over lapin.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Confirmation, Connection, Consumer, Event};
use tokio::sync::watch;

use super::{AmqpError, AmqpSettings, Topology};
use crate::forward::{Broker, Confirm, Publisher, Updates};
use crate::store::PendingMessage;

/// Longest wait for the broker to take a dead letter.
const DEAD_LETTER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest wait for the broker to say goodbye.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Most bytes of reasons in a dead letter's header. Headers have to fit into one AMQP frame, 131,072 bytes by default.
const MAX_REASONS_BYTES: usize = 8_192;
/// Most bytes of the sender's own headers that a dead letter carries on.
const MAX_HEADERS_BYTES: usize = 65_536;

const MANDATORY: BasicPublishOptions = BasicPublishOptions { mandatory: true, immediate: false };

/// The broker that the settings name.
#[derive(Debug, Clone)]
pub struct AmqpBroker(pub AmqpSettings);

#[async_trait]
impl Broker for AmqpBroker {
    async fn publisher(&self, feeds: Vec<String>) -> Result<Box<dyn Publisher>, AmqpError> {
        let connection = self.0.connect("forward").await?;
        let blocked = watch_blocking(&connection);
        let channel = connection.create_channel().await?;
        let mut publisher = AmqpPublisher { settings: self.0.clone(), connection, channel, blocked };
        publisher.declare(feeds).await?;
        publisher.channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Box::new(publisher))
    }

    async fn updates(&self) -> Result<Box<dyn Updates>, AmqpError> {
        let connection = self.0.connect("status").await?;
        let channel = connection.create_channel().await?;
        let topology = self.0.topology(Vec::new());
        topology.declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.basic_qos(self.0.prefetch.clamp(1, 1_000), BasicQosOptions::default()).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let consumer = channel.basic_consume(self.0.status.as_str().into(), "".into(), options, arguments).await?;
        Ok(Box::new(AmqpUpdates { connection, channel, consumer, dead: topology.dead_status(), open: VecDeque::new() }))
    }

    fn shown(&self) -> String {
        self.0.shown_url()
    }
}

struct AmqpPublisher {
    settings: AmqpSettings,
    connection: Connection,
    channel: Channel,
    blocked: watch::Receiver<bool>,
}

#[async_trait]
impl Publisher for AmqpPublisher {
    async fn declare(&mut self, feeds: Vec<String>) -> Result<(), AmqpError> {
        self.settings.topology(feeds).declare(&self.channel).await
    }

    async fn publish(&mut self, messages: &[PendingMessage]) -> Result<Vec<Confirm>, AmqpError> {
        let mut confirms = Vec::with_capacity(messages.len());
        for message in messages {
            confirms.push(publish(&self.channel, message).await?);
        }
        join_all(confirms).await.into_iter().map(|confirmation| Ok(confirm(confirmation?))).collect()
    }

    async fn count_unrouted(&mut self) -> Result<u64, AmqpError> {
        Ok(u64::from(Topology::count_unrouted(&self.channel).await?))
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

struct AmqpUpdates {
    connection: Connection,
    channel: Channel,
    consumer: Consumer,
    dead: String,
    /// Not acknowledged yet, the oldest first; at most as many as the broker sends ahead.
    open: VecDeque<Delivery>,
}

#[async_trait]
impl Updates for AmqpUpdates {
    async fn next(&mut self) -> Result<Vec<Vec<u8>>, AmqpError> {
        let mut next = self.consumer.next().await;
        let before = self.open.len();
        loop {
            match next {
                Some(Ok(delivery)) => self.open.push_back(delivery),
                Some(Err(error)) => return Err(error.into()),
                None => return Err(AmqpError::Lost("the status queue is gone or the broker stopped".to_owned())),
            }
            let Some(ready) = self.consumer.next().now_or_never() else { break };
            next = ready;
        }
        Ok(self.open.iter().skip(before).map(|delivery| delivery.data.clone()).collect())
    }

    async fn dead_letter(&mut self, reasons: &[String]) -> Result<(), AmqpError> {
        match self.open.front() {
            Some(delivery) => dead_letter(&self.channel, &self.dead, delivery, reasons).await,
            None => Ok(()),
        }
    }

    async fn acknowledge(&mut self) -> Result<(), AmqpError> {
        let Some(delivery) = self.open.pop_front() else { return Ok(()) };
        match delivery.ack(BasicAckOptions::default()).await? {
            true => Ok(()),
            false => Err(AmqpError::Lost("an acknowledgement came too late".to_owned())),
        }
    }

    async fn close(&mut self) {
        drop(tokio::time::timeout(CLOSE_TIMEOUT, self.connection.close(200, "stopping".into())).await);
    }
}

async fn dead_letter(
    channel: &Channel,
    exchange: &str,
    delivery: &Delivery,
    reasons: &[String],
) -> Result<(), AmqpError> {
    let own = delivery.properties.headers().clone().unwrap_or_default();
    // Its debug form is longer than what goes over the wire.
    let mut headers = if format!("{own:?}").len() > MAX_HEADERS_BYTES { FieldTable::default() } else { own };
    let reasons = reasons.join("\n");
    let end = reasons.floor_char_boundary(MAX_REASONS_BYTES);
    let reasons = reasons.get(..end).unwrap_or_default();
    headers.insert("x-huiliu-reasons".into(), AMQPValue::LongString(reasons.into()));
    // A fresh set: an expiration or a foreign user id would lose the letter again.
    let mut properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
    if let Some(id) = delivery.properties.message_id() {
        properties = properties.with_message_id(id.clone());
    }
    let key: ShortString = delivery.routing_key.clone();
    let publishing = async {
        channel
            .basic_publish(exchange.into(), key, BasicPublishOptions::default(), &delivery.data, properties)
            .await?
            .await
    };
    let Ok(confirmation) = tokio::time::timeout(DEAD_LETTER_TIMEOUT, publishing).await else {
        return Err(AmqpError::Timeout(DEAD_LETTER_TIMEOUT));
    };
    if confirmation?.is_ack() { Ok(()) } else { Err(AmqpError::Lost("the broker refused a dead letter".to_owned())) }
}

/// Writes one message to the connection; what is returned waits for its confirm.
async fn publish(
    channel: &Channel,
    message: &PendingMessage,
) -> Result<impl Future<Output = lapin::Result<Confirmation>> + use<>, AmqpError> {
    let mut headers = FieldTable::default();
    headers.insert("ticket_id".into(), AMQPValue::LongString(message.ticket_id.as_str().into()));
    headers.insert("ticket_version".into(), AMQPValue::LongLongInt(i64::try_from(message.version).unwrap_or(i64::MAX)));
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
