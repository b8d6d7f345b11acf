//! Callers: as fast as they are answered, or at a rate.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::HttpClient;
use huiliu_city::{Sandbox, World};
use serde_json::{Value, json};
use tokio::time::sleep_until;

/// Complaints of 1 KiB, made before they are needed.
pub struct Supply {
    bodies: Vec<Bytes>,
    next: AtomicUsize,
    batch: usize,
}

impl Supply {
    pub fn new(seed: u64, calls: usize, batch: usize, first: usize) -> Self {
        let mut world = World::new(seed);
        let bodies = (0..calls)
            .map(|call| {
                let records: Vec<Value> =
                    (0..batch).map(|index| complaint(&mut world, first + call * batch + index)).collect();
                Bytes::from(Value::Array(records).to_string())
            })
            .collect();
        Self { bodies, next: AtomicUsize::new(0), batch }
    }

    fn take(&self) -> Option<(usize, Bytes)> {
        let at = self.next.fetch_add(1, Ordering::Relaxed);
        self.bodies.get(at).map(|body| (at, body.clone()))
    }
}

/// A complaint whose JSON has about 1 KiB.
pub fn complaint(world: &mut World, serial: usize) -> Value {
    complaint_of(&world.complaint_text(serial).chars().take(270).collect::<String>(), serial)
}

/// The complaint with this text, of which the first sentence is the title.
pub fn complaint_of(text: &str, serial: usize) -> Value {
    let (title, rest) = text.split_once('。').unwrap_or(("", text));
    json!({
        "number": format!("L{serial:09}"), "kind": "投诉", "title": title, "text": rest, "name": "王某某",
        "phone": format!("139{:08}", serial % 100_000_000), "address": "", "occurred_at": "2026-11-22T08:00:00+08:00",
    })
}

/// What callers have met.
#[derive(Default)]
pub struct Met {
    /// When the call with each receipt number was made.
    pub sent: HashMap<String, Instant>,
    /// From request to acknowledgement.
    pub answers: Vec<Duration>,
    /// Calls that were told to come again, by status.
    pub refused: HashMap<u16, usize>,
    /// Of those, without `Retry-After`.
    pub impolite: usize,
}

/// Drives a gateway.
pub struct Drive {
    pub supply: Supply,
    pub met: Mutex<Met>,
    url: String,
    client: HttpClient,
    stop: AtomicBool,
}

impl Drive {
    pub fn new(supply: Supply, sandbox: &Sandbox) -> Arc<Self> {
        let url = format!("{}/in/generic", sandbox.url);
        Arc::new(Self { supply, met: Mutex::default(), url, client: HttpClient::new(), stop: AtomicBool::new(false) })
    }

    /// `callers` at a time for `length`; with a rate (calls a second) the next call waits for its time. Refused calls are not
    /// made again.
    pub async fn run(self: &Arc<Self>, callers: usize, length: Duration, rate: Option<f64>) -> Duration {
        let began = Instant::now();
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let drive = Arc::clone(self);
                tokio::spawn(async move {
                    while began.elapsed() < length && !drive.stop.load(Ordering::Relaxed) {
                        let Some((at, body)) = drive.supply.take() else { return };
                        if let Some(rate) = rate {
                            #[expect(clippy::cast_precision_loss, reason = "counts of calls are small")]
                            let due = began + Duration::from_secs_f64(at as f64 / rate);
                            sleep_until(due.into()).await;
                        }
                        drive.call(body).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            drop(task.await);
        }
        began.elapsed()
    }

    async fn call(&self, body: Bytes) {
        let request = Request::post(&self.url)
            .header("content-type", "application/json")
            .header("x-api-key", Sandbox::GENERIC_KEY)
            .body(body);
        let (Ok(request), at) = (request, Instant::now()) else { return };
        let answer = self.client.send(request, Duration::from_secs(60)).await;
        let took = at.elapsed();
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Ok(answer) if answer.status.is_success() => {
                met.answers.push(took);
                let answer: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                for outcome in answer["outcomes"].as_array().into_iter().flatten() {
                    if let Some(receipt) = outcome["receipt_number"].as_str() {
                        met.sent.insert(receipt.to_owned(), at);
                    }
                }
            }
            Ok(answer) => {
                *met.refused.entry(answer.status.as_u16()).or_default() += 1;
                met.impolite += usize::from(!answer.headers.contains_key("retry-after"));
            }
            Err(_) => *met.refused.entry(0).or_default() += 1,
        }
    }

    pub fn accepted(&self) -> usize {
        self.met.lock().unwrap_or_else(PoisonError::into_inner).sent.len()
    }

    pub fn batch(&self) -> usize {
        self.supply.batch
    }
}
