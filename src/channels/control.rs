//! What people say to a running channel: that it pauses, and that it looks at once.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

use crate::mask::mask_text;
use crate::store::PauseRow;

/// Shortest time between two pulls that people ask for of one channel.
const MIN_BETWEEN: SignedDuration = SignedDuration::from_secs(10);

/// That somebody has paused a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pause {
    /// Since when.
    pub since: Timestamp,
    /// Who paused it.
    pub by: String,
    /// Why; may be empty.
    #[schemars(example = &"对方系统升级，今晚恢复")]
    pub reason: String,
}

impl From<PauseRow> for Pause {
    fn from(row: PauseRow) -> Self {
        Self { since: row.at, by: row.actor, reason: mask_text(&row.reason) }
    }
}

/// Rings for a pull at once; not more often than a source can bear.
#[derive(Debug, Default)]
pub struct PullBell {
    bell: Notify,
    rung_at: Mutex<Option<Timestamp>>,
}

impl PullBell {
    /// Rings, unless it has just been rung; then it gives how many seconds it is too soon.
    ///
    /// # Errors
    /// Seconds until it may be rung.
    pub(super) fn ring(&self, now: Timestamp) -> Result<(), i64> {
        let mut rung_at = self.rung_at.lock().unwrap_or_else(PoisonError::into_inner);
        let since = rung_at.map(|at| now.duration_since(at)).filter(|since| !since.is_negative());
        if let Some(since) = since.filter(|since| *since < MIN_BETWEEN) {
            return Err((MIN_BETWEEN - since).as_secs().max(1));
        }
        *rung_at = Some(now);
        self.bell.notify_one();
        Ok(())
    }

    /// Waits until it is rung; at once where it was since the last time.
    pub(super) async fn rung(&self) {
        self.bell.notified().await;
    }
}

/// Channels that are being tried, each by one person at a time: one whose source does not answer keeps no other from being tried.
#[derive(Debug, Default)]
pub(super) struct Trials(Mutex<BTreeSet<String>>);

/// A channel that is being tried, until this goes.
#[derive(Debug)]
pub(super) struct OnTrial<'t> {
    of: &'t Trials,
    channel: String,
}

impl Trials {
    fn under_way(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to try a channel; none where it is being tried already.
    pub(super) fn begin(&self, channel: &str) -> Option<OnTrial<'_>> {
        let is_first = self.under_way().insert(channel.to_owned());
        is_first.then(|| OnTrial { of: self, channel: channel.to_owned() })
    }
}

impl Drop for OnTrial<'_> {
    fn drop(&mut self) {
        self.of.under_way().remove(&self.channel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_is_tried_once_at_a_time_whatever_others_wait_for() {
        let trials = Trials::default();
        let hangs = trials.begin("hotline").unwrap();
        assert!(trials.begin("hotline").is_none());
        assert!(trials.begin("board").is_some());
        drop(hangs);
        assert!(trials.begin("hotline").is_some());
    }

    #[test]
    fn a_source_is_not_hammered() {
        let bell = PullBell::default();
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        assert_eq!([0, 0, 4, 9].map(|second| bell.ring(at(second))), [Ok(()), Err(10), Err(6), Err(1)]);
        assert_eq!([10, 11].map(|second| bell.ring(at(second))), [Ok(()), Err(9)]);
        assert_eq!(bell.ring(at(-60)), Ok(()), "a clock that was set back keeps nobody out");
    }
}
