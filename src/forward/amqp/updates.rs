//! Status updates over lapin, and the dead letters of those that are refused.

use std::collections::VecDeque;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{FutureExt as _, StreamExt as _};
use lapin::message::Delivery;
use lapin::options::{BasicAckOptions, BasicPublishOptions};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, Consumer};

use super::AmqpError;
use super::connection::CLOSE_TIMEOUT;
use crate::forward::{Received, Updates};

/// Longest wait for the broker to take a dead letter.
const DEAD_LETTER_TIMEOUT: Duration = Duration::from_secs(30);
/// Most bytes of reasons in a dead letter's header. Headers have to fit into one AMQP frame, 131,072 bytes by default.
const MAX_REASONS_BYTES: usize = 8_192;
/// Most bytes of the sender's own headers that a dead letter carries on.
const MAX_HEADERS_BYTES: usize = 65_536;
/// Header of a dead letter: why it was refused, one reason a line.
pub(super) const REASONS: &str = "x-huiliu-reasons";
/// Header of a dead letter: the user that had published it.
pub(super) const USER: &str = "x-huiliu-user-id";
/// Header of a dead letter: the expiration that its publisher had set.
const EXPIRATION: &str = "x-huiliu-expiration";
/// Header of a dead letter: the exchange it had been published to.
const EXCHANGE: &str = "x-huiliu-exchange";
/// Header of a dead letter: its publisher's own headers were too large to be kept.
const HEADERS_LEFT_OUT: &str = "x-huiliu-headers-left-out";

/// Sets a property that is a text.
type WithText = fn(BasicProperties, ShortString) -> BasicProperties;

pub(super) struct AmqpUpdates {
    connection: Connection,
    channel: Channel,
    consumer: Consumer,
    dead: String,
    /// Not acknowledged yet, the oldest first; at most as many as the broker sends ahead.
    open: VecDeque<Delivery>,
}

impl AmqpUpdates {
    /// Updates of a consumer on a channel that confirms; refused ones go to the exchange `dead`.
    pub(super) fn new(connection: Connection, channel: Channel, consumer: Consumer, dead: String) -> Self {
        Self { connection, channel, consumer, dead, open: VecDeque::new() }
    }
}

#[async_trait]
impl Updates for AmqpUpdates {
    async fn next(&mut self) -> Result<Vec<Received>, AmqpError> {
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
        Ok(self.open.iter().skip(before).map(received).collect())
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

fn received(delivery: &Delivery) -> Received {
    let text = |value: &Option<ShortString>| value.as_ref().map(|value| value.as_str().to_owned());
    Received {
        body: delivery.data.clone(),
        user: text(delivery.properties.user_id()),
        message_id: text(delivery.properties.message_id()),
        trace: header_text(delivery.properties.headers().as_ref(), "traceparent"),
    }
}

/// A header that is a text.
pub(super) fn header_text(headers: Option<&FieldTable>, name: &str) -> Option<String> {
    match headers?.inner().get(name)? {
        AMQPValue::LongString(text) => Some(text.to_string()),
        AMQPValue::ShortString(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

async fn dead_letter(
    channel: &Channel,
    exchange: &str,
    delivery: &Delivery,
    reasons: &[String],
) -> Result<(), AmqpError> {
    let key: ShortString = delivery.routing_key.clone();
    let properties = letter_properties(delivery, reasons);
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

/// The sender's own properties, with the reasons. A foreign user id would be refused by the broker, and an expiration would lose
/// the letter: these two become headers.
fn letter_properties(delivery: &Delivery, reasons: &[String]) -> BasicProperties {
    let own = delivery.properties.headers().clone().unwrap_or_default();
    // Its debug form is longer than what goes over the wire.
    let fits = format!("{own:?}").len() <= MAX_HEADERS_BYTES;
    let mut headers = if fits { own } else { FieldTable::default() };
    let mut set = |name: &str, value: &str| {
        headers.insert(name.into(), AMQPValue::LongString(value.into()));
    };
    let reasons = reasons.join("\n");
    set(REASONS, reasons.get(..reasons.floor_char_boundary(MAX_REASONS_BYTES)).unwrap_or_default());
    set(EXCHANGE, delivery.exchange.as_str());
    for (name, value) in [(USER, delivery.properties.user_id()), (EXPIRATION, delivery.properties.expiration())] {
        if let Some(value) = value {
            set(name, value.as_str());
        }
    }
    if !fits {
        set(HEADERS_LEFT_OUT, "too large");
    }
    let (own, mut kept) =
        (&delivery.properties, BasicProperties::default().with_delivery_mode(2).with_headers(headers));
    let texts: [(_, WithText); 7] = [
        (own.content_type(), BasicProperties::with_content_type),
        (own.content_encoding(), BasicProperties::with_content_encoding),
        (own.correlation_id(), BasicProperties::with_correlation_id),
        (own.reply_to(), BasicProperties::with_reply_to),
        (own.message_id(), BasicProperties::with_message_id),
        (own.kind(), BasicProperties::with_type),
        (own.app_id(), BasicProperties::with_app_id),
    ];
    for (value, with) in texts {
        if let Some(value) = value {
            kept = with(kept, value.clone());
        }
    }
    let kept = own.priority().iter().fold(kept, |kept, priority| kept.with_priority(*priority));
    own.timestamp().iter().fold(kept, |kept, timestamp| kept.with_timestamp(*timestamp))
}
