//! The listeners: channel endpoints under `/in/<channel>`, the admin API under `/api/v1`, health and metrics.

mod api;
mod audited;
mod auth;
mod body;
mod bulletins;
mod caller;
mod citizens;
mod deliveries;
mod documents;
mod doorkeeper;
mod extract;
mod files;
mod handlers;
mod health;
mod identity;
mod intake;
mod matters;
mod metrics;
mod openapi;
mod pages;
mod problem;
mod readiness;
mod schemas;
mod server;
mod sight;
mod site;

pub use audited::Refusals;
pub use auth::{PROGRAM, Role, new_token, token_hash};
pub use bulletins::BulletinMemory;
pub use citizens::CitizenDoor;
pub use doorkeeper::Doorkeeper;
pub use metrics::LedgerMemory;
pub use openapi::openapi;
pub use readiness::Readiness;
pub use server::{Door, HttpServer};
pub use site::{PageSettings, Site};
