//! The queue between callers and the pipeline.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Call, Delivery, HttpClient, HttpEndpoint, Opening, Outcome, Position, Receipt,
    RecordFormat, Records, Reply, Secrets,
};
use serde_json::{Value, json};
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use crate::auth::Auth;
use crate::endpoint::{PushEndpoint, Waiting};
use crate::settings::{AnswerTemplate, Limits};

/// Most calls that wait for the pipeline; one more is answered with 503.
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
    client: HttpClient,
    secrets: Value,
    channel: Value,
}

/// The waiting calls and one that did not fit into the last batch.
struct Queue {
    calls: mpsc::Receiver<Waiting>,
    held: Option<Waiting>,
}

impl HttpPush {
    pub(crate) fn new(
        opening: Opening<'_>,
        auth: Auth,
        answer: AnswerTemplate,
        reply: Option<Call>,
        limits: Limits,
    ) -> Self {
        let (sender, calls) = mpsc::channel(MAX_WAITING);
        let channel = json!(opening.channel);
        let secrets: &Secrets = &opening.secrets;
        Self {
            endpoint: Arc::new(PushEndpoint::new(
                auth,
                opening.format.clone(),
                answer,
                limits,
                sender,
                channel.clone(),
            )),
            waiting: AsyncMutex::new(Queue { calls, held: None }),
            pulled: Mutex::default(),
            next_receipt: Mutex::new(0),
            secrets: secrets.to_value(),
            format: opening.format,
            reply,
            client: opening.client,
            channel,
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
    async fn pull(&self, _position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let mut queue = self.waiting.lock().await;
        if queue.held.is_none() {
            let Some(first) = queue.calls.recv().await else {
                return Err(AdapterError::gone("the endpoint is closed"));
            };
            queue.held = Some(first);
        }
        let mut records = Vec::new();
        let mut calls = Pulled::new();
        while let Some(call) = queue.held.take().or_else(|| queue.calls.try_recv().ok()) {
            if call.answer.is_closed() {
                continue;
            }
            // A call is not divided: it is answered as a whole. A call larger than the limit comes alone.
            if !records.is_empty() && records.len() + call.records.len() > limit {
                queue.held = Some(call);
                break;
            }
            calls.push((call.records.len(), call.answer));
            records.extend(call.records);
        }
        Ok(Batch { records, position: None, receipt: self.hold(calls), more: true })
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

    async fn reply(&self, reply: &Reply) -> Result<Delivery, AdapterError> {
        Call::carry(self.reply.as_ref(), &self.client, &self.secrets, &self.channel, reply).await
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path)
    }

    fn endpoint(&self) -> Option<Arc<dyn HttpEndpoint>> {
        Some(Arc::clone(&self.endpoint) as Arc<dyn HttpEndpoint>)
    }
}
