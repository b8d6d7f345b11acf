//! What an address has under way at a time: a bounded share, given back when it is done with.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How much each address may have under way at a time. Of an address that is not known nothing is counted.
#[derive(Debug, Clone)]
pub(super) struct AtOnce {
    most: usize,
    held: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// What one address has under way; given back when it goes.
#[derive(Debug)]
pub(super) struct Share {
    of: AtOnce,
    address: Option<IpAddr>,
    amount: usize,
}

impl AtOnce {
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Arc::default() }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes an amount for an address; none where it would have too much under way.
    pub(super) fn take(&self, address: Option<IpAddr>, amount: usize) -> Option<Share> {
        if let Some(address) = address {
            let mut all = self.held();
            let held = all.get(&address).copied().unwrap_or_default();
            if held + amount > self.most {
                return None;
            }
            all.insert(address, held + amount);
        }
        Some(Share { of: self.clone(), address, amount })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let Some(address) = self.address else { return };
        let mut all = self.of.held();
        match all.get(&address).map_or(0, |held| held.saturating_sub(self.amount)) {
            0 => all.remove(&address),
            left => all.insert(address, left),
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
        assert!(places.held().is_empty());
    }
}
