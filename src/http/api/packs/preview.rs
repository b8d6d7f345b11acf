//! What a draft would make of the newest records, beside what the live pack makes of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drafts::{DraftPath, draft};
use super::interrupted;
use super::publishing::not_tried;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::api::Answer;
use crate::http::caller::Admin;
use crate::http::extract::{Json as JsonBody, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::pack::{KeptRecord, MadeOtherwise, Pack};
use crate::store::{RecordView, Store, StoreError};

/// Records that are looked at where nothing is said.
const USUAL_RECORDS: usize = 200;
/// Most records that are looked at.
const MAX_RECORDS: usize = 1_000;
/// Most of them that are shown with what differs.
const MAX_SHOWN: usize = 100;

/// Which records are looked at.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = serde_json::json!({ "records": 200 }))]
pub(in crate::http::api) struct PreviewBody {
    /// How many of the newest, 1 to 1,000; default 200.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1_000), example = 200)]
    records: Option<usize>,
    /// Of this channel only.
    #[serde(default)]
    channel: Option<String>,
}

/// What a draft would change.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct DraftPreview {
    /// Revision that was looked at.
    revision: i64,
    /// Records that were looked at, each as if it came alone and now.
    #[schemars(example = 200)]
    records: usize,
    /// Those of which the draft makes something else than the live pack.
    #[schemars(example = 15)]
    changed: usize,
    /// How many records differ in what: `becomes`, `problems`, `kind`, `category`, `district`, `department`, `grade`, `due_at`, `tags`,
    /// `clock:` with the code of a clock, `complaint.` with another member of the complaint.
    #[schemars(example = serde_json::json!({ "category": 3, "clock:finish": 12 }))]
    members: BTreeMap<String, usize>,
    /// The newest of them, at most 100.
    changes: Vec<ChangedRecord>,
}

/// A record of which a draft makes something else.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct ChangedRecord {
    /// Number of the raw record.
    #[schemars(example = 1240)]
    raw: i64,
    /// Its channel.
    channel: String,
    /// Receipt number of the complaint that it is, where it is one.
    receipt: Option<String>,
    /// When it was received.
    received_at: Timestamp,
    /// What differs.
    differs: Vec<ChangedMember>,
}

/// What differs of a record.
#[derive(Serialize, JsonSchema)]
pub(in crate::http::api) struct ChangedMember {
    /// What it is, as in `members`.
    #[schemars(example = &"grade")]
    member: String,
    /// By the live pack: names with their codes, and times of the city. Null where it gives none, and for members of a complaint that
    /// may be personal.
    #[schemars(example = &"一般 (general)")]
    live: Option<String>,
    /// By the draft.
    #[schemars(example = &"紧急 (urgent)")]
    draft: Option<String>,
}

impl From<MadeOtherwise> for ChangedMember {
    fn from(MadeOtherwise { member, now, then }: MadeOtherwise) -> Self {
        Self { member, live: now, draft: then }
    }
}

/// The newest records of which a caller may know, with the receipts of what they became.
fn kept(
    store: &mut dyn Store,
    sight: &Sight,
    (channel, most): (Option<&str>, usize),
) -> Result<Vec<(RecordView, Option<String>)>, StoreError> {
    let mut found = Vec::new();
    for record in store.latest_records(channel, most)? {
        if !sight.sees_record(store, &record.channel, &record.record_id)? {
            continue;
        }
        let place = (record.channel.clone(), record.record_id.clone());
        let receipt = store.heads_by_number(&[place])?.into_values().next().map(|head| head.receipt);
        found.push((record, receipt));
    }
    Ok(found)
}

pub(in crate::http::api) async fn preview(
    Admin(caller): Admin,
    State(site): State<Arc<Site>>,
    Path(DraftPath { id }): Path<DraftPath>,
    Query(Nothing {}): Query<Nothing>,
    JsonBody(PreviewBody { records, channel }): JsonBody<PreviewBody>,
) -> Answer<DraftPreview> {
    let most = records.unwrap_or(USUAL_RECORDS);
    if !(1..=MAX_RECORDS).contains(&most) {
        return Err(Problem::invalid(&format!("records must be 1 to {MAX_RECORDS}")));
    }
    let (draft, files) = draft(&site, id).await?;
    let (trial, live) = (site.supervisor.trial(), site.supervisor.pack());
    let loaded = tokio::task::spawn_blocking(move || trial.load(&files)).await.map_err(interrupted)?;
    let then = loaded.map_err(|error| not_tried(&site, error))?;
    let is_known = |pack: &Pack, channel: &str| pack.channels.contains_key(channel);
    if let Some(channel) = channel.as_deref().filter(|channel| !is_known(&live, channel) && !is_known(&then, channel)) {
        let en = format!("neither the draft nor the live pack has a channel {channel}");
        return Err(Problem::new(RefusalCode::NotFound, format!("草稿和当前配置包都没有渠道 {channel}"), en));
    }
    let sight = Sight::of(&site, &caller);
    let found = site.reader.ask(move |store| kept(store, &sight, (channel.as_deref(), most))).await?;
    let entry = site.entry(AuditAction::LookPack, caller.actor()).about("draft", [id]);
    site.note(entry.counted(found.len())).await?;
    let compared = tokio::task::spawn_blocking(move || compared(&live, &then, found)).await.map_err(interrupted)?;
    Ok(Json(DraftPreview { revision: draft.revision, ..compared }))
}

fn compared(live: &Pack, then: &Pack, found: Vec<(RecordView, Option<String>)>) -> DraftPreview {
    let mut preview =
        DraftPreview { revision: 0, records: found.len(), changed: 0, members: BTreeMap::new(), changes: Vec::new() };
    for (view, receipt) in found {
        let RecordView { raw_id, channel, record_id, received_at, body, .. } = view;
        let record = KeptRecord { channel, record_id, body, received_at };
        let differs = crate::pack::made_otherwise(live, then, &record);
        if differs.is_empty() {
            continue;
        }
        preview.changed += 1;
        for differing in &differs {
            *preview.members.entry(differing.member.clone()).or_default() += 1;
        }
        if preview.changes.len() < MAX_SHOWN {
            let differs = differs.into_iter().map(ChangedMember::from).collect();
            let channel = record.channel;
            preview.changes.push(ChangedRecord { raw: raw_id.0, channel, receipt, received_at, differs });
        }
    }
    preview
}
