//! Deadlines and clocks are watched: reminders and alarms whose time has come go to the desk and so into the outbox.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::desk::DeskHandle;
use crate::store::{Store, StoreHandle};

/// How often the clock is looked at. Deadlines are minutes at the least.
const LOOK: Duration = Duration::from_secs(5);
/// Most reminders, and most alarms, sent in one step.
const MAX_AT_ONCE: usize = 256;

/// Sends reminders until told to stop.
#[derive(Debug)]
pub struct ReminderWatch {
    /// Where reminders go.
    pub desk: DeskHandle,
    /// The planned reminders.
    pub store: StoreHandle,
    /// For the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl ReminderWatch {
    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.look().await {
                tracing::error!(error, "Reminders could not be sent; they are tried again.");
            }
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.clock.pause(LOOK) => {}
            }
        }
    }

    async fn look(&self) -> Result<(), String> {
        let now = self.clock.now();
        let look = move |store: &mut dyn Store| {
            Ok((store.due_reminders(now, MAX_AT_ONCE)?, store.due_alarms(now, MAX_AT_ONCE)?))
        };
        let (reminders, alarms) = self.store.ask(look).await.map_err(|error| error.to_string())?;
        let rules = &self.supervisor.pack().rules;
        if !reminders.is_empty() {
            self.desk.remind(reminders, rules).await.map_err(|error| error.to_string())?;
        }
        if !alarms.is_empty() {
            self.desk.ring(alarms, rules).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
