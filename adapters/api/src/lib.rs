//! The contract between the gateway and the code that speaks one protocol.
//!
//! An adapter delivers batches of [`RawRecord`]s in the source's own field names, learns what became of them, and carries
//! replies back. It knows nothing of complaints, tickets or the store. Its rules:
//!
//! - **It owns no loop, no retry and no sleep.** The pipeline decides when to pull, how fast, and what to do after an error.
//! - **It keeps no progress.** [`Adapter::pull`] is given the stored position and returns the next one, which the gateway
//!   stores in the same transaction as the records. Until then the same records come again.
//! - **It is cancel-safe.** Any future may be dropped at any await; nothing is lost by that.
//! - **It is bounded.** A batch has at most the number of records that was asked for; bodies, answers and waits have limits.
//! - **It says what kind of error it met**: [`AdapterError`] is transient, refused or gone.
//! - **It logs no content**: neither text nor names, numbers, addresses or secrets.
//!
//! The `huiliu-conformance` crate tests these rules for every adapter.

mod adapter;
mod call;
mod client;
mod clock;
mod error;
mod open;
mod push;
mod record;
mod records;
mod reply;
mod settings;

pub use adapter::{Adapter, Batch, Outcome, OutcomeState, Position, Receipt, Records};
pub use call::{Call, CallAnswer, CallSettings, Envelope};
pub use client::{Answer, HttpClient, MAX_ANSWER_BYTES};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::AdapterError;
pub use open::{Factory, Opening, Secrets};
pub use push::{HttpEndpoint, PushRequest, PushResponse};
pub use record::{RawRecord, RecordBody};
pub use records::{RecordFormat, RecordFormatSettings};
pub use reply::{Delivery, Reply};
pub use settings::{Problems, Settings, SettingsProblem, SpannedText};

/// Largest number of records in one batch that the gateway asks for.
pub const MAX_BATCH: usize = 256;
