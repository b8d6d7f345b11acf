//! How an attempt to deliver ended.

use std::time::Duration;

use huiliu_adapter_api::AdapterError;

use crate::mask::mask_text;

/// Most characters that are kept of an answer.
pub const MAX_PROOF_CHARS: usize = 2_000;

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Taken {
        /// What it said.
        answer: String,
        /// Its own number for the ticket, where its answer has one.
        number: Option<String>,
    },
    /// Nothing was sent: something has to be known first. It says nothing of how the other side is.
    Waits {
        /// What has to be known.
        reason: String,
    },
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

impl Outcome {
    /// The other side has it, and said this.
    #[must_use]
    pub fn taken(answer: String) -> Self {
        Self::Taken { answer, number: None }
    }

    /// With what the other side said of a failure masked: it goes to the log and to lists, and may name a citizen.
    #[must_use]
    pub fn masked(self) -> Self {
        match self {
            Self::Failed(failure) => Self::Failed(Failure { reason: mask_text(&failure.reason), ..failure }),
            other => other,
        }
    }
}

impl Failure {
    /// Nothing was answered.
    #[must_use]
    pub fn without_answer(reason: String) -> Self {
        Self { reason, answer: None, is_end: false, retry_after: None }
    }

    /// It would fail for ever: what it is made of is not right.
    #[must_use]
    pub fn for_ever(reason: String) -> Self {
        Self { reason, answer: None, is_end: true, retry_after: None }
    }

    /// A server of files does not have it. Whatever it says can be mended there, so that nothing is given up.
    #[must_use]
    pub fn of_server(error: AdapterError) -> Self {
        let retry_after = match &error {
            AdapterError::Transient { retry_after, .. } => *retry_after,
            _ => None,
        };
        Self { retry_after, ..Self::without_answer(error.to_string()) }
    }

    /// A mail server does not have it: what it refuses, it refuses for ever.
    #[must_use]
    pub fn of_mail(error: AdapterError) -> Self {
        let is_end = matches!(error, AdapterError::Refused { .. });
        Self { is_end, ..Self::of_server(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_other_side_says_of_a_citizen_is_masked() {
        let failure = Failure::without_answer("参数错误，电话13812345678".to_owned());
        let masked = format!("{:?}", Outcome::Failed(failure).masked());
        assert!(masked.contains("参数错误，电话138") && !masked.contains("13812345678"), "{masked}");
    }
}
