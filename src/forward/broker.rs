//! What forwarding needs of a broker. [`AmqpBroker`](super::AmqpBroker) gives it over lapin; the simulation has one of its
//! own, which fails on purpose.

use async_trait::async_trait;
use tokio::sync::watch;

use super::{AmqpError, QueueLengths, TopologyFault};
use crate::store::PendingMessage;

/// A broker that can be connected to.
#[async_trait]
pub trait Broker: Send + Sync {
    /// A new connection for publishing, with everything declared for these feeds.
    ///
    /// # Errors
    /// The broker cannot be reached or refuses.
    async fn publisher(&self, feeds: Vec<String>) -> Result<Box<dyn Publisher>, AmqpError>;

    /// A new connection that consumes status updates.
    ///
    /// # Errors
    /// The broker cannot be reached or refuses.
    async fn updates(&self) -> Result<Box<dyn Updates>, AmqpError>;

    /// Where the broker is, without user and password.
    fn shown(&self) -> String;
}

/// What the broker said of one published message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// `basic.ack`; otherwise `basic.nack`.
    pub acknowledged: bool,
    /// Id of a message that was returned as unroutable. It came with this confirm but is not always this one's message.
    pub returned: Option<String>,
}

/// A connection for publishing.
#[async_trait]
pub trait Publisher: Send {
    /// Declares exchanges and queues again.
    ///
    /// # Errors
    /// The connection is lost, or an exchange or queue without which nothing works is refused.
    async fn declare(&mut self, feeds: Vec<String>) -> Result<(), AmqpError>;

    /// Publishes messages, persistent and mandatory, and waits for their confirms; these are in the messages' order.
    ///
    /// # Errors
    /// The connection is lost; what became of the messages is not known.
    async fn publish(&mut self, messages: &[PendingMessage]) -> Result<Vec<Confirm>, AmqpError>;

    /// What was there with other arguments when it was declared last.
    fn faults(&self) -> &[TopologyFault] {
        &[]
    }

    /// How many messages wait in the queues that nobody has to consume.
    ///
    /// # Errors
    /// The connection is lost.
    async fn lengths(&mut self) -> Result<QueueLengths, AmqpError>;

    /// Is true while the broker blocks publishing (`connection.blocked`).
    fn blocked(&self) -> watch::Receiver<bool>;

    /// Whether the connection still stands, as far as is known.
    fn connected(&self) -> bool;

    /// Says goodbye.
    async fn close(&mut self);
}

/// A status update as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Received {
    /// Its body.
    pub body: Vec<u8>,
    /// The broker's user that published it. The broker has compared it with the connection's user; none where the publisher did
    /// not say.
    pub user: Option<String>,
    /// Its message id, as far as its publisher gave one.
    pub message_id: Option<String>,
    /// Its header `traceparent`.
    pub trace: Option<String>,
}

/// A connection that consumes status updates.
#[async_trait]
pub trait Updates: Send {
    /// The next updates in their order: those that are there, at least one. They come again, here or on the next
    /// connection, until they were acknowledged. Cancel-safe.
    ///
    /// # Errors
    /// The connection is lost.
    async fn next(&mut self) -> Result<Vec<Received>, AmqpError>;

    /// Puts the oldest update that is not acknowledged into the dead-letter queue, with the reasons.
    ///
    /// # Errors
    /// The broker did not confirm the dead letter.
    async fn dead_letter(&mut self, reasons: &[String]) -> Result<(), AmqpError>;

    /// Acknowledges the oldest update that is not.
    ///
    /// # Errors
    /// The connection is lost; the update comes again.
    async fn acknowledge(&mut self) -> Result<(), AmqpError>;

    /// Says goodbye.
    async fn close(&mut self);
}
