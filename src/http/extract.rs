//! Reading requests of the API: path, query and body, each refused with a problem document, and each described in the OpenAPI
//! document by the same type.

use std::marker::PhantomData;

use aide::generate::GenContext;
use aide::openapi::{Operation, ReferenceOr};
use aide::operation::OperationInput;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use bytes::Bytes;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::body;
use super::problem::Problem;
use crate::store::Page;

/// Largest body of a call to the API, in bytes.
const MAX_BODY_BYTES: usize = 2 << 20;
/// Largest JSON body that brings files of a city pack: the largest of them in base64, and a little.
const MAX_PACK_BODY_BYTES: usize = 24 << 20;
/// Rows of a page where the caller does not say.
const DEFAULT_LIMIT: usize = 50;

/// The variable parts of the path.
pub(super) struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(path)) => Ok(Self(path)),
            Err(rejection) => Err(Problem::invalid(&rejection.body_text())),
        }
    }
}

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::extract::Path::<T>::operation_input(context, operation);
    }
}

/// The query. What it does not know is refused: a filter that is left out by mistake would show too much.
pub(super) struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::try_from_uri(&parts.uri) {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => Err(Problem::invalid(&rejection.body_text())),
        }
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::extract::Query::<T>::operation_input(context, operation);
    }
}

/// No query at all.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// A part of a listing, and nothing else.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
}

impl PageQuery {
    pub(super) fn page(&self) -> Result<Page, Problem> {
        page(self.after.as_deref(), self.limit)
    }
}

/// The page that a listing asks for.
pub(super) fn page(after: Option<&str>, limit: Option<usize>) -> Result<Page, Problem> {
    let is_cursor = |text: &str| (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let after = match after {
        None => None,
        Some(text) if is_cursor(text) => text.parse().ok(),
        Some(_) => return Err(Problem::invalid("after is not the `next` of a page")),
    };
    let limit = limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=Page::MAX).contains(&limit) {
        return Err(Problem::invalid(&format!("limit must be 1 to {}", Page::MAX)));
    }
    Ok(Page { after, limit })
}

/// A JSON body.
pub(super) struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        json(request, MAX_BODY_BYTES).await.map(Self)
    }
}

impl<T: JsonSchema> OperationInput for Json<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
    }
}

/// Reads a whole number, also one that is written with a fraction of zero, as JSON Schema has it.
pub(super) fn whole_number<'de, D: serde::Deserializer<'de>>(reader: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(reader)?;
    let as_float =
        || number.as_f64().filter(|float| float.fract() == 0.0).and_then(|float| format!("{float:.0}").parse().ok());
    number.as_i64().or_else(as_float).ok_or_else(|| serde::de::Error::custom("a whole number is expected"))
}

/// A JSON body that brings files of a city pack.
pub(super) struct PackJson<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for PackJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        json(request, MAX_PACK_BODY_BYTES).await.map(Self)
    }
}

impl<T: JsonSchema> OperationInput for PackJson<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
    }
}

async fn json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Problem> {
    let (parts, sent) = request.into_parts();
    if !is_json(&parts) {
        body::turn_away(&parts.headers, sent).await;
        return Err(not_json());
    }
    parsed(&body::read(&parts.headers, sent, limit).await?)
}

/// A JSON body as it came, for a reading of its own; described as `T`.
pub(super) struct JsonText<T> {
    pub text: Bytes,
    pub described: PhantomData<T>,
}

impl<T, S: Send + Sync> FromRequest<S> for JsonText<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, sent) = request.into_parts();
        if !is_json(&parts) {
            body::turn_away(&parts.headers, sent).await;
            return Err(not_json());
        }
        let text = body::read(&parts.headers, sent, MAX_BODY_BYTES).await?;
        Ok(Self { text, described: PhantomData })
    }
}

impl<T: JsonSchema> OperationInput for JsonText<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
    }
}

/// A JSON body, or none. A body that is not JSON is refused rather than left unread.
pub(super) struct MaybeJson<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for MaybeJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, sent) = request.into_parts();
        let bytes = body::read(&parts.headers, sent, MAX_BODY_BYTES).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        if !is_json(&parts) {
            return Err(not_json());
        }
        parsed(&bytes).map(Self)
    }
}

impl<T: JsonSchema> OperationInput for MaybeJson<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        axum::Json::<T>::operation_input(context, operation);
        if let Some(ReferenceOr::Item(body)) = &mut operation.request_body {
            body.required = false;
        }
    }
}

fn is_json(parts: &Parts) -> bool {
    let media_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn not_json() -> Problem {
    let en = "the body must be JSON; send content-type: application/json";
    Problem::new(RefusalCode::UnsupportedMediaType, "请求体应为 JSON，请带 content-type: application/json", en)
}

fn parsed<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Problem> {
    // Every body is an object. A list of its members' values in their order would be read as one, too.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(Problem::invalid("the body must be an object, not a list"));
    }
    serde_json::from_slice(bytes).map_err(|error| Problem::invalid(&format!("the body is not as described: {error}")))
}
