//! Status updates go to the desk; what it says decides whether they are acknowledged.

use std::sync::Arc;

use async_trait::async_trait;

use crate::channels::Supervisor;
use crate::desk::{DeskHandle, Refusal, UnreadableUpdate};
use crate::forward::{StatusHandler, StatusReaction, Unreadable};
use crate::store::Verdict;
use crate::telemetry::Metrics;
use crate::ticket::StatusUpdate;

/// Hands status updates to the desk.
#[derive(Debug)]
pub struct StatusDesk {
    /// The desk.
    pub desk: DeskHandle,
    /// For the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
}

#[async_trait]
impl StatusHandler for StatusDesk {
    async fn handle(&self, updates: Vec<StatusUpdate>) -> Vec<StatusReaction> {
        let count = updates.len();
        match self.desk.status(updates, &self.supervisor.pack().rules).await {
            Ok(judged) => judged.into_iter().map(|judged| self.reaction(judged)).collect(),
            Err(error) => {
                tracing::warn!(%error, count, "Status updates could not be stored; they stay in their queue.");
                vec![StatusReaction::Retry; count]
            }
        }
    }

    async fn note_unreadable(&self, unreadable: Unreadable) {
        self.metrics.status_update(None);
        let Unreadable { ticket_id, platform, user, reasons } = unreadable;
        let Some(ticket_id) = ticket_id else { return };
        let update = UnreadableUpdate { ticket_id, platform, sent_by: user, reasons };
        if let Err(error) = self.desk.note_unreadable(update, &self.supervisor.pack().rules).await {
            tracing::warn!(%error, "That a status update could not be read is not noted with its ticket; its dead letter is kept.");
        }
    }
}

impl StatusDesk {
    fn reaction(&self, judged: Result<Verdict, Refusal>) -> StatusReaction {
        match judged {
            Ok(verdict) => {
                self.metrics.status_update(Some(verdict));
                StatusReaction::Done
            }
            Err(refusal) => {
                self.metrics.status_update(None);
                StatusReaction::Refuse(vec![refusal.to_string()])
            }
        }
    }
}
