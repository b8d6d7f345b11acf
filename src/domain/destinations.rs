//! `destinations/*.toml`: systems that tickets are sent to by other ways than AMQP (投送目的地). What of a ticket they get is said as
//! for a feed; how it is carried is said here.

mod call;
mod collected;
mod event;
mod file;
mod folder;
mod hops;
mod mail;
mod outcome;
mod settings;
mod signature;
mod sms;
mod table;
mod times;
mod way;
mod webhook;

pub use call::Calls;
pub use collected::{Collected, ReportFile};
pub use hops::MAX_HOPS;
pub use mail::MailWay;
pub use outcome::{Failure, MAX_PROOF_CHARS, Outcome};
pub use settings::{Destination, DestinationPace, Order, Retry};
pub use signature::SigningKey;
pub use sms::{Carriers, PhonePage, Sms};
pub use table::{Collection, Table, TableFile};
pub use times::Times;
pub use way::{Parcel, Way};
pub use webhook::Webhook;

#[cfg(test)]
mod tests;
