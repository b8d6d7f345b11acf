//! Forwarding: the outbox goes to AMQP, status updates come in. Only `amqp` names lapin.
//!
//! What goes over the wire is [`TicketV1`] in a CloudEvents 1.0 envelope; its schemas are published in `deploy/schemas`.
//! Publishing is at least once: a message keeps its id however often it is published, so that a repeat is recognizable.

mod amqp;
mod broker;
mod consumer;
mod event;
mod mask;
mod publisher;
mod schemas;
mod status_v1;
mod ticket_v1;

pub use amqp::{AmqpBroker, AmqpError, AmqpSettings, AmqpTls, Tap, Topology};
pub use broker::{Broker, Confirm, Publisher, Updates};
pub use consumer::{StatusConsumer, StatusHandler, StatusReaction};
pub use event::{Event, EventKind, MAX_COMPLAINTS_SHOWN, messages};
pub use mask::{mask_name, mask_phone, mask_text};
pub use publisher::{ForwardState, Forwarder};
pub use schemas::{asyncapi, schemas};
pub use status_v1::{StatusUpdateV1, read_status_update};
pub use ticket_v1::{ChangeV1, TicketV1};
