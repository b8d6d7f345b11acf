//! A caller of the endpoint meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;

use async_trait::async_trait;
use bytes::Bytes;
use huiliu_adapter_api::{Adapter, Factory, PushRequest, PushResponse};
use huiliu_conformance::{BreakDown, MARKER, Source, conforms, open};
use huiliu_http_push::HttpPushFactory;

const FILE: &str =
    "[format]\nkind = \"json\"\nid = \"record.number\"\n[settings]\n[settings.auth.api_key]\nsecret = \"key\"\n";

/// A caller that posts to the adapter that is open, or keeps its posts until one is.
#[derive(Default)]
struct Caller {
    adapter: Mutex<Option<Weak<dyn Adapter>>>,
    kept: Mutex<Vec<PushRequest>>,
}

fn post(key: &str, body: String) -> PushRequest {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    PushRequest {
        method: http::Method::POST,
        path: String::new(),
        query: String::new(),
        headers,
        body: Bytes::from(body),
    }
}

#[async_trait]
impl Source for Caller {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(HttpPushFactory)
    }

    fn channel_file(&self) -> String {
        FILE.to_owned()
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("key", "k1".to_owned())]
    }

    async fn give(&self, numbers: &[u64]) {
        let rows: Vec<String> =
            numbers.iter().map(|number| format!("{{\"number\":{number},\"text\":\"{MARKER}\"}}")).collect();
        let request = post("k1", format!("[{}]", rows.join(",")));
        let open = self.adapter.lock().unwrap().as_ref().and_then(Weak::upgrade);
        match open.and_then(|adapter| adapter.endpoint()) {
            Some(endpoint) => drop(tokio::spawn(async move { endpoint.handle(request).await })),
            None => self.kept.lock().unwrap().push(request),
        }
        tokio::task::yield_now().await;
    }

    async fn give_broken(&self, _beside: u64) -> bool {
        false
    }

    async fn break_down(&self, _how: BreakDown) -> bool {
        false
    }

    fn open(&self) -> Arc<dyn Adapter> {
        let adapter = open(self.factory().as_ref(), FILE, &self.secrets()).unwrap();
        let endpoint = adapter.endpoint().unwrap();
        *self.adapter.lock().unwrap() = Some(Arc::downgrade(&adapter));
        for request in self.kept.lock().unwrap().drain(..) {
            let endpoint = Arc::clone(&endpoint);
            tokio::spawn(async move { endpoint.handle(request).await });
        }
        adapter
    }
}

#[tokio::test]
async fn a_caller_conforms() {
    conforms(&Caller::default()).await;
}

async fn call(adapter: &Arc<dyn Adapter>, request: PushRequest) -> PushResponse {
    adapter.endpoint().unwrap().handle(request).await
}

fn check_refused(response: &PushResponse, status: u16, reason: &str) {
    let body = String::from_utf8_lossy(response.body());
    assert_eq!(response.status().as_u16(), status, "{body}");
    assert!(body.contains(reason), "{body}");
}

#[tokio::test]
async fn bad_calls_are_refused_with_a_reason() {
    let adapter = open(&HttpPushFactory, FILE, &[("key", "k1".to_owned())]).unwrap();
    check_refused(&call(&adapter, post("wrong", "[]".to_owned())).await, 401, "API key");
    check_refused(&call(&adapter, post("k1", "{".to_owned())).await, 400, "JSON");
    check_refused(&call(&adapter, post("k1", "[".repeat(200))).await, 400, "nested deeper");
    let many = format!("[{}]", vec!["{}"; 1_001].join(","));
    check_refused(&call(&adapter, post("k1", many)).await, 413, "at most 1000");
    let mut get = post("k1", "[]".to_owned());
    get.method = http::Method::GET;
    check_refused(&call(&adapter, get).await, 405, "POST");
}

#[tokio::test]
async fn a_caller_is_answered_only_after_its_records_are_confirmed() {
    let adapter = open(&HttpPushFactory, FILE, &[("key", "k1".to_owned())]).unwrap();
    let endpoint = adapter.endpoint().unwrap();
    let calling = tokio::spawn(async move { endpoint.handle(post("k1", "[{\"number\":1}]".to_owned())).await });
    let batch = adapter.pull(None, 10).await.unwrap();
    assert!(!calling.is_finished());
    adapter.abandon(&batch.receipt);
    let response = calling.await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.headers().contains_key("retry-after"));
}

type Call = Pin<Box<dyn Future<Output = PushResponse>>>;

/// Makes calls until one is refused; gives those that wait, with the refusal.
async fn until_refused(adapter: &Arc<dyn Adapter>, body: &str) -> (Vec<Call>, PushResponse) {
    let mut waiting = Vec::new();
    loop {
        let (endpoint, request) = (adapter.endpoint().unwrap(), post("k1", body.to_owned()));
        let mut call: Call = Box::pin(async move { endpoint.handle(request).await });
        match poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
            Poll::Ready(refusal) => return (waiting, refusal),
            Poll::Pending => waiting.push(call),
        }
    }
}

#[tokio::test]
async fn what_waits_is_bounded_in_number_and_size_and_taken_again_when_there_is_room() {
    let eager = FILE.replace("[settings]\n", "[settings]\ncalls_per_minute = 1000000\n");
    let adapter = open(&HttpPushFactory, &eager, &[("key", "k1".to_owned())]).unwrap();
    let (waiting, refusal) = until_refused(&adapter, "[{\"number\":1}]").await;
    assert_eq!(waiting.len(), 512, "calls");
    check_refused(&refusal, 503, "waiting");
    assert_eq!(refusal.headers()["retry-after"], "5");
    let batch = adapter.pull(None, 1_000).await.unwrap();
    assert_eq!(batch.records.len(), 512);
    adapter.abandon(&batch.receipt);

    let large = format!("[{{\"number\":1,\"text\":\"{}\"}}]", "路".repeat(5 << 20));
    let (waiting, refusal) = until_refused(&adapter, &large).await;
    assert_eq!(waiting.len(), 4, "64 MiB of calls of 15 MiB");
    check_refused(&refusal, 503, "waiting");
    let batch = adapter.pull(None, 1_000).await.unwrap();
    assert_eq!(batch.records.len(), 4);
    let (again, _) = until_refused(&adapter, &large).await;
    assert_eq!(again.len(), 4, "what was pulled leaves its room");
}
