//! What a login has come to, kept as long as its settings are the same: over reloads, and for all calls of a channel together, of which
//! one logs in while the others wait.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;

use huiliu_adapter_api::AdapterError;

use super::cookies::Jar;

/// What a login gave: names and cookies.
pub(crate) struct LoggedIn {
    /// The variable `session`.
    pub names: Value,
    /// Cookies, which later answers change.
    pub jar: Mutex<Jar>,
    /// From when on it is renewed; `None`: when its source says so.
    pub renew_at: Option<Timestamp>,
    /// Until when it holds.
    pub until: Option<Timestamp>,
}

/// One login: its first caller makes it, and the others wait for what comes of it.
#[derive(Default)]
pub(crate) struct Flight {
    /// What came of it.
    pub done: OnceCell<Arc<LoggedIn>>,
    /// What holds meanwhile.
    pub before: Option<Arc<LoggedIn>>,
    /// Why it failed last, and until when that is told without asking again.
    failed: Mutex<Option<(Timestamp, AdapterError)>>,
}

impl Flight {
    /// Why it failed a short time ago.
    pub fn failed_at(&self, now: Timestamp) -> Option<AdapterError> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().filter(|(until, _)| *until > now).map(|(_, error)| error.clone())
    }

    /// Notes a failure that is told to all callers until then.
    pub fn fail(&self, until: Timestamp, error: &AdapterError) {
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some((until, error.clone()));
    }
}

/// The login of one channel.
#[derive(Default)]
pub(crate) struct Held(Mutex<Arc<Flight>>);

impl Held {
    /// The login that holds at `now`, or the one that is to be made.
    pub fn current(&self, now: Timestamp) -> Arc<Flight> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(done) = held.done.get().cloned()
            && done.renew_at.is_some_and(|renew_at| renew_at <= now)
        {
            *held = Arc::new(Flight { before: Some(done), ..Flight::default() });
        }
        Arc::clone(&held)
    }

    /// Gives up a login of which its source says that it no longer holds; another call may have done so before.
    pub fn give_up(&self, expired: &Arc<LoggedIn>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is = |other: Option<&Arc<LoggedIn>>| other.is_some_and(|other| Arc::ptr_eq(other, expired));
        if is(held.done.get()) || (held.done.get().is_none() && is(held.before.as_ref())) {
            *held = Arc::default();
        }
    }
}

/// The logins of all channels that are open, by channel and digest of their settings. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Logins(Arc<Mutex<HashMap<[u8; 32], Weak<Held>>>>);

impl Logins {
    /// The login of these settings, which other openings of the channel may have made already.
    pub fn of(&self, digest: [u8; 32]) -> Arc<Held> {
        let mut logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = logins.get(&digest).and_then(Weak::upgrade) {
            return held;
        }
        logins.retain(|_, held| held.strong_count() > 0);
        let held = Arc::new(Held::default());
        logins.insert(digest, Arc::downgrade(&held));
        held
    }
}
