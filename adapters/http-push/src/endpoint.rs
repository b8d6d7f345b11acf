//! What a caller meets: who are you, can I read it, is it safe, here is your answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Response, StatusCode};
use huiliu_adapter_api::{HttpEndpoint, Outcome, PushRequest, PushResponse, RawRecord, RecordFormat};
use huiliu_expression::Context;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::auth::Auth;
use crate::settings::{AnswerTemplate, Limits};

/// Longest time a caller is kept waiting for the commit.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// What a caller is told to wait before it sends again, in seconds.
const RETRY_AFTER_S: &str = "5";
/// Most KiB of calls that wait for the gateway; a call beyond that is answered with 503.
const MAX_WAITING_KIB: usize = 64 << 10;

/// One call's records and the place where its answer is awaited.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub records: Vec<RawRecord>,
    pub answer: oneshot::Sender<Vec<Outcome>>,
    /// Its share of [`MAX_WAITING_KIB`].
    pub _room: OwnedSemaphorePermit,
}

/// The endpoint of one channel.
pub(crate) struct PushEndpoint {
    auth: Auth,
    format: RecordFormat,
    answer: AnswerTemplate,
    limits: Limits,
    queue: mpsc::Sender<Waiting>,
    channel: Value,
    calls: Mutex<CallRate>,
    room: Arc<Semaphore>,
}

/// Calls counted in the current minute.
struct CallRate {
    since: Instant,
    calls: u32,
}

impl PushEndpoint {
    pub(crate) fn new(
        auth: Auth,
        format: RecordFormat,
        answer: AnswerTemplate,
        limits: Limits,
        queue: mpsc::Sender<Waiting>,
        channel: Value,
    ) -> Self {
        let calls = Mutex::new(CallRate { since: Instant::now(), calls: 0 });
        let room = Arc::new(Semaphore::new(MAX_WAITING_KIB));
        Self { auth, format, answer, limits, queue, channel, calls, room }
    }

    fn within_rate(&self) -> bool {
        let mut rate = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        if rate.since.elapsed() >= Duration::from_secs(60) {
            *rate = CallRate { since: Instant::now(), calls: 0 };
        }
        rate.calls += 1;
        rate.calls <= self.limits.calls_per_minute
    }

    async fn store(&self, request: &PushRequest) -> Result<Vec<Outcome>, PushResponse> {
        if request.method != Method::POST {
            return Err(refuse(StatusCode::METHOD_NOT_ALLOWED, "use POST"));
        }
        // Strangers are turned away before their bodies are parsed, where the secret does not stand in the body.
        let parsed = if self.auth.reads_body() {
            let parsed = self.format.parse(&request.body);
            let nothing = Value::Null;
            let body = parsed.as_ref().unwrap_or(&nothing);
            self.auth.check(request, body).map_err(|reason| refuse(StatusCode::UNAUTHORIZED, reason))?;
            parsed
        } else {
            self.auth.check(request, &Value::Null).map_err(|reason| refuse(StatusCode::UNAUTHORIZED, reason))?;
            self.format.parse(&request.body)
        };
        // Counted after the check, so that strangers cannot use up a caller's share.
        if !self.within_rate() {
            self.auth.give_back(request);
            return Err(busy(StatusCode::TOO_MANY_REQUESTS, "too many calls in a minute"));
        }
        let records = parsed
            .and_then(|payload| self.format.find(payload))
            .map_err(|error| refuse(StatusCode::BAD_REQUEST, &error.to_string()))?;
        if records.len() > self.limits.records {
            let reason = format!("{} records in one call, at most {} are accepted", records.len(), self.limits.records);
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, &reason));
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let full = || busy(StatusCode::SERVICE_UNAVAILABLE, "too many calls are waiting");
        let kib = u32::try_from(request.body.len() / 1_024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_full| full())?;
        let records = records.into_iter().map(|tree| self.format.record(tree)).collect();
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(Waiting { records, answer, _room: room }).map_err(|_full| full())?;
        match tokio::time::timeout(ANSWER_TIMEOUT, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes),
            Ok(Err(_)) => {
                Err(busy(StatusCode::SERVICE_UNAVAILABLE, "the records could not be stored; send them again"))
            }
            Err(_) => Err(busy(StatusCode::SERVICE_UNAVAILABLE, "the records are not stored yet; send them again")),
        }
    }

    fn acknowledge(&self, outcomes: &[Outcome]) -> PushResponse {
        let outcomes = Value::Array(outcomes.iter().map(Outcome::to_value).collect());
        let context = Context::new([("outcomes", &outcomes), ("channel", &self.channel)]);
        let body = match self.answer.body.render(&context) {
            Ok(body) => body,
            Err(fault) => {
                // Everything is stored; only the words are missing. The caller's retry is harmless.
                tracing::error!(error = %fault, "The answer to a caller cannot be written; mend the channel's answer template.");
                return refuse(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "the answer cannot be written; the records are stored",
                );
            }
        };
        let mut response = Response::new(Bytes::from(body));
        if let Ok(content_type) = http::HeaderValue::try_from(&self.answer.content_type) {
            response.headers_mut().insert(http::header::CONTENT_TYPE, content_type);
        }
        response
    }
}

#[async_trait]
impl HttpEndpoint for PushEndpoint {
    fn max_body_bytes(&self) -> usize {
        self.limits.body_bytes
    }

    async fn handle(&self, request: PushRequest) -> PushResponse {
        match self.store(&request).await {
            Ok(outcomes) => self.acknowledge(&outcomes),
            Err(refusal) => {
                if refusal.status() == StatusCode::SERVICE_UNAVAILABLE {
                    self.auth.give_back(&request);
                }
                refusal
            }
        }
    }
}

fn refuse(status: StatusCode, message: &str) -> PushResponse {
    <dyn HttpEndpoint>::refusal(status, message)
}

fn busy(status: StatusCode, message: &str) -> PushResponse {
    let mut response = refuse(status, message);
    response.headers_mut().insert(http::header::RETRY_AFTER, http::HeaderValue::from_static(RETRY_AFTER_S));
    response
}
