//! A province's exchange (an ESB), which passes messages of other systems on in an envelope of its own and is satisfied by 201 alone.
//!
//! **What it posts**: JSON `{"head": {"msgId" (once), "txCode": "CREATE_APPEAL", "from"}, "body": {"appealNo", "title", "content", "contact": {"name", "phone"}}}` with
//! `Authorization: Basic …`.
//!
//! **What it wants**: HTTP **201**, `Location` with where the appeal is kept, and `{"head": {"msgId" (that of the message), "txCode": "CREATE_APPEAL_ACK", "respCode":
//! "000000", "respMsg"}, "body": {"ticketNo"}}`. A refusal is HTTP 200 with the same head, where `respCode` is `E` and five digits. Anything else, 200 with `000000`
//! among it, is posted again as it was, with its `msgId`.
//!
//! **Replies** go to `POST /esb` in the same envelope with the same credentials: `{"head": {"msgId" (once), "txCode": "CLOSE_APPEAL", "from": "HUILIU"}, "body": {"appealNo", "ticketNo",
//! "result", "closedAt" (yyyy-MM-dd HH:mm:ss)}}`; it answers with 202 and `{"head": {"msgId", "respCode": "000000"}}`, or `E00001`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::{Matter, Notes, header, serve};

const USER: &str = "esb";
const PASSWORD: &str = "esb:2026";

/// An exchange that posts in its own envelope.
#[derive(Debug, Clone)]
pub struct Created {
    drawn: Arc<AtomicU64>,
    /// Numbers of tickets by appeal.
    kept: Arc<Mutex<BTreeMap<String, String>>>,
    closed: Arc<Mutex<BTreeSet<String>>>,
    /// What it was told, and what it refused.
    pub notes: Notes,
    /// Where it takes replies.
    pub url: String,
}

impl Created {
    /// Starts its way in on a free port.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start() -> std::io::Result<Self> {
        let notes = Notes::default();
        let mut exchange =
            Self { drawn: Arc::default(), kept: Arc::default(), closed: Arc::default(), notes, url: String::new() };
        let router = Router::new().route("/esb", axum::routing::post(close)).with_state(exchange.clone());
        exchange.url = serve(router).await?;
        Ok(exchange)
    }

    /// What both sides show in `Authorization`.
    #[must_use]
    pub fn credentials() -> String {
        format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")))
    }

    /// Posts an appeal, or a message without one; status and code of the answer.
    ///
    /// # Errors
    /// The answer is in another envelope.
    pub async fn post(&self, gateway: &str, appeal: Option<&Matter>) -> anyhow::Result<(u16, String)> {
        let message = format!("M{:010}", self.drawn.fetch_add(1, Ordering::Relaxed));
        let number = appeal.map(|appeal| format!("S{}", appeal.number)).unwrap_or_default();
        let told = appeal.map(|appeal| {
            json!({
                "appealNo": number, "title": appeal.title, "content": appeal.text,
                "contact": { "name": appeal.name, "phone": appeal.phone },
            })
        });
        let body = json!({ "head": { "msgId": message, "txCode": "CREATE_APPEAL", "from": "PROVINCE" }, "body": told });
        let headers = [("content-type", "application/json"), ("authorization", &Self::credentials())];
        let answer = super::post(&format!("{gateway}/in/created"), &headers, serde_json::to_vec(&body)?).await?;
        let (status, said) = (answer.status.as_u16(), serde_json::from_slice::<Value>(&answer.body)?);
        let head = &said["head"];
        anyhow::ensure!(
            head["msgId"] == message && head["txCode"] == "CREATE_APPEAL_ACK" && head["respMsg"].is_string(),
            "{said}"
        );
        let code = head["respCode"].as_str().unwrap_or_default().to_owned();
        let digits = code.strip_prefix('E').unwrap_or(&code);
        let refused = code.len() == 6 && digits.len() == 5 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if status == 201 && code == "000000" {
            let ticket = said["body"]["ticketNo"].as_str().unwrap_or_default();
            let place = answer.headers.get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
            anyhow::ensure!(!ticket.is_empty() && place.ends_with(ticket), "{said} {place}");
            self.kept.lock().unwrap_or_else(PoisonError::into_inner).insert(number, ticket.to_owned());
        } else {
            anyhow::ensure!(status == 200 && refused, "HTTP {status} {said}");
        }
        Ok((status, code))
    }
}

async fn close(State(exchange): State<Created>, headers: HeaderMap, body: String) -> Response {
    let told: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |path: &str| told.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let known = exchange.kept.lock().unwrap_or_else(PoisonError::into_inner).get(text("/body/appealNo")).cloned();
    let right = header(&headers, "authorization") == Created::credentials()
        && text("/head/txCode") == "CLOSE_APPEAL"
        && text("/head/from") == "HUILIU"
        && known.as_deref() == Some(text("/body/ticketNo"))
        && !text("/body/result").is_empty()
        && DateTime::strptime("%Y-%m-%d %H:%M:%S", text("/body/closedAt")).is_ok()
        && exchange.closed.lock().unwrap_or_else(PoisonError::into_inner).insert(text("/head/msgId").to_owned());
    let code = if right { "000000" } else { "E00001" };
    match right {
        true => exchange.notes.replied(text("/body/appealNo"), text("/body/result")),
        false => exchange.notes.refuse(body.clone()),
    }
    (StatusCode::ACCEPTED, Json(json!({ "head": { "msgId": text("/head/msgId"), "respCode": code } }))).into_response()
}
