//! A live trace of one channel: its last calls, each with what was asked, what was answered and how that was judged. It is off until
//! somebody asks for it, goes off by itself, and stands in memory only: neither in the log nor on disk.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// Most calls that are remembered of one channel; the oldest gives way.
pub const MAX_TRACED_CALLS: usize = 50;
/// Most bytes that are remembered of one body, and of all header fields of one message.
pub const MAX_TRACED_BYTES: usize = 4_096;
/// How long a trace stays on after somebody asked for it, in seconds.
pub const TRACE_ON_S: i64 = 300;

/// The trace of one channel.
#[derive(Debug, Default)]
pub struct Trace {
    kept: Mutex<Kept>,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Kept {
    until: Option<Timestamp>,
    last: i64,
    calls: VecDeque<TracedCall>,
}

/// One call, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedCall {
    /// Grows from call to call, also over reloads: microseconds since 1970, or more.
    pub id: i64,
    /// When it began.
    pub at: Timestamp,
    /// Which call it is: `list`, `detail`, `sign`, `reply`, `login.1`…, or `push` where the source calls.
    pub call: String,
    /// HTTP method.
    pub method: String,
    /// URL that was called; of a push what follows the host.
    pub url: String,
    /// What was asked.
    pub request: TracedMessage,
    /// HTTP status of the answer; none where none came.
    pub status: Option<u16>,
    /// What was answered; none where nothing came.
    pub answer: Option<TracedMessage>,
    /// How the answer was judged.
    pub judged: Judged,
    /// Why, where it was no success.
    pub reason: Option<String>,
    /// How long it took.
    pub took: Duration,
}

/// Header fields and the beginning of a body, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TracedMessage {
    /// Header fields in their order.
    pub headers: Vec<(String, String)>,
    /// The first bytes of the body as text; none where it is not shown, as in a login.
    pub body: Option<String>,
    /// Bytes of the whole body.
    pub bytes: usize,
}

/// A request as people are shown it, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRequest {
    /// HTTP method.
    pub method: String,
    /// URL.
    pub url: String,
    /// Header fields and the beginning of the body.
    pub message: TracedMessage,
}

/// How an answer was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// A success by the channel's rule; of a push: it was taken.
    Success,
    /// The list has not changed since it was read last.
    NotModified,
    /// It may work later: busy, too many requests, an error of the server.
    Busy,
    /// The source will not do it; of a push: the caller was refused.
    Refused,
    /// A setting does not fit what is there.
    Misconfigured,
    /// What was asked for is no longer there.
    Gone,
    /// The source says that the login no longer holds.
    LoginExpired,
    /// A success that cannot be read.
    Unreadable,
    /// No whole answer came.
    NoAnswer,
}

impl Judged {
    /// All, with their names in the API.
    pub const ALL: [(Self, &'static str); 9] = [
        (Self::Success, "success"),
        (Self::NotModified, "not_modified"),
        (Self::Busy, "busy"),
        (Self::Refused, "refused"),
        (Self::Misconfigured, "misconfigured"),
        (Self::Gone, "gone"),
        (Self::LoginExpired, "login_expired"),
        (Self::Unreadable, "unreadable"),
        (Self::NoAnswer, "no_answer"),
    ];

    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(judged, _)| *judged == self).map_or("success", |(_, name)| name)
    }
}

impl Trace {
    /// Turns it on, or keeps it on; gives until when.
    pub fn keep_on(&self, now: Timestamp) -> Timestamp {
        let until = now.saturating_add(SignedDuration::from_secs(TRACE_ON_S)).unwrap_or(Timestamp::MAX);
        let mut kept = self.kept();
        kept.forget_when_off(now);
        kept.until = Some(until);
        until
    }

    /// Whether calls are remembered at `now`. One that has gone off forgets what it has.
    pub fn is_on(&self, now: Timestamp) -> bool {
        let mut kept = self.kept();
        kept.forget_when_off(now);
        kept.until.is_some()
    }

    /// Remembers a call, where it is on; its id is given here.
    pub fn note(&self, mut call: TracedCall, now: Timestamp) {
        let mut kept = self.kept();
        kept.forget_when_off(now);
        if kept.until.is_none() {
            return;
        }
        kept.last = now.as_microsecond().max(kept.last + 1);
        call.id = kept.last;
        if kept.calls.len() >= MAX_TRACED_CALLS {
            kept.calls.pop_front();
        }
        kept.calls.push_back(call);
        drop(kept);
        self.bell.notify_waiters();
    }

    /// The calls behind the one with this id, the oldest first.
    #[must_use]
    pub fn since(&self, after: i64) -> Vec<TracedCall> {
        self.kept().calls.iter().filter(|call| call.id > after).cloned().collect()
    }

    /// Rings when a call was remembered.
    pub fn noted(&self) -> tokio::sync::futures::Notified<'_> {
        self.bell.notified()
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget_when_off(&mut self, now: Timestamp) {
        if self.until.is_none_or(|until| until <= now) {
            self.until = None;
            self.calls.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> TracedCall {
        TracedCall {
            id: 0,
            at: Timestamp::UNIX_EPOCH,
            call: name.to_owned(),
            method: "GET".to_owned(),
            url: "http://source/list".to_owned(),
            request: TracedMessage::default(),
            status: Some(200),
            answer: None,
            judged: Judged::Success,
            reason: None,
            took: Duration::ZERO,
        }
    }

    #[test]
    fn it_is_off_until_asked_for_and_goes_off_by_itself() {
        let (trace, begin) = (Trace::default(), Timestamp::UNIX_EPOCH);
        let after = |seconds: i64| begin + SignedDuration::from_secs(seconds);
        trace.note(call("early"), begin);
        assert!(!trace.is_on(begin));
        assert_eq!(trace.keep_on(begin), after(TRACE_ON_S));
        trace.note(call("list"), after(1));
        assert_eq!(trace.since(0).len(), 1);
        trace.note(call("late"), after(TRACE_ON_S));
        assert!(trace.since(0).is_empty(), "what is off forgets");
    }

    #[test]
    fn the_newest_calls_stay_and_ids_grow_also_within_one_moment() {
        let (trace, now) = (Trace::default(), Timestamp::UNIX_EPOCH);
        trace.keep_on(now);
        (0..MAX_TRACED_CALLS + 3).for_each(|n| trace.note(call(&n.to_string()), now));
        let calls = trace.since(0);
        assert_eq!((calls.len(), calls[0].call.as_str()), (MAX_TRACED_CALLS, "3"));
        assert!(calls.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert_eq!(trace.since(calls[MAX_TRACED_CALLS - 2].id).len(), 1);
    }
}
