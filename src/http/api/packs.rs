//! The city pack: loaded again, its versions, what differs, and back to an earlier one.

mod compared;
mod drafts;
mod preview;
mod publishing;
mod rollback;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::{RefusalCode, wording};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use crate::audit::{AuditAction, hex};
use crate::catalogue::Locale;
use crate::channels::{ExchangeError, PackChange};
use crate::city::{PackFiles, Problem as PackProblem};
use crate::http::Site;
use crate::http::caller::{Admin, Caller};
use crate::http::documents;
use crate::http::extract::{MaybeJson, Nothing, PageQuery, Path, Query};
use crate::http::problem::Problem;
use crate::mask::mask_text;
use crate::store::{PackCause, PackVersion, Page};

pub(super) use compared::compare;
pub(super) use drafts::{
    change as change_draft, list as list_drafts, new as new_draft, remove as remove_draft, show as show_draft,
};
pub(super) use preview::preview as preview_draft;
pub(super) use publishing::{
    check as check_draft, publish as publish_draft, rebase as rebase_draft, try_sample as try_draft,
};
pub(super) use rollback::roll_back;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;
/// Digits of a version that decisions name.
const VERSION_DIGITS: usize = 12;

/// Why the pack is loaded again.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ReloadBody {
    /// Kept with the version; free of personal data, at most 200 characters.
    #[schemars(length(max = 200))]
    #[schemars(example = &"增设汛期事项")]
    reason: Option<String>,
}

/// The pack that is live now.
#[derive(Serialize, JsonSchema)]
pub(super) struct Reloaded {
    /// Version of the pack.
    version: String,
}

fn change(cause: PackCause, reason: Option<String>, caller: &Caller) -> Result<PackChange, Problem> {
    let reason = reason.unwrap_or_default();
    if reason.chars().count() > MAX_REASON_CHARS {
        return Err(Problem::invalid(&format!("give a reason of at most {MAX_REASON_CHARS} characters")));
    }
    Ok(PackChange { reason: mask_text(reason.trim()), ..PackChange::of(caller.actor(), cause) })
}

pub(super) async fn reload(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    MaybeJson(ReloadBody { reason }): MaybeJson<ReloadBody>,
) -> Answer<Reloaded> {
    let change = change(PackCause::Reload, reason, &caller)?;
    // In a task of its own: a caller that hangs up must not stop the exchange half way.
    let supervisor = Arc::clone(&site.supervisor);
    let reloaded = tokio::spawn(async move { supervisor.reload(change).await }).await;
    match reloaded.map_err(interrupted)? {
        Ok(version) => Ok(Json(Reloaded { version })),
        Err(problems) => Err(has_problems(&site, &problems)),
    }
}

fn interrupted(error: tokio::task::JoinError) -> Problem {
    Problem::new(RefusalCode::Internal, "加载中断", error.to_string())
}

fn has_problems(site: &Site, problems: &[PackProblem]) -> Problem {
    let lines = |locale| problems.iter().map(|problem| problem.shown(locale)).collect::<Vec<_>>().join("\n");
    let (zh, en) = (lines(Locale::Zh), lines(Locale::En));
    let en = format!("the pack has problems; version {} stays live:\n{en}", site.supervisor.pack().version);
    Problem::new(RefusalCode::PackHasProblems, format!("配置包有问题，旧版本继续生效：\n{zh}"), en)
}

/// A pack that went live.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PackVersion")]
pub(super) struct PackVersionDocument {
    /// Its number, in the order in which packs went live.
    number: i64,
    /// Version that decisions name: a digest of its files but the cases.
    version: String,
    /// SHA-256 of all of its files.
    digest: String,
    /// When it went live.
    at: Timestamp,
    /// Who did it.
    actor: String,
    /// Why: the gateway was started, it was loaded again, or an earlier version was put back.
    #[schemars(extend("enum" = causes()))]
    cause: &'static str,
    /// Why, in words; may be empty.
    #[schemars(example = &"增设汛期事项")]
    reason: String,
    /// Bytes of its files.
    size_bytes: u64,
    /// Whether it is the one that is live now: exactly one is.
    live: bool,
    /// Whether its files are those that are live now, also where it is an earlier version.
    #[schemars(example = false)]
    same_as_live: bool,
}

/// The version that is live.
struct LiveVersion {
    number: i64,
    digest: [u8; 32],
}

impl LiveVersion {
    async fn of(site: &Site) -> Result<Self, Problem> {
        let digest = site.supervisor.pack().files.digest();
        Ok(Self { number: live_number(site).await?, digest })
    }
}

/// Number of the version that is live: the newest.
async fn live_number(site: &Site) -> Result<i64, Problem> {
    let newest = site.reader.ask(|store| store.pack_versions(Page::first(1))).await?;
    newest.first().map(|version| version.number).ok_or_else(Problem::not_found)
}

fn causes() -> Vec<&'static str> {
    PackCause::ALL.iter().map(|(_, name)| *name).collect()
}

impl PackVersionDocument {
    fn of(view: &PackVersion, live: &LiveVersion) -> Self {
        Self {
            number: view.number,
            version: view.version.clone(),
            digest: hex(&view.digest),
            at: view.at,
            actor: view.actor.clone(),
            cause: view.cause.name(),
            reason: view.reason.clone(),
            size_bytes: view.size_bytes,
            live: view.number == live.number,
            same_as_live: view.digest == live.digest,
        }
    }
}

/// Versions of the city pack.
#[derive(Serialize, JsonSchema)]
pub(super) struct PackVersionPage {
    /// Newest first.
    versions: Vec<PackVersionDocument>,
    /// `after` of the next page; null on the last.
    next: Option<String>,
}

pub(super) async fn list(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Query(query): Query<PageQuery>,
) -> Answer<PackVersionPage> {
    let Page { after, limit } = query.page()?;
    let mut found = site.reader.ask(move |store| store.pack_versions(Page { after, limit: limit + 1 })).await?;
    let next = documents::next(&mut found, limit, |view| view.number);
    site.note(site.entry(AuditAction::LookPack, caller.actor()).counted(found.len())).await?;
    let live = LiveVersion::of(&site).await?;
    let versions = found.iter().map(|view| PackVersionDocument::of(view, &live)).collect();
    Ok(Json(PackVersionPage { versions, next }))
}

/// A version.
#[derive(Deserialize, JsonSchema)]
pub(super) struct VersionPath {
    /// Its number, or the version that a decision names.
    #[schemars(regex(pattern = "^([0-9]{1,11}|[0-9a-f]{12})$"))]
    #[schemars(example = &"7")]
    version: String,
}

/// Which of its files is shown.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileQuery {
    /// Path of the file whose content is wanted.
    path: Option<String>,
}

/// A file of a pack.
#[derive(Serialize, JsonSchema)]
pub(super) struct PackFileDocument {
    /// Its path.
    path: String,
    /// Its size.
    size_bytes: usize,
    /// SHA-256 of its content.
    digest: String,
    /// Its content, where it was asked for and is text.
    text: Option<String>,
    /// Its content in base64, where it was asked for and is no text.
    base64: Option<String>,
}

impl PackFileDocument {
    /// All files without their content, or one with it.
    fn all(files: &PackFiles, path: Option<&str>) -> Vec<Self> {
        use base64::Engine as _;
        let wanted = files.iter().filter(|(known, _)| path.is_none_or(|path| path == *known));
        let document = |(known, bytes): (&str, &[u8])| {
            let text = std::str::from_utf8(bytes).ok().filter(|_| path.is_some()).map(str::to_owned);
            let is_binary = path.is_some() && text.is_none();
            Self {
                path: known.to_owned(),
                size_bytes: bytes.len(),
                digest: hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()),
                text,
                base64: is_binary.then(|| base64::engine::general_purpose::STANDARD.encode(bytes)),
            }
        };
        wanted.map(document).collect()
    }
}

/// A version with its files.
#[derive(Serialize, JsonSchema)]
pub(super) struct PackWhole {
    /// The version.
    #[serde(flatten)]
    version: PackVersionDocument,
    /// Whether its files are still kept.
    kept: bool,
    /// Its files; only the one that was asked for, where one was.
    files: Vec<PackFileDocument>,
}

/// A version by its number or by what decisions name, with its files where they are kept.
async fn found(site: &Site, version: &str) -> Result<(PackVersion, Option<PackFiles>), Problem> {
    let wanted = version.to_owned();
    let (view, content) = site
        .reader
        .ask(move |store| {
            let number = if wanted.len() < VERSION_DIGITS { wanted.parse::<i64>().ok() } else { None };
            let view = match number {
                Some(number) => store.pack_version(number)?,
                None => store.pack_named(&wanted)?,
            };
            let content = view.as_ref().map(|view| store.pack_content(view.number)).transpose()?.flatten();
            Ok((view, content))
        })
        .await?;
    let view = view.ok_or_else(|| {
        Problem::new(RefusalCode::NotFound, "没有这个版本的配置包", "there is no such version of the city pack")
    })?;
    Ok((view, content.and_then(|bytes| PackFiles::from_bytes(&bytes))))
}

fn no_longer_kept(number: i64) -> Problem {
    let en = format!("the files of version {number} are no longer kept");
    Problem::new(RefusalCode::NotFound, format!("第 {number} 版的文件已不再保存"), en)
}

pub(super) async fn show(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(VersionPath { version }): Path<VersionPath>,
    Query(FileQuery { path }): Query<FileQuery>,
) -> Answer<PackWhole> {
    let (view, files) = found(&site, &version).await?;
    let kept = files.is_some();
    let whole = path.is_some();
    let shown = files.iter().flat_map(|files| PackFileDocument::all(files, path.as_deref())).collect::<Vec<_>>();
    if whole && shown.is_empty() {
        return Err(if kept { Problem::not_found() } else { no_longer_kept(view.number) });
    }
    site.note(site.entry(AuditAction::LookPack, caller.actor()).about("pack", [view.number])).await?;
    let live = LiveVersion::of(&site).await?;
    Ok(Json(PackWhole { version: PackVersionDocument::of(&view, &live), kept, files: shown }))
}

fn not_exchanged(site: &Site, error: ExchangeError) -> Problem {
    match error {
        ExchangeError::Problems(problems) => has_problems(site, &problems),
        ExchangeError::Uncommitted(paths) => {
            let paths = paths.join(", ");
            let zh = format!("配置包目录里有尚未生效的改动，没有更换：{paths}。先加载它们，或者用 force 放弃它们");
            let en =
                format!("the folder holds changes that never went live: {paths}; load them, or give them up by force");
            Problem::new(RefusalCode::Conflict, zh, en)
        }
        ExchangeError::Superseded => {
            let zh = "草稿所依据的配置包已被更换，请先用 rebase 把草稿更新到当前版本";
            let en = "another pack went live since the draft was made; rebase the draft onto it first";
            Problem::new(RefusalCode::Conflict, zh, en)
        }
        ExchangeError::Folder(error) => {
            let zh = format!("配置包目录写不了，没有更换{}", wording::of_system(&error));
            let en = format!("the folder of the pack cannot be written, nothing was changed: {error}");
            Problem::new(RefusalCode::Conflict, zh, en)
        }
    }
}
