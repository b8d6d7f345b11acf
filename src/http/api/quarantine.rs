//! Records that could not be mapped: looking at them, and mapping them again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Answer;
use crate::audit::AuditAction;
use crate::desk::Replayed;
use crate::http::Site;
use crate::http::caller::{Caller, Operator};
use crate::http::documents::{Quarantined, QuarantinedPage};
use crate::http::extract::{self, MaybeJson, Nothing, Path, Query, page};
use crate::http::problem::Problem;
use crate::http::sight::{self, Sight};
use crate::key::RawKey;
use crate::mask::mask_text;
use crate::store::{Listed, Page, QuarantineView, RawState};

/// A part of a listing, of one channel or of all.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuarantineQuery {
    /// `next` of the page before; without it the first page is given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most rows; default 50.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Only of this channel.
    channel: Option<String>,
}

/// A raw record by its number.
#[derive(Deserialize, JsonSchema)]
pub(super) struct RawPath {
    /// Number of the raw record.
    raw_id: i64,
}

pub(super) async fn list(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(query): Query<QuarantineQuery>,
) -> Answer<QuarantinedPage> {
    let part = page(query.after.as_deref(), query.limit)?;
    let sight = Sight::of(&site, &caller);
    let listed = site.reader.ask(move |store| {
        sight::listed(
            store,
            (&sight, &Listed::Quarantine(query.channel.as_deref())),
            part,
            |store, page| store.quarantine(query.channel.as_deref(), page),
            |view| view.raw_id.0,
            |store, mut views| {
                sight.keep_records(store, &mut views)?;
                Ok(views)
            },
        )
    });
    let (found, next) = listed.await?;
    let looked = site.entry(AuditAction::LookQuarantine, caller.actor());
    site.note(looked.about("record", found.iter().map(|view| view.raw_id)).counted(found.len())).await?;
    Ok(Json(QuarantinedPage { quarantine: found.iter().map(Quarantined::listed).collect(), next }))
}

pub(super) async fn one(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(RawPath { raw_id }): Path<RawPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<Quarantined> {
    let found = quarantined(&site, &caller, raw_id).await?;
    site.note(site.entry(AuditAction::LookQuarantine, caller.actor()).about("record", [raw_id])).await?;
    Ok(Json(Quarantined::whole(&found)))
}

/// A record in quarantine, as far as its caller may know of the complaint that it is about.
async fn quarantined(site: &Site, caller: &Caller, raw_id: i64) -> Result<QuarantineView, Problem> {
    let sight = Sight::of(site, caller);
    let found = site.reader.ask(move |store| {
        let raw = sight.quarantined(store, RawKey(raw_id))?;
        store.quarantined(raw)
    });
    let found = found.await?;
    found.ok_or_else(|| Problem::new(RefusalCode::NotFound, "隔离区没有这条记录", "no such record is in quarantine"))
}

/// Content that stands in for a record's own.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayBody {
    /// The mended record; without it the record is mapped as it is.
    #[schemars(example = serde_json::json!({ "number": "2611220001", "title": "路灯不亮", "text": "青鱼滩路路灯不亮。" }))]
    record: Option<Value>,
}

/// What mapping again came to.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReplayedDocument {
    /// Records that left quarantine.
    released: u32,
    /// Records that stay.
    kept: u32,
    /// What one record is now: complaint, amendment, follow_up, discarded, erased or quarantined.
    #[serde(skip_serializing_if = "Option::is_none")]
    became: Option<&'static str>,
    /// What is wrong with one that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = serde_json::json!([]))]
    problems: Option<Value>,
}

pub(super) async fn replay(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(RawPath { raw_id }): Path<RawPath>,
    Query(Nothing {}): Query<Nothing>,
    MaybeJson(ReplayBody { record }): MaybeJson<ReplayBody>,
) -> Answer<ReplayedDocument> {
    let view = quarantined(&site, &caller, raw_id).await?;
    let (released, became) = match replay_one(&site, view, record, &caller).await? {
        Replayed::Released(state) => (true, state.name()),
        Replayed::Kept => (false, RawState::Quarantined.name()),
        Replayed::NotThere => return Err(Problem::not_found()),
    };
    let still = site.reader.ask(move |store| store.quarantined(RawKey(raw_id))).await?;
    Ok(Json(ReplayedDocument {
        released: u32::from(released),
        kept: u32::from(!released),
        became: Some(became),
        problems: still.map(|view| view.problems),
    }))
}

/// Which channel's records are mapped again.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayQuery {
    /// Only of this channel.
    channel: Option<String>,
}

pub(super) async fn replay_all(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Query(ReplayQuery { channel }): Query<ReplayQuery>,
) -> Answer<ReplayedDocument> {
    if let Some(id) = &channel
        && !site.supervisor.channels().iter().any(|running| running.channel.id == *id)
    {
        return Err(Problem::new(RefusalCode::NotFound, "没有这个渠道", "there is no such channel"));
    }
    let mut page = Page { after: None, limit: Page::MAX };
    let mut told = ReplayedDocument { released: 0, kept: 0, became: None, problems: None };
    loop {
        let channel = channel.clone();
        let found = site.reader.ask(move |store| store.quarantine(channel.as_deref(), page)).await?;
        let last = found.last().map(|view| view.raw_id.0);
        for view in found {
            // One that meets something damaged stays, and does not keep the others from being tried.
            match replay_one(&site, view, None, &caller).await {
                Ok(Replayed::Released(_)) => told.released += 1,
                Ok(Replayed::Kept | Replayed::NotThere) => told.kept += 1,
                Err(problem) if problem.refusal.code == RefusalCode::Internal => told.kept += 1,
                Err(problem) => return Err(problem),
            }
        }
        match last {
            Some(last) => page.after = Some(last),
            None => return Ok(Json(told)),
        }
    }
}

/// Maps a quarantined record by the live pack and has it decided; `mended` stands in for its content.
async fn replay_one(
    site: &Site,
    view: QuarantineView,
    mended: Option<Value>,
    caller: &Caller,
) -> Result<Replayed, Problem> {
    let pack = site.supervisor.pack();
    let Some(record) = pack.map_kept(&view.channel, view.record_id, mended.unwrap_or(view.body), view.at) else {
        return Ok(Replayed::Kept);
    };
    Ok(site.desk.replay(view.raw_id, record, caller.actor(), &pack.rules).await?)
}

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;

/// Why a record is discarded.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiscardBody {
    /// Free of personal data: a source that delivers the record again is answered with it. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"测试数据")]
    reason: String,
}

/// What became of a discarded record.
#[derive(Serialize, JsonSchema)]
pub(super) struct DiscardedDocument {
    /// Always `discarded`.
    #[schemars(example = &"discarded")]
    became: &'static str,
    /// The rule that it counts under.
    rule: String,
}

/// Discards a record for good. The reason stands in clear where rules do, so it is masked.
pub(super) async fn discard(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(RawPath { raw_id }): Path<RawPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(DiscardBody { reason }): extract::Json<DiscardBody>,
) -> Answer<DiscardedDocument> {
    let reason = reason.trim();
    if !(1..=MAX_REASON_CHARS).contains(&reason.chars().count()) {
        return Err(Problem::invalid(&format!("give a reason of 1 to {MAX_REASON_CHARS} characters")));
    }
    let rule = format!("operator: {}", mask_text(reason));
    let sight = Sight::of(&site, &caller);
    let raw = site.reader.ask(move |store| sight.quarantined(store, RawKey(raw_id))).await?;
    if !site.desk.discard(raw, rule.clone(), caller.actor(), &site.rules()).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(actor = caller.name, raw_id, "A quarantined record was discarded.");
    Ok(Json(DiscardedDocument { became: "discarded", rule }))
}
