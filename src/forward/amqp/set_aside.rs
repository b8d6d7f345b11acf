//! The queues that nobody has to consume, for people: look into them, give messages back, throw them away.
//!
//! Messages are fetched without acknowledging them; when the connection ends, the broker puts what is left back, a quorum queue at its
//! end. So a place in the queue names no message: its id does, or a digest of its body where it has none.

use lapin::message::BasicGetMessage;
use lapin::options::{BasicAckOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection};

use super::topology::length;
use super::updates::{REASONS, USER, header_text};
use super::{AmqpError, AmqpSettings};

/// Headers that the broker writes when it dead-letters; a message that is given back begins anew.
const DEATH: [&str; 7] = [
    "x-death",
    "x-first-death-exchange",
    "x-first-death-queue",
    "x-first-death-reason",
    "x-last-death-exchange",
    "x-last-death-queue",
    "x-last-death-reason",
];

/// Bytes of a digest in the name of a message.
const NAME_BYTES: usize = 6;

/// A queue that nobody has to consume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetAsideQueue {
    /// What of the public stream had no queue bound.
    Unrouted,
    /// What consumers of feeds gave up.
    Dead,
    /// Status updates that were refused.
    Refused,
}

/// One message of such a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// What it is called: its message id, or `body-` and a digest of its body where it has none.
    pub name: String,
    /// Its type.
    pub kind: Option<String>,
    /// Its routing key.
    pub routing_key: String,
    /// The queue that it was in before, if any.
    pub queue: Option<String>,
    /// Why it is here, as far as that is known.
    pub reason: Option<String>,
    /// The user that had published it, of refused updates.
    pub user: Option<String>,
    /// When it was published, in seconds since 1970.
    pub published_s: Option<u64>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Goes through such a queue once, from the oldest message on.
pub struct SetAside {
    which: SetAsideQueue,
    queue: String,
    connection: Connection,
    channel: Channel,
    /// The message that was fetched last, unless it was given back or thrown away.
    current: Option<BasicGetMessage>,
}

impl std::fmt::Debug for SetAside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetAside").field("queue", &self.queue).finish_non_exhaustive()
    }
}

impl SetAside {
    /// Connects to the broker.
    ///
    /// # Errors
    /// The broker cannot be reached.
    pub async fn open(settings: &AmqpSettings, city: &str, which: SetAsideQueue) -> Result<Self, AmqpError> {
        let topology = settings.topology(city, Vec::new());
        let queue = match which {
            SetAsideQueue::Unrouted => topology.unrouted,
            SetAsideQueue::Dead => topology.dead,
            SetAsideQueue::Refused => topology.dead_status(),
        };
        let connection = settings.connect("set aside").await?;
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { which, queue, connection, channel, current: None })
    }

    /// Name of the queue.
    #[must_use]
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// How many messages wait now.
    ///
    /// # Errors
    /// There is no such queue, or the connection is lost.
    pub async fn waiting(&self) -> Result<u64, AmqpError> {
        length(&self.channel, &self.queue).await
    }

    /// The next message; the one before stays, unless it was given back or thrown away.
    ///
    /// # Errors
    /// There is no such queue, or the connection is lost.
    pub async fn next(&mut self) -> Result<Option<Letter>, AmqpError> {
        let options = BasicGetOptions { no_ack: false };
        self.current = self.channel.basic_get(self.queue.as_str().into(), options).await?;
        Ok(self.current.as_ref().map(letter))
    }

    /// Throws the last message away.
    ///
    /// # Errors
    /// The connection is lost.
    pub async fn discard(&mut self) -> Result<(), AmqpError> {
        let Some(message) = self.current.take() else { return Ok(()) };
        match message.delivery.ack(BasicAckOptions::default()).await? {
            true => Ok(()),
            false => Err(AmqpError::Lost("the channel is closed".to_owned())),
        }
    }

    /// Gives the last message back to where it came from: a dead one to the queue of its feed, one without a queue to its
    /// exchange. It leaves this queue only when the broker has confirmed that.
    ///
    /// # Errors
    /// It cannot be delivered there, it is a refused update, or the connection is lost.
    pub async fn give_back(&mut self) -> Result<(), AmqpError> {
        let Some(message) = &self.current else { return Ok(()) };
        let (exchange, key) = match self.which {
            SetAsideQueue::Unrouted => (message.exchange.clone(), message.routing_key.clone()),
            SetAsideQueue::Dead => {
                let queue = header_text(message.properties.headers().as_ref(), "x-first-death-queue");
                let queue = queue.ok_or(AmqpError::NotGivenBack("it does not say which queue it was in"))?;
                ("".into(), queue.as_str().into())
            }
            SetAsideQueue::Refused => {
                return Err(AmqpError::NotGivenBack("a refused update has to be sent again by its platform"));
            }
        };
        let properties = anew(message.properties.clone());
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirmation = self.channel.basic_publish(exchange, key, options, &message.data, properties).await?.await?;
        if !confirmation.is_ack() || confirmation.take_message().is_some() {
            return Err(AmqpError::NotGivenBack("its queue is not there, or is full; nothing was changed"));
        }
        self.discard().await
    }

    /// Ends; what is left is in the queue again.
    ///
    /// # Errors
    /// The connection was lost; then the broker does the same.
    pub async fn close(self) -> Result<(), AmqpError> {
        Ok(self.connection.close(200, "done".into()).await?)
    }
}

/// The properties of a message that begins anew.
fn anew(properties: BasicProperties) -> BasicProperties {
    let mut fresh = FieldTable::default();
    if let Some(headers) = properties.headers() {
        for (name, value) in headers.inner().iter().filter(|(name, _)| !DEATH.contains(&name.as_str())) {
            fresh.insert(name.clone(), value.clone());
        }
    }
    properties.with_headers(fresh)
}

/// A name for a message that has none: the first bytes of the SHA-256 of its body.
fn digest_of(body: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    let hex = digest.as_ref().iter().take(NAME_BYTES).map(|byte| format!("{byte:02x}"));
    hex.fold("body-".to_owned(), |name, byte| name + &byte)
}

fn letter(message: &BasicGetMessage) -> Letter {
    let properties = &message.properties;
    let headers = properties.headers().as_ref();
    Letter {
        name: properties.message_id().as_ref().map_or_else(|| digest_of(&message.data), |id| id.as_str().to_owned()),
        kind: properties.kind().as_ref().map(|kind| kind.as_str().to_owned()),
        routing_key: message.routing_key.as_str().to_owned(),
        queue: header_text(headers, "x-first-death-queue"),
        reason: header_text(headers, REASONS).or_else(|| header_text(headers, "x-first-death-reason")),
        user: header_text(headers, USER),
        published_s: *properties.timestamp(),
        body: message.data.clone(),
    }
}
