//! What a caller is answered, by the endpoint that answers callers: admitted or not, read, stored with the outcomes that a case gives.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use huiliu_adapter_api::{
    Adapter, AdapterError, HttpEndpoint, MAX_BATCH, Outcome, OutcomeState, PushRequest, PushResponse, RawRecord,
    RecordBody, Refusal, RefusalCode,
};
use serde::Deserialize;
use serde_json::Value;

use super::calls::{Words, in_both};
use crate::mapping::Channel;

/// `given` of an answer: what is sent, and what becomes of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenPush {
    /// HTTP method; default POST.
    method: Option<String>,
    /// What follows `/in/<channel>`.
    #[serde(default)]
    path: String,
    /// The query, without its question mark.
    #[serde(default)]
    query: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Address of the caller.
    peer: Option<std::net::IpAddr>,
    /// The body: a text as it stands, a table or a list as JSON.
    body: Option<Value>,
    /// The body from a file beside the case, for encodings other than UTF-8.
    body_file: Option<String>,
    /// What becomes of the records, in their order; default: accepted, with the receipt numbers R1, R2…
    #[serde(default)]
    outcomes: Vec<GivenOutcome>,
    /// Refuses the request with this code, for what a case cannot bring about: `unavailable`, `too_many_requests`…
    refusal: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenOutcome {
    state: String,
    receipt_number: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    rule: String,
}

/// What a caller was answered.
pub(super) struct Answered {
    pub response: PushResponse,
    /// How many records it brought.
    pub records: usize,
}

/// Answers a caller as the gateway would.
pub(super) fn answered(channel: &Channel, given: &GivenPush, folder: &Path) -> Result<Answered, Words> {
    let endpoint = channel.adapter.endpoint().ok_or_else(|| {
        let en = "this channel takes no pushes: [[answer]] is for http-push";
        ("这个渠道不接收推送：[[answer]] 只用于 http-push".to_owned(), en.to_owned())
    })?;
    let request = given.request(folder)?;
    if let Some(name) = &given.refusal {
        let refusal = refusal_of(name)?;
        return Ok(Answered { response: endpoint.refuse(&request, refusal), records: 0 });
    }
    let states = given.outcomes.iter().map(GivenOutcome::state).collect::<Result<Vec<_>, _>>()?;
    let adapter = Arc::clone(&channel.adapter);
    // Cases run inside and outside of a runtime; a thread of its own has none.
    let answering = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.map(|runtime| runtime.block_on(answer(adapter, endpoint, request, states)))
    });
    match answering.join() {
        Ok(Ok(answered)) => answered,
        Ok(Err(error)) => Err((error.to_string(), error.to_string())),
        Err(_panic) => Err(("应答时出错".to_owned(), "answering has failed".to_owned())),
    }
}

async fn answer(
    adapter: Arc<dyn Adapter>,
    endpoint: Arc<dyn HttpEndpoint>,
    request: PushRequest,
    states: Vec<OutcomeState>,
) -> Result<Answered, Words> {
    if let Err(refusal) = endpoint.admit(&PushRequest { body: Bytes::new(), ..request.clone() }) {
        return Ok(Answered { response: endpoint.refuse(&request, refusal), records: 0 });
    }
    let mut records = 0;
    let response = tokio::select! {
        response = endpoint.handle(request) => response,
        failed = store(adapter.as_ref(), &states, &mut records) => return Err(in_both(&failed)),
    };
    if !states.is_empty() && states.len() != records {
        let given = states.len();
        return Err((
            format!("用例给出 {given} 个 outcomes，请求带来 {records} 条记录"),
            format!("the case gives {given} outcomes, and the request brings {records} records"),
        ));
    }
    Ok(Answered { response, records })
}

/// Stores what comes, with the outcomes of the case; ends only where it cannot.
async fn store(adapter: &dyn Adapter, states: &[OutcomeState], records: &mut usize) -> AdapterError {
    loop {
        let batch = match adapter.pull(None, MAX_BATCH).await {
            Ok(batch) => batch,
            Err(error) => return error,
        };
        let outcomes: Vec<Outcome> = batch
            .records
            .iter()
            .enumerate()
            .map(|(index, record)| outcome(record, states.get(*records + index), *records + index))
            .collect();
        *records += batch.records.len();
        if let Err(error) = adapter.confirm(&batch.receipt, &outcomes).await {
            return error;
        }
    }
}

fn outcome(record: &RawRecord, given: Option<&OutcomeState>, index: usize) -> Outcome {
    let state = given.cloned().unwrap_or_else(|| match &record.body {
        RecordBody::Tree(_) => OutcomeState::Accepted { receipt_number: format!("R{}", index + 1) },
        RecordBody::Broken { reason, .. } => OutcomeState::Quarantined { reason: reason.clone() },
    });
    Outcome { id: record.id.clone(), state }
}

fn refusal_of(name: &str) -> Result<Refusal, Words> {
    let found = RefusalCode::ALL.iter().find(|(_, known, ..)| *known == name);
    let (code, ..) = found.ok_or_else(|| {
        let known = RefusalCode::ALL.map(|(_, name, ..)| name).join(", ");
        (format!("没有这种拒绝：{name}；有：{known}"), format!("there is no refusal {name}; there are: {known}"))
    })?;
    Ok(Refusal::new(*code, format!("拒绝：{name}"), format!("refused: {name}")))
}

impl GivenOutcome {
    fn state(&self) -> Result<OutcomeState, Words> {
        let receipt_number = self.receipt_number.clone().unwrap_or_default();
        Ok(match self.state.as_str() {
            "accepted" => OutcomeState::Accepted { receipt_number },
            "amended" => OutcomeState::Amended { receipt_number },
            "follow_up" => OutcomeState::FollowUp { receipt_number },
            "repeated" => OutcomeState::Repeated { receipt_number: self.receipt_number.clone() },
            "quarantined" => OutcomeState::Quarantined { reason: self.reason.clone() },
            "discarded" => OutcomeState::Discarded { rule: self.rule.clone() },
            other => {
                let known = "accepted, amended, follow_up, repeated, quarantined, discarded";
                return Err((
                    format!("outcomes 没有这种 state：{other}；有：{known}"),
                    format!("outcomes have no state {other}; there are: {known}"),
                ));
            }
        })
    }
}

impl GivenPush {
    fn request(&self, folder: &Path) -> Result<PushRequest, Words> {
        let wrong = |what: &str, error: &str| {
            (format!("given.{what} 无效\n原文：{error}"), format!("given.{what} is not valid: {error}"))
        };
        let method = self.method.as_deref().unwrap_or("POST");
        let method = method.parse::<Method>().map_err(|error| wrong("method", &error.to_string()))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            let name = HeaderName::try_from(name).map_err(|error| wrong("headers", &error.to_string()))?;
            let value = HeaderValue::try_from(value).map_err(|error| wrong("headers", &error.to_string()))?;
            headers.append(name, value);
        }
        let body = match (&self.body, &self.body_file) {
            (_, Some(file)) => {
                std::fs::read(folder.join(file)).map_err(|error| wrong("body_file", &error.to_string()))?
            }
            (Some(Value::String(text)), None) => text.as_bytes().to_vec(),
            (Some(tree), None) => tree.to_string().into_bytes(),
            (None, None) => Vec::new(),
        };
        let (path, query, peer) = (self.path.clone(), self.query.clone(), self.peer);
        Ok(PushRequest { method, path, query, headers, peer, body: Bytes::from(body) })
    }
}
