//! A consumer of the public stream that notes when each complaint arrives.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ConnectionProperties};
use serde::Deserialize;

#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    ticket_id: String,
    change: Option<Change>,
}

#[derive(Deserialize)]
struct Change {
    receipt_number: Option<String>,
}

/// When each receipt number arrived, and the tickets.
#[derive(Default)]
pub struct Arrived {
    pub at: HashMap<String, Instant>,
    pub tickets: Vec<String>,
    pub messages: usize,
}

/// A running consumer on a quorum queue of its own.
pub struct Stream {
    pub arrived: Arc<Mutex<Arrived>>,
    connection: Connection,
    channel: Channel,
    queue: String,
}

/// A quorum queue, as the gateway's own are.
pub async fn quorum_queue(channel: &Channel, name: &str) -> lapin::Result<()> {
    let mut arguments = FieldTable::default();
    arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    channel.queue_declare(name.into(), QueueDeclareOptions::durable(), arguments).await?;
    Ok(())
}

impl Stream {
    /// Binds a queue to an exchange and consumes it.
    pub async fn open(amqp: &str, exchange: &str) -> anyhow::Result<Self> {
        let connection = Connection::connect(amqp, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let queue = format!("{exchange}.bench");
        quorum_queue(&channel, &queue).await?;
        let (options, none) = (QueueBindOptions::default(), FieldTable::default());
        channel.queue_bind(queue.as_str().into(), exchange.into(), "#".into(), options, none).await?;
        let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
        let mut consumer =
            channel.basic_consume(queue.as_str().into(), "".into(), options, FieldTable::default()).await?;
        let arrived: Arc<Mutex<Arrived>> = Arc::default();
        let noting = Arc::clone(&arrived);
        tokio::spawn(async move {
            while let Some(Ok(delivery)) = consumer.next().await {
                let at = Instant::now();
                let Ok(event) = serde_json::from_slice::<Event>(&delivery.data) else { continue };
                let mut arrived = noting.lock().unwrap_or_else(PoisonError::into_inner);
                arrived.messages += 1;
                if let Some(receipt) = event.data.change.and_then(|change| change.receipt_number) {
                    arrived.at.entry(receipt).or_insert(at);
                }
                arrived.tickets.push(event.data.ticket_id);
            }
        });
        Ok(Self { arrived, connection, channel, queue })
    }

    pub fn count(&self) -> usize {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).at.len()
    }

    pub async fn close(self) -> anyhow::Result<()> {
        self.channel.queue_delete(self.queue.as_str().into(), QueueDeleteOptions::default()).await?;
        Ok(self.connection.close(200, "done".into()).await?)
    }
}
