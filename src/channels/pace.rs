//! How fast a channel is spoken to.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::mapping::ChannelPace;

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
