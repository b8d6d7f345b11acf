//! The gateway's API, asked in this process.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Extensions, HeaderValue, Method, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt as _, Limited};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower_service::Service as _;

use crate::session::Session;
use crate::trouble::{Refused, Trouble};

/// Largest answer, in bytes: a page of a list, or a matter's whole life.
const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Where the API is.
const API: &str = "/api/v1";
/// What stands for itself in a part of an address.
pub(crate) const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The API.
pub(crate) struct Api(Router);

/// A file that the API gives, for whoever looks.
pub(crate) struct Download {
    pub(crate) content_type: HeaderValue,
    pub(crate) bytes: Bytes,
}

/// An address of the API, made of parts that are encoded here: `Address::of(["tickets", id]).with("limit", 50)`.
#[derive(Debug, Clone)]
pub(crate) struct Address(String);

/// A path of parts that are encoded here.
pub(crate) fn path<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().map(|part| format!("/{}", utf8_percent_encode(part, PART))).collect()
}

impl Address {
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(format!("{API}{}", path(parts)))
    }

    /// The path of the list that it has, as it is behind the beginning of the API's.
    pub(crate) fn list(&self) -> &str {
        let path = self.0.split('?').next().unwrap_or_default();
        path.strip_prefix(API).unwrap_or_default().trim_start_matches('/')
    }

    /// The same behind another beginning.
    pub(crate) fn below(&self, beginning: &str) -> String {
        format!("{beginning}{}", self.0.strip_prefix(API).unwrap_or_default())
    }

    /// With members of its query, those that have a value.
    pub(crate) fn with_all<'a>(self, members: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        members.into_iter().fold(self, |address, (name, value)| address.with(name, Some(value)))
    }

    /// With a member of its query, where there is a value.
    pub(crate) fn with(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value.map(|value| value.to_string()).filter(|value| !value.is_empty()) {
            self.0.push(if self.0.contains('?') { '&' } else { '?' });
            self.0.push_str(&format!("{name}={}", utf8_percent_encode(&value, PART)));
        }
        self
    }
}

impl Api {
    pub(crate) fn new(api: Router) -> Self {
        Self(api)
    }

    /// What the API tells whoever looks.
    pub(crate) async fn get(&self, session: &Session, address: Address) -> Result<Value, Trouble> {
        self.as_person(session, Method::GET, address, None).await
    }

    /// What comes of something that somebody does.
    pub(crate) async fn post(&self, session: &Session, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.as_person(session, Method::POST, address, Some(body)).await
    }

    /// Makes something what it is said to be.
    pub(crate) async fn put(&self, session: &Session, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.as_person(session, Method::PUT, address, Some(body)).await
    }

    /// As [`Api::post`], by somebody who has not signed in.
    pub(crate) async fn knock(&self, carried: Extensions, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.call(None, carried, (Method::POST, address), Some(body)).await
    }

    /// Takes something away.
    pub(crate) async fn delete(&self, session: &Session, address: Address) -> Result<Value, Trouble> {
        self.as_person(session, Method::DELETE, address, None).await
    }

    /// A file, as it comes.
    pub(crate) async fn file(&self, session: &Session, address: Address) -> Result<Download, Trouble> {
        let answer = self.answer(Some(session.token()), session.carried(), (Method::GET, address), None).await?;
        let kind = answer.headers().get(CONTENT_TYPE).cloned();
        let status = answer.status();
        let bytes = whole(answer).await?;
        match (kind, status.is_success()) {
            (Some(content_type), true) => Ok(Download { content_type, bytes }),
            _ => Err(judged(status, bytes).err().unwrap_or(Trouble::TooLong)),
        }
    }

    async fn as_person(
        &self,
        session: &Session,
        method: Method,
        address: Address,
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        self.call(Some(session.token()), session.carried(), (method, address), body).await
    }

    async fn call(
        &self,
        token: Option<&str>,
        carried: Extensions,
        (method, Address(address)): (Method, Address),
        body: Option<&Value>,
    ) -> Result<Value, Trouble> {
        let answer = self.answer(token, carried, (method, Address(address)), body).await?;
        let status = answer.status();
        judged(status, whole(answer).await?)
    }

    async fn answer(
        &self,
        token: Option<&str>,
        carried: Extensions,
        (method, Address(address)): (Method, Address),
        body: Option<&Value>,
    ) -> Result<Response, Trouble> {
        let content = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request =
            Request::builder().method(method).uri(address).body(content).map_err(|_other| Trouble::NotFound)?;
        if body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        *request.extensions_mut() = carried;
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_other| Trouble::SignIn)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let answer: Result<Response, Infallible> = self.0.clone().call(request).await;
        let Ok(answer) = answer;
        Ok(answer)
    }
}

async fn whole(answer: Response) -> Result<Bytes, Trouble> {
    let bytes =
        Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await.map_err(|_other| Trouble::TooLong)?;
    Ok(bytes.to_bytes())
}

fn judged(status: StatusCode, bytes: Bytes) -> Result<Value, Trouble> {
    let document: Value = match bytes {
        empty if empty.is_empty() => Value::Null,
        // What is refused before a handler is reached has no document.
        bytes => serde_json::from_slice(&bytes)
            .or_else(|_| if status.is_success() { Err(Trouble::TooLong) } else { Ok(Value::Null) })?,
    };
    match status {
        // With reasons it is somebody on the way in, who is told them.
        StatusCode::UNAUTHORIZED if document["reasons"].is_null() => Err(Trouble::SignIn),
        StatusCode::NOT_FOUND => Err(Trouble::NotFound),
        status if status.is_success() => Ok(document),
        status => Err(Trouble::Refused(Refused::of(status, &document))),
    }
}
