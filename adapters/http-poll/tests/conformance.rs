//! A message board with last-id paging meets the contract of adapters.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use huiliu_adapter_api::Factory;
use huiliu_conformance::{BreakDown, MARKER, Source, conforms};
use huiliu_http_poll::HttpPollFactory;
use serde_json::{Value, json};

#[derive(Clone, Default)]
struct Board {
    threads: Arc<Mutex<BTreeMap<u64, Value>>>,
    down: Arc<Mutex<Option<BreakDown>>>,
    url: String,
}

impl Board {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let board = Self { url: format!("http://{}/list", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new().route("/list", get(list)).with_state(board.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        board
    }
}

async fn list(State(board): State<Board>, RawQuery(query): RawQuery, headers: HeaderMap) -> (StatusCode, Json<Value>) {
    match *board.down.lock().unwrap() {
        Some(BreakDown::Busy) => return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({}))),
        Some(BreakDown::Refusing) => return (StatusCode::OK, Json(json!({ "code": "SN0006" }))),
        None => {}
    }
    assert_eq!(headers["authorization"], "secret-1");
    let last: u64 = query.unwrap_or_default().trim_start_matches("last=").parse().unwrap_or(0);
    let threads = board.threads.lock().unwrap();
    let older = threads.iter().rev().filter(|(tid, _)| last == 0 || **tid < last).take(15);
    (StatusCode::OK, Json(json!({ "code": 0, "list": older.map(|(_, thread)| thread).collect::<Vec<_>>() })))
}

#[async_trait]
impl Source for Board {
    fn factory(&self) -> Box<dyn Factory> {
        Box::new(HttpPollFactory)
    }

    fn channel_file(&self) -> String {
        format!(
            "[format]\nkind = \"json\"\nrecords = \"payload.list\"\nid = \"record.tid\"\n[settings]\norder = \"record.tid\"\n\
             paging = \"last_id\"\n[settings.list]\nurl = \"{}?last={{{{ page.last }}}}\"\n\
             headers = {{ authorization = \"{{{{ secrets.token }}}}\" }}\nsuccess = \"answer.code == 0\"\n",
            self.url
        )
    }

    fn secrets(&self) -> Vec<(&'static str, String)> {
        vec![("token", "secret-1".to_owned())]
    }

    async fn give(&self, numbers: &[u64]) {
        let mut threads = self.threads.lock().unwrap();
        // A fresh adapter reads from the beginning; what earlier checks gave is out of the way.
        if numbers.len() > 1 {
            threads.clear();
        }
        threads.extend(numbers.iter().map(|number| (*number, json!({ "tid": number, "text": MARKER }))));
    }

    async fn give_broken(&self, _beside: u64) -> bool {
        false
    }

    async fn break_down(&self, how: BreakDown) -> bool {
        *self.down.lock().unwrap() = Some(how);
        true
    }
}

#[tokio::test]
async fn a_board_conforms() {
    conforms(&Board::start().await).await;
}
