//! How often something may happen.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Counts within a span of time that begins anew when it is over.
#[derive(Debug)]
pub(crate) struct Rate {
    span: Duration,
    most: u32,
    current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
    since: Instant,
    count: u32,
}

impl Rate {
    pub(crate) fn new(most: u32, span: Duration) -> Self {
        Self { span, most, current: Mutex::new(Current { since: Instant::now(), count: 0 }) }
    }

    /// Counts one more; whether it is within the limit.
    pub(crate) fn admits(&self) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.since.elapsed() >= self.span {
            *current = Current { since: Instant::now(), count: 0 };
        }
        current.count = current.count.saturating_add(1);
        current.count <= self.most
    }
}
