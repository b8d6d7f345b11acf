//! What callers hand in, on its way to the gateway: a bounded queue whose callers wait for what becomes of their records.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::HeaderValue;
use http::header::RETRY_AFTER;
use serde_json::json;
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{AdapterError, Batch, Outcome, RawRecord, Receipt, Refusal, RefusalCode};

/// Most calls that wait for the gateway; one more is refused.
const MAX_WAITING: usize = 512;
/// Most KiB of calls that wait for the gateway; a call beyond that is refused.
const MAX_WAITING_KIB: usize = 64 << 10;
/// Longest time a caller is kept waiting for the commit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// What a caller is told to wait before it sends again, in seconds.
const RETRY_AFTER_S: &str = "5";

/// Where callers hand in.
#[derive(Debug, Clone)]
pub struct CallsIn {
    queue: mpsc::Sender<Waiting>,
    room: Arc<Semaphore>,
}

/// What was handed in, for [`Adapter::pull`](crate::Adapter::pull) and what follows it.
#[derive(Debug)]
pub struct Calls {
    waiting: AsyncMutex<Queue>,
    pulled: Mutex<HashMap<u64, Pulled>>,
    next_receipt: Mutex<u64>,
}

/// One call's records and the place where its answer is awaited.
#[derive(Debug)]
struct Waiting {
    records: Vec<RawRecord>,
    answer: oneshot::Sender<Vec<Outcome>>,
    /// Its share of [`MAX_WAITING_KIB`].
    _room: OwnedSemaphorePermit,
}

/// Calls that were pulled and not yet confirmed, by receipt: how many records each brought, and who waits.
type Pulled = Vec<(usize, oneshot::Sender<Vec<Outcome>>)>;

/// The waiting calls and one that did not fit into the last batch.
#[derive(Debug)]
struct Queue {
    calls: mpsc::Receiver<Waiting>,
    held: Option<Waiting>,
}

/// A queue with its two ends.
#[must_use]
pub fn calls() -> (CallsIn, Calls) {
    let (queue, calls) = mpsc::channel(MAX_WAITING);
    let calls = Calls {
        waiting: AsyncMutex::new(Queue { calls, held: None }),
        pulled: Mutex::default(),
        next_receipt: Mutex::default(),
    };
    (CallsIn { queue, room: Arc::new(Semaphore::new(MAX_WAITING_KIB)) }, calls)
}

/// A refusal of a caller that may come again, told after how long.
#[must_use]
pub fn refused_for_now(code: RefusalCode, zh: &str, en: &str) -> Refusal {
    Refusal::new(code, zh, en).with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))
}

impl CallsIn {
    /// Waits until the gateway has taken the records of one call, whose body had so many bytes, and gives what became of them.
    ///
    /// # Errors
    /// Too much waits, or the records are not stored: the caller is told to send them again, which is harmless.
    pub async fn hand_in(
        &self,
        body_bytes: usize,
        records: impl FnOnce() -> Vec<RawRecord>,
    ) -> Result<Vec<Outcome>, Refusal> {
        let later = |zh, en| refused_for_now(RefusalCode::Unavailable, zh, en);
        let full = || later("等待处理的调用过多，请稍后再发", "too many calls are waiting");
        let kib = u32::try_from(body_bytes / 1_024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_full| full())?;
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { records: records(), answer, _room: room }).map_err(|_full| full())?;
        match tokio::time::timeout(ANSWER_TIMEOUT, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes),
            Ok(Err(_)) => Err(later("记录未能存下，请再发一次", "the records could not be stored; send them again")),
            Err(_) => Err(later("记录尚未存下，请再发一次", "the records are not stored yet; send them again")),
        }
    }
}

impl Queue {
    /// What waits and is still wanted, up to `limit` records. A call is not divided: it is answered as a whole, and one larger than
    /// the limit comes alone.
    fn take(&mut self, limit: usize) -> (Vec<RawRecord>, Pulled) {
        let (mut records, mut calls) = (Vec::new(), Pulled::new());
        while let Some(call) = self.held.take().or_else(|| self.calls.try_recv().ok()) {
            if call.answer.is_closed() {
                continue;
            }
            if !records.is_empty() && records.len() + call.records.len() > limit {
                self.held = Some(call);
                break;
            }
            calls.push((call.records.len(), call.answer));
            records.extend(call.records);
        }
        (records, calls)
    }
}

impl Calls {
    /// Waits until something was handed in, and gives at most `limit` records of it, or one call that is larger.
    ///
    /// # Errors
    /// Gone: nobody can hand in any more.
    pub async fn pull(&self, limit: usize) -> Result<Batch, AdapterError> {
        let mut queue = self.waiting.lock().await;
        loop {
            if queue.held.is_none() {
                let Some(first) = queue.calls.recv().await else {
                    return Err(AdapterError::gone("入口已关闭（the endpoint is closed）"));
                };
                queue.held = Some(first);
            }
            // Without an await from here on, so that nothing is taken and then dropped.
            let (records, calls) = queue.take(limit);
            if !calls.is_empty() {
                return Ok(Batch {
                    records,
                    position: None,
                    calls: calls.iter().map(|(count, _)| *count).collect(),
                    receipt: self.hold(calls),
                    more: true,
                    ..Batch::default()
                });
            }
        }
    }

    /// Tells those who wait what became of the records of a batch.
    pub fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) {
        let mut rest = outcomes;
        for (count, answer) in self.release(receipt) {
            let (own, others) = rest.split_at(count.min(rest.len()));
            rest = others;
            // A caller that has gone will send again.
            drop(answer.send(own.to_vec()));
        }
    }

    /// Gives a batch up: those who wait are told to send again.
    pub fn abandon(&self, receipt: &Receipt) {
        drop(self.release(receipt));
    }

    fn hold(&self, calls: Pulled) -> Receipt {
        let mut next = self.next_receipt.lock().unwrap_or_else(PoisonError::into_inner);
        *next += 1;
        self.pulled.lock().unwrap_or_else(PoisonError::into_inner).insert(*next, calls);
        Receipt(json!(*next))
    }

    fn release(&self, receipt: &Receipt) -> Pulled {
        let id = receipt.0.as_u64().unwrap_or_default();
        self.pulled.lock().unwrap_or_else(PoisonError::into_inner).remove(&id).unwrap_or_default()
    }
}
