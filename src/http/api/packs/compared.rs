//! What differs between two versions of the city pack, or between a version and the folder.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drafts::draft;
use super::{found, has_problems, interrupted, no_longer_kept};
use crate::audit::AuditAction;
use crate::city::PackFiles;
use crate::http::Site;
use crate::http::api::Answer;
use crate::http::caller::Admin;
use crate::http::extract::Query;
use crate::http::problem::Problem;
use crate::pack::difference;

/// What is compared where it is no version: the folder that the pack is loaded from.
const FOLDER: &str = "folder";
/// What the number of a draft stands behind.
const DRAFT: &str = "draft:";

/// What is compared.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct DifferenceQuery {
    /// A version, by its number or as decisions name it, or `draft:` and the number of a draft; default: the live one.
    #[schemars(example = &"7")]
    from: Option<String>,
    /// A version, a draft, or `folder`; default: the folder, and what in it is not live yet.
    #[schemars(example = &"folder")]
    to: Option<String>,
}

/// A file that differs.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct FileDifferenceDocument {
    /// Its path.
    path: String,
    /// How.
    #[schemars(extend("enum" = ["added", "removed", "changed"]))]
    change: &'static str,
    /// Lines that are gone (`-`), new (`+`) and around them (a space); none where it is no text.
    lines: Vec<String>,
}

/// What differs.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct PackDifference {
    /// The files that differ.
    files: Vec<FileDifferenceDocument>,
    /// Whether lines were left out, because there are more than 5,000.
    cut: bool,
}

pub(in crate::http::api) async fn compare(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(DifferenceQuery { from, to }): Query<DifferenceQuery>,
) -> Answer<PackDifference> {
    let (from, from_name) = files_of(&site, from.as_deref()).await?;
    let (to, to_name) = files_of(&site, Some(to.as_deref().unwrap_or(FOLDER))).await?;
    let compared = tokio::task::spawn_blocking(move || difference(&from, &to)).await;
    let (found, cut) = compared.map_err(interrupted)?;
    let looked = site.entry(AuditAction::LookPack, caller.actor()).about("pack", [from_name, to_name]);
    site.note(looked.counted(found.len())).await?;
    let file = |file: crate::pack::FileDifference| FileDifferenceDocument {
        path: file.path,
        change: file.change.name(),
        lines: file.lines,
    };
    Ok(Json(PackDifference { files: found.into_iter().map(file).collect(), cut }))
}

/// The files of a version, of the folder, or of what is live; and what that is called in the audit log.
pub(super) async fn files_of(site: &Site, version: Option<&str>) -> Result<(PackFiles, String), Problem> {
    match version {
        None => Ok((site.supervisor.pack().files.clone(), "live".to_owned())),
        Some(FOLDER) => {
            let folder = site.supervisor.folder().to_owned();
            let read = tokio::task::spawn_blocking(move || PackFiles::read(&folder)).await.map_err(interrupted)?;
            Ok((read.map_err(|problems| has_problems(site, &problems))?, FOLDER.to_owned()))
        }
        Some(version) if version.starts_with(DRAFT) => {
            let id = version.trim_start_matches(DRAFT).parse().map_err(|_no_number| Problem::not_found())?;
            Ok((draft(site, id).await?.1, version.to_owned()))
        }
        Some(version) => {
            let (view, files) = found(site, version).await?;
            Ok((files.ok_or_else(|| no_longer_kept(view.number))?, view.number.to_string()))
        }
    }
}
