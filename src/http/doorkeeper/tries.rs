//! How often somebody was wrong lately: with one name from one place, from one address at all, and with names that nobody has. It is kept in
//! memory; what counts for a person wherever it comes from is the store's.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};

use crate::people::{Attempts, MAX_FAILURES, MAX_FAILURES_OF_ADDRESS, MAX_FAILURES_OF_NAME};

/// Most places, addresses and names of each kind that are remembered.
const MAX_REMEMBERED: usize = 10_000;
/// How long it is remembered from where somebody came in.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// From where somebody tries.
#[derive(Debug, Hash)]
pub(super) enum Whence {
    /// An address; none: not known.
    Address(Option<IpAddr>),
    /// A session that goes on.
    Session(Vec<u8>),
}

impl Whence {
    pub(super) fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(address) => *address,
            Self::Session(_) => None,
        }
    }
}

/// How often somebody was wrong lately.
#[derive(Debug, Default)]
pub(super) struct Tries {
    memory: Mutex<Memory>,
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Memory {
    /// By name and place.
    pairs: HashMap<(u64, u64), Attempts>,
    /// By address.
    addresses: HashMap<IpAddr, Attempts>,
    /// By names that nobody has: they are told the same as those that somebody has.
    strangers: HashMap<u64, Attempts>,
    /// When somebody came in from a place.
    known: HashMap<(u64, u64), Timestamp>,
}

impl Memory {
    fn knows(&self, pair: (u64, u64), now: Timestamp) -> bool {
        self.known.get(&pair).is_some_and(|at| now.duration_since(*at) < KNOWN_FOR)
    }

    fn know(&mut self, pair: (u64, u64), now: Timestamp) {
        if self.known.len() >= MAX_REMEMBERED {
            self.known.retain(|_, at| now.duration_since(*at) < KNOWN_FOR);
        }
        if self.known.len() < MAX_REMEMBERED || self.known.contains_key(&pair) {
            self.known.insert(pair, now);
        }
    }
}

impl Tries {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self, of: impl Hash) -> u64 {
        self.hasher.hash_one(of)
    }

    /// The number of a name and a place.
    pub(super) fn pair(&self, name: &str, whence: &Whence) -> (u64, u64) {
        (self.number(name), self.number(whence))
    }

    /// Whether somebody came in from there lately.
    pub(super) fn knows(&self, name: &str, whence: &Whence, now: Timestamp) -> bool {
        self.memory().knows(self.pair(name, whence), now)
    }

    /// Until when a name may not be tried from there: `everywhere` is what counts for it wherever it comes from, and what lies before its
    /// password was set does not count. Where its owner came in before, only tries of that name from there count: what strangers do
    /// elsewhere, or others behind the same address, keeps nobody out.
    pub(super) fn locked_until(
        &self,
        name: &str,
        whence: &Whence,
        set_at: Option<Timestamp>,
        everywhere: Attempts,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let (pair, memory) = (self.pair(name, whence), self.memory());
        let here = memory.pairs.get(&pair).filter(|tries| counts(tries, set_at));
        let here = here.and_then(|tries| tries.locked_until(MAX_FAILURES, now));
        let address = whence.address().and_then(|address| memory.addresses.get(&address));
        let address = address.and_then(|tries| tries.locked_until(MAX_FAILURES_OF_ADDRESS, now));
        let everywhere = everywhere.locked_until(MAX_FAILURES_OF_NAME, now);
        here.max(address.max(everywhere).filter(|_| !memory.knows(pair, now)))
    }

    /// Until when a name may not be tried from some place.
    pub(super) fn locked_anywhere(&self, name: &str, set_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let (number, memory) = (self.number(name), self.memory());
        let places = memory.pairs.iter().filter(|((of, _), tries)| *of == number && counts(tries, set_at));
        places.filter_map(|(_, tries)| tries.locked_until(MAX_FAILURES, now)).max()
    }

    /// Somebody was wrong.
    pub(super) fn failed(&self, name: &str, whence: &Whence, now: Timestamp) {
        let pair = self.pair(name, whence);
        let memory = &mut *self.memory();
        fail(&mut memory.pairs, pair, now);
        if let Some(address) = whence.address() {
            fail(&mut memory.addresses, address, now);
        }
    }

    /// Somebody came in. What else was wrong from their address still counts: whoever has an account must not have more tries.
    pub(super) fn came_in(&self, name: &str, whence: &Whence, now: Timestamp) {
        let pair = self.pair(name, whence);
        let memory = &mut *self.memory();
        memory.pairs.remove(&pair);
        memory.know(pair, now);
    }

    /// Somebody used a session of theirs: they are known there, also by a gateway that was started after they came in.
    pub(super) fn was_here(&self, name: &str, whence: &Whence, now: Timestamp) {
        let pair = self.pair(name, whence);
        self.memory().know(pair, now);
    }

    pub(super) fn of_stranger(&self, name: &str) -> Attempts {
        self.memory().strangers.get(&self.number(name)).copied().unwrap_or_default()
    }

    pub(super) fn note_stranger(&self, name: &str, attempts: Attempts) {
        let number = self.number(name);
        let strangers = &mut self.memory().strangers;
        if strangers.len() >= MAX_REMEMBERED {
            strangers.clear();
        }
        strangers.insert(number, attempts);
    }
}

/// Whether tries count: those from before a password was set do not.
fn counts(tries: &Attempts, set_at: Option<Timestamp>) -> bool {
    set_at.is_none_or(|set_at| tries.failed_at.is_some_and(|at| at > set_at))
}

fn fail<K: Hash + Eq>(kept: &mut HashMap<K, Attempts>, key: K, now: Timestamp) {
    if kept.len() >= MAX_REMEMBERED {
        // What is over makes room; where all of it is new, everything does.
        kept.retain(|_, tries| tries.locked_until(1, now).is_some());
        if kept.len() >= MAX_REMEMBERED {
            kept.clear();
        }
    }
    let tries = kept.entry(key).or_default();
    *tries = tries.failed(now);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minute)
    }

    fn from(number: u8) -> Whence {
        Whence::Address(Some([10, 0, 0, number].into()))
    }

    fn locked(tries: &Tries, name: &str, whence: &Whence, everywhere: u32) -> bool {
        let everywhere = Attempts { failures: everywhere, failed_at: Some(at(1)), used_step: None };
        tries.locked_until(name, whence, None, everywhere, at(2)).is_some()
    }

    #[test]
    fn a_stranger_locks_a_name_where_they_are_and_nowhere_else() {
        let tries = Tries::default();
        for _ in 0..MAX_FAILURES {
            assert!(!locked(&tries, "li", &from(6), 0));
            tries.failed("li", &from(6), at(1));
        }
        assert!(locked(&tries, "li", &from(6), 0));
        assert!(!locked(&tries, "li", &from(1), 0) && !locked(&tries, "zhou", &from(6), 0));
        assert!(!locked(&tries, "li", &Whence::Session(vec![1]), 0), "a session of theirs goes on");
        assert!(
            tries.locked_anywhere("li", None, at(2)).is_some() && tries.locked_anywhere("zhou", None, at(2)).is_none()
        );
        assert!(tries.locked_anywhere("li", Some(at(1)), at(2)).is_none(), "a new password is tried anew");
    }

    #[test]
    fn many_addresses_lock_a_name_but_where_its_owner_came_in() {
        let tries = Tries::default();
        tries.came_in("li", &from(1), at(0));
        assert!(locked(&tries, "li", &from(2), MAX_FAILURES_OF_NAME) && !locked(&tries, "li", &from(2), 49));
        assert!(!locked(&tries, "li", &from(1), MAX_FAILURES_OF_NAME));
        assert!(locked(&tries, "zhou", &from(1), MAX_FAILURES_OF_NAME));
    }

    #[test]
    fn an_address_that_tries_one_name_after_the_other_waits() {
        let tries = Tries::default();
        for number in 0..MAX_FAILURES_OF_ADDRESS {
            assert!(!locked(&tries, "li", &from(6), 0), "{number}");
            tries.failed(&format!("name-{number}"), &from(6), at(1));
            tries.came_in("own", &from(6), at(1));
        }
        assert!(locked(&tries, "li", &from(6), 0) && !locked(&tries, "li", &from(7), 0));
        assert!(!locked(&tries, "own", &from(6), 0), "who came in from there before has no part in it");
        tries.was_here("zhou", &from(6), at(1));
        assert!(!locked(&tries, "zhou", &from(6), MAX_FAILURES_OF_NAME), "nor has who is there by a session");
        (0..MAX_FAILURES).for_each(|_| tries.failed("own", &from(6), at(1)));
        assert!(locked(&tries, "own", &from(6), 0), "a name is guessed no more often for that");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let tries = Tries::default();
        for number in 0..=MAX_REMEMBERED {
            let name = number.to_string();
            tries.note_stranger(&name, Attempts::default().failed(at(1)));
            tries.failed(&name, &from(6), at(1));
        }
        assert_eq!(tries.of_stranger(&MAX_REMEMBERED.to_string()).failures, 1);
        assert_eq!(tries.of_stranger("0").failures, 0, "forgotten");
        assert_eq!(tries.memory().pairs.len(), 1);
    }
}
