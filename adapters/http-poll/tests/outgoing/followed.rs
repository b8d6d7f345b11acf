//! Calls are followed where somebody asks for it: what was asked, answered and made of it, without secrets.

use huiliu_adapter_api::{Judged, Sent, TracedCall};
use huiliu_conformance::scripted::{Scripted, json};

use super::{CALLS, opened, reply};

const LOGIN: &str = r#"
[[settings.login.step]]
url = "{{ secrets.url }}/login?user=u1"
headers = { content-type = "application/json" }
body = '{"password": {{ secrets.password }}, "digest": {{ secrets.password | md5 }}}'
names = { ticket = "answer.ticket" }
[settings.list]
url = "{{ secrets.url }}/list?ticket={{ session.ticket }}"
success = "answer.code == 0"
retry = "answer.code == 5"
reason = "answer.msg"
"#;

fn now() -> jiff::Timestamp {
    "2026-11-21T01:00:00Z".parse().unwrap()
}

fn judged(calls: &[TracedCall]) -> Vec<(&str, Judged)> {
    calls.iter().map(|call| (call.call.as_str(), call.judged)).collect()
}

#[tokio::test]
async fn nothing_is_kept_until_somebody_asks() {
    let source = Scripted::start(|_, _| json("{\"rows\": []}")).await;
    let adapter = opened(&source.url, CALLS).unwrap();
    adapter.pull(None, 10).await.unwrap();
    let trace = adapter.trace().unwrap();
    trace.keep_on(now());
    assert!(trace.since(0).is_empty());
    adapter.pull(None, 10).await.unwrap();
    assert_eq!(adapter.reply(&reply()).await, Ok(Sent::Taken));
    let calls = trace.since(0);
    assert_eq!(judged(&calls), [("list", Judged::Success), ("reply", Judged::Success)]);
    let (list, sent) = (&calls[0], &calls[1]);
    assert_eq!((list.method.as_str(), list.status), ("GET", Some(200)));
    assert!(list.url.ends_with("/list?page=1") && list.url.starts_with("http://127.0.0.1:"), "{}", list.url);
    assert!(list.request.headers.contains(&("authorization".to_owned(), "Bearer ***".to_owned())), "{list:?}");
    assert_eq!(list.answer.as_ref().unwrap().body.as_deref(), Some("{\"rows\": []}"));
    assert_eq!(sent.request.body.as_deref(), Some("{\"id\": 7, \"text\": \"修好“了”\", \"key\": \"***\"}"));
}

#[tokio::test]
async fn logins_are_followed_without_what_they_say_and_answers_as_they_are_judged() {
    let answers = [
        "{\"code\": 5, \"msg\": \"忙\"}",
        "{\"code\": 9, \"msg\": \"wort-2 不对\"}",
        "<html>",
        "{\"code\": 0, \"rows\": [{\"id\": 1, \"echo\": \"eintritt-3\"}]}",
    ];
    let source = Scripted::start(move |asked, before| {
        if asked.path.starts_with("/login") {
            return json("{\"ticket\": \"eintritt-3\"}");
        }
        json(answers[before.min(3)])
    })
    .await;
    let adapter = opened(&source.url, LOGIN).unwrap();
    let trace = adapter.trace().unwrap();
    trace.keep_on(now());
    for _ in 0..answers.len() {
        drop(adapter.pull(None, 10).await);
    }
    let calls = trace.since(0);
    assert_eq!(
        judged(&calls),
        [
            ("login.1", Judged::Success),
            ("list", Judged::Busy),
            ("list", Judged::Refused),
            ("list", Judged::Unreadable),
            ("list", Judged::Success),
        ]
    );
    let login = &calls[0];
    assert!(login.url.ends_with("/login?***"), "{}", login.url);
    assert_eq!((&login.request.body, &login.answer.as_ref().unwrap().body), (&None, &None));
    assert!(login.request.bytes > 0);
    assert_eq!(calls[2].reason.as_deref(), Some("HTTP 200 OK: *** 不对"));
    let whole = format!("{calls:?}");
    for secret in ["wort-2", "eintritt-3", "geheim-1"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
}

#[tokio::test]
async fn a_login_that_expires_and_a_source_that_is_away_are_told_apart() {
    let source = Scripted::start(|asked, before| match (asked.path.starts_with("/login"), before) {
        (true, _) => json("{\"ticket\": \"eintritt-3\"}"),
        (false, 0) => (401, Vec::new(), "{}".to_owned()),
        (false, _) => json("{\"code\": 0, \"rows\": []}"),
    })
    .await;
    let adapter = opened(&source.url, LOGIN).unwrap();
    adapter.trace().unwrap().keep_on(now());
    adapter.pull(None, 10).await.unwrap();
    let calls = adapter.trace().unwrap().since(0);
    let expected = [
        ("login.1", Judged::Success),
        ("list", Judged::LoginExpired),
        ("login.1", Judged::Success),
        ("list", Judged::Success),
    ];
    assert_eq!(judged(&calls), expected);
    let away = opened("http://127.0.0.1:1", CALLS).unwrap();
    away.trace().unwrap().keep_on(now());
    away.pull(None, 10).await.unwrap_err();
    let calls = away.trace().unwrap().since(0);
    assert_eq!((calls[0].judged, calls[0].status, &calls[0].answer), (Judged::NoAnswer, None, &None));
}
