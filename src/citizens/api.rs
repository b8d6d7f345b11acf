//! The gateway's API for citizens, asked in this process.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use huiliu_domain::catalogue::Locale;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower_service::Service as _;

use crate::visitor::Visitor;

/// Largest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 4 << 20;
/// What stands for itself in a part of an address.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// By what the API knows where a citizen calls from, behind a proxy.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The API.
pub(crate) struct Api(Router);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// There is no such thing, or nothing that may be told.
    NotFound,
    /// It is refused.
    Refused(Refused),
    /// The answer cannot be read.
    Broken,
}

/// Why something is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The status of the answer.
    pub status: StatusCode,
    /// What is wrong and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// After which time it is worth trying again, as `retry-after` says it.
    pub after: Option<HeaderValue>,
}

impl Refused {
    /// What is wrong in a language.
    pub(crate) fn said(&self, locale: Locale) -> &str {
        locale.pick(&self.zh, &self.en)
    }
}

/// A path of parts that are encoded here.
pub(crate) fn path<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().map(|part| format!("/{}", utf8_percent_encode(part, PART))).collect()
}

/// The address of something of the API.
pub(crate) fn address<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    format!("/citizens/v1{}", path(parts))
}

impl Api {
    pub(crate) fn new(api: Router) -> Self {
        Self(api)
    }

    /// What the API tells.
    pub(crate) async fn get(&self, visitor: &Visitor, address: String) -> Result<Value, NoAnswer> {
        self.call(visitor, (Method::GET, address), None, Bytes::new()).await
    }

    /// What comes of a document that is sent.
    pub(crate) async fn post(&self, visitor: &Visitor, address: String, document: &Value) -> Result<Value, NoAnswer> {
        let kind = HeaderValue::from_static("application/json");
        self.call(visitor, (Method::POST, address), Some(kind), document.to_string().into()).await
    }

    /// What comes of a form as a page sent it.
    pub(crate) async fn forward(
        &self,
        visitor: &Visitor,
        address: String,
        (kind, body): (Option<HeaderValue>, Bytes),
    ) -> Result<Value, NoAnswer> {
        self.call(visitor, (Method::POST, address), kind, body).await
    }

    async fn call(
        &self,
        visitor: &Visitor,
        (method, address): (Method, String),
        kind: Option<HeaderValue>,
        body: Bytes,
    ) -> Result<Value, NoAnswer> {
        let request = Request::builder().method(method).uri(address).body(Body::from(body));
        let mut request = request.map_err(|_no_address| NoAnswer::NotFound)?;
        *request.extensions_mut() = visitor.carried.clone();
        let headers = request.headers_mut();
        headers.extend(kind.map(|kind| (CONTENT_TYPE, kind)));
        for forwarded in visitor.forwarded.iter() {
            headers.append(FORWARDED, forwarded.clone());
        }
        let answer: Result<Response, Infallible> = self.0.clone().call(request).await;
        let Ok(answer) = answer;
        read(answer).await
    }
}

/// What a request says of where it comes from.
pub(crate) fn forwarded(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(FORWARDED).iter().cloned().collect()
}

async fn read(answer: Response) -> Result<Value, NoAnswer> {
    let (status, after) = (answer.status(), answer.headers().get(RETRY_AFTER).cloned());
    let bytes = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await.map_err(|_long| NoAnswer::Broken)?;
    let document: Value = serde_json::from_slice(&bytes.to_bytes()).map_err(|_no_document| NoAnswer::Broken)?;
    if status.is_success() {
        return Ok(document);
    }
    if status == StatusCode::NOT_FOUND {
        return Err(NoAnswer::NotFound);
    }
    let text = |name: &str| document[name].as_str().unwrap_or_default().to_owned();
    Err(NoAnswer::Refused(Refused { status, zh: text("error_zh"), en: text("detail"), after }))
}
