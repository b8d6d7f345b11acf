//! What callers push is followed where somebody asks for it, and answers that can only come out wrong are refused before anybody calls.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use bytes::Bytes;
use huiliu_adapter_api::{Adapter, Judged, ManualClock, Outcome, OutcomeState, Problems, PushRequest, TracedCall};
use huiliu_conformance::open_at;
use huiliu_http_push::HttpPushFactory;

const AUTH: &str = "[settings.auth.static]\nvalue = \"query.token\"\nsecret = \"key\"\n";

fn opened(settings: &str) -> Result<Arc<dyn Adapter>, Problems> {
    let file = format!("[format]\nkind = \"json\"\nid = \"record.id\"\n[settings]\n{AUTH}{settings}");
    let clock = Arc::new(ManualClock::at(now()));
    open_at(&HttpPushFactory::default(), &file, &[("key", "geheim-1".to_owned())], clock)
}

fn now() -> jiff::Timestamp {
    "2026-11-21T01:00:00Z".parse().unwrap()
}

fn post(query: &str, body: &str) -> PushRequest {
    PushRequest {
        method: http::Method::POST,
        path: String::new(),
        query: query.to_owned(),
        headers: http::HeaderMap::from_iter([(http::header::COOKIE, "a=b".parse().unwrap())]),
        peer: None,
        body: Bytes::from(body.to_owned()),
    }
}

async fn followed(adapter: &Arc<dyn Adapter>, request: PushRequest) -> TracedCall {
    let endpoint = adapter.endpoint().unwrap();
    let storing = async {
        loop {
            let batch = adapter.pull(None, 10).await.unwrap();
            let accepted = OutcomeState::Accepted { receipt_number: "R1".to_owned() };
            let outcome = |id: &str| Outcome { id: id.to_owned(), state: accepted.clone() };
            let outcomes: Vec<Outcome> = batch.records.iter().map(|record| outcome(&record.id)).collect();
            adapter.confirm(&batch.receipt, &outcomes).await.unwrap();
        }
    };
    tokio::select! {
        _ = endpoint.handle(request) => {}
        () = storing => {}
    }
    adapter.trace().unwrap().since(0).pop().unwrap()
}

#[tokio::test]
async fn pushes_are_followed_taken_or_refused_without_secrets() {
    let adapter = opened("").unwrap();
    adapter.trace().unwrap().keep_on(now());
    let taken = followed(&adapter, post("token=geheim-1", "[{\"id\": 1, \"echo\": \"geheim-1\"}]")).await;
    assert_eq!((taken.call.as_str(), taken.status, taken.judged), ("push", Some(200), Judged::Success));
    assert_eq!(taken.url, "/in/conformance?token=***");
    assert_eq!(taken.request.body.as_deref(), Some("[{\"id\": 1, \"echo\": \"***\"}]"));
    assert_eq!(taken.request.headers, [("cookie".to_owned(), "***".to_owned())]);
    assert!(taken.answer.unwrap().body.unwrap().contains("R1"));
    let refused = followed(&adapter, post("token=wrong", "[]")).await;
    assert_eq!((refused.status, refused.judged), (Some(401), Judged::Refused));
    assert!(refused.reason.unwrap().contains("the secret is missing or wrong"));
}

#[tokio::test]
async fn nothing_of_a_push_is_kept_while_nobody_follows() {
    let adapter = opened("").unwrap();
    let endpoint = adapter.endpoint().unwrap();
    endpoint.handle(post("token=wrong", "[]")).await;
    adapter.trace().unwrap().keep_on(now());
    assert!(adapter.trace().unwrap().since(0).is_empty());
}

#[test]
fn answers_that_can_only_come_out_wrong_are_refused() {
    for (settings, said) in [
        (r#"answer = { body = '{"ok": true "n": {{ outcomes | length }}}' }"#, "does not give JSON"),
        // Right with one record, and wrong with two.
        (
            r#"answer = { body = '{"ids": [{% for o in outcomes %}{{ o.receipt_number }}{% endfor %}]}' }"#,
            "does not give JSON",
        ),
        (r#"answer = { content_type = "text/xml", body = '<r>{{ outcomes[0].state }}' }"#, "well-formed XML"),
        (r#"refusal = { body = '{"code": {{ refusal.code }}' }"#, "does not give JSON"),
        (r#"answer = { headers = { x-unit = "a\nb" }, body = '{}' }"#, "this gives no header value"),
        ("wsdl = '<definitions>'", "well-formed XML"),
    ] {
        let settings = format!("[settings]\n{settings}\n{AUTH}");
        let file = format!("[format]\nkind = \"json\"\n{settings}");
        let clock = Arc::new(ManualClock::at(now()));
        let opened = open_at(&HttpPushFactory::default(), &file, &[("key", "geheim-1".to_owned())], clock);
        let problems = opened.err().unwrap_or_default();
        assert!(problems.len() == 1 && problems[0].en.contains(said), "{settings}\n{problems:?}");
    }
}

#[test]
fn answers_that_are_right_are_not_refused() {
    for settings in [
        r#"answer = { body = '{"ok": true, "ids": [{% for o in outcomes %}{{ o.receipt_number }}{% if not loop.last %},{% endif %}{% endfor %}]}' }"#,
        r#"answer = { content_type = "text/xml", body = '<r xmlns="urn:r"><id>{{ request.body.Envelope.Body.id }}</id></r>' }"#,
        r#"answer = { content_type = "text/plain", body = 'success' }"#,
        r#"answer = { status = 201, headers = { location = "/r/{{ outcomes[0].receipt_number }}" }, body = '{}' }"#,
        r#"refusal = { status = 200, body = '{"code": {{ refusal.status }}, "msg": {{ refusal.zh }}}' }"#,
    ] {
        let file = format!("[format]\nkind = \"json\"\n[settings]\n{settings}\n{AUTH}");
        let clock = Arc::new(ManualClock::at(now()));
        let opened = open_at(&HttpPushFactory::default(), &file, &[("key", "geheim-1".to_owned())], clock);
        assert!(opened.is_ok(), "{settings}: {:?}", opened.err());
    }
}
