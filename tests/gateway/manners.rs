//! How the listener speaks HTTP: problem documents, challenges, encodings, and the order in which things are looked at.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use huiliu_adapter_http::HttpClient;
use huiliu_city::Sandbox;
use serde_json::{Value, json};

use crate::town::Town;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Status, header fields and body of an answer.
struct Answered {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

/// One request over a connection of its own.
fn ask(town: &Town, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answered {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    let mut stream = std::net::TcpStream::connect(town.sandbox.url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&[head.as_bytes(), b"\r\n", body].concat()).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut response = Response::builder();
    for line in head.lines().skip(1) {
        let (name, value) = line.split_once(": ").unwrap();
        response = response.header(name, value);
    }
    let headers = response.body(()).unwrap().headers().clone();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered { status, headers, body: serde_json::from_str(body).unwrap_or_default() }
}

fn header<'a>(answer: &'a Answered, name: &str) -> &'a str {
    answer.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn every_refusal_is_a_problem_document_with_the_number_of_its_request() {
    let (town, _platform) = Town::start("problems").await;
    let bearer = format!("Bearer {}", town.sandbox.token);
    let json = ("content-type", "application/json");
    let auth = ("authorization", bearer.as_str());
    let key = ("x-api-key", Sandbox::GENERIC_KEY);
    let (huge, long) = ((3 << 20).to_string(), format!("{{\"text\": \"{}\"}}", "0".repeat(20_001)));
    let huge = ("content-length", huge.as_str());
    let expect = ("expect", "100-continue");
    for (method, path, headers, body, status, code) in [
        ("GET", "/nothing", vec![], "", 404, "not_found"),
        ("GET", "/api/v1/nothing", vec![], "", 404, "not_found"),
        ("DELETE", "/api/v1/tickets", vec![auth], "", 405, "method_not_allowed"),
        ("PUT", "/healthz", vec![], "", 405, "method_not_allowed"),
        ("GET", "/in/generic", vec![key], "", 405, "method_not_allowed"),
        ("POST", "/in/no-such", vec![key], "[]", 404, "not_found"),
        ("POST", "/in/generic", vec![], "[]", 401, "unauthorized"),
        ("POST", "/in/generic", vec![key], "[", 400, "invalid_request"),
        ("POST", "/in/generic", vec![key, ("content-encoding", "br")], "[]", 415, "unsupported_media_type"),
        ("POST", "/in/generic", vec![key, ("content-encoding", "gzip")], "[]", 400, "invalid_request"),
        ("POST", "/in/generic", vec![key, huge, expect], "", 413, "payload_too_large"),
        ("POST", "/in/generic", vec![("content-length", "2"), expect], "", 401, "unauthorized"),
        ("GET", "/api/v1/tickets", vec![], "", 401, "unauthorized"),
        ("GET", "/api/v1/tickets", vec![("authorization", "Bearer wrong")], "", 401, "unauthorized"),
        ("GET", "/api/v1/tickets", vec![("authorization", "Basic eDp5")], "", 401, "unauthorized"),
        ("GET", "/api/v1/tickets?stauts=open", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/tickets?status=opened", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/tickets?limit=0", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/tickets?limit=501", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/tickets?after=x", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/reviews?status=open", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/ledger?channel=sms", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/complaints?limit=0", vec![auth], "", 400, "invalid_request"),
        ("GET", "/api/v1/tickets/none", vec![auth], "", 404, "not_found"),
        ("GET", "/api/v1/quarantine/x", vec![auth], "", 400, "invalid_request"),
        ("POST", "/api/v1/tickets/none/pin", vec![auth, json], "{\"pinned\": true}", 404, "not_found"),
        ("POST", "/api/v1/tickets/none/undo", vec![auth], "", 404, "not_found"),
        ("POST", "/api/v1/tickets/none/merge", vec![auth, json], "{\"into\": \"x\"}", 404, "not_found"),
        ("POST", "/api/v1/complaints/none/split", vec![auth], "", 404, "not_found"),
        ("POST", "/api/v1/complaints/none/move", vec![auth, json], "{\"into\": \"x\"}", 404, "not_found"),
        ("POST", "/api/v1/reviews/99", vec![auth, json], "{\"same\": true}", 404, "not_found"),
        ("POST", "/api/v1/replies/99/retry", vec![auth], "", 404, "not_found"),
        ("POST", "/api/v1/replies/99/retry", vec![auth, json], "{\"text\": \"\"}", 400, "invalid_request"),
        ("POST", "/api/v1/replies/99/retry", vec![auth, json], long.as_str(), 400, "invalid_request"),
        ("POST", "/api/v1/quarantine/99/replay", vec![auth], "", 404, "not_found"),
        ("POST", "/api/v1/quarantine/99/replay", vec![auth], "{\"record\": {}}", 415, "unsupported_media_type"),
        ("POST", "/api/v1/quarantine/99/replay", vec![auth, json], "{\"rekord\": {}}", 400, "invalid_request"),
        ("POST", "/api/v1/quarantine/replay?channel=no-such", vec![auth], "", 404, "not_found"),
        ("POST", "/api/v1/erase", vec![auth], "{}", 415, "unsupported_media_type"),
        ("POST", "/api/v1/erase", vec![auth, json], "{", 400, "invalid_request"),
        ("POST", "/api/v1/erase", vec![auth, json], "{\"phone\": \"12\"}", 400, "invalid_request"),
        ("POST", "/api/v1/erase", vec![auth, json], "{\"phone\": \"13700009999\"}", 404, "not_found"),
        ("POST", "/api/v1/erase", vec![auth, json], "{\"receipt_number\": \"none\"}", 404, "not_found"),
        ("POST", "/api/v1/export", vec![auth, json], "{}", 400, "invalid_request"),
        ("POST", "/api/v1/export", vec![auth, json], "{\"phone\": \"13700009999\"}", 404, "not_found"),
        ("POST", "/api/v1/export", vec![auth, json], "{\"phone\": \"12\", \"after\": \"x\"}", 400, "invalid_request"),
        ("POST", "/api/v1/erase", vec![auth, json, huge, expect], "", 413, "payload_too_large"),
        ("POST", "/api/v1/erase", vec![json, ("content-length", "2"), expect], "", 401, "unauthorized"),
    ] {
        let answer = ask(&town, method, path, &headers, body.as_bytes());
        let (body, what) = (&answer.body, format!("{method} {path} {headers:?}: {} {}", answer.status, answer.body));
        assert_eq!((answer.status, body["code"].as_str()), (status, Some(code)), "{what}");
        assert_eq!(header(&answer, "content-type"), "application/problem+json", "{what}");
        assert_eq!((&body["status"], &body["type"]), (&json!(status), &json!(format!("urn:huiliu:problem:{code}"))));
        assert!(body["detail"].is_string() && body["error_zh"].is_string() && body["title"].is_string(), "{what}");
        assert!(!header(&answer, "x-request-id").is_empty(), "{what}");
        assert_eq!(body["request_id"], header(&answer, "x-request-id"), "{what}");
        assert_eq!(status == 401, !header(&answer, "www-authenticate").is_empty(), "{what}");
        assert_eq!(status == 405, !header(&answer, "allow").is_empty(), "{what}");
    }
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn callers_are_understood_as_the_standards_let_them_speak() {
    let (town, _platform) = Town::start("manners").await;
    let token = &town.sandbox.token;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let answer = ask(&town, "GET", "/api/v1/ledger", &[("authorization", &format!("{scheme} {token}"))], b"");
        assert_eq!(answer.status, 200, "{scheme}");
    }
    // A number of the caller's own is kept; one that could not stand in a log is replaced.
    let answer = ask(&town, "GET", "/nothing", &[("x-request-id", "trace-7:1")], b"");
    assert_eq!(answer.body["request_id"], "trace-7:1");
    let answer = ask(&town, "GET", "/nothing", &[("x-request-id", "a b\"")], b"");
    assert_ne!(answer.body["request_id"], "a b\"");
    assert!(town.sandbox.log().contains("trace-7:1"), "the log has the number");
    // What is packed is read as what it was, within the limit of the channel.
    let packed = |plain: &[u8]| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(plain).unwrap();
        packer.finish().unwrap()
    };
    let gzip = [("x-api-key", Sandbox::GENERIC_KEY), ("content-encoding", "gzip")];
    let body = json!([{ "number": "Z1", "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路路灯不亮" }]).to_string();
    let answer = ask(&town, "POST", "/in/generic", &gzip, &packed(body.as_bytes()));
    assert_eq!((answer.status, &answer.body["outcomes"][0]["state"]), (200, &json!("accepted")), "{}", answer.body);
    let answer = ask(&town, "POST", "/in/generic", &gzip, &packed(&vec![b' '; 64 << 20]));
    assert_eq!((answer.status, &answer.body["code"]), (413, &json!("payload_too_large")), "a bomb is not inflated");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn complaints_are_found_by_receipt_source_number_and_telephone() {
    let (town, _platform) = Town::start("find").await;
    let receipt = town.accept("F1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯不亮，联系13800001111").await;
    let other = town.accept("F2", "听涛嘉园停水两天", "听涛嘉园5号楼从前天开始停水，没有通知。").await;
    let receipts = |found: &Value| -> Vec<String> {
        let complaints = found["complaints"].as_array().unwrap_or_else(|| panic!("{found}"));
        complaints.iter().map(|complaint| complaint["receipt_number"].as_str().unwrap().to_owned()).collect()
    };
    let both = vec![other.clone(), receipt.clone()];
    for (query, expected) in [
        (format!("receipt={receipt}"), vec![receipt.clone()]),
        ("source_number=F2".to_owned(), vec![other.clone()]),
        ("phone=13800001111".to_owned(), both.clone()),
        ("phone=%2B86%20138-0000-1111".to_owned(), both.clone()),
        ("phone=13800001111&source_number=F1".to_owned(), vec![receipt.clone()]),
        ("phone=13900001111".to_owned(), vec![]),
        ("receipt=none".to_owned(), vec![]),
    ] {
        let found = town.sandbox.get(&format!("/api/v1/complaints?{query}")).await.unwrap();
        assert_eq!((receipts(&found), &found["next"]), (expected, &Value::Null), "{query}");
    }
    let first = town.sandbox.get("/api/v1/complaints?phone=13800001111&limit=1").await.unwrap();
    let next = first["next"].as_str().unwrap();
    let second = town.sandbox.get(&format!("/api/v1/complaints?phone=13800001111&limit=1&after={next}")).await.unwrap();
    assert_eq!([receipts(&first), receipts(&second)].concat(), both);
    assert!(first["complaints"][0]["ticket"].as_str().unwrap().starts_with("RC-"), "{first}");
    let told = town
        .sandbox
        .command(&["find", "--phone", "138 0000 1111", "--url", &town.sandbox.url, "--token", &town.sandbox.token])
        .await
        .unwrap();
    assert!(told.contains(&receipt) && told.contains(&other), "{told}");
    // A viewer sees neither number nor name, and cannot ask by a number that it may not see.
    let viewer = town.sandbox.command(&["token", "new", "looker"]).await.unwrap();
    let viewer = viewer.split_whitespace().find(|word| word.starts_with("hl_")).unwrap().to_owned();
    let auth = format!("Bearer {viewer}");
    let headers = [("authorization", auth.as_str())];
    assert_eq!(ask(&town, "GET", "/api/v1/complaints?phone=13800001111", &headers, b"").status, 403);
    let masked = ask(&town, "GET", "/api/v1/complaints?source_number=F1", &headers, b"").body.to_string();
    assert!(masked.contains("138****1111") && !masked.contains("13800001111"), "{masked}");
    let log = town.sandbox.log();
    assert!(log.contains("Complaints were looked up.") && !log.contains("13800001111"), "{log}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn reviews_and_merge_events_name_complaints_and_tickets_as_people_do() {
    let (town, platform) = Town::start("named").await;
    let first = town
        .accept("N1", "青鱼滩路路灯不亮", "青鱼滩路公交站附近的路灯已经一周不亮，晚上走路看不清，请安排维修。")
        .await;
    let ticket = town.ticket(&platform, "N1").await;
    town.sandbox.post(&format!("/api/v1/tickets/{ticket}/pin"), &json!({ "pinned": true })).await.unwrap();
    let second =
        town.accept("N2", "反映青鱼滩路路灯故障", "青鱼滩路公交站附近几盏路灯坏了，夜里一片漆黑，希望尽快修好。").await;
    let own = town.ticket(&platform, "N2").await;
    let reviews = town.sandbox.get("/api/v1/reviews").await.unwrap();
    let review = &reviews["reviews"][0];
    assert_eq!((&review["complaint"]["receipt_number"], &review["current_ticket"]), (&json!(second), &json!(own)));
    assert_eq!((&review["matched"]["receipt_number"], &review["ticket"]), (&json!(first), &json!(ticket)));
    assert!(review["complaint"]["text"].as_str().unwrap().contains("漆黑"), "{review}");
    let told =
        town.sandbox.command(&["review", "--url", &town.sandbox.url, "--token", &town.sandbox.token]).await.unwrap();
    assert!(told.contains(&first) && told.contains(&ticket), "{told}");
    let path = format!("/api/v1/reviews/{}", review["id"]);
    assert_eq!(town.sandbox.post(&path, &json!({ "same": true })).await.unwrap().status.as_u16(), 200);
    assert_eq!(town.sandbox.post(&path, &json!({ "same": true })).await.unwrap().status.as_u16(), 409);
    let document = town.sandbox.get(&format!("/api/v1/tickets/{ticket}")).await.unwrap();
    let events = document["merge_events"].as_array().unwrap();
    let merged = events.iter().find(|event| event["receipt_number"] == json!(second)).unwrap();
    assert_eq!((&merged["from_ticket"], &merged["to_ticket"]), (&json!(own), &json!(ticket)), "{merged}");
    town.sandbox.finish().await.unwrap();
}

#[tokio::test]
async fn a_signed_request_that_is_repeated_is_told_what_to_do() {
    let (town, _platform) = Town::start("repeated").await;
    let body = json!({ "id": "X1", "content": "青鱼滩路路灯不亮", "openid": "o1" }).to_string();
    let now = huiliu_adapter_api::Clock::now(&huiliu_adapter_api::SystemClock).as_second();
    let signed = |nonce: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, Sandbox::SNAPSHOT_KEY.as_bytes());
        let tag = ring::hmac::sign(&key, format!("{now}\n{nonce}\n{body}").as_bytes());
        let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let time = now.to_string();
        let headers = [("x-huiliu-time", time.as_str()), ("x-huiliu-nonce", nonce), ("x-huiliu-signature", &signature)];
        ask(&town, "POST", "/in/snapshot", &headers, body.as_bytes())
    };
    let first = signed("nonce-0001");
    let repeated = signed("nonce-0001");
    let told = &repeated.body;
    assert_eq!((first.status, repeated.status, &told["code"]), (200, 409, &json!("request_repeated")));
    assert!(told["detail"].as_str().unwrap().contains("new x-huiliu-time"), "{told}");
    let again = signed("nonce-0002");
    assert_eq!((again.status, again.body), (200, first.body), "the same records, and the same answer");
    assert_eq!(town.ledger().await["complaints"], 1);
    town.sandbox.finish().await.unwrap();
}

/// What an unmodified client sees of a page that has another behind it.
#[tokio::test]
async fn lists_are_pages_that_end() {
    let (town, _platform) = Town::start("pages").await;
    for (number, street) in [("P1", "青鱼滩路"), ("P2", "听涛嘉园"), ("P3", "文化中路")] {
        town.accept(number, &format!("{street}的事"), &format!("{street}有一件事，编号{number}，与别处无关。")).await;
    }
    let total = town.sandbox.get("/api/v1/ledger").await.unwrap()["tickets"].as_u64().unwrap();
    let (mut seen, mut after) = (0, String::new());
    loop {
        let page = town.sandbox.get(&format!("/api/v1/tickets?limit=1{after}")).await.unwrap();
        seen += page["tickets"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(u64::try_from(seen).unwrap(), total);
    let request = Request::get(format!("{}/api/v1/openapi.json", town.sandbox.url)).body(Bytes::new()).unwrap();
    let document: Value =
        serde_json::from_slice(&HttpClient::new().send(request, PATIENCE).await.unwrap().body).unwrap();
    for list in ["tickets", "complaints", "reviews", "quarantine", "warnings", "source-files", "replies", "channels"] {
        let schema = &document["paths"][format!("/api/v1/{list}")]["get"]["responses"]["200"]["content"];
        let name = schema["application/json"]["schema"]["$ref"].as_str().unwrap().rsplit('/').next().unwrap();
        assert!(document["components"]["schemas"][name]["properties"]["next"].is_object(), "{list}: {name}");
    }
    town.sandbox.finish().await.unwrap();
}
