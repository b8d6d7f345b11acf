//! Every page in both languages, over answers as the API gives them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use axum::routing::{any, get, post};
use serde_json::{Value, json};
use tower_service::Service as _;

use super::*;
use crate::Console;

const HOSTILE: &str = "<script>alert(1)</script>'\"";

fn ticket() -> Value {
    json!({
        "id": "RC-20261127-000001", "status": "in_progress", "status_zh": "办理中", "title": HOSTILE, "withheld": false,
        "category": "lighting", "category_name": HOSTILE, "district": "371082001", "department": "housing",
        "grade": "blue", "due_at": "2026-11-30T03:00:00Z", "created_at": "2026-11-27T01:00:00Z", "complaints": 2,
        "pinned": false, "tags": [{ "code": "wages", "name": HOSTILE }], "reasons": [HOSTILE], "successor": null,
        "hold": { "code": "organization", "name": HOSTILE, "before": "closing", "since": "2026-11-27T02:00:00Z" },
        "submission": { "update_id": "u'1", "result": HOSTILE },
        "complaint_list": [
            { "receipt_number": "R1", "channel": "hotline", "source_number": HOSTILE, "withheld": false, "erased": false,
              "title": HOSTILE, "text": HOSTILE, "received_at": "2026-11-27T01:00:00Z", "address": HOSTILE },
            { "receipt_number": "R2", "channel": "sms", "source_number": "2", "withheld": true, "erased": false,
              "title": "", "text": "", "received_at": "2026-11-27T01:00:00Z" },
        ],
        "clocks": [
            { "clock": "finish", "name": HOSTILE, "started_at": "2026-11-27T01:00:00Z", "due_at": "2026-11-30T03:00:00Z" },
            { "clock": "sign", "name": "签收", "started_at": "2026-11-27T01:00:00Z", "due_at": "2026-11-27T03:00:00Z",
              "ended_at": "2026-11-27T02:00:00Z", "kept": false },
        ],
    })
}

fn review() -> Value {
    let side = ticket()["complaint_list"][0].clone();
    let weight = json!({ "comparison": "address", "level": "same", "weight": -3.5, "zh": HOSTILE, "en": HOSTILE });
    json!({
        "id": 7, "complaint": side, "matched": null, "at": "2026-11-27T01:00:00Z",
        "evidence": { "weight": 8.25, "contributions": [weight] },
    })
}

/// An API that knows one session.
fn api() -> Router {
    let rows = |name: &'static str, rows: Vec<Value>| {
        get(move || async move { json!({ name: rows, "next": "9" }).to_string() })
    };
    let late = json!({ "id": 1, "channel": "sms", "receipt_number": "R1", "ticket": "T1", "last_error": HOSTILE, "at": "2026-11-27T01:00:00Z" });
    let call = json!({ "receipt_number": "R1", "ticket": "T1", "title": HOSTILE, "at": "2026-11-27T01:00:00Z" });
    let raw = json!({ "raw_id": 1, "channel": "sms", "record_id": HOSTILE, "at": "2026-11-27T01:00:00Z" });
    let channel = json!({ "id": "sms", "name": HOSTILE, "adapter": "http-push", "health": { "state": "running" } });
    let ledger = json!({ "received": 9, "complaints": 8, "tickets": 5, "quarantined": 1, "balances": true });
    let said = |document: Value| get(move || async move { document.to_string() });
    let known = Router::new()
        .route("/tickets", rows("tickets", vec![ticket()]))
        .route("/tickets/{id}", said(ticket()))
        .route(
            "/tickets/{id}/life",
            said(json!({ "entries": [{ "at": "2026-11-27T01:00:00Z", "zh": HOSTILE, "en": HOSTILE }] })),
        )
        .route(
            "/tickets/{id}/merge",
            post(async || {
                (
                    StatusCode::CONFLICT,
                    json!({ "code": "conflict", "error_zh": HOSTILE, "detail": HOSTILE }).to_string(),
                )
            }),
        )
        .route("/tickets/{id}/pin", post(async || "{}"))
        .route("/reviews", rows("reviews", vec![review()]))
        .route("/reviews/{id}", post(async || "{}"))
        .route("/callbacks", rows("call_backs", vec![call]))
        .route("/quarantine", any(async || (StatusCode::FORBIDDEN, json!({ "code": "forbidden" }).to_string())))
        .route("/replies", rows("replies", vec![late]))
        .route("/channels", said(json!({ "channels": [channel] })))
        .route("/ledger", said(ledger))
        .route("/answers", said(json!({ "finished": 4, "answered": 3 })))
        .layer(axum::middleware::from_fn(async |request: axum::extract::Request, next: axum::middleware::Next| {
            let known = request.headers().get("authorization").is_some_and(|value| value == "Bearer hs_one");
            match known {
                true => next.run(request).await,
                false => StatusCode::UNAUTHORIZED.into_response(),
            }
        }));
    drop(raw);
    let enter = post(async |body: String| {
        let given: Value = serde_json::from_str(&body).unwrap();
        match given == json!({ "name": "li", "password": "right", "code": null }) {
            true => json!({ "token": "hs_one" }).to_string().into_response(),
            false => StatusCode::UNAUTHORIZED.into_response(),
        }
    });
    Router::new().nest("/api/v1", known.merge(Router::new())).route("/api/v1/sessions", enter)
}

fn console() -> Router {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    Router::new().nest(
        "/console",
        crate::router(Console { api: api(), zone: Box::new(move || zone.clone()), secure: false, carry: Clone::clone }),
    )
}

struct Told {
    status: StatusCode,
    headers: axum::http::HeaderMap,
    body: String,
}

async fn ask(method: Method, path: &str, cookies: &str, body: &str) -> Told {
    let request = Request::builder().method(method).uri(format!("/console{path}")).header("cookie", cookies);
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(body.to_owned()));
    let answer = console().call(request.unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    Told { status: parts.status, headers: parts.headers, body }
}

const PAGES: [&str; 4] = ["/", "/tickets?status=open", "/tickets/RC-20261127-000001", "/review"];

#[tokio::test]
async fn every_page_is_written_in_both_languages_and_what_people_wrote_is_text() {
    for page in PAGES {
        for (language, own) in [("zh", "退出"), ("en", "Sign out")] {
            let told = ask(Method::GET, page, &format!("huiliu_session=hs_one; huiliu_language={language}"), "").await;
            assert_eq!(told.status, StatusCode::OK, "{page}: {}", told.body);
            assert!(told.body.contains(own) && told.body.contains("&lt;script&gt;"), "{page}: {}", told.body);
            assert!(!told.body.contains(HOSTILE) && !told.body.contains("<script>"), "{page}: {}", told.body);
            let policy = told.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(told.headers["cache-control"], "no-store");
            assert!(!told.body.contains("style=") && !told.body.contains("onclick"), "the policy would refuse it");
        }
    }
}

#[tokio::test]
async fn moments_are_the_citys() {
    let told = ask(Method::GET, "/tickets", "huiliu_session=hs_one", "").await;
    assert!(told.body.contains("2026-11-30 11:00"), "{}", told.body);
}

#[tokio::test]
async fn without_a_session_there_is_only_the_way_to_one() {
    for (page, cookies) in PAGES.iter().flat_map(|page| [(page, ""), (page, "huiliu_session=hs_other")]) {
        let told = ask(Method::GET, page, cookies, "").await;
        assert_eq!(
            (told.status, &told.headers["location"]),
            (StatusCode::SEE_OTHER, &HeaderValue::from_static("/console/sign-in")),
            "{page}"
        );
    }
    let told = ask(Method::GET, "/sign-in", "", "").await;
    assert!(told.status == StatusCode::OK && told.body.contains("name=\"password\""), "{}", told.body);
}

#[tokio::test]
async fn who_signs_in_has_a_session_and_who_does_not_is_told() {
    let told = ask(Method::POST, "/sign-in", "", "name=li&password=right&code=").await;
    let cookie = told.headers["set-cookie"].to_str().unwrap();
    assert!(told.status == StatusCode::SEE_OTHER && cookie.starts_with("huiliu_session=hs_one"), "{cookie}");
    let told = ask(Method::POST, "/sign-in", "huiliu_language=en", "name=%3Cli%3E&password=wrong").await;
    assert!(told.status == StatusCode::UNAUTHORIZED && told.body.contains("is wrong"), "{}", told.body);
    assert!(told.body.contains("&lt;li&gt;") && !told.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn a_form_of_another_page_does_nothing() {
    for (path, rest) in [
        ("/tickets/T1/do", "what=pin"),
        ("/complaints/R1/do", "what=split&ticket=T1"),
        ("/review/7", "same=true"),
        ("/sign-out", ""),
    ] {
        let told = ask(Method::POST, path, "huiliu_session=hs_one", &format!("form_token=wrong&{rest}")).await;
        assert_eq!(told.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn what_somebody_does_goes_to_the_api_and_what_it_refuses_is_said() {
    let page = ask(Method::GET, "/tickets/T1", "huiliu_session=hs_one", "").await.body;
    let token = page.split("name=\"form_token\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let act = async |what: &str| {
        ask(Method::POST, "/tickets/T1/do", "huiliu_session=hs_one", &format!("form_token={token}&{what}")).await
    };
    let told = act("what=pin").await;
    assert_eq!(
        (told.status, told.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/console/tickets/T1")
    );
    let told = act("what=merge&into=T2").await;
    assert!(told.status == StatusCode::CONFLICT && told.body.contains("&lt;script&gt;"), "{}", told.body);
    assert_eq!(act("what=everything").await.status, StatusCode::NOT_FOUND);
    let quiet = format!("form_token={token}&same=true&quiet=true");
    assert_eq!(ask(Method::POST, "/review/7", "huiliu_session=hs_one", &quiet).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_names_that_change() {
    let page = ask(Method::GET, "/sign-in", "", "").await.body;
    for name in ["console.css", "console.js"] {
        let end = page.find(name).unwrap() + name.len();
        let from = page.get(..end).unwrap().rfind("/console/assets/").unwrap();
        let told = ask(Method::GET, page.get(from + "/console".len()..end).unwrap(), "", "").await;
        assert!(told.status == StatusCode::OK && told.headers["cache-control"].to_str().unwrap().contains("immutable"));
    }
    let told = ask(Method::GET, "/assets/console.css", "", "").await;
    assert_eq!(told.status, StatusCode::NOT_FOUND);
    assert!(ask(Method::GET, "/nothing", "", "").await.body.contains("/console/"), "a way back");
}
