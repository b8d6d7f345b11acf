//! The tests that every adapter must pass, whatever it speaks.
//!
//! An adapter's tests implement [`Source`]: how its source is given records, and how it is opened. [`conforms`] then
//! checks the rules of the contract one after the other; each check's name says what it asks.

mod capture;
mod checks;
mod opening;

pub use checks::conforms;
pub use opening::open;

use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{Adapter, Factory};

/// A source of one adapter, real enough to be spoken to over its own protocol.
#[async_trait]
pub trait Source: Send + Sync {
    /// The adapter's factory.
    fn factory(&self) -> Box<dyn Factory>;

    /// A channel file for this source: `[secrets]`, `[format]` and `[settings]`.
    fn channel_file(&self) -> String;

    /// Secrets of the channel.
    fn secrets(&self) -> Vec<(&'static str, String)>;

    /// Gives the source records with these numbers; their text holds [`MARKER`].
    async fn give(&self, numbers: &[u64]);

    /// Gives the source something that cannot be read as a record beside one good record with this number; whether the
    /// source has a way to hold such a thing (a source that refuses it at the door has not).
    async fn give_broken(&self, beside: u64) -> bool;

    /// Makes the source refuse what the adapter asks, or unreachable; whether it can.
    async fn break_down(&self, how: BreakDown) -> bool;

    /// Opens a fresh adapter on this source.
    fn open(&self) -> Arc<dyn Adapter> {
        open(self.factory().as_ref(), &self.channel_file(), &self.secrets())
            .unwrap_or_else(|problems| panic_with(&problems))
    }
}

/// What every text given to a source holds, and no log may.
pub const MARKER: &str = "机密内容勿入日志";

/// How a source breaks down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakDown {
    /// It is busy for the next call.
    Busy,
    /// It refuses the credentials from now on.
    Refusing,
}

#[expect(clippy::panic, reason = "this crate is a test kit")]
fn panic_with(problems: &dyn std::fmt::Debug) -> ! {
    panic!("the channel file has problems: {problems:?}")
}
