//! A citizen's own points and stars.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::FormPath;
use super::progress::Turn;
use crate::complaint::AccountHash;
use crate::desk::hash_of_account;
use crate::http::Site;
use crate::http::api::rewards_of;
use crate::http::documents::RewardsDocument;
use crate::http::extract::{self, Nothing, Path, Query};
use crate::http::problem::Problem;

/// Who asks.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct SignedClaim {
    /// What the city's own program says of who uses it: a JWT in its compact form, with `sub` and `exp`.
    #[schemars(length(max = 4_096), example = &"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvLTEifQ.x")]
    claim: String,
}

pub(super) async fn show(
    _: Turn,
    State(site): State<Arc<Site>>,
    Path(at): Path<FormPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(asked): extract::Json<SignedClaim>,
) -> Result<Json<RewardsDocument>, Problem> {
    let claim = at.form(&site)?.check_claim(&asked.claim)?;
    let account = AccountHash(hash_of_account(&site.vault, at.channel(), &claim.account));
    rewards_of(&site, vec![account], None).await.map(Json)
}
