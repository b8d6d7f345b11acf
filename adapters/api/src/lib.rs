//! The contract between the gateway and the code that speaks one protocol.
//!
//! An adapter delivers batches of [`RawRecord`]s in the source's own field names, learns what became of them, and carries
//! replies back. It knows nothing of complaints, tickets or the store. Its rules:
//!
//! - **It owns no loop, no retry and no sleep.** The gateway decides when to pull, how fast, and what to do after an error. A
//!   source that wants to be spoken to all the time has a [`Session`], which the gateway runs and starts again.
//! - **It keeps no progress.** [`Adapter::pull`] is given the stored position and returns the next one, which the gateway
//!   stores in the same transaction as the records. Until then the same records come again.
//! - **It is cancel-safe.** Any future may be dropped at any await; nothing is lost by that.
//! - **It is bounded.** A batch has at most the number of records that was asked for; bodies, answers, files and waits have
//!   limits. A source that says nothing is given up after [`MAX_SILENCE`] at the latest.
//! - **One record does not stop the others.** What cannot be read is delivered as a broken record among the good ones.
//! - **It says what kind of error it met**: [`AdapterError`] is transient, refused or gone.
//! - **It logs no content**: neither text nor names, numbers, addresses or secrets.
//!
//! The `huiliu-conformance` crate tests these rules for every adapter.

mod adapter;
mod calls;
mod clock;
mod error;
mod file;
mod form;
mod network;
mod nonce;
mod open;
mod push;
mod reading;
mod receipts;
mod record;
mod records;
mod refusal;
mod reply;
mod session;
mod settings;
mod shares;
mod trace;
mod tried;
pub mod wording;

pub use adapter::{Adapter, Batch, Delivery, Outcome, OutcomeState, OutgoingRequest, Position, Receipt, Records};
pub use calls::{Calls, CallsIn, calls, refused_for_now};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::AdapterError;
pub use file::{LeftOut, LeftOutReason, RecordFile};
pub use form::{Asked, CitizenForm, Claim, Form, FormCategory, FormPoint, FormRating, Nearby};
pub use network::{Network, caller_behind};
pub use nonce::{CountedNonces, FixedNonce, Nonces, SystemNonces};
pub use open::{Factory, Opening, Secrets, is_same_secret};
pub use push::{HttpEndpoint, PushRequest, PushResponse};
pub use reading::{AlarmKind, FileReading, SheetReading, SourceAlarm};
pub use receipts::{AskedNumber, NoReceipts, Progress, Receipts};
pub use record::{RawRecord, RecordBody, is_traceparent};
pub use records::{Beside, RecordFormat, RecordFormatSettings};
pub use refusal::{PROBLEM_JSON, PROBLEM_TYPE, Refusal, RefusalCode};
pub use reply::{Reply, ReplyFile, ReplyPerson, Sent, WayBack};
pub use session::{Link, Session};
pub use settings::{Problems, Settings, SettingsProblem, SpannedText, read_charset};
pub use shares::{Shares, household};
pub use trace::{
    Judged, MAX_TRACED_BYTES, MAX_TRACED_CALLS, ShownRequest, TRACE_ON_S, Trace, TracedCall, TracedMessage,
};
pub use tried::{MustBe, try_template};

use std::time::Duration;

/// Largest number of records in one batch that the gateway asks for.
pub const MAX_BATCH: usize = 256;

/// Bytes of files from which on a batch takes no further record.
pub const MAX_BATCH_FILES_BYTES: usize = 64 << 20;

/// Largest answer of a source, and largest file that holds one payload, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 16 << 20;

/// Longest time until a pull, a confirmation of one record, a reply or a session has noticed that its source says nothing.
pub const MAX_SILENCE: Duration = Duration::from_secs(360);
