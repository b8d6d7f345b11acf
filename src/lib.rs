//! Huiliu (汇流): many complaint channels in, one stream of unified tickets out, every answer carried back.
//!
//! What a complaint is and what is decided of it stands in `huiliu_domain`, where it is kept in `huiliu_store`; the modules here
//! carry it, in reading order. A complaint passes through them from top to bottom; `ARCHITECTURE.md` follows one.

pub use huiliu_domain::{
    audit, bulletin, catalogue, city, clock, complaint, decide, destinations, document, handling, key, mapping, mask,
    merge, pack, page, people, reply_check, report, rewards, routing, ticket, watch,
};
pub use huiliu_store as store;

pub mod channels;
pub mod deliver;
pub mod desk;
pub mod evaluate;
pub mod feedback;
pub mod forward;
pub mod schedule;
pub mod sign_in;
pub mod telemetry;

pub mod cli;
pub mod config;
pub mod engine;
pub mod gateway;
pub mod http;
pub mod node;
pub mod registry;
