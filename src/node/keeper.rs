//! Keeps a lease while its node decides.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::spawn_blocking;

use crate::store::{Epoch, LEASE, Leases, NodeAddress, NodeView, StoreError};

/// How often a lease is renewed, and how soon it is tried again when that failed.
const RENEW: Duration = Duration::from_secs(2);
const AGAIN: Duration = Duration::from_millis(300);
/// How long before its end a lease is given up that could not be renewed: the database counts from a moment before it was asked.
const MARGIN: Duration = Duration::from_millis(500);

/// A thread that renews a lease. It is not held up by what the gateway does.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    good_until: watch::Receiver<Option<Instant>>,
    /// The nodes, as they were heard of last.
    pub(super) nodes: watch::Receiver<Vec<NodeView>>,
}

impl Keeper {
    pub(super) fn start(mut leases: Leases, own: NodeAddress, epoch: Epoch) -> std::io::Result<Self> {
        let (stop, stopped) = channel();
        let (hear, nodes) = watch::channel(Vec::new());
        let (tell, good_until) = watch::channel(Some(Instant::now() + LEASE - MARGIN));
        let thread = std::thread::Builder::new().name("lease".to_owned()).spawn(move || {
            let mut pause = Duration::ZERO;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(pause) {
                let asked = Instant::now();
                pause = match renewed(&mut leases, &own, epoch) {
                    Ok(Some(heard)) => {
                        hear.send_replace(heard);
                        tell.send_replace(Some(asked + LEASE - MARGIN));
                        RENEW
                    }
                    Ok(None) => {
                        tell.send_replace(None);
                        return;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "The lease could not be renewed.");
                        AGAIN
                    }
                };
            }
            if let Err(error) = leases.give_back(epoch) {
                tracing::warn!(%error, "The lease could not be given back; it runs out.");
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread), good_until, nodes })
    }

    /// Waits until the lease is another's or could not be renewed in time.
    pub(super) async fn lost(&mut self) {
        loop {
            let Some(until) = *self.good_until.borrow_and_update() else { return };
            let changed = tokio::time::timeout_at(until.into(), self.good_until.changed()).await;
            // Without its thread nobody renews it.
            if !matches!(changed, Ok(Ok(()))) {
                return;
            }
        }
    }

    pub(super) async fn give_back(mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(spawn_blocking(move || thread.join()).await);
        }
    }
}

/// Renews the lease; the nodes that there are, or none where it is lost.
fn renewed(leases: &mut Leases, own: &NodeAddress, epoch: Epoch) -> Result<Option<Vec<NodeView>>, StoreError> {
    if !leases.renew(epoch)? {
        return Ok(None);
    }
    leases.is_there(own)?;
    leases.nodes().map(Some)
}
