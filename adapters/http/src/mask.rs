//! What errors may not say: secrets of the channel, and what a login gave.

use huiliu_adapter_api::AdapterError;

use crate::CallError;

/// What stands in the place of a secret.
const MASK: &str = "***";
/// Shortest secret that is looked for, in bytes: a shorter one would be found in ordinary words.
const MIN_BYTES: usize = 4;

/// The error without these texts.
pub(crate) fn masked(error: CallError, hidden: &[String]) -> CallError {
    match error {
        CallError::Failed(error) => CallError::Failed(masked_failure(error, hidden)),
        CallError::Unreadable(reason) => CallError::Unreadable(without_secrets(reason, hidden)),
        CallError::Damaged { reason, text } => {
            CallError::Damaged { reason: without_secrets(reason, hidden), text: without_secrets(text, hidden) }
        }
    }
}

fn masked_failure(error: AdapterError, hidden: &[String]) -> AdapterError {
    match error {
        AdapterError::Transient { reason, retry_after } => {
            AdapterError::Transient { reason: without_secrets(reason, hidden), retry_after }
        }
        AdapterError::Refused { reason } => AdapterError::Refused { reason: without_secrets(reason, hidden) },
        AdapterError::Misconfigured { reason } => {
            AdapterError::Misconfigured { reason: without_secrets(reason, hidden) }
        }
        AdapterError::Gone { reason } => AdapterError::Gone { reason: without_secrets(reason, hidden) },
    }
}

/// A text without these texts.
#[must_use]
pub fn without_secrets(text: String, hidden: &[String]) -> String {
    hidden.iter().filter(|secret| secret.len() >= MIN_BYTES).fold(text, |text, secret| {
        if text.contains(secret.as_str()) { text.replace(secret.as_str(), MASK) } else { text }
    })
}
