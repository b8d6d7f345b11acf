//! The store on a thread of its own, asked through a bounded queue.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::{Store, StoreError};

/// Most requests waiting.
const MAX_WAITING: usize = 1_024;

type Request = Box<dyn FnOnce(&mut dyn Store) + Send>;

/// Asks the store. Cheap to clone; the thread ends when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct StoreHandle {
    requests: mpsc::Sender<Request>,
}

/// The store's thread, to be joined after all handles are gone.
#[derive(Debug)]
pub struct StoreTask(JoinHandle<()>);

impl StoreTask {
    /// Waits until the last request is done and the database is closed.
    pub fn join(self) {
        drop(self.0.join());
    }
}

impl StoreHandle {
    /// Starts a thread that owns `store`.
    ///
    /// # Errors
    /// The machine gives no thread.
    pub fn start(mut store: Box<dyn Store>, name: &str) -> std::io::Result<(Self, StoreTask)> {
        let (requests, mut waiting) = mpsc::channel::<Request>(MAX_WAITING);
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            while let Some(request) = waiting.blocking_recv() {
                request(store.as_mut());
            }
        })?;
        Ok((Self { requests }, StoreTask(thread)))
    }

    /// A store without a thread: requests are carried out where the future runs, one after the other, until all handles are
    /// gone. For simulations, in which everything happens in one order.
    pub fn in_line(mut store: Box<dyn Store>) -> (Self, impl Future<Output = ()> + Send) {
        let (requests, mut waiting) = mpsc::channel::<Request>(MAX_WAITING);
        let work = async move {
            while let Some(request) = waiting.recv().await {
                request(store.as_mut());
            }
        };
        (Self { requests }, work)
    }

    /// Does something with the store and waits for the result. A request that was accepted is carried out even when the
    /// caller no longer waits.
    ///
    /// # Errors
    /// Whatever the request gives, or that the store has stopped.
    pub async fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let request: Request = Box::new(move |store| drop(answer.send(request(store))));
        self.requests.send(request).await.map_err(|_closed| StoreError::Stopped)?;
        answered.await.map_err(|_closed| StoreError::Stopped)?
    }
}
