//! One delivery by HTTP: the CloudEvent is posted, signed, and the answer judged. It neither loops nor tries again.

mod settings;

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, HeaderValue, Request, StatusCode, Uri};
use huiliu_adapter_api::wording::before;
use huiliu_adapter_http::{Answer, HttpClient, without_secrets};
use huiliu_expression::{Context, Expression};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::outcome::{Failure, MAX_PROOF_CHARS, Outcome};
use super::{SigningKey, hops};

/// Media type of a CloudEvent in JSON.
const CLOUD_EVENT: &str = "application/cloudevents+json; charset=UTF-8";
/// Longest wait that a destination can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// How a destination is posted to.
#[derive(Debug)]
pub struct Webhook {
    client: HttpClient,
    url: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Each makes a signature of its own, so that the other side can change keys.
    keys: Vec<SigningKey>,
    /// What must not be kept of an answer: the other side may say again what it was sent.
    secrets: Vec<String>,
    /// True for an answer by which it is delivered; none: any 2xx.
    success: Option<Expression>,
    /// True for an answer by which it is given up at once; none: 410.
    end: Option<Expression>,
    timeout: Duration,
}

impl Webhook {
    /// Posts an event with its idempotency key.
    pub async fn post(&self, id: &str, event: &[u8], now: Timestamp) -> Outcome {
        let read: Value = serde_json::from_slice(event).unwrap_or_default();
        if let Err(reason) = hops::counted(&read) {
            return Outcome::Failed(Failure { reason, answer: None, is_end: true, retry_after: None });
        }
        let request = match self.request(id, event, now) {
            Ok(request) => request,
            Err(reason) => return Outcome::Failed(Failure::without_answer(reason)),
        };
        match self.client.send(request, self.timeout).await {
            Ok(answer) => self.judge(&answer),
            Err(error) => Outcome::Failed(Failure::without_answer(error.to_string())),
        }
    }

    fn request(&self, id: &str, event: &[u8], now: Timestamp) -> Result<Request<Bytes>, String> {
        let at_s = now.as_second();
        let signatures: Vec<String> = self.keys.iter().map(|key| key.sign(id, at_s, event)).collect();
        let mut request = Request::post(self.url.clone())
            .header(CONTENT_TYPE, CLOUD_EVENT)
            .header(USER_AGENT, concat!("huiliu/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", id)
            .header("webhook-timestamp", at_s);
        if !signatures.is_empty() {
            request = request.header("webhook-signature", signatures.join(" "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request.body(Bytes::copy_from_slice(event)).map_err(|error| format!("the request cannot be made: {error}"))
    }

    fn judge(&self, answer: &Answer) -> Outcome {
        let text = String::from_utf8_lossy(&answer.body);
        let tree: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_no_json| json!(text));
        let context = Context::new([("status", &json!(answer.status.as_u16())), ("answer", &tree)]);
        let holds = |test: &Expression| test.eval(&context).is_ok_and(|found| found.is_true());
        let said = without_secrets(format!("HTTP {} {text}", answer.status.as_u16()), &self.secrets);
        let said: String = said.chars().take(MAX_PROOF_CHARS).collect();
        if self.success.as_ref().map_or(answer.status.is_success(), holds) {
            return Outcome::taken(said);
        }
        let is_end = self.end.as_ref().map_or(answer.status == StatusCode::GONE, holds);
        let reason = match (answer.status.is_success(), is_end) {
            (_, true) => before("对方不会再收", "it will never be taken", &format!("HTTP {}", answer.status)),
            (true, _) => format!("HTTP {}, but the answer is not the one of success", answer.status),
            (false, _) => format!("HTTP {}", answer.status),
        };
        let retry_after = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let retry_after = retry_after.map(|seconds| Duration::from_secs(seconds).min(MAX_RETRY_AFTER));
        Outcome::Failed(Failure { reason, answer: Some(said), is_end, retry_after })
    }
}
