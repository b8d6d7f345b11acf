//! Why the desk could not do something.

/// Why the desk could not do something.
#[derive(Debug, Clone, thiserror::Error)]
pub enum DeskError {
    /// The step failed; nothing was changed.
    #[error("nothing was stored: {0}")]
    NotStored(String),
    /// Something stored that this needs cannot be understood; nothing was changed, and trying again does not help.
    #[error("{0}")]
    Damaged(String),
    /// The store could not be read.
    #[error("the store could not be read: {0}")]
    NotRead(String),
    /// The desk has stopped.
    #[error("the gateway is stopping")]
    Stopped,
}
