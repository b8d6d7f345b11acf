//! Back to an earlier version of the city pack.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Reloaded, change, found, interrupted, no_longer_kept, not_exchanged};
use crate::audit::AuditAction;
use crate::channels::Terms;
use crate::city::PackFiles;
use crate::http::Site;
use crate::http::api::Answer;
use crate::http::caller::{Admin, Caller};
use crate::http::extract::{self, Nothing, Query};
use crate::http::problem::Problem;
use crate::store::{PackCause, PackVersion};

/// Which version is put back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct RollbackBody {
    /// Its number, or the version that a decision names.
    #[schemars(example = &"7")]
    to: String,
    /// Kept with the version; free of personal data, at most 200 characters.
    #[serde(default)]
    #[schemars(length(max = 200))]
    #[schemars(example = &"撤回汛期事项")]
    reason: Option<String>,
    /// Whether changes in the folder that never went live are given up.
    #[serde(default)]
    force: bool,
}

pub(in crate::http::api) async fn roll_back(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(RollbackBody { to, reason, force }): extract::Json<RollbackBody>,
) -> Answer<Reloaded> {
    let change = change(PackCause::Rollback, reason, &caller)?;
    let (view, files) = found(&site, &to).await?;
    let files = files.ok_or_else(|| no_longer_kept(view.number))?;
    if view.digest == site.supervisor.pack().files.digest() {
        leads_somewhere(&site, &caller, &view, force).await?;
    }
    let supervisor = Arc::clone(&site.supervisor);
    let terms = Terms { by_force: force, live: None };
    let done = tokio::spawn(async move { supervisor.exchange(files, change, terms).await }).await;
    match done.map_err(interrupted)? {
        Ok(version) => Ok(Json(Reloaded { version })),
        Err(error) => Err(not_exchanged(&site, error)),
    }
}

/// Refuses to go back to what is live already, unless that gives up changes in the folder and is forced to.
async fn leads_somewhere(site: &Site, caller: &Caller, view: &PackVersion, force: bool) -> Result<(), Problem> {
    let folder = site.supervisor.folder().to_owned();
    let read = tokio::task::spawn_blocking(move || PackFiles::read(&folder)).await.map_err(interrupted)?;
    // A folder that cannot be read holds something that never went live.
    let is_same = read.is_ok_and(|files| files.digest() == view.digest);
    if !is_same && force {
        return Ok(());
    }
    let number = view.number;
    let (mut zh, mut en) = (
        format!("第 {number} 版的文件正在生效，不需要回退，也没有产生新版本"),
        format!(
            "the files of version {number} are live already: there is nothing to go back to, and no version was made"
        ),
    );
    if !is_same {
        zh.push_str("；目录里有尚未生效的改动（huiliu pack diff），要放弃它们请加 --force");
        en.push_str("; the folder holds changes that never went live (huiliu pack diff), which --force gives up");
    }
    site.note(site.entry(AuditAction::Rollback, caller.actor()).about("pack", [number]).refused()).await?;
    Err(Problem::new(RefusalCode::Conflict, zh, en))
}
