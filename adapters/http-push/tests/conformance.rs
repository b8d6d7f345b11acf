//! A caller of the endpoint meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post as on_post;
use bytes::Bytes;
use huiliu_adapter_api::{
    Adapter, Factory, MAX_BATCH, MAX_PAYLOAD_BYTES, Outcome, OutcomeState, PushRequest, PushResponse, RawRecord,
    RecordBody,
};
use huiliu_conformance::{Behaviour, Exemption, Exercise, MARKER, Source, conforms, open};
use huiliu_http_push::HttpPushFactory;
use tokio::sync::Notify;

const FILE: &str =
    "[format]\nkind = \"json\"\nid = \"record.number\"\n[settings]\n[settings.auth.api_key]\nsecret = \"key\"\n";

/// A caller that posts to the adapter that is open, or keeps its posts until one is; and the place where it takes replies.
#[derive(Clone)]
struct Caller(Arc<Inner>);

struct Inner {
    adapter: Mutex<Option<Weak<dyn Adapter>>>,
    kept: Mutex<Vec<PushRequest>>,
    /// Posts that were answered with 503, to be sent again when a check says so.
    refused: Mutex<Vec<PushRequest>>,
    told: Notify,
    /// Counts what was given: what came before is of no interest any more.
    given: Mutex<u64>,
    behaviour: Mutex<Behaviour>,
    replies: Mutex<Vec<String>>,
    url: String,
}

impl Caller {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let caller = Self(Arc::new(Inner {
            adapter: Mutex::default(),
            kept: Mutex::default(),
            refused: Mutex::default(),
            told: Notify::new(),
            given: Mutex::default(),
            behaviour: Mutex::new(Behaviour::Well),
            replies: Mutex::default(),
            url: format!("http://{}/", listener.local_addr().unwrap()),
        }));
        let router = Router::new().route("/", on_post(take_reply)).with_state(caller.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        caller
    }

    /// Posts from a task of its own, as a caller does.
    fn post(&self, request: PushRequest) {
        let open = self.0.adapter.lock().unwrap().as_ref().and_then(Weak::upgrade);
        let Some(endpoint) = open.and_then(|adapter| adapter.endpoint()) else {
            return self.0.kept.lock().unwrap().push(request);
        };
        let (caller, given) = (self.clone(), *self.0.given.lock().unwrap());
        tokio::spawn(async move {
            let response = endpoint.handle(request.clone()).await;
            if response.status() == 503 && given == *caller.0.given.lock().unwrap() {
                caller.0.refused.lock().unwrap().push(request);
                caller.0.told.notify_one();
            }
        });
    }

    fn give_body(&self, body: String) {
        *self.0.given.lock().unwrap() += 1;
        self.0.refused.lock().unwrap().clear();
        self.0.kept.lock().unwrap().clear();
        // Checks open an adapter after they give; one that is open already is given to at once.
        self.post(post("k1", body));
    }
}

async fn take_reply(State(caller): State<Caller>, body: String) -> (StatusCode, String) {
    let behaviour = *caller.0.behaviour.lock().unwrap();
    match behaviour {
        Behaviour::Busy => return (StatusCode::SERVICE_UNAVAILABLE, String::new()),
        Behaviour::Refusing => return (StatusCode::FORBIDDEN, "{}".to_owned()),
        Behaviour::ComplaintUnknown => return (StatusCode::GONE, "{}".to_owned()),
        Behaviour::Hanging => std::future::pending().await,
        Behaviour::Oversized => return (StatusCode::OK, format!("\"{}\"", "x".repeat(MAX_PAYLOAD_BYTES))),
        Behaviour::Well | Behaviour::ConfirmsAllBut(_) => {}
    }
    caller.0.replies.lock().unwrap().push(body);
    (StatusCode::OK, "{}".to_owned())
}

fn rows(numbers: &[u64]) -> String {
    let rows: Vec<String> =
        numbers.iter().map(|number| format!("{{\"number\":{number},\"text\":\"{MARKER}\"}}")).collect();
    rows.join(",")
}

fn post(key: &str, body: String) -> PushRequest {
    let mut headers = http::HeaderMap::new();
    headers.insert("x-api-key", key.parse().unwrap());
    PushRequest {
        method: http::Method::POST,
        path: String::new(),
        query: String::new(),
        headers,
        peer: None,
        body: Bytes::from(body),
    }
}

#[async_trait]
impl Source for Caller {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(HttpPushFactory::default())
    }

    fn channel_file(&self) -> String {
        format!("{FILE}[settings.reply]\nurl = \"{}\"\nbody = \"{{{{ reply.key }}}}\"\n", self.0.url)
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("key", "k1".to_owned())]
    }

    async fn give(&self, numbers: &[u64]) {
        self.give_body(format!("[{}]", rows(numbers)));
    }

    async fn give_more(&self, number: u64) {
        self.post(post("k1", format!("[{}]", rows(&[number]))));
    }

    async fn send_again(&self) {
        while self.0.refused.lock().unwrap().is_empty() {
            self.0.told.notified().await;
        }
        // To the adapter that is opened next.
        *self.0.adapter.lock().unwrap() = None;
        let refused = std::mem::take(&mut *self.0.refused.lock().unwrap());
        self.0.kept.lock().unwrap().extend(refused);
    }

    async fn give_broken(&self, before: u64, after: u64) -> Exercise {
        self.give_body(format!("[{},null,{}]", rows(&[before]), rows(&[after])));
        Exercise::Arranged
    }

    async fn give_file(&self, _number: u64) -> Exercise {
        Exercise::CannotHappen("attachments are addresses in the record")
    }

    async fn behave(&self, how: Behaviour) -> Exercise {
        if let Behaviour::ConfirmsAllBut(_) = how {
            return Exercise::CannotHappen("a call is answered as a whole");
        }
        *self.0.behaviour.lock().unwrap() = how;
        Exercise::Arranged
    }

    fn replies(&self) -> Result<Vec<String>, &'static str> {
        Ok(self.0.replies.lock().unwrap().clone())
    }

    fn open(&self) -> Arc<dyn Adapter> {
        let adapter = open(self.factory().as_ref(), &self.channel_file(), &self.secrets()).unwrap();
        *self.0.adapter.lock().unwrap() = Some(Arc::downgrade(&adapter));
        let kept = std::mem::take(&mut *self.0.kept.lock().unwrap());
        kept.into_iter().for_each(|request| self.post(request));
        adapter
    }
}

#[tokio::test]
async fn a_caller_conforms() {
    let exempt = conforms(&Caller::start().await).await;
    let expected = [
        ("files", "attachments are addresses in the record"),
        ("partial confirmation", "a call is answered as a whole"),
    ];
    assert_eq!(exempt, expected.map(|(asked, reason)| Exemption { asked, reason }));
}

async fn call(adapter: &Arc<dyn Adapter>, request: PushRequest) -> PushResponse {
    adapter.endpoint().unwrap().handle(request).await
}

fn check_refused(response: &PushResponse, status: u16, reason: &str) {
    let body = String::from_utf8_lossy(response.body());
    assert_eq!(response.status().as_u16(), status, "{body}");
    assert!(body.contains(reason), "{body}");
}

/// Makes a call and, meanwhile, confirms what it brings; the answer, and the records.
async fn call_and_confirm(adapter: &Arc<dyn Adapter>, request: PushRequest) -> (PushResponse, Vec<RawRecord>) {
    let endpoint = adapter.endpoint().unwrap();
    let mut calling = Box::pin(async move { endpoint.handle(request).await });
    tokio::select! {
        biased;
        response = &mut calling => (response, Vec::new()),
        batch = adapter.pull(None, MAX_BATCH) => {
            let batch = batch.unwrap();
            let states = batch.records.iter().map(|record| Outcome {
                id: record.id.clone(),
                state: OutcomeState::Quarantined { reason: "读不了".to_owned() },
            });
            adapter.confirm(&batch.receipt, &states.collect::<Vec<_>>()).await.unwrap();
            (calling.await, batch.records)
        }
    }
}

#[tokio::test]
async fn bad_calls_are_refused_with_a_reason() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    check_refused(&call(&adapter, post("wrong", "[]".to_owned())).await, 401, "API key");
    check_refused(&call(&adapter, post("wrong", "{".to_owned())).await, 401, "API key");
    check_refused(&call(&adapter, post("k1", String::new())).await, 400, "JSON");
    let many = format!("[{}]", vec!["{}"; 1_001].join(","));
    check_refused(&call(&adapter, post("k1", many)).await, 413, "at most 1000");
    let mut get = post("k1", "[]".to_owned());
    get.method = http::Method::GET;
    check_refused(&call(&adapter, get).await, 405, "POST");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_leaves_a_trace() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let mut traces = Vec::new();
    for (body, reason) in [
        ("{\"number\":", "EOF"),
        ("[[[[", "JSON"),
        (&*"[".repeat(200), "nested deeper"),
        ("{\"number\":", "kept for the operator"),
    ] {
        let (response, records) = call_and_confirm(&adapter, post("k1", body.to_owned())).await;
        check_refused(&response, 400, reason);
        for record in records {
            assert!(matches!(&record.body, RecordBody::Broken { text, .. } if text == body), "{record:?}");
            traces.push(record.id);
        }
    }
    assert_eq!((traces.len(), &traces[0]), (4, &traces[3]), "the same body is the same trace");
}

#[tokio::test]
async fn traces_are_bounded_in_number_and_size() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let mut kept = 0;
    for number in 0..15 {
        let body = format!("[{number}{}", "灯".repeat(50_000));
        let (response, records) = call_and_confirm(&adapter, post("k1", body)).await;
        check_refused(&response, 400, "JSON");
        for record in records {
            assert!(
                matches!(&record.body, RecordBody::Broken { text, .. } if text.chars().count() == RawRecord::MAX_BROKEN_CHARS)
            );
            kept += 1;
        }
    }
    assert_eq!(kept, 10, "in a minute");
    let (good, records) = call_and_confirm(&adapter, post("k1", "[{\"number\":1}]".to_owned())).await;
    assert_eq!((good.status().as_u16(), records.len()), (200, 1), "what can be read is taken all the same");
}

#[tokio::test]
async fn a_trace_that_cannot_be_stored_is_sent_again() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let endpoint = adapter.endpoint().unwrap();
    let calling = tokio::spawn(async move { endpoint.handle(post("k1", "{".to_owned())).await });
    let batch = adapter.pull(None, 10).await.unwrap();
    adapter.abandon(&batch.receipt);
    check_refused(&calling.await.unwrap(), 503, "send them again");
}

#[tokio::test]
async fn the_good_records_of_a_call_are_taken_beside_damaged_ones() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let body = "[{\"number\":1,\"text\":\"a\nb\"},{\"number\":2,\"text\":\"他说\"好\"的\"},{\"number\":3,\"text\":\"\\ud83d\"}]";
    let (response, records) = call_and_confirm(&adapter, post("k1", body.to_owned())).await;
    let broken = |record: &RawRecord| matches!(record.body, RecordBody::Broken { .. });
    assert_eq!(records.iter().map(broken).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(response.status(), 200, "what became of each is in the answer");
}

#[tokio::test]
async fn a_place_of_the_records_that_cannot_be_found_leaves_a_trace() {
    let file = FILE.replace("[settings]\n", "records = \"payload.list | json\"\n[settings]\n");
    let adapter = open(&HttpPushFactory::default(), &file, &[("key", "k1".to_owned())]).unwrap();
    let (response, records) = call_and_confirm(&adapter, post("k1", "{\"list\":\"[x\"}".to_owned())).await;
    check_refused(&response, 400, "cannot be found");
    assert_eq!(records.len(), 1);
}

#[tokio::test]
async fn a_caller_is_answered_only_after_its_records_are_confirmed() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let endpoint = adapter.endpoint().unwrap();
    let calling = tokio::spawn(async move { endpoint.handle(post("k1", "[{\"number\":1}]".to_owned())).await });
    let batch = adapter.pull(None, 10).await.unwrap();
    assert!(!calling.is_finished());
    adapter.abandon(&batch.receipt);
    let response = calling.await.unwrap();
    assert_eq!(response.status().as_u16(), 503);
    assert!(response.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn a_caller_learns_what_became_of_each_record_in_the_order_in_which_it_sent_them() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let mut calls: Vec<_> = Vec::new();
    for body in ["[{\"number\":1},null]", "{\"number\":3}", "[]", ""] {
        let (endpoint, request) = (adapter.endpoint().unwrap(), post("k1", body.to_owned()));
        calls.push(tokio::spawn(async move { endpoint.handle(request).await }));
        tokio::task::yield_now().await;
    }
    let batch = adapter.pull(None, MAX_BATCH).await.unwrap();
    let broken: Vec<bool> =
        batch.records.iter().map(|record| matches!(record.body, RecordBody::Broken { .. })).collect();
    assert_eq!(broken, [false, true, false]);
    let states = [
        OutcomeState::Accepted { receipt_number: "RC1".to_owned() },
        OutcomeState::Quarantined { reason: "记录读不了".to_owned() },
        OutcomeState::Repeated { receipt_number: Some("RC3".to_owned()) },
    ];
    let ids = batch.records.iter().map(|record| record.id.clone());
    let outcomes: Vec<Outcome> = ids.zip(states).map(|(id, state)| Outcome { id, state }).collect();
    adapter.confirm(&batch.receipt, &outcomes).await.unwrap();
    let mut answers = Vec::new();
    for call in calls {
        let response = call.await.unwrap();
        answers.push((response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned()));
    }
    assert_eq!(answers.iter().map(|(status, _)| *status).collect::<Vec<_>>(), [200, 200, 400, 400]);
    assert!(answers[0].1.contains("RC1") && answers[0].1.contains("记录读不了") && !answers[0].1.contains("RC3"));
    assert!(answers[1].1.contains("RC3") && answers[1].1.contains("repeated"));
    assert!(answers[2].1.contains("no record was found"));
}

#[tokio::test]
async fn a_caller_that_has_gone_is_not_delivered() {
    let adapter = open(&HttpPushFactory::default(), FILE, &[("key", "k1".to_owned())]).unwrap();
    let (endpoint, gone) = (adapter.endpoint().unwrap(), adapter.endpoint().unwrap());
    let mut leaving: Call = Box::pin(async move { gone.handle(post("k1", "[{\"number\":1}]".to_owned())).await });
    assert!(poll_fn(|context| Poll::Ready(leaving.as_mut().poll(context).is_pending())).await);
    drop(leaving);
    let staying = tokio::spawn(async move { endpoint.handle(post("k1", "[{\"number\":2}]".to_owned())).await });
    let batch = adapter.pull(None, MAX_BATCH).await.unwrap();
    assert_eq!(batch.records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>(), ["2"]);
    adapter.confirm(&batch.receipt, &[]).await.unwrap();
    assert_eq!(staying.await.unwrap().status(), 200);
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
    let adapter = open(&HttpPushFactory::default(), &eager, &[("key", "k1".to_owned())]).unwrap();
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
