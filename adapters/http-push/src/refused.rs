//! What is remembered of calls that are refused although their caller is known: bodies that cannot be read are kept for the operator,
//! within limits; what is over a limit is counted in the log.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::rate::Rate;

/// Most unreadable bodies kept in a minute, and in a day: a sender that is broken must not fill the store.
const MAX_KEPT_PER_MINUTE: u32 = 10;
/// As above.
const MAX_KEPT_PER_DAY: u32 = 1_000;
/// Lines in the log about refused calls, in a minute.
const MAX_LINES_PER_MINUTE: u32 = 1;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Calls of one channel that were refused.
#[derive(Debug)]
pub(crate) struct Refused {
    per_minute: Rate,
    per_day: Rate,
    lines: Rate,
    not_kept: AtomicU64,
    too_large: AtomicU64,
}

impl Refused {
    pub(crate) fn new() -> Self {
        Self {
            per_minute: Rate::new(MAX_KEPT_PER_MINUTE, MINUTE),
            per_day: Rate::new(MAX_KEPT_PER_DAY, DAY),
            lines: Rate::new(MAX_LINES_PER_MINUTE, MINUTE),
            not_kept: AtomicU64::new(0),
            too_large: AtomicU64::new(0),
        }
    }

    /// Whether one more unreadable body may be kept.
    pub(crate) fn may_keep(&self) -> bool {
        self.per_minute.admits() && self.per_day.admits()
    }

    /// Notes an unreadable body that was not kept.
    pub(crate) fn not_kept(&self, channel: &str) {
        let count = self.not_kept.fetch_add(1, Ordering::Relaxed) + 1;
        if self.lines.admits() {
            tracing::warn!(
                channel,
                count,
                "Calls that cannot be read were refused and not kept: see those that were, in quarantine."
            );
        }
    }

    /// Notes a call over a limit of the channel.
    pub(crate) fn too_large(&self, channel: &str) {
        let count = self.too_large.fetch_add(1, Ordering::Relaxed) + 1;
        if self.lines.admits() {
            tracing::warn!(
                channel,
                count,
                "Calls over a limit of the channel were refused: their sender has to send less at a time, or the limit is too low."
            );
        }
    }
}
