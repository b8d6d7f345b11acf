//! Systems that post to the gateway, and the callbacks by which it reaches their citizens.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use http::Request;
use huiliu_adapter_http::{Answer, HttpClient};
use ring::hmac;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::Report;

/// Longest wait for the gateway.
const TIMEOUT: Duration = Duration::from_secs(40);

/// What the operators' systems were asked to tell citizens.
#[derive(Debug, Clone)]
pub struct Callbacks {
    told: Arc<Mutex<BTreeMap<String, Vec<String>>>>,
    /// How many of the next calls by SMS fail.
    faults: Arc<AtomicU32>,
    /// URL of the SMS callback.
    pub sms_url: String,
    /// URL of the mini-program's callback.
    pub snapshot_url: String,
}

impl Callbacks {
    /// Starts the callbacks on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = format!("http://{}", listener.local_addr()?);
        let callbacks = Self {
            told: Arc::default(),
            faults: Arc::default(),
            sms_url: format!("{base}/sms"),
            snapshot_url: format!("{base}/snapshot"),
        };
        let router =
            Router::new().route("/sms", post(sms)).route("/snapshot", post(snapshot)).with_state(callbacks.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(callbacks)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<String>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next `count` calls by SMS find the operator busy.
    pub fn busy_next(&self, count: u32) {
        self.faults.store(count, Ordering::Relaxed);
    }

    /// What was told, by telephone number or openid.
    #[must_use]
    pub fn told(&self) -> BTreeMap<String, Vec<String>> {
        self.lock().clone()
    }

    fn note(&self, to: &Value, what: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        self.lock().entry(text(to)).or_default().push(text(what));
    }
}

async fn sms(State(callbacks): State<Callbacks>, Json(message): Json<Value>) -> (StatusCode, Json<Value>) {
    let one_less = |faults: u32| faults.checked_sub(1);
    if callbacks.faults.try_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "code": 503, "msg": "busy" })));
    }
    callbacks.note(&message["phone_number"], &message["content"]);
    (StatusCode::OK, Json(json!({ "code": 0, "msg": "OK" })))
}

async fn snapshot(State(callbacks): State<Callbacks>, Json(message): Json<Value>) -> Json<Value> {
    callbacks.note(&message["openid"], &message["message"]);
    Json(json!({ "ok": true }))
}

async fn post_to(url: String, headers: &[(&str, String)], body: Vec<u8>) -> anyhow::Result<Answer> {
    let mut request = Request::post(url).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    Ok(HttpClient::new().send(request.body(Bytes::from(body))?, TIMEOUT).await?)
}

/// Posts messages as an SMS operator does: several in one array, the secret in the query.
///
/// # Errors
/// No answer came.
pub async fn post_sms(gateway: &str, token: &str, reports: &[Report]) -> anyhow::Result<Answer> {
    let messages: Vec<Value> = reports
        .iter()
        .map(|report| {
            json!({
                "phone_number": report.phone, "send_time": "2026-11-21 12:00:05", "content": report.text,
                "sign_name": "荣成12345", "dest_code": "01", "sequence_id": report.number.parse::<u64>().unwrap_or_default(),
            })
        })
        .collect();
    post_to(format!("{gateway}/in/sms?token={token}"), &[], serde_json::to_vec(&messages)?).await
}

/// Posts a report as the mini-program does: signed over time, nonce and body.
///
/// # Errors
/// No answer came.
pub async fn post_snapshot(gateway: &str, key: &str, report: &Report, time: i64) -> anyhow::Result<Answer> {
    let body = json!({
        "id": report.number, "openid": format!("o-{}", report.phone), "submittedAt": "2026-11-21T09:12:40+08:00",
        "title": report.title, "content": report.text, "name": report.name, "phone": report.phone,
        "location": { "lat": report.lat, "lng": report.lng, "coord": "gcj02", "name": "", "address": report.address },
        "images": ["https://example.invalid/i/1.jpg"],
    });
    let body = serde_json::to_vec(&body)?;
    let nonce = format!("nonce-{}-{time}", report.number);
    let mut signed = format!("{time}\n{nonce}\n").into_bytes();
    signed.extend_from_slice(&body);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), &signed);
    let signature: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let headers = [("x-huiliu-time", time.to_string()), ("x-huiliu-nonce", nonce), ("x-huiliu-signature", signature)];
    post_to(format!("{gateway}/in/snapshot"), &headers, body).await
}

/// Posts a body of some type to a path of the gateway.
///
/// # Errors
/// No answer came.
pub async fn post_body(url: String, content_type: &str, body: Vec<u8>) -> anyhow::Result<Answer> {
    let request = Request::post(url).header("content-type", content_type).body(Bytes::from(body))?;
    Ok(HttpClient::new().send(request, TIMEOUT).await?)
}

/// Posts anything to the generic channel.
///
/// # Errors
/// No answer came.
pub async fn post_generic(gateway: &str, key: &str, body: Vec<u8>) -> anyhow::Result<Answer> {
    post_to(format!("{gateway}/in/generic"), &[("x-api-key", key.to_owned())], body).await
}
