//! What an adapter's tests provide.

use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{Adapter, Factory};

use crate::open;

/// What every text given to a source holds, and no log may.
pub const MARKER: &str = "机密内容勿入日志";

/// The file that a record brings: a PNG picture of nothing.
pub const FILE: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR";

/// How a source behaves from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// As it should.
    Well,
    /// It is busy: it answers everything with "later".
    Busy,
    /// It refuses everything, for instance the credentials.
    Refusing,
    /// It takes requests and never answers; a standing link stays silent.
    Hanging,
    /// It answers with more than [`MAX_PAYLOAD_BYTES`](huiliu_adapter_api::MAX_PAYLOAD_BYTES).
    Oversized,
    /// It takes confirmations of all records but the one with this number.
    ConfirmsAllBut(u64),
    /// It does not know the complaint that a reply is about.
    ComplaintUnknown,
}

impl Behaviour {
    /// Its name in exemptions.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Busy => "busy",
            Self::Refusing => "refusing",
            Self::Hanging => "hanging",
            Self::Oversized => "oversized",
            Self::ConfirmsAllBut(_) => "partial confirmation",
            Self::ComplaintUnknown => "complaint unknown",
        }
    }
}

/// Whether a source can do what a check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Exercise {
    /// It does it from now on.
    Arranged,
    /// It cannot, for this reason.
    CannotHappen(&'static str),
}

/// A source of one adapter, real enough to be spoken to over its own protocol.
#[async_trait]
pub trait Source: Send + Sync {
    /// The adapter's factory.
    fn factory(&self) -> Box<dyn Factory>;

    /// A channel file for this source: `[secrets]`, `[format]` and `[settings]`.
    fn channel_file(&self) -> String;

    /// Secrets of the channel.
    fn secrets(&self) -> Vec<(&'static str, String)>;

    /// Gives the source records with these numbers in the place of what it had; their text holds [`MARKER`]. A source that
    /// pushes delivers them once, by itself.
    async fn give(&self, numbers: &[u64]);

    /// Gives the source one more record, beside what it has.
    async fn give_more(&self, number: u64);

    /// A source that pushes delivers again what it was told to send again; waits until it was told.
    async fn send_again(&self) {}

    /// Gives the source something that cannot be read as a record, between two good records with these numbers.
    async fn give_broken(&self, before: u64, after: u64) -> Exercise;

    /// Gives the source a record with this number that brings [`FILE`].
    async fn give_file(&self, number: u64) -> Exercise;

    /// Makes the source behave in this way.
    async fn behave(&self, how: Behaviour) -> Exercise;

    /// The keys of the replies that have reached the source, or why there is no way back.
    fn replies(&self) -> Result<Vec<String>, &'static str>;

    /// Opens a fresh adapter on this source.
    fn open(&self) -> Arc<dyn Adapter> {
        open(self.factory().as_ref(), &self.channel_file(), &self.secrets())
            .unwrap_or_else(|problems| panic_with(&problems))
    }
}

#[expect(clippy::panic, reason = "this crate is a test kit")]
fn panic_with(problems: &dyn std::fmt::Debug) -> ! {
    panic!("the channel file has problems: {problems:?}")
}
