//! What a caller meets: who are you, can I read it, is it safe, here is your answer.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, Response};
use huiliu_adapter_api::{
    AdapterError, HttpEndpoint, Outcome, PushRequest, PushResponse, RawRecord, RecordFormat, Refusal, RefusalCode,
};
use huiliu_expression::Context;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::auth::{Auth, CallerFault};
use crate::rate::Rate;
use crate::refused::Refused;
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
    calls: Rate,
    refused: Refused,
    room: Arc<Semaphore>,
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
        let calls = Rate::new(limits.calls_per_minute, Duration::from_secs(60));
        let room = Arc::new(Semaphore::new(MAX_WAITING_KIB));
        Self { auth, format, answer, limits, queue, channel, calls, refused: Refused::new(), room }
    }

    async fn store(&self, request: &PushRequest) -> Result<Vec<Outcome>, Refusal> {
        let parsed = self.authenticated(request).map_err(|fault| self.stranger(fault))?;
        // Counted after the check, so that strangers cannot use up a caller's share.
        if !self.calls.admits() {
            self.auth.give_back(request);
            return Err(busy(
                RefusalCode::TooManyRequests,
                "一分钟内调用过多，请稍后再发",
                "too many calls in a minute",
            ));
        }
        let records = match parsed.and_then(|payload| self.format.find(payload)) {
            Ok(records) => records,
            Err(error) => return Err(self.refuse_unreadable(request, error.to_string()).await),
        };
        let (given, most) = (records.len(), self.limits.records);
        if given > most {
            self.refused_as_too_large();
            let zh = format!("一次调用有 {given} 条记录，最多接受 {most} 条");
            let en = format!("{given} records in one call, at most {most} are accepted");
            return Err(Refusal::new(RefusalCode::PayloadTooLarge, zh, en));
        }
        if records.is_empty() {
            return Ok(Vec::new());
        }
        self.hand_in(request, || records.into_iter().map(|tree| self.format.record(tree)).collect()).await
    }

    /// The payload of a caller that may call. Strangers are turned away before their bodies are parsed, where the secret does not stand
    /// in the body.
    fn authenticated(&self, request: &PushRequest) -> Result<Result<Value, AdapterError>, CallerFault> {
        let content_type = request.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let parse = || self.format.parse(&request.body, content_type);
        if self.auth.reads_body() {
            let parsed = parse();
            self.auth.check(request, parsed.as_ref().unwrap_or(&Value::Null))?;
            Ok(parsed)
        } else {
            self.auth.check(request, &Value::Null)?;
            Ok(parse())
        }
    }

    fn stranger(&self, fault: CallerFault) -> Refusal {
        let (code, zh, en) = fault.told();
        match code {
            RefusalCode::Unauthorized => {
                let challenge = HeaderValue::from_static(self.auth.challenge());
                Refusal::new(code, zh, en).with_header(WWW_AUTHENTICATE, challenge)
            }
            RefusalCode::TooManyRequests => busy(code, zh, en),
            _ => Refusal::new(code, zh, en),
        }
    }

    /// Hands in a body that cannot be read, so that the operator sees it, and tells its caller what is wrong with it. The same body again
    /// is the same trace. Where it cannot be stored the caller is told to send it again.
    async fn refuse_unreadable(&self, request: &PushRequest, reason: String) -> Refusal {
        if request.body.is_empty() || !self.refused.may_keep() {
            self.refused.not_kept(self.channel());
            return Refusal::new(RefusalCode::InvalidRequest, format!("读不懂请求体：{reason}"), reason);
        }
        match self.hand_in(request, || vec![RawRecord::unreadable(&request.body, &reason)]).await {
            Ok(_) => {
                let zh = format!("读不懂请求体：{reason}；没有收下任何记录，原文已留给值班人员");
                let en = format!("{reason}; nothing of it was taken, and what was sent is kept for the operator");
                Refusal::new(RefusalCode::InvalidRequest, zh, en)
            }
            Err(later) => later,
        }
    }

    /// Waits until the gateway has taken the records of a call, and gives what became of them.
    async fn hand_in(
        &self,
        request: &PushRequest,
        records: impl FnOnce() -> Vec<RawRecord>,
    ) -> Result<Vec<Outcome>, Refusal> {
        let later = |zh, en| busy(RefusalCode::Unavailable, zh, en);
        let full = || later("等待处理的调用过多，请稍后再发", "too many calls are waiting");
        let kib = u32::try_from(request.body.len() / 1_024 + 1).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(kib).map_err(|_full| full())?;
        let (answer, answered) = oneshot::channel();
        let trace = request.headers.get("traceparent").and_then(|trace| trace.to_str().ok());
        let records = records().into_iter().map(|record| record.traced(trace)).collect();
        self.queue.try_send(Waiting { records, answer, _room: room }).map_err(|_full| full())?;
        match tokio::time::timeout(ANSWER_TIMEOUT, answered).await {
            Ok(Ok(outcomes)) => Ok(outcomes),
            Ok(Err(_)) => Err(later("记录未能存下，请再发一次", "the records could not be stored; send them again")),
            Err(_) => Err(later("记录尚未存下，请再发一次", "the records are not stored yet; send them again")),
        }
    }

    fn channel(&self) -> &str {
        self.channel.as_str().unwrap_or_default()
    }

    fn acknowledge(&self, outcomes: &[Outcome]) -> PushResponse {
        let outcomes = Value::Array(outcomes.iter().map(Outcome::to_value).collect());
        let context = Context::new([("outcomes", &outcomes), ("channel", &self.channel)]);
        let body = match self.answer.body.render(&context) {
            Ok(body) => body,
            Err(fault) => {
                // Everything is stored; only the words are missing. The caller's retry is harmless.
                tracing::error!(error = %fault, "The answer to a caller cannot be written; mend the channel's answer template.");
                let (zh, en) = ("记录已存下，但应答写不出来", "the answer cannot be written; the records are stored");
                return Refusal::new(RefusalCode::Internal, zh, en).into_response();
            }
        };
        let mut response = Response::new(Bytes::from(body));
        if let Ok(content_type) = HeaderValue::try_from(&self.answer.content_type) {
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

    fn admit(&self, request: &PushRequest) -> Result<(), Refusal> {
        if request.method != Method::POST {
            let refusal = Refusal::new(RefusalCode::MethodNotAllowed, "请用 POST", "use POST");
            return Err(refusal.with_header(ALLOW, HeaderValue::from_static("POST")));
        }
        self.auth.admit(request).map_err(|fault| self.stranger(fault))
    }

    fn refused_as_too_large(&self) {
        self.refused.too_large(self.channel());
    }

    async fn handle(&self, request: PushRequest) -> PushResponse {
        // Asked again, for not every caller of this has asked [`Self::admit`].
        if let Err(refusal) = self.admit(&request) {
            return refusal.into_response();
        }
        match self.store(&request).await {
            Ok(outcomes) => self.acknowledge(&outcomes),
            Err(refusal) => {
                if refusal.code == RefusalCode::Unavailable {
                    self.auth.give_back(&request);
                }
                refusal.into_response()
            }
        }
    }
}

fn busy(code: RefusalCode, zh: &str, en: &str) -> Refusal {
    Refusal::new(code, zh, en).with_header(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))
}
