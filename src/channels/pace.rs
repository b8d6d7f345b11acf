//! How fast a channel is spoken to, and what is known of its health.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use huiliu_adapter_api::AdapterError;
use jiff::Timestamp;
use serde::Serialize;

use crate::mapping::ChannelPace;
use crate::mask::mask_text;

/// Failures in a row from which a channel counts as down.
const CIRCUIT_FAILURES: u32 = 5;
/// First and longest wait after failures.
pub(super) const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// The rate limit of one channel, shared by pulls, confirmations and replies.
pub struct Pace {
    limiter: DefaultDirectRateLimiter,
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

impl Pace {
    /// A limit of `per_minute` requests, a tenth of them at once.
    #[must_use]
    pub fn new(settings: ChannelPace) -> Self {
        let per_minute = NonZeroU32::new(settings.per_minute).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(settings.per_minute / 10).unwrap_or(NonZeroU32::MIN);
        Self { limiter: RateLimiter::direct(Quota::per_minute(per_minute).allow_burst(burst)) }
    }

    /// Waits until one more request may be made.
    pub async fn ready(&self) {
        self.limiter.until_ready().await;
    }
}

/// What is known of a channel's health.
#[derive(Debug, Default)]
pub struct ChannelHealth(Mutex<Health>);

/// How a standing link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// The source has let the gateway in.
    Up,
    /// It broke, or could not be made; it is tried again.
    Down,
    /// The channel has stopped.
    Ended,
}

/// A channel's health as the API shows it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Health {
    /// `starting`, `running`, `failing`, `down` (many failures in a row) or `stopped`.
    pub state: String,
    /// The standing link, for channels that have one.
    pub link: Option<LinkState>,
    /// When it was last pulled with success.
    pub last_success_at: Option<Timestamp>,
    /// When it last delivered a record.
    pub last_record_at: Option<Timestamp>,
    /// Records delivered since the start.
    pub records: u64,
    /// Failures in a row.
    pub failures: u32,
    /// `transient`, `refused` or `gone`.
    pub last_error_kind: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When.
    pub last_error_at: Option<Timestamp>,
}

impl ChannelHealth {
    /// The health as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Health {
        self.with(|health| health.clone())
    }

    /// A source that pushes is ready at once; one that is pulled has to answer first, and one with a link has to let us in.
    pub(super) fn starting(&self, ready: bool) {
        self.with(|health| if ready { "running" } else { "starting" }.clone_into(&mut health.state));
    }

    pub(super) fn succeeded(&self, records: usize, now: Timestamp) {
        self.with(|health| {
            // What came before the link broke says nothing about the link.
            if health.link != Some(LinkState::Down) {
                "running".clone_into(&mut health.state);
                health.failures = 0;
            }
            health.last_success_at = Some(now);
            if records > 0 {
                health.last_record_at = Some(now);
                health.records += u64::try_from(records).unwrap_or(u64::MAX);
            }
        });
    }

    pub(super) fn failed(&self, error: &AdapterError, now: Timestamp) -> u32 {
        self.failed_because(error.kind(), &error.to_string(), now)
    }

    pub(super) fn failed_because(&self, kind: &str, reason: &str, now: Timestamp) -> u32 {
        self.with(|health| {
            health.failures += 1;
            let state = if health.failures >= CIRCUIT_FAILURES { "down" } else { "failing" };
            state.clone_into(&mut health.state);
            health.last_error_kind = Some(kind.to_owned());
            health.last_error = Some(mask_text(reason));
            health.last_error_at = Some(now);
            health.failures
        })
    }

    pub(super) fn link_up(&self) {
        self.with(|health| {
            health.link = Some(LinkState::Up);
            "running".clone_into(&mut health.state);
            health.failures = 0;
        });
    }

    pub(super) fn link_failed(&self, error: &AdapterError, now: Timestamp) -> u32 {
        self.with(|health| health.link = Some(LinkState::Down));
        self.failed(error, now)
    }

    pub(super) fn link_ended(&self) {
        self.with(|health| health.link = Some(LinkState::Ended));
    }

    pub(super) fn stopped(&self) {
        self.with(|health| "stopped".clone_into(&mut health.state));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Health) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
