//! A citizen's own points and stars.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Deserialize;

use super::forms::FormPath;
use super::progress::Turn;
use crate::complaint::AccountHash;
use crate::desk::{Citizen, hash_of_account};
use crate::http::Site;
use crate::http::api::{hashes_of, rewards_of};
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
    let mut accounts = vec![hash_of_account(&site.vault, at.channel(), &claim.account)];
    // Who is known by the telephone number has points on all channels: of a number that nobody made sure of another's would be shown.
    if let Some(phone) = claim.phone.as_ref().filter(|_| claim.phone_is_sure) {
        accounts.extend(hashes_of(&site, &Citizen::read(Some(phone), None, None)?));
    }
    rewards_of(&site, accounts.into_iter().map(AccountHash).collect(), None).await.map(Json)
}
