//! One configured HTTP call: request from templates, answer judged by a predicate.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use huiliu_expression::{Context, Escape, Expression, Language, Template};
use huiliu_payload::{Charset, Format, FormatKind};

use crate::client::Answer;
use crate::{AdapterError, Delivery, HttpClient, Problems, Reply, Settings, SettingsProblem, SpannedText};

/// A call as channel files write it. Templates see `secrets`, `channel` and what the adapter documents for the call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallSettings {
    /// Template of the URL, `http://` or `https://`.
    pub url: SpannedText,
    /// HTTP method; default GET without a body, POST with one.
    pub method: Option<SpannedText>,
    /// Templates of header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, SpannedText>,
    /// Template of the body.
    pub body: Option<SpannedText>,
    /// How printed values are escaped in the body: `json`, `xml` or `none`; default by `Content-Type`.
    pub escape: Option<SpannedText>,
    /// Format of the answer: `json`, `xml`, `form` or `text`; default `json`.
    pub answer: Option<SpannedText>,
    /// Encoding of the answer; default `auto`.
    pub encoding: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the call succeeded; default `status is 2xx`.
    pub success: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when trying again later makes sense.
    pub retry: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the thing asked for no longer exists.
    pub gone: Option<SpannedText>,
    /// Expression over `status` and `answer` that gives the source's own words for a failure.
    pub reason: Option<SpannedText>,
    /// Longest wait in seconds, 1 to 300; default 30.
    pub timeout_s: Option<u64>,
}

/// A compiled call.
#[derive(Debug, Clone)]
pub struct Call {
    url: Template,
    method: Method,
    headers: Vec<(HeaderName, Template)>,
    body: Option<Template>,
    answer: Format,
    success: Option<Expression>,
    retry: Option<Expression>,
    gone: Option<Expression>,
    reason: Option<Expression>,
    timeout: Duration,
    envelope: Option<Envelope>,
}

/// What a protocol puts around bodies, and takes off answers before they are judged.
#[derive(Debug, Clone, Copy)]
pub struct Envelope {
    /// Before the rendered body.
    pub before: &'static str,
    /// After the rendered body.
    pub after: &'static str,
    /// Takes the envelope off an answer's tree, or says what error it carries.
    pub unwrap: fn(Value) -> Result<Value, AdapterError>,
}

impl Call {
    /// The same call with an envelope around its bodies.
    #[must_use]
    pub fn in_envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = Some(envelope);
        self
    }

    /// Compiles a call whose templates may use `variables` besides `secrets` and `channel`.
    pub fn compile(
        call: &CallSettings,
        settings: &Settings<'_>,
        language: &Language,
        variables: &[&str],
        problems: &mut Problems,
    ) -> Option<Self> {
        let before = problems.len();
        let variables: Vec<&str> = ["secrets", "channel"].into_iter().chain(variables.iter().copied()).collect();
        let url = settings.template(language, &call.url, &variables, Escape::None, problems);
        let method = read_method(call, problems);
        let headers: Vec<(HeaderName, Template)> = call
            .headers
            .iter()
            .filter_map(|(name, value)| {
                let template = settings.template(language, value, &variables, Escape::None, problems);
                let Ok(name) = HeaderName::try_from(name.as_str()) else {
                    problems.push(SettingsProblem::new(value.span(), "请求头名称无效", "not a valid header name"));
                    return None;
                };
                template.map(|template| (name, template))
            })
            .collect();
        let escape = read_escape(call, problems);
        let body = call.body.as_ref().and_then(|body| settings.template(language, body, &variables, escape, problems));
        let answer = read_answer_format(call, problems);
        let mut predicate = |text: &Option<SpannedText>| {
            text.as_ref().and_then(|text| settings.expression(language, text, &["status", "answer"], problems))
        };
        let (success, retry) = (predicate(&call.success), predicate(&call.retry));
        let (gone, reason) = (predicate(&call.gone), predicate(&call.reason));
        let timeout_s = call.timeout_s.unwrap_or(30);
        if !(1..=300).contains(&timeout_s) {
            problems.push(SettingsProblem::new(
                call.url.span(),
                "timeout_s 应在 1 到 300 之间",
                "timeout_s must be 1 to 300",
            ));
        }
        if problems.len() > before {
            return None;
        }
        let timeout = Duration::from_secs(timeout_s);
        Some(Self {
            url: url?,
            method: method?,
            headers,
            body,
            answer,
            success,
            retry,
            gone,
            reason,
            timeout,
            envelope: None,
        })
    }

    /// Sends the call and judges the answer.
    ///
    /// # Errors
    /// Transient: no answer, 408, 425, 429, 5xx or the `retry` predicate. Gone: 404, 410 or the `gone` predicate. Refused:
    /// everything else that is not a success.
    pub async fn send(&self, client: &HttpClient, variables: &[(&str, &Value)]) -> Result<CallAnswer, AdapterError> {
        self.send_with(client, variables, &[]).await
    }

    /// Like [`Call::send`] with additional header fields, such as validators of a conditional request.
    ///
    /// # Errors
    /// As [`Call::send`].
    pub async fn send_with(
        &self,
        client: &HttpClient,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<CallAnswer, AdapterError> {
        let request = self.request(variables, extra)?;
        let answer = client.send(request, self.timeout).await?;
        self.judge(answer)
    }

    /// Carries a reply with a channel's reply call; a channel without one has no route back. The templates see `reply` and
    /// `record`.
    ///
    /// # Errors
    /// As [`Call::send`].
    pub async fn carry(
        call: Option<&Self>,
        client: &HttpClient,
        secrets: &Value,
        channel: &Value,
        reply: &Reply,
    ) -> Result<Delivery, AdapterError> {
        let Some(call) = call else { return Ok(Delivery::NoRoute) };
        let value = reply.to_value();
        let variables = [("reply", &value), ("record", &reply.record), ("secrets", secrets), ("channel", channel)];
        call.send(client, &variables).await.map(|_| Delivery::Sent)
    }

    fn request(
        &self,
        variables: &[(&str, &Value)],
        extra: &[(HeaderName, HeaderValue)],
    ) -> Result<Request<Bytes>, AdapterError> {
        let context = Context::new(variables.iter().copied());
        let render = |template: &Template, what: &str| {
            template
                .render(&context)
                .map_err(|fault| AdapterError::refused(format!("the {what} cannot be written: {}", fault.en)))
        };
        let mut request = Request::builder().method(self.method.clone()).uri(render(&self.url, "URL")?.trim());
        for (name, template) in &self.headers {
            request = request.header(name, render(template, "header")?.trim());
        }
        for (name, value) in extra {
            request = request.header(name, value);
        }
        let mut body = self.body.as_ref().map(|body| render(body, "body")).transpose()?.unwrap_or_default();
        if let Some(envelope) = self.envelope {
            body = format!("{}{body}{}", envelope.before, envelope.after);
        }
        request.body(Bytes::from(body)).map_err(|error| {
            AdapterError::refused(format!("the request cannot be made: {error}; check url and headers"))
        })
    }

    fn judge(&self, answer: Answer) -> Result<CallAnswer, AdapterError> {
        let status = answer.status;
        if status == StatusCode::NOT_MODIFIED {
            return Ok(CallAnswer { status, headers: answer.headers, tree: Value::Null });
        }
        if matches!(status.as_u16(), 408 | 425 | 429 | 500..=599) && self.success.is_none() && self.envelope.is_none() {
            return Err(AdapterError::Transient {
                reason: format!("HTTP {status}"),
                retry_after: retry_after(&answer),
            });
        }
        let tree = match self.answer.parse(&answer.body) {
            Ok(parsed) => match self.envelope {
                Some(envelope) => (envelope.unwrap)(parsed.tree)?,
                None => parsed.tree,
            },
            Err(_) if !status.is_success() => Value::Null,
            Err(error) => {
                return Err(AdapterError::transient(format!("HTTP {status}, and the answer cannot be read: {error}")));
            }
        };
        let context = Context::new([("status", &json!(status.as_u16())), ("answer", &tree)]);
        let holds = |predicate: &Option<Expression>| {
            predicate.as_ref().is_some_and(|predicate| predicate.eval(&context).is_ok_and(|found| found.is_true()))
        };
        let success = self.success.as_ref().map_or(status.is_success(), |_| holds(&self.success));
        if success {
            return Ok(CallAnswer { status, headers: answer.headers, tree });
        }
        let said = self.reason.as_ref().and_then(|reason| reason.eval(&context).ok()?.into_text().ok().flatten());
        let reason = match said {
            Some(said) => format!("HTTP {status}: {}", said.chars().take(200).collect::<String>()),
            None => format!("HTTP {status}, not a success by the channel's rule"),
        };
        if holds(&self.retry) || matches!(status.as_u16(), 408 | 425 | 429 | 500..=599) {
            return Err(AdapterError::Transient { reason, retry_after: retry_after(&answer) });
        }
        if holds(&self.gone) || matches!(status.as_u16(), 404 | 410) {
            return Err(AdapterError::Gone { reason });
        }
        Err(AdapterError::Refused { reason })
    }
}

/// A successful answer.
#[derive(Debug, Clone)]
pub struct CallAnswer {
    /// HTTP status; 304 carries no tree.
    pub status: StatusCode,
    /// Header fields.
    pub headers: http::HeaderMap,
    /// The body as a tree.
    pub tree: Value,
}

/// `Retry-After` in seconds, at most an hour.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds: u64 = answer.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}

fn read_method(call: &CallSettings, problems: &mut Problems) -> Option<Method> {
    match &call.method {
        None if call.body.is_some() => Some(Method::POST),
        None => Some(Method::GET),
        Some(name) => match name.get_ref().as_str() {
            "GET" => Some(Method::GET),
            "POST" => Some(Method::POST),
            "PUT" => Some(Method::PUT),
            _ => {
                problems.push(SettingsProblem::new(
                    name.span(),
                    "方法应为 GET、POST 或 PUT",
                    "method must be GET, POST or PUT",
                ));
                None
            }
        },
    }
}

fn read_escape(call: &CallSettings, problems: &mut Problems) -> Escape {
    if let Some(escape) = &call.escape {
        match escape.get_ref().as_str() {
            "json" => return Escape::Json,
            "xml" => return Escape::Xml,
            "none" => return Escape::None,
            _ => problems.push(SettingsProblem::new(
                escape.span(),
                "escape 应为 json、xml 或 none",
                "escape must be json, xml or none",
            )),
        }
    }
    let content_type = call.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    match content_type.map(|(_, value)| value.get_ref().as_str()) {
        Some(value) if value.contains("json") => Escape::Json,
        Some(value) if value.contains("xml") => Escape::Xml,
        _ => Escape::None,
    }
}

fn read_answer_format(call: &CallSettings, problems: &mut Problems) -> Format {
    let kind = match &call.answer {
        None => FormatKind::Json,
        Some(name) => FormatKind::from_name(name.get_ref()).unwrap_or_else(|| {
            problems.push(SettingsProblem::new(
                name.span(),
                "answer 应为 json、xml、form 或 text",
                "answer must be json, xml, form or text",
            ));
            FormatKind::Json
        }),
    };
    let charset = match &call.encoding {
        None => Charset::Auto,
        Some(name) => Charset::from_name(name.get_ref()).unwrap_or_else(|| {
            problems.push(SettingsProblem::new(
                name.span(),
                format!("未知的编码；可用：{}", Charset::NAMES),
                format!("unknown encoding; known are: {}", Charset::NAMES),
            ));
            Charset::Auto
        }),
    };
    Format { kind, charset }
}
