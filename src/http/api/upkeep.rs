//! The gateway itself: its document, its pack, and erasure.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Answer;
use super::complaints::hash_of_phone;
use crate::desk::{Acted, Action};
use crate::http::Site;
use crate::http::caller::Admin;
use crate::http::extract::{self, Nothing, Query};
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
        Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
    };
    let en = format!("the pack has problems; version {} stays live:\n{problems}", site.supervisor.pack().version);
    Err(Problem::new(RefusalCode::PackHasProblems, format!("配置包有问题，旧版本继续生效：\n{problems}"), en))
}

/// Whose data is erased. At least one member is given.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EraseBody {
    /// Telephone number, in any spelling that a mapping reads.
    phone: Option<String>,
    /// Resident identity number.
    id_number: Option<String>,
    /// Receipt number of one complaint.
    receipt_number: Option<String>,
}

/// What was erased.
#[derive(Serialize, JsonSchema)]
pub(super) struct Erased {
    /// Complaints whose personal data was erased.
    erased_complaints: usize,
}

pub(super) async fn erase(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(wanted): extract::Json<EraseBody>,
) -> Answer<Erased> {
    let phone = wanted.phone.as_deref().map(|phone| hash_of_phone(&site, phone)).transpose()?;
    let id_number = wanted.id_number.as_deref().map(|number| site.vault.hash("id", number));
    let hashes: Vec<u64> = [phone, id_number].into_iter().flatten().collect();
    if hashes.is_empty() && wanted.receipt_number.is_none() {
        return Err(Problem::invalid("name a phone, an id_number or a receipt_number"));
    }
    let action = Action::Erase { hashes, receipt: wanted.receipt_number };
    match site.desk.act(action, &caller.name, &site.rules()).await? {
        Acted::Erased(complaints) => {
            tracing::info!(actor = caller.name, complaints, "Personal data was erased.");
            Ok(Json(Erased { erased_complaints: complaints }))
        }
        Acted::Done(_) => Ok(Json(Erased { erased_complaints: 0 })),
        Acted::Unknown(zh, en) => Err(Problem::new(RefusalCode::NotFound, zh, en)),
        Acted::Refused(zh, en) => Err(Problem::new(RefusalCode::Conflict, zh, en)),
    }
}
