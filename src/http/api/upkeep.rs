//! The gateway itself: its document and its pack.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Answer;
use crate::catalogue::Locale;
use crate::http::Site;
use crate::http::caller::Admin;
use crate::http::extract::{Nothing, Query};
use crate::http::problem::Problem;

/// An OpenAPI document.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct OpenapiDocument(#[schemars(with = "serde_json::Map<String, Value>")] Value);

pub(super) async fn openapi(Query(Nothing {}): Query<Nothing>) -> Answer<OpenapiDocument> {
    Ok(Json(OpenapiDocument(crate::http::openapi())))
}

/// The pack that is live now.
#[derive(Serialize, JsonSchema)]
pub(super) struct Reloaded {
    /// Version of the pack.
    version: String,
}

pub(super) async fn reload(
    _: Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Reloaded> {
    // In a task of its own: a caller that hangs up must not stop the exchange half way.
    let supervisor = Arc::clone(&site.supervisor);
    let reloaded = tokio::spawn(async move { supervisor.reload().await }).await;
    let reloaded = reloaded.map_err(|error| Problem::new(RefusalCode::Internal, "加载中断", error.to_string()))?;
    let problems = match reloaded {
        Ok(version) => return Ok(Json(Reloaded { version })),
        Err(problems) => problems,
    };
    let lines = |locale| problems.iter().map(|problem| problem.shown(locale)).collect::<Vec<_>>().join("\n");
    let (zh, en) = (lines(Locale::Zh), lines(Locale::En));
    let en = format!("the pack has problems; version {} stays live:\n{en}", site.supervisor.pack().version);
    Err(Problem::new(RefusalCode::PackHasProblems, format!("配置包有问题，旧版本继续生效：\n{zh}"), en))
}
