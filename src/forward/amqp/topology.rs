//! Outlets and queues. Declaring is idempotent; every party of the contract may do it.
//!
//! What exists with other arguments is a [`TopologyFault`], not the end of forwarding: the broker closes the channel over it, so
//! the next declaration has a channel of its own. The queue of a feed is then left alone and its feed stopped, because nobody knows
//! whether that queue keeps what it gets; anything else is used as it is.

use lapin::options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{Channel, Connection, ErrorKind, ExchangeKind};

use super::AmqpError;
use crate::forward::{QueueLengths, TopologyFault};

/// Deliveries of one message before it is dead-lettered.
const DELIVERY_LIMIT: i64 = 20;
/// Most messages in each of the queues that nobody has to consume: unrouted, dead, refused. The oldest go first.
pub const MAX_SET_ASIDE: u64 = 100_000;
/// Most bytes in each of these queues.
pub const MAX_SET_ASIDE_BYTES: u64 = 512 << 20;
/// Where queues of feeds gave up messages before that exchange was named after the city.
const EARLIER_DEAD: &str = "huiliu.dead";
/// AMQP's code for something that exists with other properties.
const PRECONDITION_FAILED: u16 = 406;

/// The names of the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topology {
    /// Exchange of the public stream.
    pub tickets: String,
    /// Exchange of the feeds.
    pub feeds_exchange: String,
    /// Exchange and queue of status updates.
    pub status: String,
    /// Exchange and queue of what nobody has bound a queue for.
    pub unrouted: String,
    /// Exchange and queue of what consumers of feeds gave up.
    pub dead: String,
    /// Names of the feeds.
    pub feeds: Vec<String>,
}

/// What a queue is for, which decides its arguments.
#[derive(Clone, Copy)]
enum Purpose<'a> {
    /// Consumed by somebody; what is given up goes to this exchange.
    Consumed(&'a str),
    /// Looked into by people: bounded.
    SetAside,
}

impl Topology {
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

    /// Declares everything; what is there with other arguments comes back as faults.
    pub(super) async fn declare(&self, connection: &Connection) -> Result<Vec<TopologyFault>, AmqpError> {
        let mut declaring = Declaring::on(connection).await?;
        let dead_status = self.dead_status();
        declaring.exchange(&self.unrouted, ExchangeKind::Fanout, None).await?;
        declaring.queue(&self.unrouted, Purpose::SetAside).await?;
        declaring.bind(&self.unrouted, &self.unrouted, "").await?;
        for name in [&self.dead, &dead_status] {
            declaring.exchange(name, ExchangeKind::Topic, None).await?;
            declaring.queue(name, Purpose::SetAside).await?;
            declaring.bind(name, name, "#").await?;
        }
        declaring.exchange(&self.tickets, ExchangeKind::Topic, Some(&self.unrouted)).await?;
        declaring.exchange(&self.feeds_exchange, ExchangeKind::Topic, None).await?;
        for feed in &self.feeds {
            declaring.feed(feed, &self.feeds_exchange, &self.dead).await?;
        }
        declaring.exchange(&self.status, ExchangeKind::Topic, None).await?;
        declaring.queue(&self.status, Purpose::Consumed(&dead_status)).await?;
        declaring.bind(&self.status, &self.status, "#").await?;
        declaring.end().await
    }

    /// How many messages wait in the queues that nobody has to consume.
    pub(super) async fn lengths(&self, connection: &Connection) -> Result<QueueLengths, AmqpError> {
        let channel = connection.create_channel().await?;
        let lengths = QueueLengths {
            unrouted: length(&channel, &self.unrouted).await?,
            dead: length(&channel, &self.dead).await?,
            refused: length(&channel, &self.dead_status()).await?,
        };
        channel.close(200, "done".into()).await?;
        Ok(lengths)
    }
}

/// How many messages wait in a queue.
pub(super) async fn length(channel: &Channel, queue: &str) -> Result<u64, AmqpError> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(queue.into(), options, FieldTable::default()).await?;
    Ok(u64::from(queue.message_count()))
}

/// Declarations one after the other, each after a refusal on a channel of its own.
struct Declaring<'a> {
    connection: &'a Connection,
    channel: Channel,
    faults: Vec<TopologyFault>,
}

impl<'a> Declaring<'a> {
    async fn on(connection: &'a Connection) -> Result<Self, AmqpError> {
        Ok(Self { connection, channel: connection.create_channel().await?, faults: Vec::new() })
    }

    async fn end(self) -> Result<Vec<TopologyFault>, AmqpError> {
        self.channel.close(200, "declared".into()).await?;
        Ok(self.faults)
    }

    async fn exchange(&mut self, name: &str, kind: ExchangeKind, alternate: Option<&str>) -> Result<(), AmqpError> {
        let mut arguments = FieldTable::default();
        if let Some(alternate) = alternate {
            arguments.insert("alternate-exchange".into(), AMQPValue::LongString(alternate.into()));
        }
        let options = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        let declared = self.channel.exchange_declare(name.into(), kind.clone(), options, arguments).await;
        let Err(error) = declared else { return Ok(()) };
        let fault = self.refused(name, error).await?;
        // Whoever may not declare may still publish to what is there.
        let passive = ExchangeDeclareOptions { passive: true, ..options };
        self.channel.exchange_declare(name.into(), kind, passive, FieldTable::default()).await?;
        self.faults.extend(fault);
        Ok(())
    }

    async fn queue(&mut self, name: &str, purpose: Purpose<'_>) -> Result<(), AmqpError> {
        let declared =
            self.channel.queue_declare(name.into(), QueueDeclareOptions::durable(), purpose.arguments()).await;
        let Err(error) = declared else { return Ok(()) };
        let fault = self.refused(name, error).await?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        self.channel.queue_declare(name.into(), passive, FieldTable::default()).await?;
        self.faults.extend(fault);
        Ok(())
    }

    async fn bind(&mut self, queue: &str, exchange: &str, key: &str) -> Result<(), AmqpError> {
        let (options, arguments) = (QueueBindOptions::default(), FieldTable::default());
        let bound = self.channel.queue_bind(queue.into(), exchange.into(), key.into(), options, arguments).await;
        if let Err(error) = bound {
            // Without the right to bind, somebody else has bound it: what does not arrive comes back or is counted.
            self.refused(queue, error).await?;
        }
        Ok(())
    }

    /// A feed's queue, bound. Whatever is wrong with it stops this feed and no other.
    async fn feed(&mut self, feed: &str, exchange: &str, dead: &str) -> Result<(), AmqpError> {
        let name = Topology::feed_queue(feed);
        let durable = QueueDeclareOptions::durable();
        let declared =
            self.channel.queue_declare(name.as_str().into(), durable, Purpose::Consumed(dead).arguments()).await;
        if let Err(error) = declared {
            let (reason, differs) = (error.to_string(), code(&error) == Some(PRECONDITION_FAILED));
            self.refused(&name, error).await?;
            let fault =
                |feed: Option<&str>| TopologyFault { name: name.clone(), feed: feed.map(str::to_owned), reason };
            // One that an earlier gateway made keeps what it gets; whoever may not declare has it made by somebody else.
            let (options, arguments) = match differs {
                true => (durable, Purpose::Consumed(EARLIER_DEAD).arguments()),
                false => (QueueDeclareOptions { passive: true, ..durable }, FieldTable::default()),
            };
            if let Err(error) = self.channel.queue_declare(name.as_str().into(), options, arguments).await {
                self.refused(&name, error).await?;
                self.faults.push(fault(Some(feed)));
                return Ok(());
            }
            if differs {
                self.faults.push(fault(None));
            }
        }
        self.bind(&name, exchange, &format!("{feed}.#")).await
    }

    /// After a refusal the broker has closed the channel: a new one is opened. Gives the fault where something exists with
    /// other arguments. An error of the connection stays one.
    async fn refused(&mut self, name: &str, error: lapin::Error) -> Result<Option<TopologyFault>, AmqpError> {
        let Some(code) = code(&error) else { return Err(error.into()) };
        self.channel = self.connection.create_channel().await?;
        let fault = || TopologyFault { name: name.to_owned(), feed: None, reason: error.to_string() };
        Ok((code == PRECONDITION_FAILED).then(fault))
    }
}

impl Purpose<'_> {
    /// A quorum queue. One that is consumed has a dead-letter exchange and a delivery limit, one that is not has bounds.
    fn arguments(self) -> FieldTable {
        let number = |value: u64| AMQPValue::LongLongInt(i64::try_from(value).unwrap_or(i64::MAX));
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        match self {
            Self::Consumed(dead_letters) => {
                arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERY_LIMIT));
                arguments.insert("x-dead-letter-exchange".into(), AMQPValue::LongString(dead_letters.into()));
            }
            Self::SetAside => {
                arguments.insert("x-max-length".into(), number(MAX_SET_ASIDE));
                arguments.insert("x-max-length-bytes".into(), number(MAX_SET_ASIDE_BYTES));
            }
        }
        arguments
    }
}

/// The code with which the broker refused one operation and closed its channel; none where the connection failed.
fn code(error: &lapin::Error) -> Option<u16> {
    match error.kind() {
        ErrorKind::ProtocolError(refusal) if error.is_amqp_soft_error() => Some(refusal.get_id()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_consumes_is_bounded_and_what_is_consumed_is_not() {
        let long = |arguments: &FieldTable, name: &str| arguments.inner().get(name).cloned();
        let aside = Purpose::SetAside.arguments();
        assert_eq!(long(&aside, "x-max-length"), Some(AMQPValue::LongLongInt(100_000)));
        assert_eq!(long(&aside, "x-max-length-bytes"), Some(AMQPValue::LongLongInt(512 << 20)));
        let consumed = Purpose::Consumed("dead").arguments();
        assert_eq!((long(&consumed, "x-max-length"), long(&consumed, "x-max-length-bytes")), (None, None));
        assert_eq!(long(&consumed, "x-dead-letter-exchange"), Some(AMQPValue::LongString("dead".into())));
    }

    #[test]
    fn gateways_of_two_cities_on_one_broker_share_nothing_that_is_set_aside() {
        let settings = crate::forward::AmqpSettings::default();
        let (one, two) = (settings.topology("rongcheng", Vec::new()), settings.topology("beijing", Vec::new()));
        assert_eq!(one.unrouted, "huiliu.unrouted.rongcheng");
        assert_eq!(one.dead, "huiliu.dead.rongcheng");
        assert!(one.unrouted != two.unrouted && one.dead != two.dead);
    }
}
