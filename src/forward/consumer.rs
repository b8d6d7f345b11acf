//! Status updates from platforms, and a tap on the public stream for people.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use lapin::message::Delivery;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueBindOptions,
    QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, ShortString};
use lapin::{BasicProperties, Channel, Connection, Consumer};
use tokio::sync::watch;

use super::status_v1::{StatusUpdateV1, read_status_update};
use super::{AmqpError, AmqpSettings};
use crate::clock::{Backoff, stopped};

/// Longest wait for the broker to take a dead letter.
const DEAD_LETTER_TIMEOUT: Duration = Duration::from_secs(30);
/// Pause before an update that could not be handled is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// What to do with an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusReaction {
    /// It is stored (also when it was late or repeated).
    Done,
    /// It can never be used: dead-letter it with these reasons.
    Refuse(Vec<String>),
    /// The gateway is not able to handle it now.
    Retry,
}

/// Handles valid status updates.
#[async_trait]
pub trait StatusHandler: Send + Sync {
    /// Stores what follows from an update; only then is it acknowledged.
    async fn handle(&self, update: StatusUpdateV1) -> StatusReaction;
}

/// Consumes the status queue until told to stop.
pub struct StatusConsumer {
    /// The broker.
    pub settings: AmqpSettings,
    /// Who handles updates.
    pub handler: Arc<dyn StatusHandler>,
}

impl std::fmt::Debug for StatusConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusConsumer").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl StatusConsumer {
    /// Connects, consumes, reconnects with back-off; returns when `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30));
        while !*stop.borrow() {
            let Err(error) = self.session(&mut stop, &mut backoff).await else { return };
            tracing::warn!(%error, broker = self.settings.shown_url(), "Status updates are interrupted; the queue keeps them.");
            tokio::select! {
                () = tokio::time::sleep(backoff.next()) => {}
                () = stopped(&mut stop) => return,
            }
        }
    }

    async fn session(&self, stop: &mut watch::Receiver<bool>, backoff: &mut Backoff) -> Result<(), AmqpError> {
        let connection = self.settings.connect("status").await?;
        let channel = connection.create_channel().await?;
        let topology = self.settings.topology(Vec::new());
        topology.declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        channel.basic_qos(self.settings.prefetch.clamp(1, 1_000), BasicQosOptions::default()).await?;
        let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
        let mut consumer =
            channel.basic_consume(self.settings.status.as_str().into(), "".into(), options, arguments).await?;
        backoff.reset();
        loop {
            let delivery = tokio::select! {
                delivery = consumer.next() => delivery,
                () = stopped(stop) => {
                    drop(tokio::time::timeout(Duration::from_secs(2), connection.close(200, "stopping".into())).await);
                    return Ok(());
                }
            };
            match delivery {
                Some(Ok(delivery)) => self.take(&channel, &topology.dead_status(), delivery, stop).await?,
                Some(Err(error)) => return Err(error.into()),
                None => return Err(AmqpError::Lost("the status queue is gone or the broker stopped".to_owned())),
            }
        }
    }

    async fn take(
        &self,
        channel: &Channel,
        dead: &str,
        delivery: Delivery,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), AmqpError> {
        let reaction = match read_status_update(&delivery.data) {
            // Retried here and not by the queue: its delivery limit would dead-letter a good update in a short outage.
            Ok(update) => loop {
                match self.handler.handle(update.clone()).await {
                    StatusReaction::Retry => tokio::select! {
                        () = tokio::time::sleep(RETRY_PAUSE) => {}
                        () = stopped(stop) => return Ok(()),
                    },
                    reaction => break reaction,
                }
            },
            Err(reasons) => StatusReaction::Refuse(reasons),
        };
        match reaction {
            StatusReaction::Done | StatusReaction::Retry => {}
            StatusReaction::Refuse(reasons) => {
                tracing::warn!(
                    reasons = reasons.len(),
                    "A status update was refused; the dead letter says why in its header x-huiliu-reasons."
                );
                dead_letter(channel, dead, &delivery, &reasons).await?;
            }
        }
        match delivery.ack(BasicAckOptions::default()).await? {
            true => Ok(()),
            false => Err(AmqpError::Lost("an acknowledgement came too late".to_owned())),
        }
    }
}

async fn dead_letter(
    channel: &Channel,
    exchange: &str,
    delivery: &Delivery,
    reasons: &[String],
) -> Result<(), AmqpError> {
    let mut headers = delivery.properties.headers().clone().unwrap_or_default();
    headers.insert("x-huiliu-reasons".into(), AMQPValue::LongString(reasons.join("\n").into()));
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
    /// The broker cannot be reached.
    pub async fn open(settings: &AmqpSettings, pattern: &str) -> Result<Self, AmqpError> {
        let connection = settings.connect("tail").await?;
        let channel = connection.create_channel().await?;
        settings.topology(Vec::new()).declare(&channel).await?;
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
