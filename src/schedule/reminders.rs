//! Deadlines and clocks are watched: reminders and alarms whose time has come go to the desk and so into the outbox. Surges that have sunk
//! are ended.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::desk::DeskHandle;
use crate::store::{Store, StoreHandle};
use crate::watch::{MAX_BEHIND, Situation};

/// How often the clock is looked at. Deadlines are minutes at the least.
const LOOK: Duration = Duration::from_secs(5);
/// Most reminders, and most alarms, sent in one step.
const MAX_AT_ONCE: usize = 256;
/// After how many looks it is looked which alerts have sunk, and how many are looked at.
const LOOKS_TO_SINK: u32 = 12;
const MAX_STANDING: usize = 1_000;

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
        let mut looks = 0_u32;
        while !*stop.borrow() {
            if let Err(error) = self.look().await {
                tracing::error!(error, "Reminders could not be sent; they are tried again.");
            }
            if looks.is_multiple_of(LOOKS_TO_SINK)
                && let Err(error) = self.sink().await
            {
                tracing::error!(error, "Alerts that have sunk could not be ended; that is tried again.");
            }
            looks = looks.wrapping_add(1);
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
            let topics = store.due_topics(now, MAX_AT_ONCE)?;
            Ok((store.due_reminders(now, MAX_AT_ONCE)?, store.due_alarms(now, MAX_AT_ONCE)?, topics))
        };
        let (reminders, alarms, topics) = self.store.ask(look).await.map_err(|error| error.to_string())?;
        let rules = &self.supervisor.pack().rules;
        // Each for itself: what fails keeps the others from nothing.
        let mut failed = Vec::new();
        if !reminders.is_empty() {
            failed.extend(self.desk.remind(reminders, rules).await.err());
        }
        if !alarms.is_empty() {
            failed.extend(self.desk.ring(alarms, rules).await.err());
        }
        if !topics.is_empty() {
            failed.extend(self.desk.follow_topics(topics, rules).await.err());
        }
        failed.first().map_or(Ok(()), |error| Err(error.to_string()))
    }

    /// Ends the alerts that have sunk, and those whose rules are no more.
    async fn sink(&self) -> Result<(), String> {
        let (now, rules) = (self.clock.now(), Arc::clone(&self.supervisor.pack().rules));
        let watch = Arc::clone(&rules.watch);
        let look = move |store: &mut dyn Store| {
            let mut sunk = Vec::new();
            for view in store.standing_alerts(MAX_STANDING)? {
                let is_over = match watch.alert(view.kind, &view.code) {
                    None => true,
                    Some(rule) => {
                        let span = (rule.since(now), now);
                        let window = store.sightings((&rule.subject.key(), &view.area), span, MAX_BEHIND)?;
                        rule.has_sunk(&Situation { window: &window, new: None, told_at: Some(view.at), now })
                    }
                };
                sunk.extend(is_over.then_some(view));
            }
            Ok(sunk)
        };
        let sunk = self.store.ask(look).await.map_err(|error| error.to_string())?;
        if !sunk.is_empty() {
            self.desk.sink(sunk, &rules).await.map_err(|error| error.to_string())?;
        }
        Ok(())
    }
}
