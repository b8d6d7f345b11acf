//! Values that callers use once, remembered as long as their requests could be repeated.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::CallerFault;

/// Most nonces remembered; more calls than that within the window are refused.
const MAX_NONCES: usize = 100_000;

/// Nonces seen within the window, and the second in which each may be forgotten.
#[derive(Default)]
pub(crate) struct Nonces {
    seen: HashMap<String, i64>,
    by_second: BTreeSet<(i64, String)>,
}

impl Nonces {
    /// Forgets those whose requests could not be made again.
    fn forget(&mut self, now: i64) {
        while let Some((second, _)) = self.by_second.first()
            && *second < now
        {
            if let Some((_, nonce)) = self.by_second.pop_first() {
                self.seen.remove(&nonce);
            }
        }
    }

    /// Notes a nonce until `forget_at`.
    pub(super) fn take(&mut self, nonce: &str, now: i64, forget_at: i64) -> Result<(), CallerFault> {
        self.forget(now);
        if self.seen.contains_key(nonce) {
            return Err(CallerFault::Repeated);
        }
        if self.seen.len() >= MAX_NONCES {
            return Err(CallerFault::TooManyNonces);
        }
        self.seen.insert(nonce.to_owned(), forget_at);
        self.by_second.insert((forget_at, nonce.to_owned()));
        Ok(())
    }

    /// Forgets a nonce, so that its request may be made again.
    pub(super) fn give_back(&mut self, nonce: &str) {
        if let Some(forget_at) = self.seen.remove(nonce) {
            self.by_second.remove(&(forget_at, nonce.to_owned()));
        }
    }
}

/// The nonces of all channels, kept over reloads: a request that was taken before one is not taken again behind it. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct SeenNonces(Arc<Mutex<HashMap<String, Arc<Mutex<Nonces>>>>>);

impl SeenNonces {
    /// Those of a channel, which its earlier openings share. A channel that is gone is forgotten with its last nonce.
    pub(crate) fn of(&self, channel: &str, now: i64) -> Arc<Mutex<Nonces>> {
        let mut channels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|_, nonces| {
            let mut held = nonces.lock().unwrap_or_else(PoisonError::into_inner);
            held.forget(now);
            !held.seen.is_empty() || Arc::strong_count(nonces) > 1
        });
        Arc::clone(channels.entry(channel.to_owned()).or_default())
    }
}

impl std::fmt::Debug for SeenNonces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SeenNonces").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_good_once_and_forgotten_after_its_window() {
        let mut nonces = Nonces::default();
        assert_eq!(nonces.take("a", 100, 105), Ok(()));
        assert_eq!(nonces.take("a", 104, 109), Err(CallerFault::Repeated));
        assert_eq!(nonces.take("b", 104, 109), Ok(()));
        assert_eq!(nonces.take("a", 106, 111), Ok(()));
        assert_eq!(nonces.seen.len(), 2);
        nonces.give_back("a");
        assert_eq!((nonces.seen.len(), nonces.by_second.len()), (1, 1));
        assert_eq!(nonces.take("a", 107, 112), Ok(()), "given back, and good once more");
        assert_eq!(nonces.take("a", 111, 116), Err(CallerFault::Repeated), "and no more");
    }
}
