//! The gateway end to end: its own process, real sockets, a real RabbitMQ (`HULIU_AMQP_URL`, as `tests/run` sets it).

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod bad_input;
mod broker;
mod circle;
mod contract;
mod files;
mod golden;
mod manners;
mod people;
mod queues;
mod senders;
mod settings;
mod town;
mod updates;
