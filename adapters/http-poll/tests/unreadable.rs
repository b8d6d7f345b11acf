//! Pages that cannot be read, over a real socket: tried again, set aside, passed over.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use huiliu_adapter_api::{Adapter, AdapterError, AlarmKind, Batch, Position, RecordBody};
use huiliu_conformance::open;
use huiliu_http_poll::HttpPollFactory;

/// Times that a page is asked for before it is set aside.
const TRIES: usize = 5;

const DAMAGED: &str = "{\"rows\": [{\"id\": \"C\", \"order\": 7, \"text\": \"路灯\" oh no";

async fn start() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router =
        Router::new().route("/numbered", get(numbered)).route("/keyed", get(keyed)).route("/login", get(login));
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn rows(ids: &[(&str, i64)], next: &str) -> Response {
    let rows: Vec<String> = ids.iter().map(|(id, order)| format!("{{\"id\":\"{id}\",\"order\":{order}}}")).collect();
    format!("{{\"rows\":[{}],\"next\":\"{next}\"}}", rows.join(",")).into_response()
}

/// The second of three pages is damaged.
async fn numbered(RawQuery(query): RawQuery) -> Response {
    match query.unwrap_or_default().as_str() {
        "at=1" => rows(&[("A", 9), ("B", 8)], ""),
        "at=2" => DAMAGED.into_response(),
        "at=3" => rows(&[("D", 6)], ""),
        _ => rows(&[], ""),
    }
}

/// The second page is damaged, or its cursor refused.
async fn keyed(RawQuery(query): RawQuery) -> Response {
    match query.unwrap_or_default().as_str() {
        "at=" => rows(&[("A", 9)], "2"),
        "at=2" => DAMAGED.into_response(),
        "old=" => rows(&[("A", 9)], "gone"),
        _ => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn login() -> Response {
    ([("content-type", "text/html")], "<html><body>请登录</body></html>").into_response()
}

fn adapter(url: &str, settings: &str) -> Arc<dyn Adapter> {
    let file = format!(
        "[format]\nkind = \"json\"\nrecords = \"payload.rows\"\nid = \"record.id\"\n[settings]\norder = \"record.order\"\n\
         conditional = false\n{settings}"
    )
    .replace("URL", url);
    open(&HttpPollFactory::default(), &file, &[]).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Pulls so many times, with failures between; all batches and the failures.
async fn pulls(adapter: &Arc<dyn Adapter>, times: usize) -> (Vec<Batch>, Vec<AdapterError>) {
    let (mut batches, mut failures, mut position): (Vec<Batch>, _, Option<Position>) = (Vec::new(), Vec::new(), None);
    for _ in 0..times {
        match adapter.pull(position.as_ref(), 256).await {
            Ok(batch) => {
                position = batch.position.clone().or(position);
                batches.push(batch);
            }
            Err(error) => failures.push(error),
        }
    }
    (batches, failures)
}

fn ids(batches: &[Batch]) -> Vec<&str> {
    batches.iter().flat_map(|batch| &batch.records).map(|record| record.id.as_str()).collect()
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_set_aside_after_some_tries_and_the_next_ones_come() {
    let url = start().await;
    let settings = "paging = { number = { size = 2 } }\n[settings.list]\nurl = \"URL/numbered?at={{ page.number }}\"\n";
    let (batches, failures) = pulls(&adapter(&url, settings), TRIES + 4).await;
    assert_eq!(failures.len(), TRIES - 1, "{failures:?}");
    assert!(failures.iter().all(|error| matches!(error, AdapterError::Transient { .. })));
    let ids = ids(&batches);
    assert!(ids.contains(&"A") && ids.contains(&"B") && ids.contains(&"D"), "{ids:?}");
    let broken: Vec<(&str, &str)> = batches
        .iter()
        .flat_map(|batch| &batch.records)
        .filter_map(|record| match &record.body {
            RecordBody::Broken { text, reason, .. } => Some((text.as_str(), reason.as_str())),
            RecordBody::Tree(_) => None,
        })
        .collect();
    let (text, reason) = broken.first().unwrap();
    assert_eq!((*text, broken.iter().all(|other| other.0 == *text)), (DAMAGED, true));
    assert!(reason.contains("\"number\":2") && !reason.contains("路灯"), "{reason}");
    let told: Vec<AlarmKind> = batches.iter().flat_map(|batch| &batch.alarms).map(|alarm| alarm.kind).collect();
    assert!(told.contains(&AlarmKind::UnreadablePage), "{told:?}");
}

#[tokio::test]
async fn behind_a_damaged_page_that_holds_the_next_key_reading_begins_anew() {
    let url = start().await;
    let settings =
        "paging = { cursor = { next = \"answer.next\" } }\n[settings.list]\nurl = \"URL/keyed?at={{ page.cursor }}\"\n";
    let (batches, failures) = pulls(&adapter(&url, settings), TRIES + 3).await;
    assert_eq!(failures.len(), TRIES - 1, "the second time it is known: {failures:?}");
    let alarm = batches.iter().flat_map(|batch| &batch.alarms).next().unwrap();
    assert_eq!(alarm.kind, AlarmKind::UnreadablePage);
    assert!(alarm.en.contains("begins anew"), "{}", alarm.en);
    let last = batches.last().unwrap().position.clone().unwrap();
    assert_eq!(last.0.get("watermark"), None, "{last:?}");
}

#[tokio::test]
async fn a_cursor_that_is_no_longer_taken_does_not_stop_the_channel() {
    let url = start().await;
    let settings = "paging = { cursor = { next = \"answer.next\" } }\n[settings.list]\nurl = \"URL/keyed?old={{ page.cursor }}\"\n";
    let (batches, failures) = pulls(&adapter(&url, settings), TRIES + 2).await;
    assert_eq!(failures.len(), TRIES - 1);
    assert_eq!(ids(&batches), ["A", "A"], "the pass begins anew");
    assert!(batches.iter().flat_map(|batch| &batch.alarms).any(|alarm| alarm.kind == AlarmKind::NoProgress));
}

#[tokio::test]
async fn a_login_page_is_no_page_of_the_list_and_is_never_set_aside() {
    let url = start().await;
    let settings = "paging = { number = { size = 2 } }\n[settings.list]\nurl = \"URL/login?at={{ page.number }}\"\n";
    let (batches, failures) = pulls(&adapter(&url, settings), 2 * TRIES).await;
    assert_eq!((batches.len(), failures.len()), (0, 2 * TRIES));
    assert!(failures.iter().all(|error| matches!(error, AdapterError::Transient { .. })), "{failures:?}");
}

#[tokio::test]
async fn a_source_of_which_no_page_can_be_read_fails_as_a_whole() {
    let url = start().await;
    let settings = "paging = { number = { size = 2 } }\n[settings.list]\nurl = \"URL/numbered?at=2\"\n";
    let (batches, failures) = pulls(&adapter(&url, settings), 40).await;
    assert!(batches.len() <= 4, "{} pages set aside", batches.len());
    assert!(!failures.is_empty());
}
