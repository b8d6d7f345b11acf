//! How often each of many may do something: so often in an hour, all of it at once where nothing was done before.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Most of them that are remembered; a further one is refused until others are forgotten.
const MAX_REMEMBERED: usize = 100_000;
/// After how many questions those that have all their share again are forgotten.
const FORGET_EVERY: u32 = 1_000;
/// Bits of an IPv6 address that one household has: those below them are its own to choose.
const HOUSEHOLD_BITS: u32 = 64;

/// A share for each of many.
pub struct Shares<K: Hash + Eq + Clone> {
    limiter: DefaultKeyedRateLimiter<K>,
    asked: AtomicU32,
}

impl<K: Hash + Eq + Clone> std::fmt::Debug for Shares<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shares").field("remembered", &self.limiter.len()).finish()
    }
}

impl<K: Hash + Eq + Clone> Shares<K> {
    /// So many in an hour for each.
    #[must_use]
    pub fn per_hour(most: NonZeroU32) -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_hour(most)), asked: AtomicU32::new(0) }
    }

    /// Takes one of somebody's share; whether there was one.
    pub fn takes(&self, of: &K) -> bool {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
        }
        self.limiter.len() < MAX_REMEMBERED && self.limiter.check_key(of).is_ok()
    }
}

/// What counts as one address.
#[must_use]
pub fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - HOUSEHOLD_BITS).unwrap_or(u128::MAX);
            IpAddr::V6((address.to_bits() & mask).into())
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_share_of_its_own() {
        let shares = Shares::per_hour(NonZeroU32::new(3).unwrap());
        assert_eq!((0..5).filter(|_| shares.takes(&"a")).count(), 3);
        assert!(shares.takes(&"b"));
    }

    #[test]
    fn a_household_is_one_address() {
        let of = |text: &str| household(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.1.2.3"), of("10.1.2.3"));
        assert_ne!(of("10.1.2.3"), of("10.1.2.4"));
    }
}
