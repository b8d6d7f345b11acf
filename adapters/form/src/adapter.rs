//! The queue between forms and the gateway.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Calls, CitizenForm, Delivery, HttpEndpoint, Opening, Outcome, Position, Receipt,
    RecordFormat, Records, Reply, Sent, SettingsProblem, Shares, WayBack, calls,
};

use crate::asks::Asks;
use crate::endpoint::FormEndpoint;
use crate::settings::Compiled;

/// A form of the city.
pub(crate) struct FormAdapter {
    asks: Arc<Asks>,
    endpoint: Arc<FormEndpoint>,
    calls: Calls,
    format: RecordFormat,
    told_elsewhere: bool,
}

impl FormAdapter {
    pub(crate) fn new(opening: Opening<'_>, compiled: Compiled) -> Self {
        let Compiled { asks, limits: (addresses, points), staff_key, told_elsewhere } = compiled;
        let (asks, (queue, calls)) = (Arc::new(asks), calls());
        let endpoint = FormEndpoint {
            asks: Arc::clone(&asks),
            queue,
            receipts: opening.receipts,
            nonces: opening.nonces,
            staff_key,
            addresses: Shares::per_hour(addresses),
            points: Shares::per_hour(points),
        };
        Self { asks, endpoint: Arc::new(endpoint), calls, format: opening.format, told_elsewhere }
    }
}

#[async_trait]
impl Adapter for FormAdapter {
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
        if self.told_elsewhere { WayBack::None } else { WayBack::OwnRecords }
    }

    /// The reply stands in the store, where who filed asks for it.
    async fn reply(&self, _reply: &Reply) -> Result<Sent, AdapterError> {
        Ok(if self.told_elsewhere { Sent::NoRoute } else { Sent::Taken })
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        self.format.read_file(path, Ok)
    }

    fn remarks(&self) -> Vec<SettingsProblem> {
        self.asks.claims.as_ref().map(|claims| claims.remarks.clone()).unwrap_or_default()
    }

    fn endpoint(&self) -> Option<Arc<dyn HttpEndpoint>> {
        Some(Arc::clone(&self.endpoint) as Arc<dyn HttpEndpoint>)
    }

    fn form(&self) -> Option<Arc<dyn CitizenForm>> {
        Some(Arc::clone(&self.asks) as Arc<dyn CitizenForm>)
    }
}
