//! Time and waiting: the clock, and back-off with jitter.

use std::time::Duration;

use huiliu_adapter_api::AdapterError;
pub use huiliu_adapter_api::{Clock, ManualClock, SystemClock};

/// Waits until told to stop, or until nobody is left who could tell.
pub async fn stopped(stop: &mut tokio::sync::watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

/// Waits until told to stop, and then for as long as what is under way may still take.
pub async fn stopped_for(stop: &mut tokio::sync::watch::Receiver<bool>, grace: Duration) {
    stopped(stop).await;
    tokio::time::sleep(grace).await;
}

/// Waits that double from `first` to `most`, each shortened by up to a half so that many do not come back at once.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    current: Duration,
    seed: u64,
}

impl Backoff {
    /// A back-off; its jitter is drawn from the present moment, so that it differs between instances.
    #[must_use]
    pub fn new(first: Duration, most: Duration, clock: &dyn Clock) -> Self {
        let nanoseconds = clock.now().as_nanosecond().to_ne_bytes();
        let mixed = nanoseconds
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        Self { first, most, current: first, seed: mixed | 1 }
    }

    /// The next wait.
    #[expect(clippy::should_implement_trait, reason = "waits never end, and an iterator would invite collecting them")]
    pub fn next(&mut self) -> Duration {
        let wait = self.current;
        self.current = (self.current * 2).min(self.most);
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        let share = u32::try_from(self.seed % 512).unwrap_or(0);
        wait - wait * share / 1024
    }

    /// The next wait after an error of a source; at least as long as the source asked for.
    pub fn next_after(&mut self, error: &AdapterError) -> Duration {
        match error {
            AdapterError::Transient { retry_after: Some(wanted), .. } => self.next().max(*wanted),
            _ => self.next(),
        }
    }

    /// Starts again from the first wait.
    pub fn reset(&mut self) {
        self.current = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most_and_never_halve_further() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(5), &SystemClock);
        let waits: Vec<Duration> = (0..5).map(|_| backoff.next()).collect();
        for (wait, full) in waits.iter().zip([1, 2, 4, 5, 5]) {
            assert!(*wait <= Duration::from_secs(full) && *wait >= Duration::from_millis(full * 500), "{wait:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_secs(1));
    }
}
