//! Sources that want a login before they answer: what it gives, how long it is used, and when it is made anew.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod ways;

use std::sync::Arc;

use huiliu_adapter_api::{Adapter, AdapterError, ManualClock, Reply, Sent};
use huiliu_http_poll::HttpPollFactory;
use jiff::SignedDuration;

use huiliu_conformance::scripted::{Asked, Said, Scripted, json, login_page};

const LOGIN: &str = r#"
[settings.login]
valid = "answer.expires_in"
[[settings.login.step]]
url = "{{ secrets.url }}/token"
body = '{"user": {{ secrets.user }}, "password": {{ secrets.password }} }'
escape = "json"
success = "answer.code == 0"
reason = "answer.msg"
names = { token = "answer.data.token" }
"#;

/// A channel that lists with a token, and with further settings.
fn file(login: &str) -> String {
    format!(
        r#"
[format]
kind = "json"
records = "payload.list"
id = "record.id"
[settings]
paging = {{ cursor = {{ next = "answer.next" }} }}
conditional = false
[settings.list]
url = "{{{{ secrets.url }}}}/list"
headers = {{ x-token = "{{{{ session.token }}}}" }}
success = "answer.code == 0"
reason = "answer.msg"
[settings.reply]
url = "{{{{ secrets.url }}}}/reply"
headers = {{ x-token = "{{{{ session.token }}}}", content-type = "application/json" }}
body = '{{"text": {{{{ reply.text }}}} }}'
success = "answer.code == 0"
{login}
"#
    )
}

/// A page of the list with one record.
fn page() -> Said {
    json(r#"{"code":0,"list":[{"id":"1","text":"路灯不亮"}]}"#)
}

struct Channel {
    factory: HttpPollFactory,
    clock: Arc<ManualClock>,
    url: String,
}

impl Channel {
    fn of(portal: &Scripted) -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
        Self { factory: HttpPollFactory::default(), clock, url: portal.url.clone() }
    }

    fn open(&self, file: &str) -> Arc<dyn Adapter> {
        let secrets =
            [("url", self.url.as_str()), ("user", "gw"), ("password", "pass-word-1"), ("id", "c:1"), ("key", "k/2")];
        let secrets = secrets.map(|(name, value)| (name, value.to_owned()));
        huiliu_conformance::open_at(&self.factory, file, &secrets, Arc::clone(&self.clock) as _).unwrap()
    }

    fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}

async fn pulled(adapter: &Arc<dyn Adapter>) -> Result<usize, AdapterError> {
    adapter.pull(None, 10).await.map(|batch| batch.records.len())
}

fn reply() -> Reply {
    let text = |text: &str| text.to_owned();
    Reply {
        key: text("k"),
        source_number: text("1"),
        receipt_number: text("R1"),
        status: text("resolved"),
        status_zh: text("已办结"),
        text: text("已修好"),
        department: text("城管局"),
        at: text("2026-11-21T09:00:00+08:00"),
        phone: None,
        person: None,
        attachments: Vec::new(),
        record: serde_json::Value::Null,
    }
}

/// A source whose n-th login gives the token `tok-n`, good for 100 seconds, and which takes only the newest.
async fn tokens(refusal: fn() -> Said) -> Scripted {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let newest = AtomicUsize::new(0);
    Scripted::start(move |asked: &Asked, before| {
        if asked.path.starts_with("/token") {
            assert_eq!(asked.text(), r#"{"user": "gw", "password": "pass-word-1" }"#);
            let number = newest.fetch_add(0, Ordering::SeqCst).max(before) + 1;
            newest.store(number, Ordering::SeqCst);
            return json(&format!(r#"{{"code":0,"data":{{"token":"tok-{number}"}},"expires_in":100}}"#));
        }
        if asked.path == "/forget" {
            newest.store(0, Ordering::SeqCst);
            return json("{}");
        }
        let good = asked.header("x-token") == format!("tok-{}", newest.load(Ordering::SeqCst));
        match asked.path.as_str() {
            _ if !good => refusal(),
            "/reply" => json(r#"{"code":0}"#),
            _ => page(),
        }
    })
    .await
}

fn unauthorized() -> Said {
    (401, Vec::new(), String::new())
}

/// The source forgets every login.
async fn forget(portal: &Scripted) {
    let stream = tokio::net::TcpStream::connect(portal.url.trim_start_matches("http://")).await.unwrap();
    let request = b"GET /forget HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut { stream }, request).await.unwrap();
    while portal.asked("/forget").is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_login_is_used_again_and_renewed_before_its_end() {
    let portal = tokens(unauthorized).await;
    let channel = Channel::of(&portal);
    let adapter = channel.open(&file(LOGIN));
    assert_eq!(pulled(&adapter).await, Ok(1));
    channel.pass(69);
    assert_eq!((pulled(&adapter).await, adapter.reply(&reply()).await), (Ok(1), Ok(Sent::Taken)));
    assert_eq!(portal.asked("/token").len(), 1, "used for the list and for replies");
    channel.pass(2);
    assert_eq!(pulled(&adapter).await, Ok(1));
    assert_eq!(portal.asked("/token").len(), 2, "30 seconds before its end it is renewed");
    assert_eq!(portal.asked("/list").last().unwrap().header("x-token"), "tok-2");
}

#[tokio::test]
async fn a_source_says_in_its_own_way_that_a_login_no_longer_holds() {
    let by_code: fn() -> Said = || json(r#"{"code":10021,"msg":"会话已过期"}"#);
    let redirect: fn() -> Said = || (302, vec![("location", "/sso/login".to_owned())], String::new());
    let by_text: fn() -> Said = || (200, Vec::new(), "Session timeout".to_owned());
    for (refusal, expired) in [
        (unauthorized as fn() -> Said, ""),
        (login_page, ""),
        (by_code, "expired = \"answer.code == 10021\""),
        (redirect, "expired = \"status == 302 and 'login' in headers.location\""),
        (by_text, "expired = \"answer is string and 'timeout' in answer\""),
    ] {
        let portal = tokens(refusal).await;
        let channel = Channel::of(&portal);
        let adapter = channel.open(&file(&LOGIN.replace("[settings.login]", &format!("[settings.login]\n{expired}"))));
        assert_eq!(pulled(&adapter).await, Ok(1));
        forget(&portal).await;
        assert_eq!(pulled(&adapter).await, Ok(1), "{expired}");
        assert_eq!(adapter.reply(&reply()).await, Ok(Sent::Taken), "{expired}");
        let lists = portal.asked("/list").len();
        assert_eq!((portal.asked("/token").len(), lists), (2, 3), "{expired}: one login more, and the call once more");
    }
}

#[tokio::test]
async fn a_source_that_lets_no_login_in_is_asked_once_more_and_no_reply_is_lost() {
    let portal = Scripted::start(|asked, _| match asked.path.as_str() {
        "/token" => json(r#"{"code":0,"data":{"token":"tok-1"}}"#),
        _ => login_page(),
    })
    .await;
    let adapter = Channel::of(&portal).open(&file(LOGIN));
    let sent = adapter.reply(&reply()).await;
    assert!(
        matches!(&sent, Err(AdapterError::Transient { reason, .. }) if reason.contains("settings.login")),
        "{sent:?}"
    );
    assert_eq!((portal.asked("/token").len(), portal.asked("/reply").len()), (2, 2));
}

#[tokio::test]
async fn many_calls_at_once_log_in_once() {
    let portal = tokens(unauthorized).await;
    let channel = Channel::of(&portal);
    let adapter = channel.open(&file(LOGIN));
    let all = |adapter: Arc<dyn Adapter>| async move {
        let calls = (0..8).map(|_| {
            let adapter = Arc::clone(&adapter);
            tokio::spawn(async move { adapter.reply(&reply()).await })
        });
        for call in calls.collect::<Vec<_>>() {
            assert_eq!(call.await.unwrap(), Ok(Sent::Taken));
        }
    };
    all(Arc::clone(&adapter)).await;
    assert_eq!(portal.asked("/token").len(), 1);
    forget(&portal).await;
    all(adapter).await;
    assert_eq!(portal.asked("/token").len(), 2, "one for all to whom the source said so");
}

#[tokio::test]
async fn a_login_survives_reloads_that_do_not_change_it() {
    let portal = tokens(unauthorized).await;
    let channel = Channel::of(&portal);
    let before = channel.open(&file(LOGIN));
    assert_eq!(pulled(&before).await, Ok(1));
    let after = channel.open(&format!("# a remark that moves every line\n{}", file(LOGIN)));
    drop(before);
    assert_eq!(pulled(&after).await, Ok(1));
    assert_eq!(portal.asked("/token").len(), 1);
    let changed = channel.open(&file(&LOGIN.replace("/token", "/token?v=2")));
    assert_eq!(pulled(&changed).await, Ok(1));
    assert_eq!(portal.asked("/token?v=2").len(), 1, "another login");
}

#[tokio::test]
async fn a_refused_login_is_left_alone_for_a_minute_and_says_no_secret() {
    let portal = Scripted::start(|asked, before| match (asked.path.as_str(), before) {
        ("/token", 0) => json(r#"{"code":7,"msg":"口令 pass-word-1 错误"}"#),
        ("/token", _) => json(r#"{"code":0,"data":{"token":"tok-secret"}}"#),
        _ => json(r#"{"code":9,"msg":"token tok-secret is bound to 10.0.0.1"}"#),
    })
    .await;
    let channel = Channel::of(&portal);
    let adapter = channel.open(&file(LOGIN));
    for _ in 0..3 {
        let failed = adapter.reply(&reply()).await.unwrap_err();
        assert!(
            matches!(&failed, AdapterError::Misconfigured { reason } if reason.contains("口令 *** 错误")),
            "{failed:?}"
        );
    }
    assert_eq!((portal.asked("/token").len(), portal.asked("/reply").len()), (1, 0));
    channel.pass(61);
    let failed = pulled(&adapter).await.unwrap_err();
    assert!(failed.to_string().contains("token *** is bound"), "{failed}");
}

#[tokio::test]
async fn a_login_that_cannot_be_renewed_is_used_to_its_end() {
    let portal = Scripted::start(|asked, before| match (asked.path.as_str(), before) {
        ("/token", 0) => json(r#"{"code":0,"data":{"token":"tok-1"},"expires_in":100}"#),
        ("/token", _) => (503, Vec::new(), String::new()),
        _ => page(),
    })
    .await;
    let channel = Channel::of(&portal);
    let adapter = channel.open(&file(LOGIN));
    assert_eq!(pulled(&adapter).await, Ok(1));
    channel.pass(75);
    assert_eq!(pulled(&adapter).await, Ok(1), "renewal fails, the token still holds");
    channel.pass(30);
    let failed = pulled(&adapter).await;
    assert!(
        matches!(&failed, Err(AdapterError::Transient { reason, .. }) if reason.contains("the login did not succeed")),
        "{failed:?}"
    );
}
