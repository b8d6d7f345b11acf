//! Bodies that are not what they should be.

use huiliu_city::Sandbox;
use serde_json::{Value, json};

use crate::victim::{MAX_COST_MIB, Victim};

/// What, to which channel, body, expected status and what the answer must say.
type Attack = (&'static str, &'static str, Vec<u8>, u16, &'static str);

fn complaint(number: Value) -> Value {
    json!({ "number": number, "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路路灯不亮" })
}

fn json_attacks() -> Vec<Attack> {
    let one = |number: &str| complaint(json!(number)).to_string();
    let gb = encoding_rs::GB18030.encode(&one("GB1")).0.into_owned();
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(one("U16").encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mixed = [b"[".to_vec(), one("MX1").into_bytes(), b",".to_vec(), gb.clone(), b"]".to_vec()].concat();
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("nothing", "generic", Vec::new(), 400, "EOF"),
        ("truncated", "generic", text(r#"[{"number": "1","#), 400, "line 1"),
        ("not a number", "generic", text(r#"{"number": NaN}"#), 200, "quarantined"),
        ("number out of range", "generic", text(r#"{"number": 1e400}"#), 200, "quarantined"),
        ("lone surrogate", "generic", text(r#"{"number": "\ud800"}"#), 200, "quarantined"),
        ("raw NUL", "generic", b"{\"number\": \"\0\"}".to_vec(), 200, "quarantined"),
        ("10,000 deep", "generic", text(&"[".repeat(10_000)), 400, "nested deeper"),
        ("1,000,000 deep", "generic", text(&"{\"a\":".repeat(200_000)), 400, "nested deeper"),
        ("a text of one megabyte and more", "generic", vec![b' '; 2 << 20], 413, "1048576"),
        ("500,000 records", "generic", text(&format!("[{}1]", "1,".repeat(500_000))), 400, "too many nodes"),
        ("2,000 records", "generic", text(&format!("[{}1]", "1,".repeat(2_000))), 413, "at most 1000"),
        ("a gzip body", "generic", vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0], 400, ""),
        ("UTF-8 and GB18030 in one body", "generic", mixed, 200, "quarantined"),
        (
            "UTF-16 without a mark",
            "generic",
            one("U16B").encode_utf16().flat_map(u16::to_be_bytes).collect(),
            200,
            "accepted",
        ),
        ("GB18030", "generic", gb, 200, "accepted"),
        ("UTF-16 with a mark", "generic", utf16, 200, "accepted"),
        ("UTF-8 with a mark", "generic", text(&format!("\u{FEFF}{}", one("BOM"))), 200, "accepted"),
        ("NUL and control characters as escapes", "generic", text(&one("N\0U\u{7}L")), 200, "accepted"),
        ("a key twice", "generic", text(r#"{"number":"D1","number":"D2","text":"青鱼滩路路灯不亮"}"#), 200, "accepted"),
        (
            "a number as number, a text as number",
            "generic",
            text(r#"{"number":77,"text":12345,"phone":13800001111}"#),
            200,
            "accepted",
        ),
        ("lists and objects for texts", "generic", text(r#"{"number":[1],"text":{"a":1}}"#), 200, "quarantined"),
        ("a number of 10 kB", "generic", text(&one(&"N".repeat(10_000))), 200, "quarantined"),
        (
            "dates out of range",
            "generic",
            text(r#"{"number":"T1","text":"青鱼滩路路灯不亮","occurred_at":"9999-99-99 99:99:99"}"#),
            200,
            "accepted",
        ),
    ]
}

fn xml_attacks() -> Vec<Attack> {
    let laughs = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><a>&b;</a>";
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("not XML", "mailbox", text("路灯"), 401, ""),
        ("entities that multiply", "mailbox", text(laughs), 401, ""),
        (
            "an external entity",
            "mailbox",
            text("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>"),
            401,
            "",
        ),
        ("10,000 deep", "mailbox", text(&format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000))), 401, ""),
        (
            "20,000 attributes",
            "mailbox",
            text(&format!("<a {}/>", (0..20_000).map(|n| format!("x{n}=\"1\" ")).collect::<String>())),
            401,
            "",
        ),
        ("200,000 elements", "mailbox", text(&format!("<a>{}</a>", "<b/>".repeat(200_000))), 401, ""),
    ]
}

fn form_attacks() -> Vec<Attack> {
    let text = |text: &str| text.as_bytes().to_vec();
    vec![
        ("a dangling percent sign", "sms-huawei", text("from=1&smsContent=%E8%B7%"), 200, ""),
        ("100,000 fields", "sms-huawei", text(&"a=1&".repeat(100_000)), 200, ""),
    ]
}

async fn strike(victim: &Victim, attacks: Vec<Attack>) {
    for (what, channel, body, expected, says) in attacks {
        let path = format!("/in/{channel}?token={}", Sandbox::SMS_TOKEN);
        let key = format!("x-api-key: {}\r\n", Sandbox::GENERIC_KEY);
        let ((status, answer), cost) = victim.cost(victim.post(&path, &key, &body)).await;
        assert!(
            status == expected && answer.contains(says),
            "{what}: {status} {}",
            answer.chars().take(600).collect::<String>()
        );
        assert!(cost <= MAX_COST_MIB, "{what}: {cost} MiB");
    }
}

#[tokio::test]
async fn bodies_of_every_format_are_read_refused_or_quarantined() {
    let victim = Victim::start("bodies").await;
    strike(&victim, json_attacks()).await;
    strike(&victim, xml_attacks()).await;
    strike(&victim, form_attacks()).await;
    victim.is_well("B1").await;
    victim.finish().await;
}

#[tokio::test]
async fn two_complaints_with_long_numbers_stay_two() {
    let victim = Victim::start("numbers").await;
    let body = r#"[{"number":20261121000123456789001,"text":"青鱼滩路路灯不亮"},{"number":20261121000123456789002,"text":"听涛嘉园停水两天"}]"#;
    let key = format!("x-api-key: {}\r\n", Sandbox::GENERIC_KEY);
    let (status, answer) = victim.post("/in/generic", &key, body.as_bytes()).await;
    assert_eq!((status, answer.matches("accepted").count()), (200, 2), "{answer}");
    victim.finish().await;
}

#[tokio::test]
async fn a_letter_of_open_tags_does_not_hold_its_channel() {
    let victim = Victim::start("tags").await;
    let letter = |number: &str, content: &str| {
        let case = std::fs::read_to_string(victim.town.sandbox.pack.join("cases/mailbox/escaped.in.xml")).unwrap();
        let own = case.replace("test-static-secret", "city-mailbox-secret");
        let start = own.find("&lt;LetterContent").or_else(|| own.find("&lt;Content")).unwrap_or(0);
        // Inside the letter's text, wherever the sample has its first Chinese character after the marks.
        let at =
            own.get(start..).and_then(|rest| rest.char_indices().find(|(_, c)| ('一'..='龥').contains(c))).unwrap().0
                + start;
        format!("{}{number}{content}{}", own.get(..at).unwrap(), own.get(at..).unwrap())
    };
    let headers = "Content-Type: text/xml; charset=utf-8\r\n";
    let hostile = letter("A", &"&amp;lt;a href=".repeat(40_000));
    let ((status, _), cost) = victim.cost(victim.post("/in/mailbox", headers, hostile.as_bytes())).await;
    assert!(status == 200 && cost <= MAX_COST_MIB, "{status}, {cost} MiB");
    victim.is_well("T1").await;
    victim.finish().await;
}

#[tokio::test]
async fn strangers_cost_next_to_nothing() {
    let victim = Victim::start("strangers").await;
    let body = format!("[{}1]", "1,".repeat(500_000)).into_bytes();
    for (what, path, headers) in [
        ("no key", "/in/generic", ""),
        ("a wrong key", "/in/generic", "x-api-key: wrong\r\n"),
        ("a wrong token", "/in/sms?token=wrong", ""),
        ("a token twice", "/in/sms?token=wrong&token=worse", ""),
        ("no signature", "/in/snapshot", ""),
        (
            "a signature from the future",
            "/in/snapshot",
            "x-huiliu-time: 99999999999\r\nx-huiliu-nonce: 12345678\r\nx-huiliu-signature: 00\r\n",
        ),
        (
            "a time that overflows",
            "/in/snapshot",
            "x-huiliu-time: -9223372036854775808\r\nx-huiliu-nonce: 12345678\r\nx-huiliu-signature: 00\r\n",
        ),
    ] {
        let ((status, answer), cost) = victim.cost(victim.post(path, headers, &body)).await;
        assert_eq!(status, 401, "{what}: {answer}");
        assert!(cost <= 16, "{what}: {cost} MiB");
    }
    for (method, path, expected) in [
        ("GET", "/in/generic", 405),
        ("GET", "/in/no-such-channel", 404),
        ("GET", "/api/v1/tickets", 401),
        ("GET", "/api/v1/../../etc/passwd", 404),
        ("GET", "/in/%2e%2e/%00", 404),
        ("POST", "/api/v1/erase", 401),
        ("DELETE", "/api/v1/tickets", 405),
        ("GET", "/nothing", 404),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        let (status, answer) = victim.raw(request.into_bytes(), false).await;
        assert_eq!(status, expected, "{method} {path}: {answer}");
    }
    victim.is_well("S1").await;
    victim.finish().await;
}

#[tokio::test]
async fn a_signed_request_is_good_once() {
    let victim = Victim::start("signed").await;
    let body = serde_json::to_vec(&json!({ "id": "X1", "content": "青鱼滩路路灯不亮", "openid": "o1" })).unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, Sandbox::SNAPSHOT_KEY.as_bytes());
    let now = huiliu_adapter_api::Clock::now(&huiliu_adapter_api::SystemClock).as_second();
    let headers = |time: i64, nonce: &str| {
        let signed = [format!("{time}\n{nonce}\n").as_bytes(), &body].concat();
        let tag = ring::hmac::sign(&key, &signed);
        let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("x-huiliu-time: {time}\r\nx-huiliu-nonce: {nonce}\r\nx-huiliu-signature: {hex}\r\n")
    };
    let mut statuses = Vec::new();
    for (time, nonce) in [
        (now, "nonce-0001".to_owned()),
        (now, "nonce-0001".to_owned()),
        (now - 3_600, "nonce-0002".to_owned()),
        (now + 3_600, "nonce-0003".to_owned()),
        (i64::MIN, "nonce-0004".to_owned()),
        (now, "short".to_owned()),
        (now, "n".repeat(60_000)),
    ] {
        statuses.push(victim.post("/in/snapshot", &headers(time, &nonce), &body).await.0);
    }
    assert_eq!(statuses, [200, 409, 401, 401, 401, 401, 401]);
    victim.finish().await;
}
