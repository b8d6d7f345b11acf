//! What a caller meets: who are you, can I read it, is it safe, here is your answer.

use std::time::Duration;

use async_trait::async_trait;
use http::header::{ALLOW, WWW_AUTHENTICATE};
use http::{HeaderValue, Method};
use huiliu_adapter_api::{
    AdapterError, CallsIn, HttpEndpoint, Outcome, PushRequest, PushResponse, RawRecord, RecordFormat, Refusal,
    RefusalCode, refused_for_now, wording,
};
use huiliu_adapter_http::Caller;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::auth::{Auth, CallerFault, Passed};
use crate::rate::Rate;
use crate::refused::Refused;
use crate::settings::{Answers, Limits};
use crate::view::Viewed;

/// The endpoint of one channel.
pub(crate) struct PushEndpoint {
    auth: Auth,
    format: RecordFormat,
    answers: Answers,
    limits: Limits,
    queue: CallsIn,
    caller: Caller,
    calls: Rate,
    refused: Refused,
}

impl PushEndpoint {
    pub(crate) fn new(
        auth: Auth,
        format: RecordFormat,
        answers: Answers,
        limits: Limits,
        queue: CallsIn,
        caller: Caller,
    ) -> Self {
        let calls = Rate::new(limits.calls_per_minute, Duration::from_secs(60));
        Self { auth, format, answers, limits, queue, caller, calls, refused: Refused::new() }
    }

    /// Stores what a call brings. What it has used up, and what its body says, is left in `call`.
    async fn store(&self, request: &PushRequest, call: &mut Call) -> Result<Vec<Outcome>, Refusal> {
        let parsed = self.authenticated(request, &mut call.passed).map_err(|fault| self.stranger(fault))?;
        if self.sees_body()
            && let Ok(body) = &parsed
        {
            call.body = body.clone();
        }
        // Counted after the check, so that strangers cannot use up a caller's share.
        if !self.calls.admits() {
            self.auth.give_back(&call.passed);
            return Err(refused_for_now(
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
            return if self.limits.accept_empty { Ok(Vec::new()) } else { Err(nothing_found()) };
        }
        self.hand_in(request, || records.into_iter().map(|tree| self.format.record(tree)).collect()).await
    }

    /// The payload of a caller that may call. Strangers are turned away before their bodies are parsed, where the secret does not stand
    /// in the body.
    fn authenticated(
        &self,
        request: &PushRequest,
        passed: &mut Passed,
    ) -> Result<Result<Value, AdapterError>, CallerFault> {
        let content_type = request.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let parse = || self.format.parse(&request.body, content_type);
        if self.auth.reads_body() {
            let parsed = parse();
            *passed = self.auth.check(request, parsed.as_ref().unwrap_or(&Value::Null))?;
            Ok(parsed)
        } else {
            *passed = self.auth.check(request, &Value::Null)?;
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
            RefusalCode::TooManyRequests => refused_for_now(code, zh, en),
            _ => Refusal::new(code, zh, en),
        }
    }

    /// Hands in a body that cannot be read, so that the operator sees it, and tells its caller what is wrong with it. The same body again
    /// is the same trace. Where it cannot be stored the caller is told to send it again.
    async fn refuse_unreadable(&self, request: &PushRequest, reason: String) -> Refusal {
        let (zh, en) = match wording::parts(&reason) {
            Some((zh, en)) => (format!("读不懂请求体：{zh}"), en.to_owned()),
            None => (format!("读不懂请求体{}", wording::original(&reason)), reason.clone()),
        };
        if request.body.is_empty() || !self.refused.may_keep() {
            self.refused.not_kept(self.channel());
            return Refusal::new(RefusalCode::InvalidRequest, zh, en);
        }
        match self.hand_in(request, || vec![RawRecord::unreadable(&request.body, &reason)]).await {
            Ok(_) => {
                let zh = format!("没有收下任何记录，原文已留给值班人员。{zh}");
                let en = format!("{en}; nothing of it was taken, and what was sent is kept for the operator");
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
        let trace = request.headers.get("traceparent").and_then(|trace| trace.to_str().ok());
        let traced = || records().into_iter().map(|record| record.traced(trace)).collect();
        self.queue.hand_in(request.body.len(), traced).await
    }

    fn channel(&self) -> &str {
        self.caller.channel().as_str().unwrap_or_default()
    }

    /// Whether an answer looks at the body that came.
    fn sees_body(&self) -> bool {
        self.answers.answer.sees_body || self.answers.refusal.as_ref().is_some_and(|refusal| refusal.sees_body)
    }

    fn acknowledge(&self, outcomes: &[Outcome], request: &PushRequest, call: &Call) -> PushResponse {
        let viewed = Viewed::of(request).to_value(&call.body);
        self.answers.answer.acknowledge(outcomes, &viewed, self.caller.channel()).unwrap_or_else(|fault| {
            // Everything is stored; only the words are missing. The caller's retry is harmless.
            tracing::error!(error = %fault, "The answer to a caller cannot be written; mend the channel's answer template.");
            let (zh, en) = ("记录已存下，但应答写不出来", "the answer cannot be written; the records are stored");
            Refusal::new(RefusalCode::Internal, zh, en).into_response()
        })
    }

    fn turned_away(&self, refusal: Refusal, request: &PushRequest, body: &Value) -> PushResponse {
        let Some(template) = &self.answers.refusal else { return refusal.into_response() };
        let viewed = Viewed::of(request).to_value(body);
        template.refuse(&refusal, &viewed, self.caller.channel()).unwrap_or_else(|fault| {
            tracing::error!(error = %fault, "A refusal cannot be written; mend the channel's refusal template.");
            refusal.into_response()
        })
    }

    /// What a request is answered, and why it was refused, where it was.
    async fn answered(&self, request: &PushRequest) -> (PushResponse, Option<String>) {
        if let Some(described) = self.described(request) {
            return (described, None);
        }
        // Asked again, for not every caller of this has asked [`Self::admit`].
        if let Err(refusal) = self.admit(request) {
            let reason = said(&refusal);
            return (self.turned_away(refusal, request, &Value::Null), Some(reason));
        }
        let mut call = Call::default();
        match self.store(request, &mut call).await {
            Ok(outcomes) => (self.acknowledge(&outcomes, request, &call), None),
            Err(refusal) => {
                if refusal.code == RefusalCode::Unavailable {
                    self.auth.give_back(&call.passed);
                }
                let reason = said(&refusal);
                (self.turned_away(refusal, request, &call.body), Some(reason))
            }
        }
    }

    /// The answer, which is noted where somebody follows the channel.
    fn noted(
        &self,
        followed: Option<(Timestamp, Instant)>,
        request: &PushRequest,
        (response, refused): (PushResponse, Option<String>),
    ) -> PushResponse {
        if let Some(followed) = followed {
            self.caller.note_push(followed, request, &response, refused);
        }
        response
    }

    /// The service description, where there is one and it is asked for.
    fn described(&self, request: &PushRequest) -> Option<PushResponse> {
        let wsdl = self.answers.wsdl.as_ref().filter(|_| asks_for_wsdl(request))?;
        let described = wsdl.describe(&Viewed::of(request).to_value(&Value::Null), self.caller.channel());
        Some(described.unwrap_or_else(|fault| {
            tracing::error!(error = %fault, "The service description cannot be written; mend wsdl in the channel's settings.");
            let (zh, en) = ("服务描述写不出来", "the service description cannot be written");
            Refusal::new(RefusalCode::Internal, zh, en).into_response()
        }))
    }
}

/// What is known of a call while it is handled.
#[derive(Default)]
struct Call {
    passed: Passed,
    /// The body as a tree, where an answer looks at it.
    body: Value,
}

fn asks_for_wsdl(request: &PushRequest) -> bool {
    let name = request.query.split(['&', '=']).next().unwrap_or_default();
    request.method == Method::GET && name.eq_ignore_ascii_case("wsdl")
}

fn nothing_found() -> Refusal {
    Refusal::new(
        RefusalCode::InvalidRequest,
        "请求里没有找到记录，什么也没有收下；请核对报文，或请值班人员核对 [format] records（空报文若是心跳，可设 accept_empty = true）",
        "no record was found in the request, and nothing was taken: check what is sent, or have the operator check records of [format]",
    )
}

#[async_trait]
impl HttpEndpoint for PushEndpoint {
    fn max_body_bytes(&self) -> usize {
        self.limits.body_bytes
    }

    fn admit(&self, request: &PushRequest) -> Result<(), Refusal> {
        if self.answers.wsdl.is_some() && asks_for_wsdl(request) {
            return Ok(());
        }
        if request.method != Method::POST {
            let refusal = Refusal::new(RefusalCode::MethodNotAllowed, "请用 POST", "use POST");
            return Err(refusal.with_header(ALLOW, HeaderValue::from_static("POST")));
        }
        self.auth.admit(request).map_err(|fault| self.stranger(fault))
    }

    fn refused_as_too_large(&self) {
        self.refused.too_large(self.channel());
    }

    fn refuse(&self, request: &PushRequest, refusal: Refusal) -> PushResponse {
        let (followed, reason) = (self.caller.follow_push(), said(&refusal));
        let response = self.turned_away(refusal, request, &Value::Null);
        self.noted(followed, request, (response, Some(reason)))
    }

    async fn handle(&self, request: PushRequest) -> PushResponse {
        let followed = self.caller.follow_push();
        let answered = self.answered(&request).await;
        self.noted(followed, &request, answered)
    }
}

/// Why somebody was refused, in both languages.
fn said(refusal: &Refusal) -> String {
    format!("{}（{}）", refusal.zh, refusal.en)
}
