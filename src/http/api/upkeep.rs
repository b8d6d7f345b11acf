//! The gateway itself: its document.

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Answer;
use crate::http::extract::{Nothing, Query};

/// An OpenAPI document.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(example = serde_json::json!({ "openapi": "3.1.0", "info": { "title": "Huiliu API", "version": "1" }, "paths": {} }))]
pub(super) struct OpenapiDocument(#[schemars(with = "serde_json::Map<String, Value>")] Value);

pub(super) async fn openapi(Query(Nothing {}): Query<Nothing>) -> Answer<OpenapiDocument> {
    Ok(Json(OpenapiDocument(crate::http::openapi())))
}
