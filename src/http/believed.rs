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
/// How long something that takes seconds is shown while it is gathered anew, in seconds.
const SHOWN_S: i64 = 5 * 60;
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

/// What was gathered last of one thing, and when; who gathers it holds the other one.
#[derive(Debug)]
struct Thing<V> {
    kept: std::sync::Mutex<Option<(Timestamp, Arc<V>)>>,
    gathering: Arc<Mutex<()>>,
}

impl<V> Default for Thing<V> {
    fn default() -> Self {
        Self { kept: std::sync::Mutex::default(), gathering: Arc::default() }
    }
}

impl<V> Thing<V> {
    fn kept(&self) -> Option<(Timestamp, Arc<V>)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn gather(
        &self,
        now: Timestamp,
        gather: impl Future<Output = Result<V, StoreError>>,
    ) -> Result<Arc<V>, StoreError> {
        let gathered = Arc::new(gather.await?);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&gathered)));
        Ok(gathered)
    }
}

/// Things by what was asked, and when that was asked.
type Things<K, V> = HashMap<K, (Timestamp, Arc<Thing<V>>)>;

/// What was gathered last, by what was asked.
#[derive(Debug)]
pub(super) struct Believed<K, V>(std::sync::Mutex<Things<K, V>>);

impl<K, V> Default for Believed<K, V> {
    fn default() -> Self {
        Self(std::sync::Mutex::default())
    }
}

/// Whether it is so many seconds ago at most.
fn is_within(seconds: i64, at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    age >= SignedDuration::ZERO && age < SignedDuration::from_secs(seconds)
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
        let thing = self.thing(asked, now);
        let _alone = thing.gathering.lock().await;
        match thing.kept().filter(|(at, _)| is_within(BELIEVED_S, *at, now)) {
            Some((_, gathered)) => Ok(gathered),
            None => thing.gather(now, gather).await,
        }
    }

    /// The same for what takes seconds: what is older than a minute and not older than five is shown as it is, and gathered anew meanwhile.
    /// What is shown has to say of when it is.
    pub(super) async fn lately<F>(&self, asked: K, now: Timestamp, gather: F) -> Result<Arc<V>, StoreError>
    where
        F: Future<Output = Result<V, StoreError>> + Send + 'static,
        V: Send + Sync + 'static,
    {
        let thing = self.thing(asked.clone(), now);
        match thing.kept().filter(|(at, _)| is_within(SHOWN_S, *at, now)) {
            None => self.of(asked, now, gather).await,
            Some((at, gathered)) => {
                // Whoever holds it is gathering already.
                if !is_within(BELIEVED_S, at, now)
                    && let Ok(alone) = Arc::clone(&thing.gathering).try_lock_owned()
                {
                    tokio::spawn(async move {
                        if let Err(error) = thing.gather(now, gather).await {
                            tracing::warn!(%error, "what is shown for a while could not be gathered anew");
                        }
                        drop(alone);
                    });
                }
                Ok(gathered)
            }
        }
    }

    /// Where it is kept. What was not asked for in five minutes is let go of, and with too much what was asked the longest ago.
    fn thing(&self, asked: K, now: Timestamp) -> Arc<Thing<V>> {
        let mut things = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        things.retain(|_, (at, _)| is_within(SHOWN_S, *at, now));
        if things.len() >= MAX_KEPT
            && !things.contains_key(&asked)
            && let Some(oldest) = things.iter().min_by_key(|(_, (at, _))| *at).map(|(asked, _)| asked.clone())
        {
            things.remove(&oldest);
        }
        let (at, thing) = things.entry(asked).or_insert_with(|| (now, Arc::default()));
        *at = now;
        Arc::clone(thing)
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
    async fn what_takes_seconds_is_shown_while_it_is_gathered_anew() {
        let memory = Arc::new(Believed::<usize, i64>::default());
        let at = |second| Timestamp::from_second(second).unwrap();
        let asked = async |second| *memory.lately(1, at(second), std::future::ready(Ok(second))).await.unwrap();
        assert_eq!((asked(100).await, asked(150).await), (100, 100));
        assert_eq!(asked(170).await, 100, "nobody waits");
        // Whoever holds it next finds what was gathered.
        drop(memory.thing(1, at(170)).gathering.lock().await);
        assert_eq!(asked(171).await, 170);
        assert_eq!(asked(170 + SHOWN_S).await, 170 + SHOWN_S, "what is too old is shown to nobody");
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
