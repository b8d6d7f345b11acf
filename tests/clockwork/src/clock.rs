//! A clock that is turned by hand, and knows whether everybody who waits for it has seen what it shows.

use std::collections::{BTreeMap, HashMap};
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huiliu_adapter_api::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::task::Id;

/// The clock.
#[derive(Debug)]
pub(crate) struct HandClock {
    turned: watch::Sender<Timestamp>,
    waiting: Mutex<Waiting>,
}

/// Who waits until when. A task that has waited for the clock once comes back to it whenever it has nothing else to do.
#[derive(Debug, Default)]
struct Waiting {
    tasks: HashMap<Option<Id>, Task>,
    serial: u64,
}

#[derive(Debug, Default)]
struct Task {
    until: BTreeMap<u64, Timestamp>,
    /// Most waits at a time: a task can wait for several things.
    most: usize,
}

impl HandClock {
    /// A clock that shows `at`.
    pub(crate) fn at(at: Timestamp) -> Self {
        Self { turned: watch::Sender::new(at), waiting: Mutex::default() }
    }

    /// Turns it, never back.
    pub(crate) fn turn(&self, to: Timestamp) {
        self.turned.send_if_modified(|now| {
            let forward = to > *now;
            *now = to.max(*now);
            forward
        });
    }

    /// Whether all who wait for the clock wait for a later time than it shows: nobody is still about what has become due.
    pub(crate) fn is_seen(&self) -> bool {
        let now = self.now();
        self.waiting()
            .tasks
            .values()
            .all(|task| task.until.len() == task.most && task.until.values().all(|until| *until > now))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, until: Timestamp) -> Wait<'_> {
        let who = tokio::task::try_id();
        let mut waiting = self.waiting();
        waiting.serial += 1;
        let serial = waiting.serial;
        let task = waiting.tasks.entry(who).or_default();
        task.until.insert(serial, until);
        task.most = task.most.max(task.until.len());
        Wait { clock: self, who, serial }
    }
}

/// A wait that ends, or is broken off, when it is dropped.
struct Wait<'a> {
    clock: &'a HandClock,
    who: Option<Id>,
    serial: u64,
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        if let Some(task) = self.clock.waiting().tasks.get_mut(&self.who) {
            task.until.remove(&self.serial);
        }
    }
}

impl Clock for HandClock {
    fn now(&self) -> Timestamp {
        *self.turned.borrow()
    }

    fn pause(&self, by: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
            let until = self.now().saturating_add(by).unwrap_or(Timestamp::MAX);
            let waits = self.enter(until);
            drop(self.turned.subscribe().wait_for(|now| *now >= until).await);
            drop(waits);
        })
    }
}
