//! `/schemas/`: what platforms read events by, as files with the names that `huiliu schemas` gives them. They hold nothing of a city.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::extract::Path;
use super::openapi::openapi;
use super::problem::Problem;
use crate::forward::wire::v1::{asyncapi, schemas};

static DOCUMENTS: LazyLock<BTreeMap<&'static str, String>> = LazyLock::new(|| {
    let documents = schemas().into_iter().chain([("asyncapi.json", asyncapi()), ("openapi.json", openapi())]);
    documents.map(|(name, document)| (name, document.to_string())).collect()
});

pub(super) async fn document(Path(name): Path<String>) -> Result<Response, Problem> {
    let text = DOCUMENTS.get(name.as_str()).ok_or_else(Problem::not_found)?;
    let kind = if name.ends_with(".schema.json") { "application/schema+json" } else { "application/json" };
    Ok(([(CONTENT_TYPE, kind)], text.as_str()).into_response())
}
