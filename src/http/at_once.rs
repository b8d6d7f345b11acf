//! What an address, or whoever else, has under way at a time: a bounded share, given back when it is done with.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much each of them may have under way at a time. Of one that is not known nothing is counted.
#[derive(Debug)]
pub(super) struct AtOnce<K = IpAddr> {
    most: usize,
    held: Arc<Mutex<HashMap<K, usize>>>,
}

/// What one of them has under way; given back when it goes.
#[derive(Debug)]
pub(super) struct Share<K: Copy + Eq + Hash = IpAddr> {
    held: Arc<Mutex<HashMap<K, usize>>>,
    of: Option<K>,
    amount: usize,
}

fn locked<K>(held: &Mutex<HashMap<K, usize>>) -> MutexGuard<'_, HashMap<K, usize>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Copy + Eq + Hash> AtOnce<K> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    /// Takes an amount for one of them; none where it would have too much under way.
    pub(super) fn take(&self, of: Option<K>, amount: usize) -> Option<Share<K>> {
        if let Some(of) = of {
            let mut all = locked(&self.held);
            let held = all.get(&of).copied().unwrap_or_default();
            if held + amount > self.most {
                return None;
            }
            all.insert(of, held + amount);
        }
        Some(Share { held: Arc::clone(&self.held), of, amount })
    }
}

impl<K: Copy + Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let Some(of) = self.of else { return };
        let mut all = locked(&self.held);
        match all.get(&of).map_or(0, |held| held.saturating_sub(self.amount)) {
            0 => all.remove(&of),
            left => all.insert(of, left),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_is_forgotten_when_it_gave_it_back() {
        let (places, [one, other]) = (AtOnce::new(3), [1, 2].map(|last| Some(IpAddr::from([9, 9, 9, last]))));
        let held: Vec<_> = std::iter::from_fn(|| places.take(one, 1)).collect();
        assert_eq!(held.len(), 3);
        assert!(places.take(other, 3).is_some() && places.take(other, 4).is_none());
        assert!(places.take(None, 4).is_some(), "of nobody nothing is counted");
        drop(held);
        assert!(places.take(one, 3).is_some());
        assert!(locked(&places.held).is_empty());
    }
}
