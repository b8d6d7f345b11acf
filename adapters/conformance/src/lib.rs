//! The tests that every adapter must pass, whatever it speaks.
//!
//! An adapter's tests implement [`Source`]: how its source is given records, how it misbehaves, and how it is opened. [`conforms`]
//! then checks the rules of the contract one after the other; each check's name says what it asks. What a source cannot do it
//! says with a reason, and gets back as an [`Exemption`]: the adapter's test states them, so that none comes about silently.

mod capture;
mod checks;
mod opened;
mod opening;
pub mod scripted;
mod source;

pub use checks::conforms;
pub use opening::{open, open_at};
pub use source::{Behaviour, Exercise, FILE, MARKER, Source};

/// A rule that was not exercised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exemption {
    /// What was asked of the source.
    pub asked: &'static str,
    /// Why it cannot happen.
    pub reason: &'static str,
}
