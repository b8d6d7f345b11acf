//! A call is made: request from templates, answer judged by the channel's predicates.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

use huiliu_adapter_api::wording::{before, both};
use huiliu_adapter_api::{AdapterError, MAX_PAYLOAD_BYTES};
use huiliu_expression::{Context, Expression, Template};
use huiliu_payload::{FormatKind, guess, instead, unreadable};

use super::outline::outline;
use super::{Call, Envelope};
use crate::client::Answer;

impl Call {
    /// The request, from templates that see `variables`; those of URL and headers see the rendered `body`, too.
    ///
    /// # Errors
    /// Refused: a template cannot be written, or what it gives is no request.
    pub(crate) fn request(&self, variables: &[(&str, &Value)]) -> Result<Request<Bytes>, AdapterError> {
        let context = Context::new(variables.iter().copied());
        let template = self.body.template.as_ref();
        let mut body = template.map(|body| render(body, &context, ("请求体", "body"))).transpose()?.unwrap_or_default();
        if self.body.is_form {
            body = self.body.charset.form(&body);
        }
        if let Some(envelope) = &self.envelope {
            body = envelope.around(&body, &context)?;
        }
        let context = if self.names_body() {
            let body = Value::String(body.clone());
            Context::new(variables.iter().copied().chain([("body", &body)]))
        } else {
            context
        };
        let url = render(&self.url, &context, ("网址", "URL"))?;
        if let Some(name) = self.missing_of_url(url.trim(), variables) {
            return Err(AdapterError::misconfigured(format!(
                "密钥 {name} 未设置，网址写不出来（the secret {name} is not set, and the URL needs it）"
            )));
        }
        let mut request = Request::builder().method(self.method.clone()).uri(url.trim());
        for (name, template) in &self.headers {
            request = request.header(name, render(template, &context, ("请求头", "header"))?.trim());
        }
        let bytes = match &self.body.parts {
            None => self.body.charset.body(&body),
            Some(parts) => {
                let boundary =
                    variables.iter().find(|(name, _)| *name == "nonce").and_then(|(_, nonce)| nonce.as_str());
                let (content_type, bytes) = parts.write(&context, boundary.unwrap_or_default())?;
                request = request.header(http::header::CONTENT_TYPE, content_type);
                bytes
            }
        };
        request.body(Bytes::from(bytes)).map_err(|error| {
            AdapterError::refused(both(
                "请求无法组成，请核对 url 和 headers",
                "the request cannot be made, check url and headers",
                error,
            ))
        })
    }

    /// The secret that is not set and without which this is no URL of a host.
    fn missing_of_url(&self, url: &str, variables: &[(&str, &Value)]) -> Option<String> {
        let uri = url.parse::<http::Uri>();
        if uri.is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty())) {
            return None;
        }
        let (_, secrets) = variables.iter().find(|(name, _)| *name == "secrets")?;
        let is_empty =
            |name: &&str| secrets.get(*name).and_then(Value::as_str).is_none_or(|text| text.trim().is_empty());
        let paths = self.url.paths();
        let named = paths.iter().filter_map(|path| path.strip_prefix("secrets."));
        named.map(|path| path.split('.').next().unwrap_or(path)).find(is_empty).map(str::to_owned)
    }

    /// Whether a header or the URL is made of the body: a signature.
    fn names_body(&self) -> bool {
        self.body.template.is_some()
            && self.headers.iter().map(|(_, value)| value).chain([&self.url]).any(|t| t.uses("body"))
    }

    /// Longest wait for an answer.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The format that an answer is declared to have.
    pub(crate) fn declares(&self) -> FormatKind {
        self.answer.kind
    }

    /// An answer as a tree, before it is judged; none where it is not of the declared format.
    pub(crate) fn tree_of(&self, answer: &Answer) -> Option<Value> {
        let tree = self.answer.parse_as(&answer.body, content_type(answer)).ok()?.tree;
        match &self.envelope {
            Some(envelope) => (envelope.unwrap)(tree.clone()).ok().or(Some(tree)),
            None => Some(tree),
        }
    }

    /// Judges an answer by the channel's predicates.
    ///
    /// # Errors
    /// Transient: 408, 425, 429, 5xx or the `retry` predicate. Gone: 404, 410 or the `gone` predicate. Refused: everything else that is
    /// not a success. Unreadable: see [`CallError`].
    pub(crate) fn judge(&self, answer: Answer) -> Result<CallAnswer, CallError> {
        let status = answer.status;
        if status == StatusCode::NOT_MODIFIED {
            return Ok(CallAnswer { status, headers: answer.headers, tree: Value::Null });
        }
        if matches!(status.as_u16(), 408 | 425 | 429 | 500..=599) && self.success.is_none() && self.envelope.is_none() {
            return Err(busy(format!("HTTP {status}"), &answer));
        }
        let content_type = content_type(&answer);
        let salvaged = || self.records.as_ref()?.salvage(&self.answer, &answer.body);
        let parsed = self.answer.parse_as(&answer.body, content_type).map(|parsed| parsed.tree);
        let tree = match parsed.or_else(|error| salvaged().filter(|_| status.is_success()).ok_or(error)) {
            Ok(tree) => match &self.envelope {
                Some(envelope) => (envelope.unwrap)(tree)?,
                None => tree,
            },
            Err(_) if !status.is_success() => Value::Null,
            Err(error) => {
                let said = unreadable(&answer.body, &error);
                let reason = before(
                    format!("HTTP {}，应答读不了", status.as_u16()),
                    format!("HTTP {status}, and the answer cannot be read"),
                    &said,
                );
                return Err(not_read(reason, &answer.body, self.answer.kind));
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
            None if tree.is_null() => {
                format!(
                    "HTTP {code}，按渠道的规则不算成功（HTTP {status}, not a success by the channel's rule）",
                    code = status.as_u16()
                )
            }
            None => {
                let (zh, en) = (
                    format!("HTTP {}，按渠道的规则不算成功；收到的是", status.as_u16()),
                    format!("HTTP {status}, not a success by the channel's rule; what came"),
                );
                both(zh, en, outline(&tree))
            }
        };
        if holds(&self.retry) || matches!(status.as_u16(), 408 | 425 | 429 | 500..=599) {
            return Err(busy(reason, &answer));
        }
        if holds(&self.gone) || status == StatusCode::GONE || (self.missing_is_gone && status == StatusCode::NOT_FOUND)
        {
            return Err(AdapterError::Gone { reason }.into());
        }
        Err(AdapterError::Refused { reason }.into())
    }
}

impl Envelope {
    fn around(&self, body: &str, context: &Context) -> Result<String, AdapterError> {
        let headers: Result<String, AdapterError> =
            self.headers.iter().map(|header| render(header, context, ("信封头", "header of the envelope"))).collect();
        let (begin, end) = if self.headers.is_empty() { ("", "") } else { self.around_headers };
        Ok(format!("{}{begin}{}{end}{}{body}{}", self.open, headers?, self.before, self.after))
    }
}

pub(super) fn render(template: &Template, context: &Context, (zh, en): (&str, &str)) -> Result<String, AdapterError> {
    template.render(context).map_err(|fault| {
        AdapterError::refused(format!("{zh}写不出来：{}（the {en} cannot be written: {}）", fault.zh, fault.en))
    })
}

fn content_type(answer: &Answer) -> Option<&str> {
    answer.headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok())
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

/// Why a call did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// As the adapter's callers see it.
    #[error(transparent)]
    Failed(#[from] AdapterError),
    /// The source said that it succeeded, but what it said is not in the declared format, or too large. Asked for one record,
    /// the record is broken: waiting for it would keep all others from coming.
    #[error("{0}")]
    Unreadable(String),
    /// As above, of an answer that is of the declared format but damaged or too large: it comes again like this. A page of a list
    /// can be set aside.
    #[error("{reason}")]
    Damaged {
        /// What is wrong with it, free of content.
        reason: String,
        /// What arrived, at most [`MAX_KEPT_CHARS`] of it; empty where it was too large.
        text: String,
    },
}

/// Most characters of a damaged answer that are kept: all of the largest one that is read.
pub const MAX_KEPT_CHARS: usize = MAX_PAYLOAD_BYTES;

impl From<CallError> for AdapterError {
    /// An unreadable answer as a whole may be a proxy's page, which passes.
    fn from(error: CallError) -> Self {
        match error {
            CallError::Failed(error) => error,
            CallError::Unreadable(reason) | CallError::Damaged { reason, .. } => Self::transient(reason),
        }
    }
}

/// An answer that cannot be read: another system's page (a login, a proxy's error) or none at all, or a damaged one.
fn not_read(reason: String, body: &[u8], declared: FormatKind) -> CallError {
    let (decoded, ..) = guess(body).decode(body);
    let text = decoded.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let foreign = declared == FormatKind::Json && text.starts_with('<');
    if foreign || instead(body).is_some() {
        return CallError::Unreadable(reason);
    }
    CallError::Damaged { reason, text: text.chars().take(MAX_KEPT_CHARS).collect() }
}

fn busy(reason: String, answer: &Answer) -> CallError {
    AdapterError::Transient { reason, retry_after: retry_after(answer) }.into()
}

/// `Retry-After` in seconds, at most an hour.
fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds: u64 = answer.headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.min(3600)))
}
