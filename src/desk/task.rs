//! The desk's task: takes what is waiting, works it through in one step on the store's thread, commits it together.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};

use super::failure::DeskError;
use super::handle::DeskHandle;
use super::job::Work;
use super::state::DeskState;
use super::step::Step;
use crate::clock::Clock;
use crate::forward::Outlets;
use crate::store::{Store, StoreError, StoreHandle};

/// Most requests waiting at the desk.
const MAX_WAITING: usize = 256;
/// Most requests worked through in one transaction.
const MAX_GROUP: usize = 64;
/// Records from which a transaction takes no further batch: its senders get their answer, and send on, while the next is worked
/// through.
const ENOUGH_RECORDS: usize = 128;

type Works = Vec<Box<dyn Work>>;

/// The desk's task.
pub struct Desk {
    requests: mpsc::Receiver<Box<dyn Work>>,
    store: StoreHandle,
    state: Arc<Mutex<DeskState>>,
    outlets: Outlets,
    clock: Arc<dyn Clock>,
    outbox_bell: Arc<Notify>,
    reply_bell: Arc<Notify>,
    delivery_bell: Arc<Notify>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}

impl Desk {
    /// A desk over a store; the bells ring when there is something to publish or to reply.
    #[must_use]
    pub fn new(
        store: StoreHandle,
        state: DeskState,
        outlets: Outlets,
        clock: Arc<dyn Clock>,
        outbox_bell: Arc<Notify>,
        reply_bell: Arc<Notify>,
    ) -> (Self, DeskHandle) {
        let (sender, requests) = mpsc::channel(MAX_WAITING);
        let handle = DeskHandle::new(sender, state.vault().clone(), Arc::clone(&clock));
        let state = Arc::new(Mutex::new(state));
        let delivery_bell = Arc::default();
        (Self { requests, store, state, outlets, clock, outbox_bell, reply_bell, delivery_bell }, handle)
    }

    /// Has those woken who wait at this bell, whenever there may be something to deliver.
    #[must_use]
    pub fn waking(self, delivery_bell: Arc<Notify>) -> Self {
        Self { delivery_bell, ..self }
    }

    /// Works until all handles are gone.
    pub async fn run(mut self) {
        let mut waiting = Vec::with_capacity(MAX_GROUP);
        while self.requests.recv_many(&mut waiting, MAX_GROUP).await > 0 {
            for group in groups(std::mem::take(&mut waiting)) {
                self.work_through(group).await;
            }
        }
    }

    /// Works a group through. One that cannot be stored must not take the others with it: each is tried alone then.
    async fn work_through(&self, group: Works) {
        let (group, stored) = self.work_together(group).await;
        match stored {
            Err(error) if group.len() > 1 => {
                tracing::warn!(%error, "A group of batches could not be stored; each is tried alone.");
                for work in group {
                    let (alone, stored) = self.work_together(vec![work]).await;
                    self.finish(alone, &stored);
                }
            }
            stored => self.finish(group, &stored),
        }
    }

    async fn work_together(&self, group: Works) -> (Works, Result<(), DeskError>) {
        let (state, outlets, now) = (Arc::clone(&self.state), self.outlets.clone(), self.clock.now());
        let worked = self.store.ask(move |store| {
            let mut group = group;
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            let stored = work_group(store, &mut state, &outlets, now, &mut group);
            Ok((group, stored))
        });
        // A store that has stopped keeps the group: those who wait see that nobody answers.
        worked.await.unwrap_or_else(|_stopped| (Vec::new(), Err(DeskError::Stopped)))
    }

    fn finish(&self, group: Works, stored: &Result<(), DeskError>) {
        match stored {
            Ok(()) => {
                self.outbox_bell.notify_one();
                self.reply_bell.notify_one();
                self.delivery_bell.notify_waiters();
            }
            Err(error @ (DeskError::Damaged(_) | DeskError::NotRead(_))) => {
                tracing::error!(%error, "A request meets something stored that cannot be read.");
            }
            Err(error) => tracing::error!(%error, "A step could not be stored; its senders are told to send again."),
        }
        group.into_iter().for_each(|work| work.finish(stored.clone()));
    }
}

/// Batches share a transaction. Everything else has one of its own, in its place.
fn groups(waiting: Works) -> Vec<Works> {
    let (mut groups, mut batches, mut records) = (Vec::new(), Vec::new(), 0);
    for work in waiting {
        let brings = work.shares();
        if !batches.is_empty() && (brings.is_none() || records >= ENOUGH_RECORDS) {
            groups.push(std::mem::take(&mut batches));
            records = 0;
        }
        match brings {
            Some(brings) => {
                batches.push(work);
                records += brings;
            }
            None => groups.push(vec![work]),
        }
    }
    groups.extend((!batches.is_empty()).then_some(batches));
    groups
}

/// Works a group through and commits it. After a failure the store forgets the step; the memory is read again, once, when the
/// step has changed it and the store can be written to again.
fn work_group(
    store: &mut dyn Store,
    state: &mut DeskState,
    outlets: &Outlets,
    now: Timestamp,
    group: &mut [Box<dyn Work>],
) -> Result<(), DeskError> {
    let Some(rules) = group.first().map(|work| Arc::clone(work.rules())) else { return Ok(()) };
    let reads_only = group.iter().all(|work| work.reads_only());
    state.recover(store, &rules, now).map_err(not_stored)?;
    state.begin();
    let mut step = Step::new(&mut *store, &mut *state, outlets, rules, now);
    let worked = group.iter_mut().try_for_each(|work| work.run(&mut step));
    if reads_only {
        return worked.map_err(|error| match error.is_damage() {
            true => DeskError::Damaged(error.to_string()),
            false => DeskError::NotRead(error.to_string()),
        });
    }
    let stored = worked.and_then(|()| step.commit());
    stored.map_err(|error| {
        store.abandon();
        state.abandon();
        not_stored(error)
    })
}

fn not_stored(error: StoreError) -> DeskError {
    if error.is_damage() { DeskError::Damaged(error.to_string()) } else { DeskError::NotStored(error.to_string()) }
}
