//! Drafts of the city pack: made, read, changed, removed. Whoever changes one names the revision that they have seen.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::compared::files_of;
use super::{FileQuery, PackFileDocument, interrupted, live_number};
use crate::audit::AuditAction;
use crate::city::{FileRefusal, PackFiles};
use crate::http::Site;
use crate::http::api::Answer;
use crate::http::caller::{Admin, Caller};
use crate::http::extract::{Json as JsonBody, Nothing, PackJson, Path, Query, whole_number};
use crate::http::problem::Problem;
use crate::mask::mask_text;
use crate::pack::{EditRefusal, FileEdit, edited};
use crate::store::{Draft, DraftContent, DraftEdit, StoreError};

/// Longest name of a draft, in characters.
const MAX_LABEL_CHARS: usize = 80;

/// A copy of the city pack that is edited without being live.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Draft")]
pub(in crate::http::api) struct DraftDocument {
    /// Its number.
    id: i64,
    /// Grows by one with each change. Whoever changes the draft names it.
    revision: i64,
    /// Number of the version that it departs from.
    base: i64,
    /// What its editors call it.
    label: String,
    /// Bytes of its files.
    size_bytes: u64,
    /// When it was made.
    created_at: Timestamp,
    /// Who made it.
    created_by: String,
    /// When it was changed last.
    changed_at: Timestamp,
    /// Who changed it last.
    changed_by: String,
}

impl From<Draft> for DraftDocument {
    fn from(draft: Draft) -> Self {
        Self {
            id: draft.id,
            revision: draft.revision,
            base: draft.base,
            label: draft.label,
            size_bytes: draft.size_bytes,
            created_at: draft.created_at,
            created_by: draft.created_by,
            changed_at: draft.changed_at,
            changed_by: draft.changed_by,
        }
    }
}

/// Drafts.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct DraftList {
    /// The oldest first; there are at most 50.
    drafts: Vec<DraftDocument>,
}

pub(in crate::http::api) async fn list(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<DraftList> {
    let drafts = site.reader.ask(|store| store.drafts()).await?;
    site.note(site.entry(AuditAction::LookPack, caller.actor()).counted(drafts.len())).await?;
    Ok(Json(DraftList { drafts: drafts.into_iter().map(DraftDocument::from).collect() }))
}

/// What a draft is made of.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct NewDraftBody {
    /// What its editors call it, at most 80 characters; free of personal data.
    #[schemars(length(min = 1, max = 80))]
    label: String,
    /// A version, a draft as `draft:1`, or `folder`; default: the live pack.
    #[serde(default)]
    #[schemars(example = &"7")]
    from: Option<String>,
}

pub(in crate::http::api) async fn new(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    JsonBody(NewDraftBody { label, from }): JsonBody<NewDraftBody>,
) -> Answer<DraftDocument> {
    let label = mask_text(label.trim());
    if label.is_empty() || label.chars().count() > MAX_LABEL_CHARS {
        return Err(Problem::invalid(&format!("give a label of 1 to {MAX_LABEL_CHARS} characters")));
    }
    let (files, _) = files_of(&site, from.as_deref()).await?;
    let base = live_number(&site).await?;
    let content = content(&site, &caller, base, &files);
    let entry = site.entry(AuditAction::Draft, caller.actor());
    let made = site.writer.ask(move |store| store.new_draft(&label, &content, &entry)).await?;
    made.map(|draft| Json(draft.into())).ok_or_else(|| {
        let en = "there are 50 drafts already; publish or remove some";
        Problem::new(RefusalCode::Conflict, "草稿已有 50 份，请先发布或删除一些", en)
    })
}

/// What a draft is given by somebody.
pub(super) fn content(site: &Site, caller: &Caller, base: i64, files: &PackFiles) -> DraftContent {
    DraftContent { base, content: files.to_bytes(), at: site.clock.now(), actor: caller.name.clone() }
}

/// A draft.
#[derive(Deserialize, JsonSchema)]
pub(in crate::http::api) struct DraftPath {
    /// Its number.
    #[schemars(range(min = 1))]
    pub(super) id: i64,
}

/// A draft with its files.
pub(super) async fn draft(site: &Site, id: i64) -> Result<(Draft, PackFiles), Problem> {
    let found = site.reader.ask(move |store| store.draft(id)).await?;
    let (draft, content) = found.ok_or_else(no_draft)?;
    let files = match content.is_empty() {
        true => Some(PackFiles::default()),
        false => PackFiles::from_bytes(&content),
    };
    let unread = || StoreError::Damaged { table: "pack_draft", row: id, reason: "its files cannot be read".to_owned() };
    Ok((draft, files.ok_or_else(unread)?))
}

fn no_draft() -> Problem {
    Problem::new(RefusalCode::NotFound, "没有这份草稿", "there is no such draft")
}

/// A draft with its files.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct DraftWhole {
    /// The draft.
    #[serde(flatten)]
    draft: DraftDocument,
    /// Its files; only the one that was asked for, where one was.
    files: Vec<PackFileDocument>,
}

pub(in crate::http::api) async fn show(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(FileQuery { path }): Query<FileQuery>,
) -> Answer<DraftWhole> {
    let (draft, files) = draft(&site, id).await?;
    let files = PackFileDocument::all(&files, path.as_deref());
    if path.is_some() && files.is_empty() {
        return Err(Problem::not_found());
    }
    site.note(site.entry(AuditAction::LookPack, caller.actor()).about("draft", [id])).await?;
    Ok(Json(DraftWhole { draft: draft.into(), files }))
}

/// What happens to one file: it has this text or these bytes, or is removed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "path": "tables/seasons.csv", "text": "code,value\n汛期,flood\n" }))]
pub(in crate::http::api) struct FileEditBody {
    /// Its path in the pack, with `/`.
    #[schemars(length(min = 1, max = 400))]
    path: String,
    /// Its whole text.
    #[serde(default)]
    text: Option<String>,
    /// Its whole content in base64.
    #[serde(default)]
    base64: Option<String>,
    /// Whether it is removed.
    #[serde(default)]
    remove: bool,
}

/// A change of a draft.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct DraftChange {
    /// The revision that the editor has seen.
    #[serde(deserialize_with = "whole_number")]
    revision: i64,
    /// What happens to its files, all or none of it.
    #[schemars(length(min = 1))]
    files: Vec<FileEditBody>,
}

/// Content that is given as text or in base64.
pub(super) fn given(text: Option<String>, base64: Option<&str>) -> Result<Vec<u8>, Problem> {
    match (text, base64) {
        (Some(text), None) => Ok(text.into_bytes()),
        (None, Some(base64)) => STANDARD.decode(base64).map_err(|error| Problem::invalid(&format!("base64: {error}"))),
        _ => Err(Problem::invalid("give either text or base64")),
    }
}

fn edit(body: FileEditBody) -> Result<FileEdit, Problem> {
    let FileEditBody { path, text, base64, remove } = body;
    if !remove {
        return Ok(FileEdit::Put(path, given(text, base64.as_deref())?));
    }
    if text.is_some() || base64.is_some() {
        return Err(Problem::invalid("a file that is removed has no content"));
    }
    Ok(FileEdit::Remove(path))
}

pub(in crate::http::api) async fn change(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    PackJson(DraftChange { revision, files: edits }): PackJson<DraftChange>,
) -> Answer<DraftDocument> {
    let (draft, files) = draft(&site, id).await?;
    if draft.revision != revision {
        return Err(stale(&site, &draft));
    }
    if edits.is_empty() {
        return Err(Problem::invalid("name at least one file"));
    }
    let edits: Vec<FileEdit> = edits.into_iter().map(edit).collect::<Result<_, _>>()?;
    let files = tokio::task::spawn_blocking(move || edited(files, edits)).await.map_err(interrupted)?;
    let content = content(&site, &caller, draft.base, &files.map_err(refused)?);
    let entry = site.entry(AuditAction::Draft, caller.actor());
    let done = site.writer.ask(move |store| store.change_draft((id, revision), &content, &entry)).await?;
    settled(&site, done)
}

/// What a caller is told of a change.
pub(super) fn settled(site: &Site, edit: DraftEdit) -> Answer<DraftDocument> {
    match edit {
        DraftEdit::Done(draft) => Ok(Json(draft.into())),
        DraftEdit::Stale(draft) => Err(stale(site, &draft)),
        DraftEdit::Missing => Err(no_draft()),
    }
}

/// Somebody else was faster.
pub(super) fn stale(site: &Site, draft: &Draft) -> Problem {
    let Draft { revision, changed_by, .. } = draft;
    let zone = site.supervisor.pack().city.time_zone().unwrap_or(TimeZone::UTC);
    let changed_at = draft.changed_at.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S %Z");
    let zh = format!("{changed_by} 已在 {changed_at} 改过这份草稿，现在是第 {revision} 次修订；请取回最新内容后再改");
    let en =
        format!("{changed_by} changed this draft at {changed_at}, it is at revision {revision}; get it again first");
    Problem::new(RefusalCode::Conflict, zh, en)
}

fn refused(refusal: EditRefusal) -> Problem {
    let (path, zh, en) = match refusal {
        EditRefusal::File(path, FileRefusal::Path) => (path, "路径不能用在配置包里", "is no path of a city pack"),
        EditRefusal::File(path, FileRefusal::TooLarge) => (
            path,
            "文件超过 16 MiB，或者配置包超过 32 MiB",
            "is larger than 16 MiB, or makes the pack larger than 32 MiB",
        ),
        EditRefusal::File(path, FileRefusal::TooMany) => {
            (path, "配置包的文件超过 5000 个", "is one too many: a pack has at most 5,000 files")
        }
        EditRefusal::Missing(path) => (path, "草稿里没有这个文件", "is not in the draft"),
        EditRefusal::Twice(path) => (path, "同一个文件写了两次", "is named twice"),
    };
    Problem::new(RefusalCode::InvalidRequest, format!("{path}：{zh}"), format!("{path} {en}"))
}

/// The revision of a draft that somebody has seen.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http::api) struct SeenRevision {
    /// The revision that the caller has seen.
    #[serde(deserialize_with = "whole_number")]
    revision: i64,
}

pub(in crate::http::api) async fn remove(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    JsonBody(SeenRevision { revision }): JsonBody<SeenRevision>,
) -> Answer<DraftDocument> {
    let entry = site.entry(AuditAction::RemoveDraft, caller.actor());
    settled(&site, site.writer.ask(move |store| store.remove_draft((id, revision), &entry)).await?)
}
