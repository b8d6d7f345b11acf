//! `destinations/*.toml`: systems that tickets are sent to by other ways than AMQP (投送目的地). What of a ticket they get is said as
//! for a feed; how it is carried is said here.

mod file;
mod outcome;
mod settings;
mod signature;
mod way;
mod webhook;

pub use outcome::{Failure, MAX_PROOF_CHARS, Outcome};
pub use settings::{Destination, DestinationPace, Order, Retry};
pub use signature::SigningKey;
pub use way::Way;
pub use webhook::Webhook;
