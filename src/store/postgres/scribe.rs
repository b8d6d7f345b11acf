//! Steps are sealed and written on a thread and a connection of their own: part by part, while the rest of a step is still being
//! decided. Other connections see a step only when it is committed.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::WRITING;
use super::link::Link;
use super::write::write;
use crate::sealed::Sealer;
use crate::{Changes, StoreError};

/// Most parts of a step that wait to be written.
const MAX_WAITING: usize = 32;

/// What the thread is told.
enum Order {
    /// Write this; more of the step follows.
    Write(Box<Changes>),
    /// Write this and commit the step.
    Commit(Box<Changes>),
    /// Forget the step.
    Abandon,
}

/// The thread that writes steps, one after the other.
pub(super) struct Scribe {
    orders: Option<SyncSender<Order>>,
    answers: Receiver<Result<(), StoreError>>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Starts the thread.
    ///
    /// # Errors
    /// The machine gives no thread.
    pub(super) fn start(mut link: Link, sealer: Sealer) -> std::io::Result<Self> {
        let (orders, waiting) = sync_channel(MAX_WAITING);
        let (answer, answers) = sync_channel(1);
        let thread = std::thread::Builder::new().name("store-scribe".to_owned()).spawn(move || {
            while let Ok(first) = waiting.recv() {
                if let Some(outcome) = one_step(&mut link, &sealer, first, &waiting)
                    && answer.send(outcome).is_err()
                {
                    break;
                }
            }
        })?;
        Ok(Self { orders: Some(orders), answers, thread: Some(thread) })
    }

    /// Has part of a step written. A failure is told by [`Scribe::commit`].
    pub(super) fn write_ahead(&self, part: Changes) -> Result<(), StoreError> {
        self.order(Order::Write(Box::new(part)))
    }

    /// Has the rest of a step written, and waits until all of it is on the disk.
    pub(super) fn commit(&self, rest: Changes) -> Result<(), StoreError> {
        self.order(Order::Commit(Box::new(rest)))?;
        self.answers.recv().unwrap_or(Err(StoreError::Stopped))
    }

    /// Forgets what was written ahead.
    pub(super) fn abandon(&self) {
        drop(self.order(Order::Abandon));
    }

    fn order(&self, order: Order) -> Result<(), StoreError> {
        let sent = self.orders.as_ref().map(|orders| orders.send(order));
        sent.and_then(Result::ok).ok_or(StoreError::Stopped)
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Seals a part of a step and writes it into its transaction.
pub(super) fn written(link: &mut Link, sealer: &Sealer, part: &Changes) -> Result<(), StoreError> {
    write(link, sealer, &sealer.changes(part)?)
}

/// Carries out one step's orders; `None` when it was abandoned, or its owner is gone.
fn one_step(
    link: &mut Link,
    sealer: &Sealer,
    first: Order,
    orders: &Receiver<Order>,
) -> Option<Result<(), StoreError>> {
    let mut order = first;
    let mut outcome = match order {
        Order::Abandon => return None,
        Order::Write(_) | Order::Commit(_) => link.batch(WRITING),
    };
    loop {
        let (part, last) = match order {
            Order::Write(part) => (part, false),
            Order::Commit(rest) => (rest, true),
            Order::Abandon => break,
        };
        // After the first failure the rest of the step is heard out, not written.
        outcome = outcome.and_then(|()| written(link, sealer, &part));
        if last {
            let ended = if outcome.is_ok() { link.commit_step() } else { link.batch("ROLLBACK") };
            return Some(outcome.and(ended));
        }
        let Ok(next) = orders.recv() else { break };
        order = next;
    }
    if let Err(error) = link.batch("ROLLBACK") {
        tracing::warn!(%error, "A step that was given up could not be taken back; its connection is made again.");
    }
    None
}
