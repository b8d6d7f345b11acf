//! The queue between callers and the gateway.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Calls, Delivery, HttpEndpoint, Outcome, OutgoingRequest, Position, Receipt,
    RecordFormat, Records, Reply, Sent, SettingsProblem, ShownRequest, Trace, WayBack, calls,
};
use huiliu_adapter_http::{Call, Caller};
use serde_json::{Map, Value};

use crate::endpoint::PushEndpoint;
use crate::settings::Compiled;

/// A source that posts to the gateway.
pub(crate) struct HttpPush {
    endpoint: Arc<PushEndpoint>,
    calls: Calls,
    format: RecordFormat,
    reply: Option<Call>,
    caller: Caller,
    remarks: Vec<SettingsProblem>,
}

impl HttpPush {
    pub(crate) fn new(format: RecordFormat, caller: Caller, compiled: Compiled) -> Self {
        let (calls_in, calls) = calls();
        let Compiled { auth, answers, reply, limits, .. } = compiled;
        let remarks = auth.remarks();
        let endpoint = PushEndpoint::new(auth, format.clone(), answers, limits, calls_in, caller.clone());
        Self { endpoint: Arc::new(endpoint), calls, format, reply, caller, remarks }
    }
}

#[async_trait]
impl Adapter for HttpPush {
    fn delivery(&self) -> Delivery {
        Delivery::Pushed
    }

    async fn pull(&self, _position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        self.calls.pull(limit).await
    }

    async fn confirm(&self, receipt: &Receipt, outcomes: &[Outcome]) -> Result<(), AdapterError> {
        self.calls.confirm(receipt, outcomes);
        Ok(())
    }

    fn abandon(&self, receipt: &Receipt) {
        self.calls.abandon(receipt);
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
