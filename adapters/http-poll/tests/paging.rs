//! The ways of paging over a real socket: cursor, offset, time window, conditional requests, details.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::{Arc, Mutex};

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use huiliu_adapter_api::{Adapter, AlarmKind, Position, RecordBody};
use huiliu_conformance::open;
use huiliu_http_poll::HttpPollFactory;
use serde_json::{Value, json};

/// A list of 25 records, and what was asked of it.
#[derive(Clone, Default)]
struct Source {
    asked: Arc<Mutex<Vec<String>>>,
}

async fn start() -> (Source, String) {
    let source = Source::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/list", get(list)).route("/detail", get(detail)).with_state(source.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (source, url)
}

async fn list(State(source): State<Source>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    source.asked.lock().unwrap().push(query.clone());
    if headers.get("if-none-match").is_some_and(|etag| etag == "\"v1\"") {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    let from: usize = query.split('=').nth(1).and_then(|from| from.parse().ok()).unwrap_or(0);
    let rows: Vec<Value> = (from..(from + 10).min(25)).map(|id| json!({ "id": id })).collect();
    let next = (from + 10 < 25).then(|| (from + 10).to_string());
    ([("etag", "\"v1\"")], Json(json!({ "rows": rows, "next": next }))).into_response()
}

async fn detail(RawQuery(query): RawQuery) -> Response {
    match query.unwrap_or_default().as_str() {
        "id=3" => StatusCode::NOT_FOUND.into_response(),
        "id=5" => StatusCode::FORBIDDEN.into_response(),
        "id=12" => "<html>not the detail</html>".into_response(),
        query => Json(json!({ "text": query })).into_response(),
    }
}

fn adapter(url: &str, settings: &str) -> Arc<dyn Adapter> {
    let file =
        format!("[format]\nkind = \"json\"\nrecords = \"payload.rows\"\nid = \"record.id\"\n[settings]\n{settings}")
            .replace("URL", url);
    open(&HttpPollFactory::default(), &file, &[]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Pulls until the pass is over; the ids in their order and the last position.
async fn pass(adapter: &Arc<dyn Adapter>, mut position: Option<Position>) -> (Vec<String>, Option<Position>) {
    let mut ids = Vec::new();
    loop {
        let batch = adapter.pull(position.as_ref(), 256).await.unwrap();
        ids.extend(batch.records.into_iter().map(|record| record.id));
        position = batch.position.or(position);
        if !batch.more {
            return (ids, position);
        }
    }
}

fn whole() -> Vec<String> {
    (0..25).map(|id| id.to_string()).collect()
}

#[tokio::test]
async fn a_cursor_is_followed_to_its_end_and_the_list_is_asked_again_only_when_it_changed() {
    let (source, url) = start().await;
    let settings = "paging = { cursor = { next = \"answer.next\" } }\n[settings.list]\nurl = \"URL/list?cursor={{ page.cursor }}\"\n";
    let adapter = adapter(&url, settings);
    let (ids, position) = pass(&adapter, None).await;
    assert_eq!(ids, whole());
    let (again, _) = pass(&adapter, position).await;
    assert_eq!(again, Vec::<String>::new(), "304 ends the pass");
    assert_eq!(*source.asked.lock().unwrap(), ["cursor=", "cursor=10", "cursor=20", "cursor="]);
}

#[tokio::test]
async fn offsets_walk_through_the_list() {
    let (_, url) = start().await;
    let settings = "paging = { offset = { size = 10 } }\nconditional = false\n[settings.list]\nurl = \"URL/list?from={{ page.offset }}\"\n";
    assert_eq!(pass(&adapter(&url, settings), None).await.0, whole());
}

#[tokio::test]
async fn windows_ask_for_a_span_of_time() {
    let (source, url) = start().await;
    let settings = "paging = { window = { hours = 24, overlap_hours = 1, size = 100, start = \"2026-11-01T00:00:00Z\" } }\n\
                    conditional = false\n[settings.list]\nurl = \"URL/list?from={{ page.from | localtime('%H') }}\"\n";
    let batch = adapter(&url, settings).pull(None, 256).await.unwrap();
    assert_eq!((batch.records.len(), source.asked.lock().unwrap().as_slice()), (10, ["from=00".to_owned()].as_slice()));
    assert_eq!(batch.position.unwrap().0["window_to"], "2026-11-02T01:00:00Z");
}

#[tokio::test]
async fn details_complete_records_and_one_without_is_set_aside_with_the_reason() {
    let (_, url) = start().await;
    let settings = "paging = { number = { first = 0, size = 100 } }\n[settings.list]\nurl = \"URL/list?from={{ page.number }}\"\n\
                    [settings.detail]\nurl = \"URL/detail?id={{ record.id }}\"\n";
    let batch = adapter(&url, settings).pull(None, 6).await.unwrap();
    let details: Vec<Value> = batch
        .records
        .iter()
        .map(|record| match &record.body {
            RecordBody::Tree(tree) => tree["detail"]["text"].clone(),
            RecordBody::Broken { reason, .. } => json!(reason),
        })
        .collect();
    assert_eq!(
        details,
        [
            json!("id=0"),
            json!("id=1"),
            json!("id=2"),
            json!(
                "详情已不在：HTTP 404，按渠道的规则不算成功（the detail is gone: HTTP 404 Not Found, not a success by the channel's rule）"
            ),
            json!("id=4"),
            json!(
                "详情被拒绝：HTTP 403，按渠道的规则不算成功（the detail is refused: HTTP 403 Forbidden, not a success by the channel's rule）"
            ),
        ]
    );
}

#[tokio::test]
async fn a_record_without_detail_is_taken_only_where_the_settings_say_so_and_that_is_told() {
    let (_, url) = start().await;
    let settings = "paging = { number = { first = 0, size = 100 } }\nwithout_detail = \"take\"\n\
                    [settings.list]\nurl = \"URL/list?from={{ page.number }}\"\n\
                    [settings.detail]\nurl = \"URL/detail?id={{ record.id }}\"\n";
    let batch = adapter(&url, settings).pull(None, 6).await.unwrap();
    let broken = batch.records.iter().filter(|record| matches!(record.body, RecordBody::Broken { .. })).count();
    assert_eq!((batch.records.len(), broken), (6, 0));
    let kinds: Vec<AlarmKind> = batch.alarms.iter().map(|alarm| alarm.kind).collect();
    assert_eq!(kinds, [AlarmKind::Unexpected]);
}

#[tokio::test]
async fn a_refused_detail_is_asked_for_again_with_the_next_pass() {
    let (_, url) = start().await;
    let settings = "order = \"25 - record.id\"\npaging = \"last_id\"\nconditional = false\n\
                    [settings.list]\nurl = \"URL/list?from={{ 25 - page.last if page.last else 0 }}\"\n\
                    [settings.detail]\nurl = \"URL/detail?id={{ record.id }}\"\n";
    let adapter = adapter(&url, settings);
    let (_, position) = pass(&adapter, None).await;
    let (again, _) = pass(&adapter, position).await;
    assert_eq!(again, ["3", "5"], "of the pages that the pass meets");
}

#[tokio::test]
async fn a_detail_that_cannot_be_read_makes_a_broken_record_and_does_not_stop_the_channel() {
    let (_, url) = start().await;
    let settings = "paging = { number = { first = 10, size = 100 } }\n[settings.list]\nurl = \"URL/list?from={{ page.number }}\"\n\
                    [settings.detail]\nurl = \"URL/detail?id={{ record.id }}\"\n";
    let batch = adapter(&url, settings).pull(None, 5).await.unwrap();
    let broken: Vec<(&str, bool)> = batch
        .records
        .iter()
        .map(|record| (record.id.as_str(), matches!(record.body, RecordBody::Broken { .. })))
        .collect();
    assert_eq!(broken, [("10", false), ("11", false), ("12", true), ("13", false), ("14", false)]);
}
