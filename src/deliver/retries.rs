//! What people want tried at once, although it would wait.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Destinations that somebody wants tried at once. It holds each name once, and only names of the store.
#[derive(Debug, Default)]
pub struct RetryRequests {
    destinations: Mutex<BTreeSet<String>>,
    bell: Arc<Notify>,
}

impl RetryRequests {
    /// None yet. `bell` is rung whenever there is one.
    #[must_use]
    pub fn new(bell: Arc<Notify>) -> Self {
        Self { destinations: Mutex::default(), bell }
    }

    /// Has what waits for these destinations tried at once, whether they count as away or not.
    pub fn ask<'d>(&self, destinations: impl IntoIterator<Item = &'d String>) {
        self.destinations.lock().unwrap_or_else(PoisonError::into_inner).extend(destinations.into_iter().cloned());
        self.bell.notify_waiters();
    }

    /// Whether it was asked for, once.
    pub(super) fn take(&self, destination: &str) -> bool {
        self.destinations.lock().unwrap_or_else(PoisonError::into_inner).remove(destination)
    }
}
