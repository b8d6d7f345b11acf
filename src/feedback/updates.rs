//! Status updates go to the desk; what it says decides whether they are acknowledged.

use std::sync::Arc;

use async_trait::async_trait;

use crate::forward::{StatusHandler, StatusReaction, StatusUpdateV1};
use crate::pipeline::{DeskHandle, Refusal, Supervisor};
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
    async fn handle(&self, update: StatusUpdateV1) -> StatusReaction {
        match self.desk.status(update, self.supervisor.pack()).await {
            Ok(Ok(verdict)) => {
                self.metrics.status_update(Some(verdict));
                StatusReaction::Done
            }
            Ok(Err(Refusal(reasons))) => {
                self.metrics.status_update(None);
                StatusReaction::Refuse(reasons)
            }
            Err(error) => {
                tracing::warn!(%error, "A status update could not be stored; it stays in its queue.");
                StatusReaction::Retry
            }
        }
    }
}
