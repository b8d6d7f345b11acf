//! What leaves the channel, before and while it leaves: requests that are written and not sent, templates that are tried with sample
//! values, calls that are followed.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod followed;
mod tried;

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, ManualClock, Problems, Reply, Sent};
use huiliu_conformance::open_at;
use huiliu_conformance::scripted::{Scripted, json};
use huiliu_http_poll::HttpPollFactory;
use serde_json::{Map, Value};

/// A channel whose settings go on behind the list.
fn opened(url: &str, settings: &str) -> Result<Arc<dyn Adapter>, Problems> {
    let file = format!(
        "[format]\nkind = \"json\"\nrecords = \"payload.rows\"\nid = \"record.id\"\n[settings]\npaging = {{ number = {{ size = 10 }} }}\n\
         {settings}\n"
    );
    let secrets = [("url", url.to_owned()), ("key", "geheim-1".to_owned()), ("password", "wort-2".to_owned())];
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    open_at(&HttpPollFactory::default(), &file, &secrets, clock)
}

const CALLS: &str = r#"
[settings.list]
url = "{{ secrets.url }}/list?page={{ page.number }}"
headers = { x-sign = "{{ (nonce ~ now) | md5 }}", authorization = "Bearer {{ secrets.key }}" }
[settings.reply]
url = "{{ secrets.url }}/reply"
headers = { content-type = "application/json", x-sign = "{{ body | hmac_sha256(secrets.key) }}" }
body = '{"id": {{ record.id }}, "text": {{ reply.text }}, "key": {{ secrets.key }}}'
"#;

fn reply() -> Reply {
    Reply {
        key: "k".to_owned(),
        source_number: "1".to_owned(),
        receipt_number: "R1".to_owned(),
        status: "resolved".to_owned(),
        status_zh: "已办结".to_owned(),
        text: "修好“了”".to_owned(),
        department: "城管局".to_owned(),
        person: None,
        attachments: Vec::new(),
        at: "2026-11-21T09:00:00+08:00".to_owned(),
        phone: None,
        record: serde_json::json!({ "id": 7 }),
    }
}

fn given(members: Value) -> Map<String, Value> {
    members.as_object().unwrap().clone()
}

#[tokio::test]
async fn a_request_that_is_written_is_the_one_that_is_sent() {
    let source = Scripted::start(|_, _| json("{\"rows\": []}")).await;
    for (call, given) in [
        ("list", given(serde_json::json!({}))),
        ("reply", given(serde_json::json!({ "reply": reply().to_value(), "record": { "id": 7 } }))),
    ] {
        // Nonces count from one for each opening.
        let written = opened(&source.url, CALLS).unwrap().request_of(call, &given).unwrap();
        let adapter = opened(&source.url, CALLS).unwrap();
        match call {
            "list" => drop(adapter.pull(None, 10).await.unwrap()),
            _ => assert_eq!(adapter.reply(&reply()).await, Ok(Sent::Taken)),
        }
        let path = written.uri().path_and_query().unwrap().as_str();
        let sent = source.asked(path).remove(0);
        assert_eq!((sent.method.as_str(), &sent.body[..]), (written.method().as_str(), &written.body()[..]), "{call}");
        for (name, value) in written.headers() {
            assert_eq!(sent.headers.get(name), Some(value), "{call}: {name}");
        }
    }
}

#[test]
fn a_call_that_is_not_there_is_told_with_those_that_are() {
    let adapter = opened("http://source.example", CALLS).unwrap();
    assert_eq!(adapter.calls(), ["list", "reply"]);
    let error = adapter.request_of("sign", &Map::new()).unwrap_err().to_string();
    assert!(error.contains("there is no call sign; there are: list, reply"), "{error}");
}

#[test]
fn what_a_call_has_no_use_for_is_told_with_what_there_is() {
    let adapter = opened("http://source.example", CALLS).unwrap();
    for (call, members, said) in [
        ("list", serde_json::json!({ "pgae": {} }), "has no pgae"),
        ("list", serde_json::json!({ "page": { "lsat": 41 } }), "has no page.lsat"),
        ("list", serde_json::json!({ "cookie": "a=b" }), "has no cookie"),
        ("reply", serde_json::json!({ "reply": { "txt": "" } }), "has no reply.txt"),
        ("reply", serde_json::json!({ "reply": { "person": { "nmae": "" } } }), "has no reply.person.nmae"),
    ] {
        let error = adapter.request_of(call, &given(members)).unwrap_err().to_string();
        assert!(error.contains(said) && error.contains("there are: "), "{error}");
    }
    assert!(adapter.request_of("list", &given(serde_json::json!({ "cookies": "a=b", "session": {} }))).is_ok());
}

#[test]
fn a_url_without_its_secret_says_which_one_is_missing() {
    let adapter = opened("", CALLS).unwrap();
    for call in ["list", "reply"] {
        let error = adapter.request_of(call, &given(serde_json::json!({}))).unwrap_err().to_string();
        assert!(error.contains("the secret url is not set") && error.contains("密钥 url 未设置"), "{error}");
    }
}

#[test]
fn what_a_login_gives_stands_in_requests_and_its_steps_are_calls() {
    let settings = r#"
[[settings.login.step]]
url = "{{ secrets.url }}/login"
headers = { content-type = "application/json" }
body = '{"password": {{ secrets.password | md5 }}}'
names = { ticket = "answer.ticket" }
[settings.list]
url = "{{ secrets.url }}/list?ticket={{ session.ticket }}"
"#;
    let adapter = opened("http://source.example", settings).unwrap();
    assert_eq!(adapter.calls(), ["login.1", "list"]);
    let login = adapter.request_of("login.1", &Map::new()).unwrap();
    assert_eq!(&login.body()[..], br#"{"password": "835ea5e3f1c0218b7b84e37183a77fc9"}"#);
    let given = given(serde_json::json!({ "session": { "ticket": "t1" }, "cookies": "a=b" }));
    let list = adapter.request_of("list", &given).unwrap();
    assert_eq!(list.uri().to_string(), "http://source.example/list?ticket=t1");
    assert_eq!(list.headers()["cookie"], "a=b");
}

#[test]
fn a_request_is_shown_without_secrets() {
    let adapter = opened("http://source.example/kept/path", CALLS).unwrap();
    let request = adapter.request_of("reply", &given(serde_json::json!({ "record": { "id": 7 } }))).unwrap();
    let shown = adapter.shown(&request).unwrap();
    assert_eq!(shown.url, "http://source.example***/reply", "the host stays, what follows it may be a token");
    let whole = format!("{shown:?}");
    assert!(!whole.contains("geheim-1") && whole.contains("\\\"key\\\": \\\"***\\\""), "{whole}");
}
