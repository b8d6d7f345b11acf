//! A publisher without anything around it: persistent, mandatory, confirmed, into a quorum queue that is consumed.

use std::time::Instant;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use lapin::options::{BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Connection, ConnectionProperties};

use crate::Arguments;
use crate::stream::quorum_queue;

/// Messages that may be unconfirmed.
const IN_FLIGHT: usize = 1_000;

/// Messages of 1 KiB confirmed a second.
pub async fn rate(arguments: &Arguments) -> anyhow::Result<f64> {
    let connection = Connection::connect(&arguments.amqp, ConnectionProperties::default()).await?;
    let (channel, consuming) = (connection.create_channel().await?, connection.create_channel().await?);
    let queue = format!("huiliu.bare.{}", std::process::id());
    quorum_queue(&channel, &queue).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let options = BasicConsumeOptions { no_ack: true, ..BasicConsumeOptions::default() };
    let mut consumer =
        consuming.basic_consume(queue.as_str().into(), "".into(), options, FieldTable::default()).await?;
    tokio::spawn(async move { while let Some(Ok(_)) = consumer.next().await {} });
    let (body, began) = (vec![b'x'; 1_024], Instant::now());
    let (mut confirmed, mut waiting) = (0_u32, FuturesUnordered::new());
    while began.elapsed() < arguments.length() {
        while waiting.len() < IN_FLIGHT {
            let options = BasicPublishOptions { mandatory: true, immediate: false };
            let properties = BasicProperties::default().with_delivery_mode(2);
            waiting.push(channel.basic_publish("".into(), queue.as_str().into(), options, &body, properties).await?);
        }
        if let Some(confirm) = waiting.next().await {
            anyhow::ensure!(confirm?.is_ack(), "the broker refused");
            confirmed += 1;
        }
    }
    let rate = f64::from(confirmed) / began.elapsed().as_secs_f64();
    channel.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await?;
    connection.close(200, "done".into()).await?;
    Ok(rate)
}
