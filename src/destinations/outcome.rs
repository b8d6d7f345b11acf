//! How an attempt to deliver ended.

use std::time::Duration;

/// Most characters that are kept of an answer.
pub const MAX_PROOF_CHARS: usize = 2_000;

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it, and said this.
    Taken(String),
    /// It does not have it, as far as is known.
    Failed(Failure),
}

/// Why a delivery failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What happened.
    pub reason: String,
    /// What the other side answered, where it did.
    pub answer: Option<String>,
    /// The answer says that it will never be taken.
    pub is_end: bool,
    /// How long the other side asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl Failure {
    /// Nothing was answered.
    #[must_use]
    pub fn without_answer(reason: String) -> Self {
        Self { reason, answer: None, is_end: false, retry_after: None }
    }
}
