//! Callers with ways of their own: signatures that they compute, addresses instead of secrets, answers that they insist on.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use bytes::Bytes;
use huiliu_adapter_api::{
    Adapter, Clock as _, ManualClock, Outcome, OutcomeState, Problems, PushRequest, PushResponse, RecordBody, Reply,
    Sent,
};
use huiliu_conformance::open_at;
use huiliu_conformance::scripted::{Scripted, json};
use huiliu_http_push::HttpPushFactory;
use jiff::SignedDuration;

struct Gateway {
    adapter: Arc<dyn Adapter>,
    clock: Arc<ManualClock>,
}

const FORMAT: &str = "[format]\nkind = \"json\"\nrecords = \"payload.list\"\nid = \"record.id\"\n[settings]\n";

fn opened(settings: &str, clock: &Arc<ManualClock>) -> Result<Arc<dyn Adapter>, Problems> {
    let format = if settings.contains("[format]") { "" } else { FORMAT };
    let secrets = [("key", "k1".to_owned()), ("gone", String::new())];
    open_at(&HttpPushFactory::default(), &format!("{format}{settings}"), &secrets, Arc::clone(clock) as _)
}

impl Gateway {
    fn of(settings: &str) -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
        Self { adapter: opened(settings, &clock).unwrap(), clock }
    }

    /// What a caller is answered, whose records are stored where there are any.
    async fn answer(&self, request: PushRequest) -> (u16, String) {
        let response = self.response(request).await;
        (response.status().as_u16(), String::from_utf8_lossy(response.body()).into_owned())
    }

    async fn response(&self, request: PushRequest) -> PushResponse {
        let endpoint = self.adapter.endpoint().unwrap();
        if let Err(refusal) = endpoint.admit(&PushRequest { body: Bytes::new(), ..request.clone() }) {
            return endpoint.refuse(&request, refusal);
        }
        let calling = tokio::spawn(async move { endpoint.handle(request).await });
        let stored = tokio::spawn({
            let adapter = Arc::clone(&self.adapter);
            async move {
                let batch = adapter.pull(None, 10).await.unwrap();
                let outcomes: Vec<Outcome> = batch.records.iter().map(outcome).collect();
                adapter.confirm(&batch.receipt, &outcomes).await.unwrap();
            }
        });
        let response = calling.await.unwrap();
        stored.abort();
        response
    }
}

fn outcome(record: &huiliu_adapter_api::RawRecord) -> Outcome {
    let state = match record.body {
        RecordBody::Tree(_) => OutcomeState::Accepted { receipt_number: format!("R-{}", record.id) },
        RecordBody::Broken { .. } => OutcomeState::Quarantined { reason: "读不了".to_owned() },
    };
    Outcome { id: record.id.clone(), state }
}

fn post(headers: &[(&'static str, &str)], body: &str) -> PushRequest {
    let headers = headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()));
    PushRequest {
        method: http::Method::POST,
        path: String::new(),
        query: String::new(),
        headers: headers.collect(),
        peer: Some("10.1.2.3".parse().unwrap()),
        body: Bytes::from(body.to_owned()),
    }
}

const BODY: &str = r#"{"list":[{"id":"7","text":"路灯"}]}"#;

/// What a filter gives, by the language of channel files.
fn computed(expression: &str) -> String {
    let language = huiliu_expression::Language::new(jiff::tz::TimeZone::UTC, Arc::default());
    let template = format!("{{{{ {expression} }}}}");
    let template = language.template(&template, &["x"], huiliu_expression::Escape::None).unwrap();
    template.render(&huiliu_expression::Context::of("x", &serde_json::Value::Null)).unwrap()
}

#[tokio::test]
async fn a_signature_over_time_nonce_and_body() {
    let gateway = Gateway::of(
        r#"
[settings.auth.signature]
value = "headers['x-sign']"
expected = "(headers['x-time'] ~ headers['x-nonce'] ~ text) | hmac_sha256(secrets.key)"
time = "headers['x-time']"
nonce = "headers['x-nonce']"
"#,
    );
    let signed = |time: &str, nonce: &str, body: &str| {
        let sign = computed(&format!("'{time}{nonce}{BODY}' | hmac_sha256('k1') | upper"));
        post(&[("x-time", time), ("x-nonce", nonce), ("x-sign", &sign)], body)
    };
    let now_ms = gateway.clock.now().as_millisecond().to_string();
    let (status, body) = gateway.answer(signed(&now_ms, "n1", BODY)).await;
    assert!(status == 200 && body.contains("R-7"), "{status} {body}");
    let (status, body) = gateway.answer(signed(&now_ms, "n1", BODY)).await;
    assert!(status == 409 && body.contains("request_repeated"), "{status} {body}");
    assert_eq!(gateway.answer(signed(&now_ms, "n2", &BODY.replace('7', "8"))).await.0, 401, "another body");
    let now_s = gateway.clock.now().as_second();
    assert_eq!(gateway.answer(signed(&(now_s - 299).to_string(), "n3", BODY)).await.0, 200, "seconds, too");
    for late in [(now_s - 301).to_string(), (now_s + 301).to_string(), "yesterday".to_owned()] {
        assert_eq!(gateway.answer(signed(&late, "n4", BODY)).await.0, 401, "{late}");
    }
    gateway.clock.advance(SignedDuration::from_secs(700));
    let later = gateway.clock.now().as_second().to_string();
    assert_eq!(gateway.answer(signed(&later, "n1", BODY)).await.0, 200, "behind the window a nonce is forgotten");
    assert!(gateway.adapter.remarks().is_empty());
}

#[tokio::test]
async fn a_signature_over_sorted_fields_as_short_message_platforms_compute_it() {
    let gateway = Gateway::of(
        r#"
[settings.auth.signature]
value = "body.sign"
expected = "((body | sorted_params(without='sign')) ~ '&key=' ~ secrets.key) | md5"
"#,
    );
    let body = |sign: &str| format!(r#"{{"time":"20261121090000","list":[{{"id":"7"}}],"empty":"","sign":"{sign}"}}"#);
    let sign = computed("'list=[{\"id\":\"7\"}]&time=20261121090000&key=k1' | md5");
    assert_eq!(gateway.answer(post(&[], &body(&sign))).await.0, 200);
    assert_eq!(gateway.answer(post(&[], &body(&sign.to_uppercase()))).await.0, 200);
    assert_eq!(gateway.answer(post(&[], &body(""))).await.0, 401);
    assert_eq!(gateway.answer(post(&[], BODY)).await.0, 401);
    assert!(gateway.adapter.remarks()[0].en.contains("no time"));
}

#[tokio::test]
async fn addresses_instead_of_authentication_are_a_choice_with_a_warning() {
    let gateway =
        Gateway::of("[settings.auth.addresses]\nallow = [\"10.1.2.0/24\", \"10.9.9.9\"]\nthrough = [\"127.0.0.1\"]\n");
    let from = |peer: Option<&str>, forwarded: &str| {
        let mut request = post(&[("x-forwarded-for", forwarded)], BODY);
        request.peer = peer.map(|peer| peer.parse().unwrap());
        request
    };
    for (peer, forwarded, status) in [
        (Some("10.1.2.77"), "", 200),
        (Some("::ffff:10.1.2.77"), "", 200),
        (Some("10.1.3.1"), "10.1.2.3", 403),
        (Some("127.0.0.1"), "10.1.3.1, 10.9.9.9", 200),
        (Some("127.0.0.1"), "10.9.9.9, 10.1.3.1", 403),
        (Some("127.0.0.1"), "", 403),
        (None, "10.9.9.9", 403),
    ] {
        assert_eq!(gateway.answer(from(peer, forwarded)).await.0, status, "{peer:?} {forwarded}");
    }
    assert!(gateway.adapter.remarks()[0].zh.contains("不验证身份"));
}

const API_KEY: &str = "[settings.auth.api_key]\nsecret = \"key\"\n";

#[tokio::test]
async fn a_caller_is_answered_in_its_own_form_also_where_it_is_refused() {
    let gateway = Gateway::of(&format!(
        r#"
{API_KEY}
[settings.answer]
status = 201
headers = {{ x-request-id = "{{{{ request.headers['x-id'] }}}}", location = "/r/{{{{ outcomes[0].receipt_number }}}}" }}
body = '{{"msgId": {{{{ request.body.msgId }}}}, "no": {{{{ outcomes[0].receipt_number }}}} }}'
[settings.refusal]
status = 200
content_type = "text/xml; charset=utf-8"
body = "<r><code>{{{{ refusal.status }}}}</code><msg>{{{{ refusal.zh }}}}</msg><id>{{{{ request.headers['x-id'] }}}}</id></r>"
"#
    ));
    let request = |key: &str, body: &str| post(&[("x-api-key", key), ("x-id", "q<7")], body);
    let response = gateway.response(request("k1", r#"{"msgId":"m\"1","list":[{"id":"7"}]}"#)).await;
    assert_eq!(response.status(), 201);
    assert_eq!(
        (&response.headers()["x-request-id"], &response.headers()["location"]),
        (&"q<7".parse().unwrap(), &"/r/R-7".parse().unwrap())
    );
    assert_eq!(response.body(), r#"{"msgId": "m\"1", "no": "R-7" }"#);
    let response = gateway.response(request("wrong", BODY)).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["content-type"]),
        (200, &"text/xml; charset=utf-8".parse().unwrap())
    );
    let body = String::from_utf8_lossy(response.body()).into_owned();
    assert_eq!(body, "<r><code>401</code><msg>API 密钥缺失或错误</msg><id>q&lt;7</id></r>");
    let (status, body) = gateway.answer(request("k1", "not json")).await;
    assert!(status == 200 && body.contains("<code>400</code>"), "{body}");
    let mut get = request("k1", "");
    get.method = http::Method::GET;
    assert!(gateway.answer(get).await.1.contains("<code>405</code>"));
}

#[tokio::test]
async fn a_caller_that_asks_for_wsdl_gets_it_with_the_host_that_it_asked() {
    let settings = format!(
        "wsdl = '<definitions><address location=\"http://{{{{ request.headers.host }}}}/in/x\"/></definitions>'\n{API_KEY}"
    );
    let gateway = Gateway::of(&settings);
    for query in ["wsdl", "WSDL", "wsdl=1"] {
        let mut get = post(&[("host", "gw.example:8080")], "");
        (get.method, get.query) = (http::Method::GET, query.to_owned());
        let (status, body) = gateway.answer(get).await;
        assert_eq!(
            (status, body.as_str()),
            (200, "<definitions><address location=\"http://gw.example:8080/in/x\"/></definitions>")
        );
    }
    let mut get = post(&[], "");
    get.method = http::Method::GET;
    assert_eq!(gateway.answer(get.clone()).await.0, 405);
    get.query = "wsdl".to_owned();
    assert_eq!(Gateway::of(API_KEY).answer(get).await.0, 405, "only where the channel has one");
}

#[tokio::test]
async fn an_empty_call_is_no_success_unless_it_is_a_sign_of_life() {
    let call = || post(&[("x-api-key", "k1")], r#"{"list":[]}"#);
    let (status, body) = Gateway::of(API_KEY).answer(call()).await;
    assert!(status == 400 && body.contains("no record was found"), "{status} {body}");
    assert_eq!(Gateway::of(&format!("accept_empty = true\n{API_KEY}")).answer(call()).await.0, 200);
}

#[test]
fn settings_that_protect_nothing_are_told() {
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    let told = |settings: &str| {
        let problems = opened(settings, &clock).err().unwrap_or_default();
        problems.into_iter().map(|problem| problem.en).collect::<Vec<_>>().join("; ")
    };
    let signature = |more: &str| {
        told(&format!(
            "[settings.auth.signature]\nvalue = \"body.s\"\nexpected = \"body.t | md5(secrets.key)\"\n{more}"
        ))
    };
    assert!(
        told("[settings.auth.signature]\nvalue = \"body.s\"\nexpected = \"text | md5\"\n").contains("uses no secret")
    );
    assert!(signature("nonce = \"body.n\"\n").contains("nonce needs time"));
    assert!(signature("window_s = 5\n").contains("no effect"));
    assert!(signature("window_s = 5000\ntime = \"body.t\"\n").contains("1 to 3600"));
    assert!(told("[settings.auth.addresses]\nallow = [\"0.0.0.0/0\"]\n").contains("all addresses are none"));
    assert!(!told("[settings.auth.addresses]\nallow = []\n").is_empty());
}

#[tokio::test]
async fn replies_of_a_pushing_source_log_in_and_sign() {
    let source = Scripted::start(|asked, _| match asked.path.as_str() {
        "/token" => json(r#"{"access_token":"at-1"}"#),
        _ if asked.header("authorization") == "Bearer at-1" => json(r#"{"code":0}"#),
        _ => (401, Vec::new(), String::new()),
    })
    .await;
    let url = &source.url;
    let gateway = Gateway::of(&format!(
        "{API_KEY}[settings.oauth2]\ntoken_url = \"{url}/token\"\nclient_id = \"key\"\nclient_secret = \"key\"\n[settings.reply]\nurl = \
         \"{url}/reply?sign={{{{ body | sm3 }}}}\"\nbody = \"{{{{ reply.text }}}}\"\nsuccess = \"answer.code == 0\"\n"
    ));
    let text = |text: &str| text.to_owned();
    let reply = Reply {
        key: text("k"),
        source_number: text("1"),
        receipt_number: text("R1"),
        status: text("resolved"),
        status_zh: text("已办结"),
        text: text("abc"),
        department: text("城管局"),
        at: text("2026-11-21T09:00:00+08:00"),
        phone: None,
        record: serde_json::Value::Null,
    };
    for _ in 0..2 {
        assert_eq!(gateway.adapter.reply(&reply).await, Ok(Sent::Taken));
    }
    let path = "/reply?sign=66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
    assert_eq!((source.asked("/token").len(), source.asked(path).len()), (1, 2));
}

#[tokio::test]
async fn answers_and_refusals_are_written_in_the_callers_encoding() {
    let gateway = Gateway::of(&format!(
        "{API_KEY}[settings.answer]\nencoding = \"gbk\"\ncontent_type = \"text/plain; charset=gbk\"\nbody = \"成功\"\n[settings.refusal]\nencoding = \
         \"gb18030\"\ncontent_type = \"text/xml\"\nbody = \"<r>{{{{ refusal.zh }}}}</r>\"\n"
    ));
    let response = gateway.response(post(&[("x-api-key", "k1")], BODY)).await;
    assert_eq!(response.body().as_ref(), b"\xB3\xC9\xB9\xA6");
    let response = gateway.response(post(&[("x-api-key", "k2")], BODY)).await;
    let (said, _, broken) = encoding_rs::GB18030.decode(response.body());
    assert!(!broken && said == "<r>API 密钥缺失或错误</r>", "{said}");
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    let unknown = format!("{API_KEY}[settings.answer]\nencoding = \"big5\"\nbody = \"\"\n");
    let told = opened(&unknown, &clock).err().unwrap();
    assert!(told[0].en.contains("gb18030"), "{}", told[0].en);
}

const SIGNED_BODY: &str = "[settings.auth.signature]\nvalue = \"headers['x-sign']\"\nexpected = \"(headers['x-time'] ~ '\\n' ~ headers['x-nonce'] ~ '\\n' ~ text) | \
                           hmac_sha256(secrets.key)\"\ntime = \"headers['x-time']\"\nnonce = \"headers['x-nonce']\"\n";

/// A request signed over the bytes of its body, as every library signs.
fn signed_bytes(time: &str, nonce: &str, body: &[u8]) -> PushRequest {
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"k1");
    let whole = [time.as_bytes(), b"\n", nonce.as_bytes(), b"\n", body].concat();
    let tag: String = ring::hmac::sign(&key, &whole).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut request = post(&[("x-time", time), ("x-nonce", nonce), ("x-sign", &tag)], "");
    request.body = Bytes::from(body.to_vec());
    request
}

#[tokio::test]
async fn a_signature_is_over_the_bytes_that_came() {
    let gateway = Gateway::of(SIGNED_BODY);
    let time = gateway.clock.now().as_second().to_string();
    let gbk = encoding_rs::GBK.encode(BODY).0.into_owned();
    let utf16: Vec<u8> = BODY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let broken = [BODY.as_bytes().strip_suffix("灯\"}]}".as_bytes()).unwrap(), b"\xE7\x81\"}]}"].concat();
    for (what, body) in [
        ("a byte order mark", ["\u{FEFF}".as_bytes(), BODY.as_bytes()].concat()),
        ("GBK", gbk),
        ("UTF-16", [b"\xFF\xFE", utf16.as_slice()].concat()),
        ("half a character", broken),
        ("characters of plane 16", BODY.replace("路灯", "路\u{10FFC2}\u{10FFFF}").into_bytes()),
    ] {
        let (status, said) = gateway.answer(signed_bytes(&time, what, &body)).await;
        assert_eq!(status, 200, "{what}: {said}");
        let mut changed = signed_bytes(&time, "changed", &body);
        changed.body = Bytes::from([body.as_slice(), b" "].concat());
        assert_eq!(gateway.answer(changed).await.0, 401, "{what}");
    }
}

#[tokio::test]
async fn what_was_used_once_is_known_behind_a_reload() {
    let clock = Arc::new(ManualClock::at("2026-11-21T01:00:00Z".parse().unwrap()));
    let factory = HttpPushFactory::default();
    let hmac = "[settings.auth.hmac]\nsecret = \"key\"\n";
    for (settings, named) in [(SIGNED_BODY, false), (hmac, true)] {
        let secrets = [("key", "k1".to_owned())];
        let open = || {
            let adapter = open_at(&factory, &format!("{FORMAT}{settings}"), &secrets, Arc::clone(&clock) as _).unwrap();
            Gateway { adapter, clock: Arc::clone(&clock) }
        };
        let time = clock.now().as_second().to_string();
        let request = |nonce: &str| {
            let mut request = signed_bytes(&time, nonce, BODY.as_bytes());
            if named {
                for name in ["time", "nonce", "sign"] {
                    let value = request.headers[&format!("x-{name}")].clone();
                    let long = if name == "sign" { "signature" } else { name };
                    request.headers.insert(http::HeaderName::try_from(format!("x-huiliu-{long}")).unwrap(), value);
                }
            }
            request
        };
        let first = open();
        assert_eq!(first.answer(request("nonce-000001")).await.0, 200);
        let second = open();
        assert_eq!(second.answer(request("nonce-000001")).await.0, 409, "both are open during a reload");
        drop((first, second));
        let third = open();
        assert_eq!(third.answer(request("nonce-000001")).await.0, 409, "also where the channel was away in between");
        assert_eq!(third.answer(request("nonce-000002")).await.0, 200);
        clock.advance(SignedDuration::from_secs(1_000));
    }
}

#[tokio::test]
async fn parameters_that_are_joined_as_they_are_get_a_warning() {
    let settings = |options: &str| {
        format!(
            "[settings.auth.signature]\nvalue = \"body.sign\"\nexpected = \"((body | sorted_params(without='sign'{options})) ~ '&key=' ~ secrets.key) | \
             md5\"\ntime = \"body.time\"\n"
        )
    };
    let gateway = Gateway::of(&settings(""));
    assert!(gateway.adapter.remarks()[0].en.contains("encode='url'"));
    let encoded = Gateway::of(&settings(", encode='url'"));
    assert!(encoded.adapter.remarks().is_empty());
    let time = gateway.clock.now().as_second();
    let sign = |text: &str| computed(&format!("'{text}&key=k1' | md5"));
    let list = r#"[{"id":"7"}]"#;
    let body = |members: &str, sign: &str| format!(r#"{{"list":{list},"time":"{time}",{members},"sign":"{sign}"}}"#);
    // The one request, and another under its signature.
    let (one, other) = (r#""a":"1&b=2""#, r#""a":"1","b":"2""#);
    let raw = sign(&format!("a=1&b=2&list={list}&time={time}"));
    assert_eq!(gateway.answer(post(&[], &body(one, &raw))).await.0, 200);
    assert_eq!(gateway.answer(post(&[], &body(other, &raw))).await.0, 200, "of which the warning tells");
    let guarded = sign(&format!("a=1%26b%3D2&list=%5B%7B%22id%22%3A%227%22%7D%5D&time={time}"));
    assert_eq!(encoded.answer(post(&[], &body(one, &guarded))).await.0, 200);
    assert_eq!(encoded.answer(post(&[], &body(other, &guarded))).await.0, 401);
}
