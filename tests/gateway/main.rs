//! The gateway end to end: its own process, real sockets, a real RabbitMQ (`HULIU_AMQP_URL`, as `tests/run` sets it).

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod answers;
mod audited;
mod bad_input;
mod broker;
mod callbacks;
mod calls;
mod checks;
mod circle;
mod citizens;
mod confidential;
mod contract;
mod county;
mod destinations;
mod drafts;
mod echoes;
mod files;
mod filing;
mod forms;
mod golden;
mod history;
mod languages;
mod legacy;
mod lists;
mod lives;
mod manners;
mod metrics;
mod newcomer;
mod nodes;
mod outgoing;
mod people;
mod phones;
mod platforms;
mod points;
mod queues;
mod reports;
mod rewards;
mod search;
mod senders;
mod service;
mod settings;
mod sight;
mod signing_in;
#[path = "../../adapters/sftp/tests/openssh/server.rs"]
#[expect(dead_code, clippy::panic, reason = "it serves the tests of that crate too")]
mod sshd;
mod standing;
mod terminal;
mod town;
mod updates;
mod watching;
mod ways;
mod works;
