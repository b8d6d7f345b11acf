//! The message board: newest first, ten a page, keyset by thread id; answers 200 also to errors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use axum::{Json, Router};
use huiliu_payload::{Charset, parse_form};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const TOKEN: &str = "city-board-token";
const PAGE: usize = 10;

#[derive(Debug, Default)]
struct Threads {
    threads: BTreeMap<i64, Value>,
    replies: BTreeMap<String, Vec<String>>,
    busy: u32,
}

/// A running board.
#[derive(Debug, Clone)]
pub struct Board {
    threads: Arc<Mutex<Threads>>,
    /// Its base URL.
    pub url: String,
}

impl Board {
    /// The secret that the gateway needs.
    pub const TOKEN: &str = TOKEN;

    /// Starts a board on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let board = Self { threads: Arc::default(), url: format!("http://{}", listener.local_addr()?) };
        let router = Router::new()
            .route("/threads/queryThreadsList", post(list))
            .route("/threads/reply", post(reply))
            .with_state(board.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(board)
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen posts, or a thread changes.
    pub fn put(&self, tid: i64, subject: &str, content: &str, nick: &str) {
        let thread = json!({
            "tid": tid, "fid": 900, "subject": subject, "content": format!("<p>{content}</p>"), "dateline": 1_795_223_560,
            "threadsCheckTime": 1_795_227_160, "nickName": nick, "domainName": "其他", "typeName": "投诉",
            "stateInfo": "待回复", "forumName": "荣成市市长", "answerId": null,
        });
        self.threads().threads.insert(tid, thread);
    }

    /// Puts a thread as it is given.
    pub fn put_raw(&self, tid: i64, thread: Value) {
        self.threads().threads.insert(tid, thread);
    }

    /// The next `count` calls are answered with "busy".
    pub fn busy(&self, count: u32) {
        self.threads().busy = count;
    }

    /// The replies by thread id.
    #[must_use]
    pub fn replies(&self) -> BTreeMap<String, Vec<String>> {
        self.threads().replies.clone()
    }
}

fn refused(headers: &HeaderMap) -> Option<Json<Value>> {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok());
    let known = given == Some(&format!("Bearer {TOKEN}"));
    (!known).then(|| Json(json!({ "result": "error", "resultDesc": "SN0006" })))
}

async fn list(State(board): State<Board>, headers: HeaderMap, body: String) -> Json<Value> {
    if let Some(refusal) = refused(&headers) {
        return refusal;
    }
    let mut threads = board.threads();
    if threads.busy > 0 {
        threads.busy -= 1;
        return Json(json!({ "result": "error", "resultDesc": "busy" }));
    }
    let form = parse_form(body.as_bytes(), Charset::Utf8).unwrap_or_default();
    let last: i64 = form.get("lastItem").and_then(Value::as_str).and_then(|last| last.parse().ok()).unwrap_or(0);
    let older = threads.threads.iter().rev().filter(|(tid, _)| last == 0 || **tid < last);
    let page: Vec<&Value> = older.take(PAGE).map(|(_, thread)| thread).collect();
    Json(json!({ "result": "success", "resultDesc": "", "responseData": page }))
}

async fn reply(State(board): State<Board>, headers: HeaderMap, Json(reply): Json<Value>) -> Json<Value> {
    if let Some(refusal) = refused(&headers) {
        return refusal;
    }
    let tid = reply.get("tid").map(ToString::to_string).unwrap_or_default();
    let content = reply.get("content").and_then(Value::as_str).unwrap_or_default().to_owned();
    board.threads().replies.entry(tid).or_default().push(content);
    Json(json!({ "result": "success", "resultDesc": "" }))
}
