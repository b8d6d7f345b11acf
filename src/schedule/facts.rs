//! Facts are summed up by day, beside the desk's work, and their rows go after a while.

use std::sync::Arc;
use std::time::Duration;

use jiff::ToSpan;
use tokio::sync::watch;

use crate::channels::Supervisor;
use crate::clock::{Clock, stopped};
use crate::store::{StoreError, StoreHandle};

/// How often it is looked whether there is something to be summed up.
const LOOK: Duration = Duration::from_secs(600);
/// A pause between two parts, in which the desk has the store.
const PAUSE: Duration = Duration::from_millis(200);
/// Most facts summed up at once.
const MAX_AT_ONCE: usize = 5_000;
/// Days for which rows of facts are kept; their sums stay.
const ROWS_DAYS: i64 = 60;

/// Sums facts up until told to stop.
#[derive(Debug)]
pub struct FactSums {
    /// Where they are.
    pub store: StoreHandle,
    /// For the live pack: the city's days.
    pub supervisor: Arc<Supervisor>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl FactSums {
    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = match self.look().await {
                Ok(MAX_AT_ONCE) => PAUSE,
                Ok(_) => LOOK,
                Err(error) => {
                    tracing::error!(%error, "Facts could not be summed up; reports take longer.");
                    LOOK
                }
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.clock.pause(pause) => {}
            }
        }
    }

    async fn look(&self) -> Result<usize, StoreError> {
        let zone = self.supervisor.pack().rules.numbering.zone.clone();
        let before = self.clock.now().to_zoned(zone).date().saturating_sub(ROWS_DAYS.days());
        self.store
            .ask(move |store| {
                let summed = store.sum_facts(MAX_AT_ONCE)?;
                store.forget_facts(before)?;
                Ok(summed)
            })
            .await
    }
}
