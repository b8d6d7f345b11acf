//! What calls in SOAP's envelope share, whoever makes them: 1.1 and 1.2, faults, values that are referred to, WS-Security.
//!
//! An operation is a configured HTTP call. Its `body` is what stands inside `soap:Body`, as an XML template; `answer` in its
//! expressions is the tree inside the answer's `Body`.

mod envelope;
mod operation;
mod security;

pub use envelope::{Version, body_of};
pub use operation::{EnvelopeSettings, Manner, Operation, Operations};
pub use security::SecuritySettings;
