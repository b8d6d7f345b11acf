//! The index of words follows the complaints: a few thousand at a time, beside the desk's work.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::stopped;
use crate::store::StoreHandle;

/// How often it is looked whether there is something to be indexed.
const LOOK: Duration = Duration::from_secs(30);
/// A pause between two parts, in which the desk has the store.
const PAUSE: Duration = Duration::from_millis(200);
/// Complaints that a search reads one by one before they are indexed.
const LEAST: u64 = 1_024;
/// From how many complaints on it is told that texts are being indexed.
const WORTH_TELLING: u64 = 20_000;

/// Indexes texts until told to stop.
#[derive(Debug)]
pub struct Indexing {
    /// Where they are.
    pub store: StoreHandle,
}

impl Indexing {
    /// Works until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut told = false;
        while !*stop.borrow() {
            let pause = match self.store.ask(|store| store.index_words(LEAST)).await {
                Ok(done) => {
                    if done.left >= WORTH_TELLING && !told {
                        tracing::info!(complaints = done.left, "Texts are being indexed for search.");
                        told = true;
                    } else if done.left < LEAST && told {
                        tracing::info!("All texts are indexed for search.");
                        told = false;
                    }
                    if done.indexed > 0 { PAUSE } else { LOOK }
                }
                Err(error) => {
                    tracing::error!(%error, "Texts could not be indexed; a search takes longer.");
                    LOOK
                }
            };
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}
