//! How fast a destination is sent to, on the runtime's time: where a test runs that time, the pace runs with it.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::time::Instant;

/// Time since a pace began.
#[derive(Debug, Clone)]
struct RunTime(Instant);

impl Clock for RunTime {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The rate limit of one destination.
pub(super) struct Pace {
    limiter: RateLimiter<NotKeyed, InMemoryState, RunTime, NoOpMiddleware<Duration>>,
    time: RunTime,
}

impl Pace {
    /// A limit of `per_minute` requests, a tenth of them at once.
    pub(super) fn new(per_minute: u32) -> Self {
        let burst = NonZeroU32::new(per_minute / 10).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN)).allow_burst(burst);
        let time = RunTime(Instant::now());
        Self { limiter: RateLimiter::direct_with_clock(quota, time.clone()), time }
    }

    /// Waits until one more request may be made.
    pub(super) async fn ready(&self) {
        while let Err(early) = self.limiter.check() {
            tokio::time::sleep(early.wait_time_from(self.time.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_minute_has_so_many_requests_on_the_runtimes_time() {
        let (pace, began) = (Pace::new(60), Instant::now());
        for _ in 0..66 {
            pace.ready().await;
        }
        let elapsed_s = began.elapsed().as_secs();
        assert!((60..=61).contains(&elapsed_s), "six at once, then one a second: {elapsed_s} s");
    }
}
