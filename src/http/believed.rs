//! What takes long to gather, and is believed for a minute: any number of people and boards may ask for the same at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::store::StoreError;

/// How long something is believed, in seconds.
const BELIEVED_S: i64 = 60;
/// Most that is kept at a time: with more the oldest goes.
const MAX_KEPT: usize = 64;

/// What was gathered last, by what was asked.
#[derive(Debug)]
pub struct Believed<K, V>(Mutex<HashMap<K, (Timestamp, Arc<V>)>>);

impl<K, V> Default for Believed<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Clone + Eq + Hash, V> Believed<K, V> {
    /// What there is by now: what was gathered less than a minute ago, else what is gathered. One gathers at a time.
    pub(super) async fn of(
        &self,
        asked: K,
        now: Timestamp,
        gather: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<Arc<V>, StoreError> {
        let mut kept = self.0.lock().await;
        let is_new = |at: Timestamp| {
            let age = now.duration_since(at);
            age >= SignedDuration::ZERO && age < SignedDuration::from_secs(BELIEVED_S)
        };
        kept.retain(|_, (at, _)| is_new(*at));
        if let Some((_, gathered)) = kept.get(&asked) {
            return Ok(Arc::clone(gathered));
        }
        let gathered = Arc::new(gather.await?);
        if kept.len() >= MAX_KEPT
            && let Some(oldest) = kept.iter().min_by_key(|(_, (at, _))| *at).map(|(asked, _)| asked.clone())
        {
            kept.remove(&oldest);
        }
        kept.insert(asked, (now, Arc::clone(&gathered)));
        Ok(gathered)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(memory: &Believed<usize, i64>, key: usize, second: i64) -> i64 {
        let now = Timestamp::from_second(second).unwrap();
        *memory.of(key, now, async { Ok(second) }).await.unwrap()
    }

    #[tokio::test]
    async fn something_is_believed_for_a_minute_and_not_for_ever_nor_when_the_clock_goes_back() {
        let memory = Believed::default();
        assert_eq!(asked(&memory, 1, 100).await, 100);
        assert_eq!((asked(&memory, 1, 159).await, asked(&memory, 2, 159).await), (100, 159));
        assert_eq!(asked(&memory, 1, 160).await, 160);
        assert_eq!(asked(&memory, 1, 90).await, 90);
        for key in 10..10 + 2 * MAX_KEPT {
            asked(&memory, key, 91).await;
        }
        assert_eq!(memory.0.lock().await.len(), MAX_KEPT);
    }
}
