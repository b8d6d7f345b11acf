//! What an adapter can meet, by what its caller should do.

use std::time::Duration;

/// An error of a source. The texts are for operators and hold no content of records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AdapterError {
    /// It may work later: no connection, time-out, busy, too many requests.
    #[error("{reason}")]
    Transient {
        /// What happened.
        reason: String,
        /// How long the source asked to be left alone.
        retry_after: Option<Duration>,
    },
    /// The source answered that it will not do this: wrong credentials, bad request, business error.
    #[error("{reason}")]
    Refused {
        /// What happened, and what to do where that is known.
        reason: String,
    },
    /// A setting does not fit what is there: a folder that is missing, a list of records that is elsewhere. Nothing is lost by waiting,
    /// and it is over when an operator has acted: it is tried again at the channel's interval, without waits that grow.
    #[error("{reason}")]
    Misconfigured {
        /// What does not fit, and what to do, in both languages.
        reason: String,
    },
    /// What was asked for is no longer there.
    #[error("{reason}")]
    Gone {
        /// What is missing.
        reason: String,
    },
}

impl AdapterError {
    /// All that [`kind`](Self::kind) gives.
    pub const KINDS: [&'static str; 4] = ["transient", "refused", "misconfigured", "gone"];

    /// A transient error without a wish of the source.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { reason: reason.into(), retry_after: None }
    }

    /// A refusal.
    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }

    /// A setting that does not fit.
    pub fn misconfigured(reason: impl Into<String>) -> Self {
        Self::Misconfigured { reason: reason.into() }
    }

    /// Something that is gone.
    pub fn gone(reason: impl Into<String>) -> Self {
        Self::Gone { reason: reason.into() }
    }

    /// The kind of error, as it stands in metrics and the API.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Transient { .. } => "transient",
            Self::Refused { .. } => "refused",
            Self::Misconfigured { .. } => "misconfigured",
            Self::Gone { .. } => "gone",
        }
    }
}
