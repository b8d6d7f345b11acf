//! Status updates go to the desk; what it says decides whether they are acknowledged.

use std::sync::Arc;

use async_trait::async_trait;

use crate::forward::{StatusHandler, StatusReaction, StatusUpdateV1};
use crate::pipeline::{DeskHandle, Refusal, Supervisor};
use crate::store::Verdict;
use crate::telemetry::Metrics;

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
    async fn handle(&self, updates: Vec<StatusUpdateV1>) -> Vec<StatusReaction> {
        let count = updates.len();
        match self.desk.status(updates, self.supervisor.pack()).await {
            Ok(judged) => judged.into_iter().map(|judged| self.reaction(judged)).collect(),
            Err(error) => {
                tracing::warn!(%error, count, "Status updates could not be stored; they stay in their queue.");
                vec![StatusReaction::Retry; count]
            }
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
            Err(Refusal(reasons)) => {
                self.metrics.status_update(None);
                StatusReaction::Refuse(reasons)
            }
        }
    }
}
