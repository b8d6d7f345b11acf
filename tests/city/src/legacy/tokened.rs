//! A province's platform of appeals, with an application's token in front of everything.
//!
//! | request | answer (always HTTP 200) |
//! |---|---|
//! | `POST /auth/token`, JSON `{"appId", "appSecret"}` | `{"code": 0, "data": {"accessToken", "expiresIn" (seconds)}}`, else `{"code": 40001, "message"}` |
//! | `POST /v2/appeals/query`, JSON `{"cursor" (empty at first), "limit" (at most 20)}` | `{"code": 0, "data": {"items": […], "next" (null behind the last)}}`, newest first |
//! | `POST /v2/appeals/{id}/answers`, JSON `{"requestId", "status" (`DONE` or `REFUSED`), "content"}` | `{"code": 0}`; the same `requestId` again changes nothing |
//!
//! The last two want the header `X-Access-Token`. A token ends by its time, after a number of requests, and as soon as another one was given:
//! `{"code": 40101, "message": "token已失效"}`. What cannot be read is `{"code": 40002, "message"}`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Json;
use axum::routing::post;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Matter, Notes, header, now, serve};

const APP: &str = "huiliu-01";
const SECRET: &str = "city-token-secret";
/// Most appeals of a page.
const MAX_LIMIT: usize = 20;

#[derive(Debug, Default)]
struct Desk {
    appeals: BTreeMap<u64, Matter>,
    /// The one token that holds: itself, requests that are left, and its end.
    token: Option<(String, u32, Timestamp)>,
    tokens: usize,
    ended: usize,
    answered: BTreeSet<String>,
}

/// A running platform of appeals.
#[derive(Debug, Clone)]
pub struct Tokened {
    desk: Arc<Mutex<Desk>>,
    requests_per_token: u32,
    token_lives_s: i64,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Its base URL.
    pub url: String,
}

impl Tokened {
    /// The application that it knows.
    pub const APP: &str = APP;
    /// The application's secret.
    pub const SECRET: &str = SECRET;

    /// Starts a platform whose tokens serve so many requests, and live so many seconds.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(requests_per_token: u32, token_lives_s: i64) -> std::io::Result<Self> {
        let (desk, notes) = (Arc::default(), Notes::default());
        let mut platform = Self { desk, requests_per_token, token_lives_s, notes, url: String::new() };
        let router = Router::new()
            .route("/auth/token", post(token))
            .route("/v2/appeals/query", post(query))
            .route("/v2/appeals/{id}/answers", post(answer))
            .with_state(platform.clone());
        platform.url = serve(router).await?;
        Ok(platform)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A citizen appeals.
    pub fn put(&self, appeal: Matter) {
        self.desk().appeals.insert(appeal.number, appeal);
    }

    /// Tokens given so far, and requests with one that had ended.
    #[must_use]
    pub fn tokens(&self) -> (usize, usize) {
        let desk = self.desk();
        (desk.tokens, desk.ended)
    }

    /// What is said of the token that a request shows; nothing where it holds.
    fn expired(&self, headers: &HeaderMap) -> Option<Json<Value>> {
        let shown = header(headers, "x-access-token");
        let mut desk = self.desk();
        if let Some((token, left, until)) = &mut desk.token
            && token == shown
            && *left > 0
            && now() < *until
        {
            *left -= 1;
            return None;
        }
        desk.ended += 1;
        if !shown.starts_with("at-") {
            self.notes.refuse("there is no token");
        }
        Some(Json(json!({ "code": 40_101, "message": "token已失效" })))
    }

    fn unreadable(&self, what: &str) -> Json<Value> {
        self.notes.refuse(what);
        Json(json!({ "code": 40_002, "message": "参数错误" }))
    }
}

fn read(headers: &HeaderMap, body: &str) -> Value {
    let named = header(headers, "content-type").starts_with("application/json");
    if named { serde_json::from_str(body).unwrap_or_default() } else { Value::Null }
}

async fn token(State(platform): State<Tokened>, headers: HeaderMap, body: String) -> Json<Value> {
    let given = read(&headers, &body);
    if given != json!({ "appId": APP, "appSecret": SECRET }) {
        platform.notes.refuse("the application or its secret is wrong");
        return Json(json!({ "code": 40_001, "message": "应用密钥错误" }));
    }
    let mut desk = platform.desk();
    desk.tokens += 1;
    let token = format!("at-{}", desk.tokens);
    let until = now() + jiff::SignedDuration::from_secs(platform.token_lives_s);
    desk.token = Some((token.clone(), platform.requests_per_token, until));
    Json(json!({ "code": 0, "data": { "accessToken": token, "expiresIn": platform.token_lives_s } }))
}

async fn query(State(platform): State<Tokened>, headers: HeaderMap, body: String) -> Json<Value> {
    if let Some(expired) = platform.expired(&headers) {
        return expired;
    }
    let asked = read(&headers, &body);
    let limit = asked["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok());
    let (Some(cursor), Some(limit)) = (asked["cursor"].as_str(), limit.filter(|limit| (1..=MAX_LIMIT).contains(limit)))
    else {
        return platform.unreadable("query: cursor or limit is wrong");
    };
    let before = if cursor.is_empty() { u64::MAX } else { cursor.parse().unwrap_or_default() };
    let desk = platform.desk();
    let mut older = desk.appeals.range(..before).rev();
    let page: Vec<(&u64, &Matter)> = older.by_ref().take(limit).collect();
    let next = older.next().and_then(|_| page.last()).map(|(id, _)| id.to_string());
    let items: Vec<Value> = page
        .into_iter()
        .map(|(id, appeal)| {
            json!({
                "appealId": id, "subject": appeal.title, "detail": appeal.text, "citizen": { "name": appeal.name, "tel": appeal.phone },
                "createdAt": 1_795_223_560_000_i64, "openFlag": "N",
            })
        })
        .collect();
    Json(json!({ "code": 0, "data": { "items": items, "next": next } }))
}

async fn answer(State(platform): State<Tokened>, Path(id): Path<u64>, headers: HeaderMap, body: String) -> Json<Value> {
    if let Some(expired) = platform.expired(&headers) {
        return expired;
    }
    let told = read(&headers, &body);
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    let known = platform.desk().appeals.contains_key(&id);
    let status = ["DONE", "REFUSED"].contains(&text("status"));
    if !known || !status || text("requestId").is_empty() || text("content").is_empty() {
        return platform.unreadable(&format!("answer: {id} {told}"));
    }
    if platform.desk().answered.insert(text("requestId").to_owned()) {
        platform.notes.replied(&id.to_string(), text("content"));
    }
    Json(json!({ "code": 0 }))
}
