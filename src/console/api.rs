//! The gateway's API, asked in this process.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
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
/// What stands for itself in a part of an address.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The API.
pub(crate) struct Api(Router);

/// An address of the API, made of parts that are encoded here: `Address::of(["tickets", id]).with("limit", 50)`.
#[derive(Debug, Clone)]
pub(crate) struct Address(String);

/// A path of parts that are encoded here.
pub(crate) fn path<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    parts.into_iter().map(|part| format!("/{}", utf8_percent_encode(part, PART))).collect()
}

impl Address {
    pub(crate) fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(format!("/api/v1{}", path(parts)))
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

    /// As [`Api::post`], by somebody who has not signed in.
    pub(crate) async fn knock(&self, carried: Extensions, address: Address, body: &Value) -> Result<Value, Trouble> {
        self.call(None, carried, (Method::POST, address), Some(body)).await
    }

    /// Takes something away.
    pub(crate) async fn delete(&self, session: &Session, address: Address) -> Result<Value, Trouble> {
        self.as_person(session, Method::DELETE, address, None).await
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
        let content = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let mut request =
            Request::builder().method(method).uri(address).body(content).map_err(|_| Trouble::NotFound)?;
        if body.is_some() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        *request.extensions_mut() = carried;
        if let Some(token) = token {
            let mut value = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| Trouble::SignIn)?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let answer: Result<Response, Infallible> = self.0.clone().call(request).await;
        let Ok(answer) = answer;
        read(answer).await
    }
}

async fn read(answer: Response) -> Result<Value, Trouble> {
    let status = answer.status();
    let bytes = Limited::new(answer.into_body(), MAX_ANSWER_BYTES).collect().await.map_err(|_| Trouble::TooLong)?;
    let document: Value = match bytes.to_bytes() {
        empty if empty.is_empty() => Value::Null,
        bytes => serde_json::from_slice(&bytes).map_err(|_| Trouble::TooLong)?,
    };
    match status {
        StatusCode::UNAUTHORIZED => Err(Trouble::SignIn),
        StatusCode::NOT_FOUND => Err(Trouble::NotFound),
        status if status.is_success() => Ok(document),
        status => Err(Trouble::Refused(Refused::of(status, &document))),
    }
}
