//! What adapters share that call their source over HTTP: one client with the gateway's limits, calls that are configured in
//! channel files, the login before them, and the channel's own variables for them.
//!
//! It knows no protocol above HTTP, and neither loops nor tries again.

mod access;
mod call;
mod caller;
mod client;
mod connect;
mod connection;
mod damaged;
mod failure;
mod login;
mod mask;
mod pem;
mod traced;
mod trust;

pub use access::{Access, AccessSettings};
pub use call::{Call, CallAnswer, CallError, CallSettings, Envelope, MAX_CALL_TIMEOUT_S, MAX_KEPT_CHARS, PartSettings};
pub use caller::{Caller, PULL_BUDGET};
pub use client::{Answer, HttpClient};
pub use connection::{ProxySettings, TlsSettings};
pub use damaged::{MAX_PAGE_TRIES, Tries, page_alarm, page_aside};
pub use login::{LoginSettings, MAX_LOGIN_S, OAuth2Settings};
pub use mask::without_secrets;
pub use pem::{Identity, IdentityPart, PemFault, read_authorities, read_identity};
