//! Reports that were made at their set times go to one destination: a file for each form, in the place of one of the same name. What is not
//! taken stays and is tried again; nothing is given up, since the next one would not make up for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::attempt::shortened;
use super::desk::jitter;
use crate::clock::{Clock, stopped};
use crate::destinations::{Collected, Destination, Failure, Outcome, ReportFile};
use crate::report::Format;
use crate::store::{EditionFile, StoreError, StoreHandle};

/// How often it is looked whether a report waits.
const LOOK: Duration = Duration::from_secs(5);
/// Among how many reports that wait, the oldest, one is looked for that can be read.
const MAX_LOOKED_AT: usize = 100;

/// Sends reports to one destination.
pub(super) struct EditionSender {
    /// Where they go.
    pub destination: Arc<Destination>,
    /// Where it is noted that they went.
    pub store: StoreHandle,
    /// The same store, read beside what is being written.
    pub outbox: StoreHandle,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl EditionSender {
    /// Works until `stop` turns true.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let pause = tokio::select! {
                biased;
                () = stopped(&mut stop) => return,
                sent = self.send_next() => self.pause_after(sent, &mut failures),
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = self.clock.pause(pause) => {}
            }
        }
    }

    fn pause_after(&self, sent: Result<bool, NotSent>, failures: &mut u32) -> Duration {
        let destination = self.destination.id.as_str();
        match sent {
            Ok(true) => {
                *failures = 0;
                Duration::ZERO
            }
            Ok(false) => LOOK,
            Err(NotSent::Store(error)) => {
                tracing::error!(destination, %error, "Reports that wait could not be read.");
                LOOK
            }
            Err(NotSent::Place(failure)) => {
                if *failures == 0 {
                    let reason = failure.reason;
                    tracing::warn!(destination, reason, "A report was not taken; it is tried again.");
                }
                let wait = shortened(self.destination.retry.wait(*failures), jitter());
                *failures = failures.saturating_add(1);
                wait.max(failure.retry_after.unwrap_or(Duration::ZERO))
            }
        }
    }

    /// Sends the oldest that waits; says whether one did.
    async fn send_next(&self) -> Result<bool, NotSent> {
        let Some(collected) = self.destination.way.collected() else { return Ok(false) };
        let name = self.destination.id.clone();
        let next = self.outbox.ask(move |store| {
            for id in store.waiting_editions(&name, MAX_LOOKED_AT)? {
                match store.edition(id) {
                    Err(error) if error.is_damage() => {
                        tracing::error!(%error, "A report that waits cannot be read; the next one goes out.");
                    }
                    found => return found,
                }
            }
            Ok(None)
        });
        let Some((edition, files)) = next.await? else { return Ok(false) };
        for file in files {
            self.put(collected, edition.id, file).await?;
        }
        let (name, at) = (self.destination.id.clone(), self.clock.now());
        self.store.ask(move |store| store.note_edition_sent(edition.id, &name, at)).await?;
        tracing::info!(destination = self.destination.id, report = edition.report, "A report was delivered.");
        Ok(true)
    }

    async fn put(&self, collected: &Collected, edition: i64, file: EditionFile) -> Result<(), NotSent> {
        let media_type = Format::from_word(&file.format).map_or("application/octet-stream", Format::media_type);
        // The same for every attempt.
        let id = format!("{}-report-{edition}-{}", self.destination.id, file.format);
        let file = ReportFile { name: file.name, media_type, content: file.content };
        match collected.put_report(&id, file, self.clock.now()).await {
            Outcome::Failed(failure) => Err(NotSent::Place(failure)),
            Outcome::Taken { .. } | Outcome::Waits { .. } => Ok(()),
        }
    }
}

/// Why a report did not go out.
enum NotSent {
    Store(StoreError),
    Place(Failure),
}

impl From<StoreError> for NotSent {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
