//! Status updates from platforms.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use huiliu_adapter_api::is_traceparent;
use tokio::sync::watch;

use super::wire::v1::{is_name, names_in, read_status_update};
use super::{AmqpError, Broker, ForwardState, Received, Updates};
use crate::clock::{Backoff, Clock, stopped};
use crate::ticket::{Sender, StatusUpdate};

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

/// What is known of an update that cannot be read.
#[derive(Debug, Clone)]
pub struct Unreadable {
    /// Id of the ticket, where one stands in it.
    pub ticket_id: Option<String>,
    /// The platform, where one stands in it.
    pub platform: Option<String>,
    /// The user of the broker that sent it, where the broker says so.
    pub user: Option<String>,
    /// Why it cannot be read.
    pub reasons: Vec<String>,
}

/// Handles valid status updates.
#[async_trait]
pub trait StatusHandler: Send + Sync {
    /// Stores what follows from updates, in their order; only then are they acknowledged. A reaction for each; when they cannot
    /// be handled now, all of them are to be tried again.
    async fn handle(&self, updates: Vec<StatusUpdate>) -> Vec<StatusReaction>;

    /// An update is refused before it could be handled, because it cannot be read. It is dead-lettered whatever becomes of the note.
    async fn note_unreadable(&self, unreadable: Unreadable);
}

/// Consumes status updates until told to stop.
pub struct StatusConsumer {
    /// The broker.
    pub broker: Arc<dyn Broker>,
    /// Who handles updates.
    pub handler: Arc<dyn StatusHandler>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// For the health page.
    pub state: Arc<ForwardState>,
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
            let ended = self.session(&mut stop, &mut backoff).await;
            self.state.consuming.store(false, Ordering::Relaxed);
            let Err(error) = ended else { return };
            tracing::warn!(%error, broker = self.broker.shown(), "Status updates are interrupted; the queue keeps them.");
            tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                () = tokio::time::sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(&self, stop: &mut watch::Receiver<bool>, backoff: &mut Backoff) -> Result<(), AmqpError> {
        let mut updates = tokio::select! {
            biased;
            () = stopped(stop) => return Ok(()),
            updates = self.broker.updates() => updates?,
        };
        self.state.consuming.store(true, Ordering::Relaxed);
        loop {
            let received = tokio::select! {
                biased;
                () = stopped(stop) => {
                    updates.close().await;
                    return Ok(());
                }
                received = updates.next() => received?,
            };
            self.take(updates.as_mut(), &received, stop).await?;
            // Not before: an update that costs the connection must not be tried at full speed.
            backoff.reset();
        }
    }

    /// Handles updates together, else one after the other: one that cannot be handled must not take the others with it.
    async fn take(
        &self,
        updates: &mut dyn Updates,
        received: &[Received],
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), AmqpError> {
        let read: Vec<_> = received.iter().map(read).collect();
        let valid: Vec<StatusUpdate> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
        let reactions = if valid.len() > 1 { self.handler.handle(valid).await } else { Vec::new() };
        let together = !reactions.is_empty() && !reactions.contains(&StatusReaction::Retry);
        let mut reactions = reactions.into_iter().filter(|_| together);
        for (received, read) in received.iter().zip(read) {
            let reaction = match read {
                Ok(update) => match reactions.next() {
                    Some(reaction) => reaction,
                    None => match self.handle_alone(update, stop).await {
                        Some(reaction) => reaction,
                        None => return Ok(()),
                    },
                },
                Err(reasons) => {
                    let (ticket_id, platform) = names_in(&received.body);
                    let (user, why) = (received.user.clone(), reasons.clone());
                    self.handler.note_unreadable(Unreadable { ticket_id, platform, user, reasons: why }).await;
                    StatusReaction::Refuse(reasons)
                }
            };
            if let StatusReaction::Refuse(reasons) = reaction {
                tell_refused(received, reasons.len());
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

fn read(received: &Received) -> Result<StatusUpdate, Vec<String>> {
    read_status_update(&received.body).map(|update| {
        let trace = received.trace.clone().filter(|trace| is_traceparent(trace));
        StatusUpdate { sender: Sender::User(received.user.clone()), trace, ..update }
    })
}

/// Says which update was refused, and by nothing that could be a citizen's words: the reasons may quote them.
fn tell_refused(received: &Received, reasons: usize) {
    let (ticket, platform) = names_in(&received.body);
    let named = |name: &Option<String>| name.clone().filter(|name| is_name(name));
    tracing::warn!(
        message_id = named(&received.message_id),
        user = named(&received.user),
        ticket,
        platform,
        bytes = received.body.len(),
        reasons,
        "A status update was refused; its dead letter says why in its header x-huiliu-reasons. Look with `huiliu refused list`."
    );
}
