//! Steps are sealed and written on a thread and a connection of their own: part by part, while the rest of a step is still being
//! decided. Other connections see a step only when it is committed.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rusqlite::{Connection, TransactionBehavior};

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
    pub(super) fn start(mut connection: Connection, sealer: Sealer) -> std::io::Result<Self> {
        let (orders, waiting) = sync_channel(MAX_WAITING);
        let (answer, answers) = sync_channel(1);
        let thread = std::thread::Builder::new().name("store-scribe".to_owned()).spawn(move || {
            while let Ok(first) = waiting.recv() {
                if let Some(outcome) = one_step(&mut connection, &sealer, first, &waiting)
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

/// Carries out one step's orders; `None` when it was abandoned, or its owner is gone.
fn one_step(
    connection: &mut Connection,
    sealer: &Sealer,
    first: Order,
    orders: &Receiver<Order>,
) -> Option<Result<(), StoreError>> {
    let mut begun = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(StoreError::from);
    let (mut order, mut erased) = (first, false);
    loop {
        let (part, last) = match order {
            Order::Write(part) => (part, false),
            Order::Commit(rest) => (rest, true),
            Order::Abandon => return None,
        };
        erased |= !part.erased.is_empty();
        // After the first failure the rest of the step is heard out, not written.
        begun = begun.and_then(|tx| write(&tx, sealer, &sealer.changes(&part)?).map(|()| tx));
        if last {
            let written = begun.and_then(|transaction| Ok(transaction.commit()?));
            return Some(written.map(|()| {
                if erased {
                    forget_log(connection)
                }
            }));
        }
        order = orders.recv().ok()?;
    }
}

/// Empties the write-ahead log, in which pages of before an erasure stand. When others are reading it is emptied later, by a
/// checkpoint of a later step: what is committed stays committed.
pub(super) fn forget_log(connection: &Connection) {
    if let Err(error) = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)") {
        tracing::warn!(%error, "The write-ahead log could not be emptied after an erasure.");
    }
}
