//! Status updates from platforms.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;

use super::wire::v1::read_status_update;
use super::{AmqpError, Broker, Updates};
use crate::clock::{Backoff, Clock, stopped};
use crate::ticket::StatusUpdate;

/// Pause before an update that could not be handled is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// What to do with an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusReaction {
    /// It is stored (also when it was late or repeated).
    Done,
    /// It can never be used: dead-letter it with these reasons.
    Refuse(Vec<String>),
    /// The gateway is not able to handle it now.
    Retry,
}

/// Handles valid status updates.
#[async_trait]
pub trait StatusHandler: Send + Sync {
    /// Stores what follows from updates, in their order; only then are they acknowledged. A reaction for each; when they cannot
    /// be handled now, all of them are to be tried again.
    async fn handle(&self, updates: Vec<StatusUpdate>) -> Vec<StatusReaction>;
}

/// Consumes status updates until told to stop.
pub struct StatusConsumer {
    /// The broker.
    pub broker: Arc<dyn Broker>,
    /// Who handles updates.
    pub handler: Arc<dyn StatusHandler>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for StatusConsumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StatusConsumer").field("broker", &self.broker.shown()).finish_non_exhaustive()
    }
}

impl StatusConsumer {
    /// Connects, consumes, reconnects with back-off; returns when `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(30), self.clock.as_ref());
        while !*stop.borrow() {
            let Err(error) = self.session(&mut stop, &mut backoff).await else { return };
            tracing::warn!(%error, broker = self.broker.shown(), "Status updates are interrupted; the queue keeps them.");
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self, stop: &mut watch::Receiver<bool>, backoff: &mut Backoff) -> Result<(), AmqpError> {
        let mut updates = self.broker.updates().await?;
        loop {
            let bodies = tokio::select! {
                biased;
                () = stopped(stop) => {
                    updates.close().await;
                    return Ok(());
                }
                bodies = updates.next() => bodies?,
            };
            self.take(updates.as_mut(), &bodies, stop).await?;
            // Not before: an update that costs the connection must not be tried at full speed.
            backoff.reset();
        }
    }

    /// Handles updates together, else one after the other: one that cannot be handled must not take the others with it.
    async fn take(
        &self,
        updates: &mut dyn Updates,
        bodies: &[Vec<u8>],
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), AmqpError> {
        let read: Vec<_> = bodies.iter().map(|body| read_status_update(body)).collect();
        let valid: Vec<StatusUpdate> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
        let reactions = if valid.len() > 1 { self.handler.handle(valid).await } else { Vec::new() };
        let together = !reactions.is_empty() && !reactions.contains(&StatusReaction::Retry);
        let mut reactions = reactions.into_iter().filter(|_| together);
        for read in read {
            let reaction = match read {
                Ok(update) => match reactions.next() {
                    Some(reaction) => reaction,
                    None => match self.handle_alone(update, stop).await {
                        Some(reaction) => reaction,
                        None => return Ok(()),
                    },
                },
                Err(reasons) => StatusReaction::Refuse(reasons),
            };
            if let StatusReaction::Refuse(reasons) = reaction {
                tracing::warn!(
                    reasons = reasons.len(),
                    "A status update was refused; the dead letter says why in its header x-huiliu-reasons."
                );
                updates.dead_letter(&reasons).await?;
            }
            updates.acknowledge().await?;
        }
        Ok(())
    }

    /// Handles one update until that succeeds; `None` when it is to stop before. Tried again here and not by the queue: its
    /// delivery limit would dead-letter a good update in a short outage.
    async fn handle_alone(&self, update: StatusUpdate, stop: &mut watch::Receiver<bool>) -> Option<StatusReaction> {
        loop {
            match self.handler.handle(vec![update.clone()]).await.pop() {
                None | Some(StatusReaction::Retry) => tokio::select! {
                    biased;
                    () = stopped(stop) => return None,
                    () = tokio::time::sleep(RETRY_PAUSE) => {}
                },
                reaction => return reaction,
            }
        }
    }
}
