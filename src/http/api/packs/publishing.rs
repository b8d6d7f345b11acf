//! Drafts on their way to be live: checked, tried with a sample, brought up to the live pack, published.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::{RefusalCode, wording};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::drafts::{DraftDocument, DraftPath, content, draft, given, settled, stale};
use super::{Reloaded, change, found, has_problems, interrupted, live_number, no_longer_kept, not_exchanged};
use crate::audit::AuditAction;
use crate::catalogue::Locale;
use crate::channels::{Sample, Terms, TrialError};
use crate::http::Site;
use crate::http::api::Answer;
use crate::http::caller::Admin;
use crate::http::extract::{Json as JsonBody, Nothing, PackJson, Path, Query, whole_number};
use crate::http::problem::Problem;
use crate::pack::rebased;
use crate::store::PackCause;

/// Most records of a sample that are shown.
const MAX_TRIED: usize = 100;

/// A draft without problems.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct CheckedDraft {
    /// Version that it would have.
    version: String,
    /// Revision that was checked.
    revision: i64,
    /// Remarks on it, in Chinese and English.
    notes: Vec<DraftNote>,
}

/// A remark on a draft.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct DraftNote {
    /// In Chinese.
    #[schemars(example = &"渠道 generic 没有回复接口")]
    zh: String,
    /// In English.
    #[schemars(example = &"channel generic has no way back")]
    en: String,
}

pub(super) fn not_tried(site: &Site, error: TrialError) -> Problem {
    match error {
        TrialError::Problems(problems) => has_problems(site, &problems),
        TrialError::NoChannel(known) => {
            let known = known.join(", ");
            let en = format!("the draft has no such channel; it has {known}");
            Problem::new(RefusalCode::NotFound, format!("草稿里没有这个渠道；有：{known}"), en)
        }
        TrialError::Sample(reason) => {
            let zh = format!("样例读不了{}", wording::original(&reason));
            Problem::new(RefusalCode::InvalidRequest, zh, format!("the sample cannot be read: {reason}"))
        }
        TrialError::Place(error) => {
            let zh = format!("没有地方试验{}", wording::of_system(&error));
            Problem::new(RefusalCode::Unavailable, zh, format!("there is no place for a trial: {error}"))
        }
    }
}

pub(in crate::http::api) async fn check(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<CheckedDraft> {
    let (draft, files) = draft(&site, id).await?;
    let trial = site.supervisor.trial();
    site.note(site.entry(AuditAction::LookPack, caller.actor()).about("draft", [id])).await?;
    let checked = tokio::task::spawn_blocking(move || trial.check(&files)).await.map_err(interrupted)?;
    let pack = checked.map_err(|error| not_tried(&site, error))?;
    let notes = pack.notes.iter();
    let notes = notes.map(|note| DraftNote { zh: note.shown(Locale::Zh), en: note.shown(Locale::En) }).collect();
    Ok(Json(CheckedDraft { version: pack.version, revision: draft.revision, notes }))
}

/// A sample for a channel.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "channel": "generic", "name": "sample.json", "text": "[{\"number\":\"2611220001\",\"text\":\"路灯不亮\"}]" }))]
pub(in crate::http::api) struct SampleBody {
    /// Channel of the draft.
    channel: String,
    /// Name of the file; its ending tells what it is.
    #[schemars(example = &"sample.json")]
    name: String,
    /// Its text.
    #[serde(default)]
    text: Option<String>,
    /// Its content in base64.
    #[serde(default)]
    base64: Option<String>,
}

/// What a channel makes of a sample.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct TriedSample {
    /// Revision that was tried.
    revision: i64,
    /// What became of each record, the first 100: as in the outcome of a case.
    #[schemars(example = serde_json::json!([{ "complaint": { "number": "2611220001", "kind": "投诉", "title": "路灯不亮", "text": "青鱼滩路路灯不亮。" } }]))]
    outcomes: Value,
}

pub(in crate::http::api) async fn try_sample(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    PackJson(SampleBody { channel, name, text, base64 }): PackJson<SampleBody>,
) -> Answer<TriedSample> {
    let sample = Sample { channel, name, bytes: given(text, base64.as_deref())? };
    let (draft, files) = draft(&site, id).await?;
    let trial = site.supervisor.trial();
    site.note(site.entry(AuditAction::LookPack, caller.actor()).about("draft", [id])).await?;
    let tried =
        tokio::task::spawn_blocking(move || trial.map(&files, &sample, MAX_TRIED)).await.map_err(interrupted)?;
    let outcomes = tried.map_err(|error| not_tried(&site, error))?;
    Ok(Json(TriedSample { revision: draft.revision, outcomes }))
}

/// How a draft is brought up to the live pack.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct RebaseBody {
    /// The revision that the caller has seen.
    #[serde(deserialize_with = "whole_number")]
    revision: i64,
    /// Files of which the draft's side is kept where both have changed them.
    #[serde(default)]
    keep: Vec<String>,
}

pub(in crate::http::api) async fn rebase(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    JsonBody(RebaseBody { revision, keep }): JsonBody<RebaseBody>,
) -> Answer<DraftDocument> {
    let (draft, files) = draft(&site, id).await?;
    if draft.revision != revision {
        return Err(stale(&site, &draft));
    }
    let now = live_number(&site).await?;
    if now == draft.base {
        return Ok(Json(draft.into()));
    }
    let of_base = found(&site, &draft.base.to_string()).await?.1.ok_or_else(|| no_longer_kept(draft.base))?;
    let of_live = found(&site, &now.to_string()).await?.1.ok_or_else(|| no_longer_kept(now))?;
    let files = rebased((&of_base, &files, &of_live), &keep).map_err(|paths| {
        let paths = paths.join(", ");
        let en = format!("the draft and the live pack have both changed {paths}; name those of which the draft's side is kept, or take the live side in the draft");
        Problem::new(RefusalCode::Conflict, format!("草稿和当前配置包都改了 {paths}；请用 keep 指明保留草稿一方的文件，或在草稿里改用当前内容"), en)
    })?;
    let content = content(&site, &caller, now, &files);
    let entry = site.entry(AuditAction::Draft, caller.actor());
    settled(&site, site.writer.ask(move |store| store.change_draft((id, revision), &content, &entry)).await?)
}

/// Why a draft is published.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct PublishBody {
    /// The revision that the caller has seen.
    #[serde(deserialize_with = "whole_number")]
    revision: i64,
    /// Kept with the version; free of personal data, at most 200 characters.
    #[serde(default)]
    #[schemars(length(max = 200))]
    #[schemars(example = &"增设汛期事项")]
    reason: Option<String>,
    /// Whether changes in the folder that never went live are given up.
    #[serde(default)]
    force: bool,
}

pub(in crate::http::api) async fn publish(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    JsonBody(PublishBody { revision, reason, force }): JsonBody<PublishBody>,
) -> Answer<Reloaded> {
    let change = change(PackCause::Publish, reason, &caller)?;
    let (draft, files) = draft(&site, id).await?;
    if draft.revision != revision {
        return Err(stale(&site, &draft));
    }
    let (base, _) = found(&site, &draft.base.to_string()).await?;
    let terms = Terms { by_force: force, live: Some(base.digest) };
    let supervisor = Arc::clone(&site.supervisor);
    // In a task of its own: a caller that hangs up must not stop the exchange half way.
    let done = tokio::spawn(async move { supervisor.exchange(files, change, terms).await }).await;
    let version = done.map_err(interrupted)?.map_err(|error| not_exchanged(&site, error))?;
    let entry = site.entry(AuditAction::RemoveDraft, caller.actor());
    // One that somebody has changed meanwhile stays: what was published is what was seen.
    site.writer.ask(move |store| store.remove_draft((id, revision), &entry)).await?;
    Ok(Json(Reloaded { version }))
}
