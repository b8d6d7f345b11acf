//! A channel's standing link: run, and made again with back-off whenever it ends.

use std::sync::Arc;
use std::time::Duration;

use huiliu_adapter_api::{AdapterError, Link, Session};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::ChannelHealth;
use super::pace::BACKOFF;
use crate::catalogue::{Locale, one_of};
use crate::clock::{Backoff, Clock, stopped, stopped_for};
use crate::mask::mask_text;
use crate::telemetry::Metrics;

/// How long a session may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(5);
/// How long a link must have held for the next wait to be the first one again. A source that lets in and hangs up at once is not
/// to be asked every second.
const STEADY: SignedDuration = SignedDuration::from_secs(60);

/// Keeps the standing link of one channel.
pub(super) struct SessionKeeper {
    pub channel: String,
    pub session: Arc<dyn Session>,
    pub health: Arc<ChannelHealth>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<Metrics>,
}

impl SessionKeeper {
    /// Keeps the link until `stop` turns true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1, self.clock.as_ref());
        while !*stop.borrow() {
            let (ended, up_since) = self.hold(&mut stop).await;
            if *stop.borrow() {
                break;
            }
            if up_since.is_some_and(|since| self.clock.now().duration_since(since) >= STEADY) {
                backoff.reset();
            }
            let error = ended.err().unwrap_or_else(|| AdapterError::transient("the source has closed the link"));
            let wait = self.failed(&error, &mut backoff);
            tokio::select! {
                biased;
                () = stopped(&mut stop) => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.health.link_ended();
    }

    /// Runs the session once; how it ended, and since when the link was up.
    async fn hold(&self, stop: &mut watch::Receiver<bool>) -> (Result<(), AdapterError>, Option<Timestamp>) {
        let (up, mut is_up) = watch::channel(false);
        let mut running = self.session.run(Link::new(stop.clone(), up));
        let (mut up_since, mut awaited) = (None, true);
        loop {
            tokio::select! {
                biased;
                ended = &mut running => return (ended, up_since),
                () = stopped_for(stop, GOODBYE) => return (Ok(()), up_since),
                changed = is_up.changed(), if awaited => {
                    awaited = false;
                    if changed.is_ok() {
                        up_since = Some(self.clock.now());
                        self.health.link_up();
                        tracing::info!(channel = self.channel, "The channel's link is up.");
                    }
                }
            }
        }
    }

    fn failed(&self, error: &AdapterError, backoff: &mut Backoff) -> Duration {
        let failures = self.health.link_failed(error, self.clock.now());
        self.metrics.channel_error(&self.channel, error.kind());
        let wait = backoff.next_after(error);
        let error_text = mask_text(&error.to_string());
        tracing::warn!(
            channel = self.channel,
            error = one_of(&error_text, Locale::of_process()),
            kind = error.kind(),
            failures,
            wait_s = wait.as_secs(),
            "The channel's link broke; it is made again later."
        );
        wait
    }
}
