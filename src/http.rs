//! The one listener: channel endpoints under `/in/<channel>`, the admin API under `/api/v1`, health and metrics.

mod api;
mod auth;
mod documents;
mod files;
mod health;
mod intake;
mod openapi;
mod readiness;
mod server;
mod site;

pub use auth::{Role, new_token, token_hash};
pub use openapi::openapi;
pub use readiness::Readiness;
pub use server::HttpServer;
pub use site::Site;
