//! A neighbourhood platform whose every request is signed over its sorted parameters.
//!
//! | request | answer (always HTTP 200) |
//! |---|---|
//! | `GET /api/event/list` with `page` (from 1), `pageSize` (at most 20) | `{"errcode": 0, "data": {"count", "list": […]}}`, newest first |
//! | `GET /api/event/get` with `eventId` | `{"errcode": 0, "data": {…}}` |
//! | `POST /api/event/feedback`, a form in UTF-8 with `eventId`, `result` | `{"errcode": 0}` |
//!
//! Each has the common parameters `appId`, `timestamp` (`yyyyMMddHHmmss`, Beijing time, at most 5 minutes off), `nonce` (8 to 32 characters, once),
//! `signType` (`MD5`, `HMAC-SHA256` or `SM3`) and `sign`. To be signed: all parameters but `sign` and those without a value, by the order of their
//! names in ASCII, `name=value` with `&` between them, **values as they are and not encoded**, and `&key=` with the key behind them.
//! `MD5` is in capitals; `HMAC-SHA256` has the key as its key, too, in capitals; `SM3` is in small letters. Refusals: `{"errcode": "SIGN_ERROR",
//! "errmsg"}`, `TIME_ERROR`, `NONCE_USED`, `PARAM_ERROR`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Json;
use axum::routing::{get, post};
use huiliu_payload::{Charset, parse_form};
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use md5::{Digest as _, Md5};
use ring::hmac;
use serde_json::{Value, json};
use sm3::Sm3;

use super::{Matter, Notes, hex, now, serve};

const APP: &str = "hl2026";
const KEY: &str = "city-sorted-key";
/// Most events of a page.
const MAX_ROWS: usize = 20;
/// How far a caller's clock may be off, in seconds.
const WINDOW_S: u64 = 300;

#[derive(Debug, Default)]
struct Desk {
    events: BTreeMap<u64, Matter>,
    nonces: BTreeSet<String>,
    signed_by: BTreeSet<String>,
}

/// A running platform of signed requests.
#[derive(Debug, Clone)]
pub struct Signed {
    desk: Arc<Mutex<Desk>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Its base URL.
    pub url: String,
}

impl Signed {
    /// The application that it knows.
    pub const APP: &str = APP;
    /// The application's key.
    pub const KEY: &str = KEY;

    /// Starts a platform.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let mut platform = Self { desk: Arc::default(), notes: Notes::default(), url: String::new() };
        let router = Router::new()
            .route("/api/event/list", get(list))
            .route("/api/event/get", get(detail))
            .route("/api/event/feedback", post(feedback))
            .with_state(platform.clone());
        platform.url = serve(router).await?;
        Ok(platform)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Somebody reports an event.
    pub fn put(&self, event: Matter) {
        self.desk().events.insert(event.number, event);
    }

    /// Which kinds of signatures were right so far.
    #[must_use]
    pub fn signed_by(&self) -> Vec<String> {
        self.desk().signed_by.iter().cloned().collect()
    }

    /// The parameters of a request that is signed as it has to be; else the refusal.
    fn checked(&self, pairs: &str) -> Result<BTreeMap<String, String>, Json<Value>> {
        let read = if pairs.is_ascii() {
            parse_form(pairs.as_bytes(), Charset::Utf8).unwrap_or_default()
        } else {
            Value::Null
        };
        let texts = read.as_object().into_iter().flatten();
        let given: BTreeMap<String, String> =
            texts.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
        let text = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
        if text("appId") != APP {
            return Err(self.refuse("PARAM_ERROR", pairs));
        }
        if text("sign").is_empty() || expected(&given).as_deref() != Some(text("sign")) {
            return Err(self.refuse("SIGN_ERROR", pairs));
        }
        let beijing = TimeZone::fixed(Offset::constant(8));
        let sent = DateTime::strptime("%Y%m%d%H%M%S", text("timestamp")).ok().and_then(|at| at.to_zoned(beijing).ok());
        if sent.is_none_or(|sent| sent.timestamp().as_second().abs_diff(now().as_second()) > WINDOW_S) {
            return Err(self.refuse("TIME_ERROR", pairs));
        }
        let mut desk = self.desk();
        if !(8..=32).contains(&text("nonce").len()) || !desk.nonces.insert(text("nonce").to_owned()) {
            return Err(self.refuse("NONCE_USED", pairs));
        }
        desk.signed_by.insert(text("signType").to_owned());
        Ok(given)
    }

    fn refuse(&self, code: &str, what: &str) -> Json<Value> {
        self.notes.refuse(format!("{code}: {what}"));
        Json(json!({ "errcode": code, "errmsg": "请求不合规范" }))
    }
}

/// The signature that these parameters must have; none where its kind is not known.
fn expected(given: &BTreeMap<String, String>) -> Option<String> {
    let pairs = given.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    let text = format!("{}&key={KEY}", pairs.join("&"));
    match given.get("signType").map(String::as_str) {
        Some("MD5") => Some(hex(&Md5::digest(text.as_bytes())).to_uppercase()),
        Some("SM3") => Some(hex(&Sm3::digest(text.as_bytes()))),
        Some("HMAC-SHA256") => {
            let key = hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes());
            Some(hex(hmac::sign(&key, text.as_bytes()).as_ref()).to_uppercase())
        }
        _ => None,
    }
}

async fn list(State(platform): State<Signed>, RawQuery(query): RawQuery) -> Json<Value> {
    let given = match platform.checked(&query.unwrap_or_default()) {
        Ok(given) => given,
        Err(refusal) => return refusal,
    };
    let number = |name: &str| given.get(name).and_then(|text| text.parse::<usize>().ok()).filter(|number| *number > 0);
    let (Some(page), Some(rows)) = (number("page"), number("pageSize").filter(|rows| *rows <= MAX_ROWS)) else {
        return platform.refuse("PARAM_ERROR", "page or pageSize");
    };
    let desk = platform.desk();
    let shown = desk.events.values().rev().skip((page - 1) * rows).take(rows);
    let shown: Vec<Value> = shown.map(|event| json!({ "eventId": event.number, "eventName": event.title })).collect();
    Json(json!({ "errcode": 0, "data": { "count": desk.events.len(), "list": shown } }))
}

async fn detail(State(platform): State<Signed>, RawQuery(query): RawQuery) -> Json<Value> {
    let given = match platform.checked(&query.unwrap_or_default()) {
        Ok(given) => given,
        Err(refusal) => return refusal,
    };
    let id = given.get("eventId").and_then(|id| id.parse().ok()).unwrap_or_default();
    match platform.desk().events.get(&id) {
        Some(event) => Json(json!({ "errcode": 0, "data": {
            "eventId": id, "eventName": event.title, "eventDesc": event.text, "reporter": event.name, "reporterTel": event.phone,
            "happenTime": "20261121091240", "lng": 122.4863, "lat": 37.1652,
        } })),
        None => platform.refuse("PARAM_ERROR", "eventId"),
    }
}

async fn feedback(State(platform): State<Signed>, body: String) -> Json<Value> {
    let given = match platform.checked(&body) {
        Ok(given) => given,
        Err(refusal) => return refusal,
    };
    let text = |name: &str| given.get(name).map(String::as_str).unwrap_or_default();
    let known = text("eventId").parse().is_ok_and(|id: u64| platform.desk().events.contains_key(&id));
    if !known || text("result").is_empty() {
        return platform.refuse("PARAM_ERROR", &body);
    }
    platform.notes.replied(text("eventId"), text("result"));
    Json(json!({ "errcode": 0 }))
}
