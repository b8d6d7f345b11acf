//! A destination, ready to be sent to.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

use super::Way;

/// One destination of the pack.
#[derive(Debug)]
pub struct Destination {
    /// Name of the file without its ending; used in the store, metrics and as `platform` of status updates.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// What may go out before what.
    pub order: Order,
    /// How fast it is sent to.
    pub pace: DestinationPace,
    /// When a failed delivery is tried again.
    pub retry: Retry,
    /// How it is carried.
    pub way: Way,
}

/// What a delivery that fails holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The later ones of its ticket.
    #[default]
    Ticket,
    /// All later ones of the destination.
    Destination,
}

/// How fast a destination is sent to.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DestinationPace {
    /// Most requests in a minute, 1 to 60,000.
    pub per_minute: u32,
    /// Most requests at a time, 1 to 64; with `order = "destination"` it is one.
    pub at_once: usize,
}

impl Default for DestinationPace {
    fn default() -> Self {
        Self { per_minute: 600, at_once: 4 }
    }
}

/// When a failed delivery is tried again.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Seconds before the second attempt, 1 to 3,600; doubled with each further one.
    pub first_s: u64,
    /// Most seconds between two attempts, 1 to 86,400.
    pub most_s: u64,
    /// Hours after which an event that is answered, but never taken, is given up, 1 to 8,760. What is not answered at all is never
    /// given up.
    pub give_up_after_h: u32,
}

impl Default for Retry {
    fn default() -> Self {
        Self { first_s: 5, most_s: 3_600, give_up_after_h: 72 }
    }
}

impl Retry {
    /// The wait before the attempt after so many, without jitter.
    #[must_use]
    pub fn wait(&self, attempts: u32) -> Duration {
        let doubled = self.first_s.saturating_mul(1 << attempts.min(20));
        Duration::from_secs(doubled.min(self.most_s))
    }

    /// After which age an event is given up.
    #[must_use]
    pub fn give_up_after(&self) -> SignedDuration {
        SignedDuration::from_hours(i64::from(self.give_up_after_h))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_most() {
        let waits = [0, 1, 5, 9, 10, 4_000].map(|attempts| Retry::default().wait(attempts).as_secs());
        assert_eq!(waits, [5, 10, 160, 2_560, 3_600, 3_600]);
    }
}
