//! Forwarding: the outbox goes to AMQP, status updates come in. Only `amqp` names lapin.
//!
//! What goes over the wire is a document of [`wire`] in a CloudEvents 1.0 envelope; its schemas are published in `deploy/schemas`.
//! Publishing is at least once: a message keeps its id however often it is published, so that a repeat is recognizable.

mod addresses;
mod amqp;
mod broker;
mod confidential;
mod consumer;
mod lanes;
mod messages;
mod publisher;
mod standing;
mod state;
pub mod wire;

pub use addresses::{AddressError, Asked, FileAddresses};
pub use amqp::{
    AmqpBroker, AmqpError, AmqpSettings, AmqpTls, Letter, MAX_SET_ASIDE, MAX_SET_ASIDE_BYTES, SetAside, SetAsideQueue,
    SettingFault, Tap, Topology,
};
pub use broker::{Broker, Confirm, Publisher, Received, Updates};
pub use consumer::{StatusConsumer, StatusHandler, StatusReaction, Unreadable};
pub use lanes::feed as feed_of_message;
pub use messages::{Event, MAX_COMPLAINTS_SHOWN, Messages, Outlets, document_for, feeds_of, messages};
pub use publisher::Forwarder;
pub use state::{ForwardState, QueueLengths, TopologyFault};
