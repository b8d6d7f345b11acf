//! Every page in both languages, over answers as the API gives them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Extensions, Request, StatusCode};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tower_service::Service as _;

use crate::CitizenPages;

const HOSTILE: &str = "<script>alert(1)</script>'\"";

fn form(for_staff: bool) -> Value {
    json!({
        "id": "web", "title": HOSTILE, "consent": HOSTILE, "category": "required", "name": "optional", "phone": "required",
        "categories": [{ "code": HOSTILE, "name": HOSTILE, "group": HOSTILE }, { "code": "b", "name": "b", "group": null }],
        "photos": 3, "photo_bytes": 5_242_880, "text_chars": 2_000, "for_staff": for_staff, "has_points": true,
    })
}

fn point() -> Value {
    let near = json!({ "category": "lamp", "category_name": HOSTILE, "count": 2 });
    json!({ "code": "p-1", "name": HOSTILE, "address": HOSTILE, "district_name": null, "nearby": [near] })
}

fn progress(may_rate: bool, answer: Option<&str>) -> Value {
    json!({
        "receipt_number": "GX'1", "status": "in_progress", "status_word": HOSTILE, "title": HOSTILE,
        "received_at": "2026-11-27T01:00:00Z", "category_name": HOSTILE, "department_name": HOSTILE, "answer": answer,
        "answered_at": answer.map(|_| "2026-11-27T02:00:00Z"), "may_rate": may_rate,
        "answer_is_result": may_rate, "extended_until": null,
        "told": [{ "status": "accepted", "status_word": HOSTILE, "at": "2026-11-27T02:00:00Z" }],
        "photos": ["https://city.example/gw/h/photos/17/10000/tag"], "ratings": [
            { "code": "great", "name": HOSTILE }, { "code": "fair", "name": "基本满意" },
        ],
        "rewards": {
            "points": 2, "standing": { "points": 26, "stars": 2, "points_to_next": 34 },
            "entries": [
                { "rule": "report", "rule_name": HOSTILE, "points": 2, "at": "2026-11-27T01:00:00Z", "taken_back_at": null },
                { "rule": "done", "rule_name": "办结", "points": 3, "at": "2026-11-27T01:00:00Z", "taken_back_at": "2026-11-27T02:00:00Z" },
            ],
        },
    })
}

fn said(document: Value) -> axum::routing::MethodRouter {
    get(move || async move { document.to_string() })
}

fn refused(status: StatusCode) -> impl Fn() -> std::future::Ready<(StatusCode, String)> + Clone {
    move || std::future::ready((status, json!({ "error_zh": HOSTILE, "detail": HOSTILE }).to_string()))
}

#[tokio::test]
async fn a_form_that_takes_nothing_now_says_so_before_it_is_filled_in_and_keeps_what_was_typed_before() {
    let forms =
        json!({ "forms": [{ "id": "web", "title": "t", "for_staff": false, "has_points": true, "paused": true }] });
    let refusal = json!({ "error_zh": "渠道已暂停", "detail": "paused" });
    let turned_away =
        move || async move { (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "300")], refusal.to_string()) };
    let api = Router::new()
        .route("/forms", said(forms))
        .route("/forms/web", said(form(false)))
        .route("/forms/web/points/p-1", said(point()))
        .route("/forms/web/complaints", post(turned_away));
    let api = Router::new().nest("/citizens/v1", api);
    let pages = crate::router(CitizenPages {
        api,
        zone: Box::new(|| jiff::tz::TimeZone::UTC),
        public_url: Some("https://city.example".to_owned()),
        carry: Extensions::clone,
    });
    for path in ["/f?lang=zh", "/f/p-1?lang=zh"] {
        let (status, text) = ask(&pages, "GET", path, (FORM, "")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(text.contains("暂不受理") && text.contains("12345") && !text.contains("<form"), "{text}");
    }
    let request = Request::builder().method("POST").uri("/f/p-1").header("content-type", MULTIPART);
    let answer = pages
        .clone()
        .call(request.body(Body::from(format!("{}--b--\r\n", part("text", "灯不亮了")))).unwrap())
        .await
        .unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (503, "300"));
    let text = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    assert!(String::from_utf8(text.to_vec()).unwrap().contains(">灯不亮了</textarea>"));
}

/// The pages over an API where filing is answered so.
fn pages(filed: (StatusCode, Value), progress: Value) -> Router {
    let listed = |id: &str, for_staff: bool| json!({ "id": id, "title": "t", "for_staff": for_staff, "has_points": true, "paused": false });
    let forms = json!({ "city": "c", "forms": [listed("desk", true), listed("web", false)] });
    let api = Router::new()
        .route("/forms", said(forms))
        .route("/forms/web", said(form(false)))
        .route("/forms/desk", said(form(true)))
        .route("/forms/web/points/p-1", said(point()))
        .route("/forms/{id}/complaints", post(move || async move { (filed.0, filed.1.to_string()) }))
        .route("/forms/web/ratings", post(|| async { json!({ "state": "follow_up" }).to_string() }))
        .route("/progress", post(move || async move { progress.to_string() }))
        .fallback(refused(StatusCode::NOT_FOUND));
    let api = Router::new().nest("/citizens/v1", api);
    crate::router(CitizenPages {
        api,
        zone: Box::new(|| jiff::tz::TimeZone::UTC),
        public_url: Some("https://city.example".to_owned()),
        carry: Extensions::clone,
    })
}

fn accepted() -> (StatusCode, Value) {
    (StatusCode::OK, json!({ "state": "accepted", "receipt_number": "GX'1", "code": HOSTILE }))
}

async fn ask(pages: &Router, method: &str, address: &str, (kind, body): (&str, &str)) -> (StatusCode, String) {
    let request = Request::builder().method(method).uri(address).header("content-type", kind);
    let mut pages = pages.clone();
    let answer = pages.call(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let (parts, body) = answer.into_parts();
    let text = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    if parts.headers["content-type"].to_str().unwrap().starts_with("text/html") {
        let policy = parts.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"), "{address}: {policy}");
        assert!(!text.contains("<script") && !parts.headers.contains_key("set-cookie"), "{address}: {text}");
        assert_eq!(text.matches("<h1>").count(), 1, "{address}");
    }
    (parts.status, text)
}

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A part of what a page sends as [`MULTIPART`].
fn part(name: &str, value: &str) -> String {
    format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

#[tokio::test]
async fn every_page_is_written_in_both_languages_and_shows_what_people_type_as_text() {
    let pages = pages(accepted(), progress(true, Some(HOSTILE)));
    for language in ["zh", "en"] {
        for (method, path, status) in [
            ("GET", "/f", 200),
            ("GET", "/f/p-1", 200),
            ("GET", "/f/p-2", 404),
            ("GET", "/d/desk", 200),
            ("GET", "/d/web", 404),
            ("POST", "/f", 200),
            ("POST", "/f/p-1", 200),
            ("POST", "/d/desk", 200),
            ("GET", "/q", 200),
            ("GET", "/q/%3Cscript%3E", 200),
            ("POST", "/q", 200),
            ("POST", "/q/GX1", 200),
            ("POST", "/q/GX1/rating", 200),
        ] {
            let body = "receipt_number=GX1&code=x&rating=a";
            let (answered, text) = ask(&pages, method, &format!("{path}?lang={language}"), (FORM, body)).await;
            assert_eq!(answered.as_u16(), status, "{method} {path} {language}: {text}");
            assert!(text.contains(if language == "zh" { "lang=\"zh-CN\"" } else { "lang=\"en\"" }), "{path}");
        }
    }
}

#[tokio::test]
async fn a_form_that_is_refused_comes_back_as_it_was_without_its_key() {
    let pages = pages((StatusCode::BAD_REQUEST, json!({ "error_zh": HOSTILE, "detail": HOSTILE })), Value::Null);
    let body: String =
        [("id", "n-1"), ("text", "灯不亮了"), ("staff_key", "geheim"), ("category", HOSTILE), ("secret", "1")]
            .iter()
            .map(|(name, value)| part(name, value))
            .collect();
    let (status, text) =
        ask(&pages, "POST", "/f/p-1", ("multipart/form-data; boundary=b", &format!("{body}--b--\r\n"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for kept in
        ["value=\"n-1\"", ">灯不亮了</textarea>", "selected", "name=\"secret\" value=\"1\" checked", "role=\"alert\""]
    {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(!text.contains("geheim"));
    let (_, blank) = ask(&pages, "GET", "/f/p-1", (FORM, "")).await;
    let (_, other) = ask(&pages, "GET", "/f/p-1", (FORM, "")).await;
    let id = |page: &str| page.split_once("name=\"id\" value=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    assert!(id(&blank).len() >= 20 && id(&blank) != id(&other), "each form has a number of its own");
}

#[tokio::test]
async fn what_is_kept_for_a_person_has_no_numbers_and_what_is_open_is_not_rated() {
    let kept = json!({ "state": "quarantined", "receipt_number": null, "code": null });
    let pages = pages((StatusCode::OK, kept), progress(false, None));
    let (_, filed) = ask(&pages, "POST", "/f?lang=zh", (FORM, "")).await;
    assert!(filed.contains("工作人员会先看一看") && !filed.contains("查询码"), "{filed}");
    let (_, open) = ask(&pages, "POST", "/q?lang=zh", (FORM, "receipt_number=a&code=b")).await;
    assert!(open.contains("还没有答复") && !open.contains("/rating"), "{open}");
}

#[tokio::test]
async fn the_style_is_found_by_its_own_name_only() {
    let pages = pages(accepted(), Value::Null);
    let (_, page) = ask(&pages, "GET", "/f", (FORM, "")).await;
    let style = page.split_once("href=\"/f/assets/").unwrap().1.split_once('"').unwrap().0.to_owned();
    let (status, text) = ask(&pages, "GET", &format!("/f/assets/{style}"), (FORM, "")).await;
    assert!(status == StatusCode::OK && text.contains("--ink"));
    let request = Request::builder().uri("/f/assets/other.css").body(Body::empty()).unwrap();
    assert_eq!(pages.clone().call(request).await.unwrap().status(), StatusCode::NOT_FOUND);
}

fn matter() -> Value {
    let reporter = json!({ "name": HOSTILE, "phone": "13800001111", "masked": false });
    let clock = json!({ "name": HOSTILE, "due_at": "2026-11-27T02:00:00Z", "is_late": true });
    json!({
        "ticket_id": "GX-1", "version": 3, "status": "open", "status_word": HOSTILE, "title": HOSTILE, "text": HOSTILE, "others": [HOSTILE],
        "address": HOSTILE, "category_name": HOSTILE, "district_name": HOSTILE, "reporters": [reporter, null],
        "created_at": "2026-11-27T01:00:00Z", "due_at": "2026-11-30T09:00:00+08:00", "clocks": [clock], "waits": HOSTILE, "photos": 2,
        "steps": ["called", "met", "resolved", "extension", "returned"], "handler": HOSTILE, "unit": HOSTILE,
    })
}

/// The pages of handlers over an API that tells this of a link, and answers this to what is said.
fn handlers_pages(shown: Value, (status, said): (StatusCode, Value)) -> Router {
    let say = post(move || async move { (status, said.to_string()) });
    let api = Router::new()
        .route("/handlers/v1/good", get(move || async move { shown.to_string() }).merge(say))
        .fallback(refused(StatusCode::NOT_FOUND));
    crate::router(CitizenPages {
        api,
        zone: Box::new(|| jiff::tz::TimeZone::UTC),
        public_url: Some("https://city.example".to_owned()),
        carry: Extensions::clone,
    })
}

#[tokio::test]
async fn the_page_of_a_handler_shows_the_matter_as_text_and_what_can_be_said() {
    let pages =
        handlers_pages(matter(), (StatusCode::OK, json!({ "verdict": "accepted", "ticket_status": "accepted" })));
    let said = format!("{}{}--b--\r\n", part("what", "called"), part("once", "v3"));
    for language in ["zh", "en"] {
        for method in ["GET", "POST"] {
            let (status, text) = ask(&pages, method, &format!("/h/good?lang={language}"), (MULTIPART, &said)).await;
            assert_eq!(status, StatusCode::OK, "{text}");
            for shown in [
                "&lt;script&gt;",
                "tel:13800001111",
                "value=\"v3\"",
                "h&#x2f;good&#x2f;1",
                "value=\"resolved\"",
                "name=\"days\"",
                "value=\"returned\"",
            ] {
                assert!(text.contains(shown), "{shown}: {text}");
            }
            assert_eq!(text.contains("role=\"status\""), method == "POST");
        }
        let (status, unknown) = ask(&pages, "GET", &format!("/h/other?lang={language}"), (FORM, "")).await;
        let (_, sent) = ask(&pages, "POST", &format!("/h/other?lang={language}"), (FORM, "")).await;
        assert_eq!((status, &unknown), (StatusCode::NOT_FOUND, &sent), "whatever is asked of it");
    }
}

#[tokio::test]
async fn a_link_that_is_over_says_why_and_shows_nothing() {
    for (void, word) in
        [("expired", "已过期"), ("handed_over", "不由您办理"), ("finished", "已经办结"), ("merged", "已并入另一件")]
    {
        let pages = handlers_pages(json!({ "void": void }), (StatusCode::OK, json!({ "void": void })));
        for method in ["GET", "POST"] {
            let (status, text) = ask(&pages, method, "/h/good?lang=zh", (FORM, "")).await;
            assert!(status == StatusCode::GONE && text.contains(word) && !text.contains("<form"), "{text}");
        }
    }
    let done = json!({ "verdict": "accepted", "ticket_status": "resolved" });
    let pages = handlers_pages(json!({ "void": "finished" }), (StatusCode::OK, done));
    let form = format!("{}{}--b--\r\n", part("what", "resolved"), part("once", "1"));
    let (status, text) = ask(&pages, "POST", "/h/good?lang=zh", (MULTIPART, &form)).await;
    assert!(status == StatusCode::OK && text.contains("结果已提交"), "{text}");
}

#[tokio::test]
async fn what_is_refused_comes_back_and_what_comes_from_elsewhere_is_not_sent() {
    let wrong = json!({ "error_zh": HOSTILE, "detail": HOSTILE });
    let pages = handlers_pages(matter(), (StatusCode::BAD_REQUEST, wrong));
    let body = format!("{}{}{}--b--\r\n", part("what", "resolved"), part("once", "v3"), part("words", "修好了"));
    let (status, text) = ask(&pages, "POST", "/h/good", (MULTIPART, &body)).await;
    assert!(status == StatusCode::BAD_REQUEST && text.contains("role=\"alert\""), "{text}");
    assert_eq!(text.matches("修好了").count(), 1, "in its own form: {text}");
    for (from, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 400), ("none", 400)] {
        let request = Request::builder().method("POST").uri("/h/good").header("sec-fetch-site", from);
        let answer = pages.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{from}");
    }
    for (origin, status) in [("https://evil.example", 403), ("null", 403), ("https://city.example", 400)] {
        let request = Request::builder().method("POST").uri("/h/good").header("origin", origin);
        let answer = pages.clone().call(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{origin}, of a browser that says no more");
    }
    for (kind, body) in [
        (FORM, "what=resolved"),
        (MULTIPART, "no parts"),
        (MULTIPART, &part("what", "resolved")),
        (MULTIPART, &format!("{}{}--b--\r\n", part("what", "other"), part("once", "v3"))),
        ("multipart/form-data", ""),
    ] {
        let (status, text) = ask(&pages, "POST", "/h/good?lang=zh", (kind, body)).await;
        assert!(status == StatusCode::BAD_REQUEST && text.contains("没有读懂"), "{kind} {body}: {text}");
    }
    let long = "x".repeat(17 << 20);
    assert_eq!(ask(&pages, "POST", "/h/good", (MULTIPART, &long)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}
