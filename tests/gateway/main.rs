//! The gateway end to end: its own process, real sockets, a real RabbitMQ (`HULIU_AMQP_URL`, as `tests/run` sets it).

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod bad_input;
mod broker;
mod checks;
mod circle;
mod citizens;
mod confidential;
mod contract;
mod destinations;
mod files;
mod golden;
mod languages;
mod legacy;
mod manners;
mod metrics;
mod newcomer;
mod people;
mod platforms;
mod queues;
mod senders;
mod service;
mod settings;
mod terminal;
mod town;
mod updates;
mod ways;
