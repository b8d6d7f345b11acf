//! What takes long to gather, and is believed for a minute: any number of people and boards may ask for the same at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::api::ReplyCheckMemory;
use super::bulletins::BulletinMemory;
use crate::store::StoreError;

/// How long something is believed, in seconds.
const BELIEVED_S: i64 = 60;
/// Most that is kept at a time: with more the oldest goes.
const MAX_KEPT: usize = 64;

/// What takes long to gather.
#[derive(Debug, Default)]
pub struct Memories {
    /// What bulletins show.
    pub(super) bulletins: BulletinMemory,
    /// What is wrong with replies.
    pub(super) reply_checks: ReplyCheckMemory,
}

/// What was gathered last of one thing, and when; locked while it is gathered.
type Place<V> = Arc<Mutex<Option<(Timestamp, Arc<V>)>>>;

/// What was gathered last, by what was asked, and when that was asked.
#[derive(Debug)]
pub(super) struct Believed<K, V>(std::sync::Mutex<HashMap<K, (Timestamp, Place<V>)>>);

impl<K, V> Default for Believed<K, V> {
    fn default() -> Self {
        Self(std::sync::Mutex::default())
    }
}

/// Whether it is less than a minute ago.
fn is_new(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age >= SignedDuration::ZERO && age < SignedDuration::from_secs(BELIEVED_S)
}

impl<K: Clone + Eq + Hash, V> Believed<K, V> {
    /// What there is by now: what was gathered less than a minute ago, else what is gathered. Whoever asks for the same waits for it; others
    /// do not.
    pub(super) async fn of(
        &self,
        asked: K,
        now: Timestamp,
        gather: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<Arc<V>, StoreError> {
        let place = self.place(asked, now);
        let mut kept = place.lock().await;
        if let Some((_, gathered)) = kept.as_ref().filter(|(at, _)| is_new(*at, now)) {
            return Ok(Arc::clone(gathered));
        }
        let gathered = Arc::new(gather.await?);
        *kept = Some((now, Arc::clone(&gathered)));
        Ok(gathered)
    }

    /// Where it is kept. What was not asked for a minute is let go of, and with too much what was asked the longest ago.
    fn place(&self, asked: K, now: Timestamp) -> Place<V> {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.retain(|_, (at, _)| is_new(*at, now));
        if places.len() >= MAX_KEPT
            && !places.contains_key(&asked)
            && let Some(oldest) = places.iter().min_by_key(|(_, (at, _))| *at).map(|(asked, _)| asked.clone())
        {
            places.remove(&oldest);
        }
        let (at, place) = places.entry(asked).or_insert_with(|| (now, Place::default()));
        *at = now;
        Arc::clone(place)
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
        assert_eq!(memory.0.lock().unwrap().len(), MAX_KEPT);
    }

    #[tokio::test]
    async fn what_takes_long_holds_up_nobody_who_asks_for_something_else() {
        let (memory, now) = (Believed::default(), Timestamp::UNIX_EPOCH);
        let never = std::pin::pin!(memory.of(1, now, std::future::pending()));
        let other = memory.of(2, now, async { Ok(2) });
        // The first one was begun when the other is asked.
        let told = tokio::select! { biased; _ = never => unreachable!(), told = other => told };
        assert_eq!(*told.unwrap(), 2);
    }
}
