//! What the health page, the metrics and the log know of forwarding.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::wording;
use jiff::Timestamp;
use tokio::sync::watch;

use super::MAX_SET_ASIDE;

/// From which share of its limit a queue is told as nearly full, in percent.
const NEARLY_FULL_PERCENT: u64 = 80;

/// An exchange or queue that exists with other arguments than the contract's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopologyFault {
    /// Its name.
    pub name: String,
    /// The feed that is stopped by it; none where it is used as it is.
    pub feed: Option<String>,
    /// What the broker says.
    pub reason: String,
}

impl TopologyFault {
    /// What is wrong and what to do, for people: in Chinese and in English.
    #[must_use]
    pub fn told(&self) -> (String, String) {
        let Self { name, feed, reason } = self;
        match feed {
            Some(feed) => (
                format!(
                    "订阅流 {feed} 已停：队列 {name} 的参数与约定不符。其消息留在发件箱。请取空并删除该队列，一分钟内会重新声明{}",
                    wording::original(reason)
                ),
                format!(
                    "the feed {feed} is stopped: its queue {name} exists with other arguments. Its messages stay in the outbox. Empty and delete the queue; it is declared again within a minute ({reason})"
                ),
            ),
            None => (
                format!(
                    "{name} 的参数与约定不符，按现状使用。请取空并删除它，一分钟内会重新声明{}",
                    wording::original(reason)
                ),
                format!(
                    "{name} exists with other arguments and is used as it is. Empty and delete it; it is declared again within a minute ({reason})"
                ),
            ),
        }
    }
}

/// How many messages wait in the queues that nobody has to consume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueLengths {
    /// Of the public stream, without a queue that was bound for them.
    pub unrouted: u64,
    /// Given up by consumers of feeds.
    pub dead: u64,
    /// Refused status updates.
    pub refused: u64,
}

impl QueueLengths {
    /// The lengths with the names of their queues in metrics, alarms and commands.
    #[must_use]
    pub fn named(self) -> [(&'static str, u64); 3] {
        [("unrouted", self.unrouted), ("dead", self.dead), ("refused", self.refused)]
    }
}

/// What the health page and the metrics know of forwarding.
#[derive(Debug, Default)]
pub struct ForwardState {
    /// Connected, with everything declared.
    pub connected: AtomicBool,
    /// Status updates are consumed.
    pub consuming: AtomicBool,
    /// The broker has blocked publishing (`connection.blocked`).
    pub blocked: AtomicBool,
    /// Messages confirmed since the start.
    pub published: AtomicU64,
    /// Messages returned as unroutable since the start.
    pub returned: AtomicU64,
    /// Messages refused by the broker since the start.
    pub nacked: AtomicU64,
    lengths: Mutex<QueueLengths>,
    faults: Mutex<Vec<TopologyFault>>,
    last_error: Mutex<Option<String>>,
    history: Mutex<History>,
}

/// What happened last, and when.
#[derive(Debug, Default)]
struct History {
    changed_at: Option<Timestamp>,
    failed: Option<(String, Timestamp)>,
    /// By feed; the public stream has no name.
    published: BTreeMap<Option<String>, Timestamp>,
}

impl ForwardState {
    /// What went wrong last; `None` while connected.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Exchanges and queues that exist with other arguments.
    #[must_use]
    pub fn faults(&self) -> Vec<TopologyFault> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The queues that nobody has to consume, when they were counted last.
    #[must_use]
    pub fn lengths(&self) -> QueueLengths {
        *self.lengths.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What somebody has to look at although forwarding goes on, in Chinese and in English. Where nobody has to
    /// listen to the public stream, what stands unrouted is no alarm.
    #[must_use]
    pub fn alarms(&self, is_listened_to: bool) -> Vec<(String, String)> {
        let faults = self.faults().into_iter().map(|fault| fault.told());
        let queues = self.lengths().named().into_iter();
        let queues = queues.filter(|(name, length)| *length > 0 && (is_listened_to || *name != "unrouted"));
        faults.chain(queues.map(|(name, length)| set_aside(name, length))).collect()
    }

    /// Follows a connection's `connection.blocked` until it ends.
    pub(super) fn follow_blocking(self: &Arc<Self>, mut blocked: watch::Receiver<bool>) {
        let state = Arc::clone(self);
        tokio::spawn(async move {
            loop {
                state.blocked.store(*blocked.borrow_and_update(), Ordering::Relaxed);
                if blocked.changed().await.is_err() {
                    state.blocked.store(false, Ordering::Relaxed);
                    return;
                }
            }
        });
    }

    /// Since when there is a connection, or none; none for as long as there was none since the start.
    #[must_use]
    pub fn changed_at(&self) -> Option<Timestamp> {
        self.history(|history| history.changed_at)
    }

    /// What went wrong last and when, also where all is well again.
    #[must_use]
    pub fn last_failure(&self) -> Option<(String, Timestamp)> {
        self.history(|history| history.failed.clone())
    }

    /// When the broker last took a message of a feed, or of the public stream, since the start.
    #[must_use]
    pub fn last_published(&self, feed: Option<&str>) -> Option<Timestamp> {
        self.history(|history| history.published.get(&feed.map(str::to_owned)).copied())
    }

    /// When it last took any.
    #[must_use]
    pub fn last_published_of_all(&self) -> Option<Timestamp> {
        self.history(|history| history.published.values().max().copied())
    }

    /// Notes that there is a connection, with everything declared.
    pub fn note_connected(&self, now: Timestamp) {
        if !self.connected.swap(true, Ordering::Relaxed) {
            self.history(|history| history.changed_at = Some(now));
        }
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Notes that there is none, and why.
    pub fn note_lost(&self, error: String, now: Timestamp) {
        if self.connected.swap(false, Ordering::Relaxed) {
            self.history(|history| history.changed_at = Some(now));
        }
        self.history(|history| history.failed = Some((error.clone(), now)));
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// Notes of which feeds the broker took messages.
    pub(super) fn note_published(&self, feeds: impl Iterator<Item = Option<String>>, now: Timestamp) {
        self.history(|history| history.published.extend(feeds.map(|feed| (feed, now))));
    }

    fn history<T>(&self, look: impl FnOnce(&mut History) -> T) -> T {
        look(&mut self.history.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what is wrong with exchanges and queues; what is new is logged.
    pub(super) fn note_faults(&self, faults: &[TopologyFault]) {
        let mut known = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        for fault in faults.iter().filter(|fault| !known.iter().any(|known| known.name == fault.name)) {
            tracing::warn!(name = fault.name, feed = fault.feed, "{}", fault.told().1);
        }
        *known = faults.to_vec();
    }

    /// Notes how long queues are; one that begins to fill, or is nearly full, is logged.
    pub(super) fn note_lengths(&self, lengths: QueueLengths) {
        let mut known = self.lengths.lock().unwrap_or_else(PoisonError::into_inner);
        for ((name, before), (_, now)) in known.named().into_iter().zip(lengths.named()) {
            if (before == 0 && now > 0) || (!nearly_full(before) && nearly_full(now)) {
                tracing::warn!(queue = name, messages = now, "{}", set_aside(name, now).1);
            }
        }
        *known = lengths;
    }
}

fn nearly_full(length: u64) -> bool {
    length * 100 >= MAX_SET_ASIDE * NEARLY_FULL_PERCENT
}

fn set_aside(name: &str, length: u64) -> (String, String) {
    let zh = match name {
        "unrouted" => "无人绑定的消息",
        "dead" => "订阅方放弃的消息",
        _ => "被拒的办理状态",
    };
    let (full_zh, full) = match nearly_full(length) {
        true => ("，将满，最旧的会先丢弃", ", which is nearly full: the oldest go first"),
        false => ("", ""),
    };
    (
        format!("{zh} {length} 条{full_zh}；用 huiliu {name} list 查看"),
        format!("{length} messages in the queue of the {name}{full}; look into it with `huiliu {name} list`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_that_fills_is_an_alarm_and_says_when_it_is_nearly_full() {
        let state = ForwardState::default();
        assert!(state.alarms(true).is_empty());
        state.note_lengths(QueueLengths { dead: 3, unrouted: MAX_SET_ASIDE * 8 / 10, refused: 0 });
        assert_eq!(state.alarms(false).len(), 1, "where nobody listens nothing is missed");
        let alarms = state.alarms(true);
        assert_eq!(alarms.len(), 2);
        assert!(alarms[0].1.contains("nearly full") && alarms[0].1.contains("huiliu unrouted list"), "{alarms:?}");
        assert!(!alarms[1].1.contains("nearly full") && alarms[1].0.contains("huiliu dead list"), "{alarms:?}");
    }
}
