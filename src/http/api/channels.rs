//! What people do with channels: pause them, let them go on, have them pulled at once, and try them without anything being kept.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::RefusalCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Answer;
use super::trace::ChannelPath;
use crate::audit::{AuditAction, AuditEntry};
use crate::channels::CommandError;
use crate::http::Site;
use crate::http::caller::{Caller, Operator};
use crate::http::documents::ChannelDocument;
use crate::http::extract::{self, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::mapping::{Becomes, Found, Standing, Tested, TestedRecord};
use crate::people::Scope;
use crate::store::PauseRow;

/// Longest reason, in characters.
const MAX_REASON_CHARS: usize = 200;
/// After how many seconds it is worth having a channel tried again.
const BUSY_S: i64 = 30;

/// Why a channel is paused.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseBody {
    /// Why, for those who find it paused: free of personal data. At most 200 characters.
    #[schemars(length(max = 200))]
    #[schemars(example = &"对方系统升级，今晚恢复")]
    reason: Option<String>,
}

/// What a channel would read now.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelTest")]
pub(super) struct TestDocument {
    /// Whether nothing was found that does not work.
    #[schemars(example = true)]
    works: bool,
    /// What was found out, in the order in which it was tried.
    found: Vec<FoundDocument>,
    /// At most ten records that would be read; null for whom what is not sorted into matters is not shown.
    records: Option<Vec<TestedDocument>>,
}

/// Something that was found out, with what to do about it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelTestFinding")]
struct FoundDocument {
    /// How it stands.
    #[schemars(extend("enum" = Standing::ALL.map(|(_, name)| name)))]
    #[schemars(example = &"works")]
    standing: &'static str,
    /// In Chinese.
    #[schemars(example = &"来源有应答，用时 84 毫秒")]
    zh: String,
    /// In English.
    #[schemars(example = &"the source answers, after 84 ms")]
    en: String,
}

/// A record that would be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelTestRecord")]
struct TestedDocument {
    /// The source's id of it, masked.
    record_id: String,
    /// What would become of it.
    #[schemars(extend("enum" = Becomes::ALL.map(|(_, name)| name)))]
    #[schemars(example = &"complaint")]
    becomes: &'static str,
    /// Its first problems, without what stands in the record.
    problems: Vec<TestedProblem>,
}

/// A problem of a record that would be read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChannelTestProblem")]
struct TestedProblem {
    /// In Chinese.
    #[schemars(example = &"occurred_at：不是日期或时间；请检查表达式")]
    zh: String,
    /// In English.
    #[schemars(example = &"occurred_at: is no date or time; look at the expression")]
    en: String,
}

impl From<Found> for FoundDocument {
    fn from(Found { standing, zh, en }: Found) -> Self {
        Self { standing: standing.name(), zh, en }
    }
}

impl From<TestedRecord> for TestedDocument {
    fn from(TestedRecord { record_id, becomes, problems }: TestedRecord) -> Self {
        let problems = problems.into_iter().map(|(zh, en)| TestedProblem { zh, en }).collect();
        Self { record_id, becomes: becomes.name(), problems }
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        let (zh, en) = match error {
            CommandError::NoChannel => return Self::not_found(),
            CommandError::Store(error) => return error.into(),
            CommandError::Pushed => {
                ("这个渠道由来源推送，没有可拉取的", "the source of this channel pushes: there is nothing to pull")
            }
            CommandError::Paused => ("渠道已暂停；请先恢复", "the channel is paused; let it go on first"),
            CommandError::TooSoon(seconds) => {
                let zh = format!("刚刚拉取过；请 {seconds} 秒后再试");
                let en = format!("it was pulled just now; ask again in {seconds} s");
                return Self::new(RefusalCode::TooManyRequests, zh, en).after(seconds);
            }
            CommandError::Busy => {
                let (zh, en) = ("这个渠道正在试读，请稍后再试", "the channel is being tried already; ask again later");
                return Self::new(RefusalCode::TooManyRequests, zh, en).after(BUSY_S);
            }
        };
        Self::new(RefusalCode::Conflict, zh, en)
    }
}

/// Whether somebody may work at a channel: its matters are of all places, kinds and units. One beyond the scope is not there.
fn may_work_at(caller: &Caller, id: &str) -> Result<(), Problem> {
    let Scope { districts, departments, categories, channels } = &*caller.scope;
    if !channels.is_empty() && !channels.iter().any(|channel| channel == id) {
        return Err(Problem::not_found());
    }
    if [districts, departments, categories].iter().any(|bounds| !bounds.is_empty()) {
        let (zh, en) = (
            "渠道里有全市各类诉求，你的范围限于部分区划、部门或分类，不能操作渠道",
            "a channel has matters of all places, units and kinds, and your scope is bound to some of them",
        );
        return Err(Problem::new(RefusalCode::Forbidden, zh, en));
    }
    Ok(())
}

/// An entry about a channel, which the caller may work at.
fn entry(site: &Site, caller: &Caller, action: AuditAction, id: &str) -> Result<AuditEntry, Problem> {
    may_work_at(caller, id)?;
    Ok(site.entry(action, caller.actor()).about("channel", [id]))
}

/// A channel as it stands.
fn shown(site: &Site, id: &str) -> Answer<ChannelDocument> {
    let running = site.supervisor.channel(id).ok_or_else(Problem::not_found)?;
    Ok(Json(ChannelDocument::of(&running, site.clock.now())))
}

pub(super) async fn pause(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ChannelPath { id }): Path<ChannelPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(PauseBody { reason }): extract::Json<PauseBody>,
) -> Answer<ChannelDocument> {
    let entry = entry(&site, &caller, AuditAction::PauseChannel, &id)?;
    let reason = reason.unwrap_or_default().trim().to_owned();
    if reason.chars().count() > MAX_REASON_CHARS {
        return Err(Problem::invalid(&format!("a reason has at most {MAX_REASON_CHARS} characters")));
    }
    let pause = PauseRow { channel: id.clone(), at: site.clock.now(), actor: caller.name, reason };
    site.supervisor.pause(pause, entry).await?;
    shown(&site, &id)
}

pub(super) async fn resume(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ChannelPath { id }): Path<ChannelPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ChannelDocument> {
    let entry = entry(&site, &caller, AuditAction::ResumeChannel, &id)?;
    site.supervisor.resume(&id, entry).await?;
    shown(&site, &id)
}

pub(super) async fn pull(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ChannelPath { id }): Path<ChannelPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<ChannelDocument> {
    let entry = entry(&site, &caller, AuditAction::PullChannel, &id)?;
    site.supervisor.pull_now(&id, entry).await?;
    shown(&site, &id)
}

pub(super) async fn test(
    Operator(caller): Operator,
    State(site): State<Arc<Site>>,
    Path(ChannelPath { id }): Path<ChannelPath>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<TestDocument> {
    let entry = entry(&site, &caller, AuditAction::TestChannel, &id)?;
    let Tested { found, records } = site.supervisor.test(&id, entry).await?;
    let sees_records = Sight::of(&site, &caller).sees_unsorted();
    Ok(Json(TestDocument {
        works: found.iter().all(|one| one.standing != Standing::Fails),
        found: found.into_iter().map(FoundDocument::from).collect(),
        records: sees_records.then(|| records.into_iter().map(TestedDocument::from).collect()),
    }))
}
