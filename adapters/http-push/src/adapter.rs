//! The queue between callers and the gateway.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Delivery, HttpEndpoint, Outcome, OutgoingRequest, Position, RawRecord, Receipt,
    RecordFormat, Records, Reply, Sent, SettingsProblem, ShownRequest, Trace, WayBack,
};
use huiliu_adapter_http::{Call, Caller};
use serde_json::{Map, Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use crate::endpoint::{PushEndpoint, Waiting};
use crate::settings::Compiled;

/// Most calls that wait for the gateway; one more is answered with 503.
const MAX_WAITING: usize = 512;

/// Calls that were pulled and not yet confirmed, by receipt: how many records each brought, and who waits.
type Pulled = Vec<(usize, oneshot::Sender<Vec<Outcome>>)>;

/// A source that posts to the gateway.
pub(crate) struct HttpPush {
    endpoint: Arc<PushEndpoint>,
    waiting: AsyncMutex<Queue>,
    pulled: Mutex<HashMap<u64, Pulled>>,
    next_receipt: Mutex<u64>,
    format: RecordFormat,
    reply: Option<Call>,
    caller: Caller,
    remarks: Vec<SettingsProblem>,
}

/// The waiting calls and one that did not fit into the last batch.
struct Queue {
    calls: mpsc::Receiver<Waiting>,
    held: Option<Waiting>,
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

impl HttpPush {
    pub(crate) fn new(format: RecordFormat, caller: Caller, compiled: Compiled) -> Self {
        let (sender, calls) = mpsc::channel(MAX_WAITING);
        let Compiled { auth, answers, reply, limits, .. } = compiled;
        let remarks = auth.remarks();
        let endpoint = PushEndpoint::new(auth, format.clone(), answers, limits, sender, caller.clone());
        Self {
            endpoint: Arc::new(endpoint),
            waiting: AsyncMutex::new(Queue { calls, held: None }),
            pulled: Mutex::default(),
            next_receipt: Mutex::new(0),
            format,
            reply,
            caller,
            remarks,
        }
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

#[async_trait]
impl Adapter for HttpPush {
    fn delivery(&self) -> Delivery {
        Delivery::Pushed
    }

    async fn pull(&self, _position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
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

    async fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let mut rest = outcomes;
        for (count, answer) in self.release(receipt) {
            let (own, others) = rest.split_at(count.min(rest.len()));
            rest = others;
            // A caller that has gone will send again.
            drop(answer.send(own.to_vec()));
        }
        Ok(())
    }

    fn abandon(&self, receipt: &Receipt) {
        drop(self.release(receipt));
    }

    fn way_back(&self) -> WayBack {
        Call::way_back(self.reply.as_ref())
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        self.caller.carry(self.reply.as_ref(), reply).await
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, Ok)
    }

    fn calls(&self) -> Vec<String> {
        self.caller.call_names(&[self.reply.as_ref()])
    }

    fn request_of(&self, call: &str, given: &Map<String, Value>) -> Result<OutgoingRequest, AdapterError> {
        self.caller.request_of(&[self.reply.as_ref()], call, given, &[])
    }

    fn shown(&self, request: &OutgoingRequest) -> Option<ShownRequest> {
        Some(self.caller.shown(request))
    }

    fn trace(&self) -> Option<&Trace> {
        Some(self.caller.trace())
    }

    fn remarks(&self) -> Vec<SettingsProblem> {
        self.remarks.clone()
    }

    fn endpoint(&self) -> Option<Arc<dyn HttpEndpoint>> {
        Some(Arc::clone(&self.endpoint) as Arc<dyn HttpEndpoint>)
    }
}
