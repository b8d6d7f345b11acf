//! An operator's platform of reports that posts each one, and signs what it posts.
//!
//! **What it posts**: JSON `{"appId", "timestamp" (milliseconds since 1970), "nonce" (once), "data", "sign"}`, where `data` is a *text* that holds the
//! JSON of the report: `{"orderNo", "title", "content", "linkman", "phone", "time"}`. `sign` is the MD5, in capitals, of `appId`, `data`, `nonce` and
//! `timestamp` in this order, `name=value` with `&` between them, and `&key=` with the key behind them.
//!
//! **What it wants**: HTTP 200 and JSON, `{"code": "0000", "receipt"}` for a report that was taken, for any other `{"code": "4001" (not signed rightly, or
//! out of time), "4009" (posted before) or "9999" (anything else), "msg"}`. A report that is not taken is posted again, signed anew.
//!
//! **Who takes its posts** refuses those that are older or newer than 5 minutes, and a nonce that came before.
//!
//! **Replies** go to `POST /callback` as JSON `{"orderNo", "state" (`finished` or `rejected`), "message"}` with the headers `X-Timestamp` (seconds since
//! 1970, at most 5 minutes off) and `X-Sign`: the Base64 of the HMAC-SHA256, with the key, of the time, a line break, and the body as it is sent. The
//! answer is `{"code": "0000"}`, or HTTP 401 and `{"code": "4001"}`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use ring::hmac;
use serde_json::{Value, json};

use super::{Matter, Notes, header, hex, now, serve};

const APP: &str = "op-7";
const KEY: &str = "city-caller-key";
/// How far the gateway's clock may be off, in seconds.
const WINDOW_S: u64 = 300;

/// What is wrong with a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// It is signed with another key.
    WrongKey,
    /// Its time is an hour ago.
    Late,
    /// Its text was changed after it was signed.
    Changed,
}

/// A platform that posts reports.
#[derive(Debug, Clone)]
pub struct Caller {
    drawn: Arc<AtomicU64>,
    last: Arc<Mutex<Vec<u8>>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Where it takes replies.
    pub url: String,
}

impl Caller {
    /// The key by which both sides sign.
    pub const KEY: &str = KEY;

    /// Starts its callback on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let (drawn, last) = (Arc::default(), Arc::default());
        let mut caller = Self { drawn, last, notes: Notes::default(), url: String::new() };
        let router = Router::new().route("/callback", axum::routing::post(callback)).with_state(caller.clone());
        caller.url = serve(router).await?;
        Ok(caller)
    }

    /// Posts a report; the code that it is answered with.
    ///
    /// # Errors
    /// No answer came, or one that is none to this platform.
    pub async fn post(&self, gateway: &str, report: &Matter, fault: Fault) -> anyhow::Result<String> {
        let data = json!({
            "orderNo": format!("OP{}", report.number), "title": report.title, "content": report.text, "linkman": report.name,
            "phone": report.phone, "time": "2026/11/21 9:12:40",
        });
        let nonce = format!("n{:08}", self.drawn.fetch_add(1, Ordering::Relaxed));
        let at = now().as_millisecond() - if fault == Fault::Late { 3_600_000 } else { 0 };
        let key = if fault == Fault::WrongKey { "another-key" } else { KEY };
        let signed = format!("appId={APP}&data={data}&nonce={nonce}&timestamp={at}&key={key}");
        let sign = hex(&Md5::digest(signed.as_bytes())).to_uppercase();
        let data = data.to_string().replace("路灯", if fault == Fault::Changed { "红灯" } else { "路灯" });
        let body = json!({ "appId": APP, "timestamp": at, "nonce": nonce, "data": data, "sign": sign });
        let body = serde_json::to_vec(&body)?;
        self.last.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&body);
        self.send(gateway, body).await
    }

    /// Posts the last body once more, as somebody does who has intercepted it.
    ///
    /// # Errors
    /// As [`Caller::post`].
    pub async fn repeat(&self, gateway: &str) -> anyhow::Result<String> {
        let body = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.send(gateway, body).await
    }

    async fn send(&self, gateway: &str, body: Vec<u8>) -> anyhow::Result<String> {
        let url = format!("{gateway}/in/signing-caller");
        let answer = super::post(&url, &[("content-type", "application/json;charset=UTF-8")], body).await?;
        anyhow::ensure!(answer.status == StatusCode::OK, "HTTP {}", answer.status);
        let said: Value = serde_json::from_slice(&answer.body)?;
        let code = said["code"].as_str().unwrap_or_default();
        let member = if code == "0000" { "receipt" } else { "msg" };
        anyhow::ensure!(said[member].as_str().is_some_and(|text| !text.is_empty()), "{said}");
        Ok(code.to_owned())
    }
}

async fn callback(State(caller): State<Caller>, headers: HeaderMap, body: Bytes) -> Response {
    let refuse = |why: &str| {
        caller.notes.refuse(format!("{why}: {}", String::from_utf8_lossy(&body)));
        (StatusCode::UNAUTHORIZED, Json(json!({ "code": "4001" }))).into_response()
    };
    let time = header(&headers, "x-timestamp");
    let key = hmac::Key::new(hmac::HMAC_SHA256, KEY.as_bytes());
    let signed = [time.as_bytes(), b"\n", body.as_ref()].concat();
    let tag = STANDARD.decode(header(&headers, "x-sign")).unwrap_or_default();
    if hmac::verify(&key, &signed, &tag).is_err() {
        return refuse("the signature is wrong");
    }
    if time.parse::<i64>().map_or(true, |at| at.abs_diff(now().as_second()) > WINDOW_S) {
        return refuse("the time is wrong");
    }
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |name: &str| told[name].as_str().unwrap_or_default();
    if text("orderNo").is_empty() || text("message").is_empty() || !["finished", "rejected"].contains(&text("state")) {
        return refuse("the content is wrong");
    }
    caller.notes.replied(text("orderNo"), text("message"));
    Json(json!({ "code": "0000" })).into_response()
}
