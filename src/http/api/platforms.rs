//! Platforms that do not speak AMQP: they pull their feeds, and send status updates by REST. A token opens the feeds that name it,
//! and nothing else.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use huiliu_adapter_api::{RefusalCode, is_traceparent, wording};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Answer;
use crate::city::Carrier;
use crate::desk::{Applied, Refusal};
use crate::forward::wire::v1::{StatusUpdateV1, read_status_update};
use crate::http::Site;
use crate::http::caller::{Caller, Platform};
use crate::http::documents::{EventBatch, cursor, statuses};
use crate::http::extract::{self, JsonText, Nothing, Path, Query};
use crate::http::problem::Problem;
use crate::key::DeliveryKey;
use crate::store::{DeliveryResult, DeliveryState, PendingDelivery, Store, StoreError};
use crate::ticket::{Sender, StatusUpdate};

/// Events of a page where the caller does not say.
const DEFAULT_EVENTS: usize = 100;
/// Most events of a page.
const MAX_EVENTS: usize = 500;
/// Most bytes of a page, unless one event alone is larger.
const MAX_PAGE_BYTES: usize = 8 << 20;
/// Longest wait for an event, in seconds.
const MAX_WAIT_S: u64 = 60;
/// Longest time between two looks of a caller that waits: what was given up and is tried again rings no bell.
const LOOK: Duration = Duration::from_secs(5);

/// A feed.
#[derive(Deserialize, JsonSchema)]
pub(super) struct FeedPath {
    /// Name of the feed.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))]
    #[schemars(example = &"county")]
    name: String,
}

/// Which events, and how long to wait for one.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventQuery {
    /// `sequence` of an event: only events behind it. Without it from the first that is not acknowledged.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Most events; default 100.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    /// Seconds to wait where there is none; default 0.
    #[schemars(range(min = 0, max = 60))]
    wait_s: Option<u64>,
}

/// Up to where a platform has the events of a feed.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = Acknowledgement { through: "000000000000000042".to_owned() })]
pub(super) struct Acknowledgement {
    /// `sequence` of the last event that is stored: it and all before it are not given again.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    through: String,
}

/// What was acknowledged.
#[derive(Serialize, JsonSchema)]
pub(super) struct Acknowledged {
    /// Events that are not given again, and were before: 0 where all of them were acknowledged already.
    acknowledged: u64,
}

/// What came of a status update.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct StatusResult {
    /// `accepted`: it changed the ticket. `repeated`: it was there before, and changed nothing now. `late`: a newer one of the same
    /// platform had been accepted; it is stored and changed nothing. `submitted`: the answer waits for approval.
    #[schemars(extend("enum" = ["accepted", "repeated", "late", "submitted"]))]
    verdict: &'static str,
    /// Id of the ticket.
    ticket_id: String,
    /// The version that the ticket has now.
    ticket_version: u64,
    /// The status that the ticket has now.
    #[schemars(extend("enum" = statuses()))]
    ticket_status: &'static str,
}

pub(super) async fn events(
    Platform(caller): Platform,
    State(site): State<Arc<Site>>,
    Path(FeedPath { name }): Path<FeedPath>,
    Query(query): Query<EventQuery>,
) -> Result<EventBatch, Problem> {
    own_feed(&site, &caller, &name)?;
    let after = query.after.as_deref().map(read_cursor).transpose()?.unwrap_or(DeliveryKey(0));
    let (limit, wait_s) = (query.limit.unwrap_or(DEFAULT_EVENTS), query.wait_s.unwrap_or(0));
    if !(1..=MAX_EVENTS).contains(&limit) || wait_s > MAX_WAIT_S {
        return Err(Problem::new(
            RefusalCode::InvalidRequest,
            format!("limit 应为 1 到 {MAX_EVENTS}，wait_s 应为 0 到 {MAX_WAIT_S}"),
            format!("limit must be 1 to {MAX_EVENTS}, and wait_s 0 to {MAX_WAIT_S}"),
        ));
    }
    let until = Instant::now() + Duration::from_secs(wait_s);
    // Who waits holds a connection: there are so many for it, and no more.
    let place = (wait_s > 0).then(|| Arc::clone(&site.event_waits).try_acquire_owned().ok()).flatten();
    loop {
        let bell = site.delivery_bell.notified();
        tokio::pin!(bell);
        // Before the look: what is stored after it rings.
        bell.as_mut().enable();
        let found = pending(&site, name.clone(), after, limit).await?;
        let left = until.saturating_duration_since(Instant::now());
        if !found.is_empty() || place.is_none() || left.is_zero() {
            return Ok(EventBatch::of(&found));
        }
        drop(tokio::time::timeout(left.min(LOOK), bell).await);
    }
}

/// A page of a feed. An event that cannot be read would hold up the feed for ever: it is given up, and a person has to see to it.
async fn pending(
    site: &Site,
    feed: String,
    after: DeliveryKey,
    limit: usize,
) -> Result<Vec<PendingDelivery>, StoreError> {
    loop {
        let name = feed.clone();
        let look = move |store: &mut dyn Store| store.pending_deliveries(&name, after, limit, MAX_PAGE_BYTES);
        match site.reader.ask(look).await {
            Err(StoreError::Damaged { table: "delivery", row, reason }) => {
                tracing::error!(
                    feed,
                    delivery = row,
                    reason,
                    "An event cannot be read; it is given up, and listed as dead."
                );
                let (error, now) = (Some(format!("its content cannot be read: {reason}")), site.clock.now());
                let result = DeliveryResult { state: DeliveryState::Dead, error, proof: None, next_at: None };
                site.writer.ask(move |store| store.mark_deliveries(&[DeliveryKey(row)], &result, now)).await?;
            }
            found => return found,
        }
    }
}

pub(super) async fn acknowledge(
    Platform(caller): Platform,
    State(site): State<Arc<Site>>,
    Path(FeedPath { name }): Path<FeedPath>,
    Query(Nothing {}): Query<Nothing>,
    extract::Json(body): extract::Json<Acknowledgement>,
) -> Answer<Acknowledged> {
    own_feed(&site, &caller, &name)?;
    let (through, now) = (read_cursor(&body.through)?, site.clock.now());
    let done = site.writer.ask(move |store| store.acknowledge_deliveries(&name, through, now)).await?;
    let acknowledged = done.ok_or_else(|| {
        let through = cursor(through);
        Problem::new(
            RefusalCode::Conflict,
            format!("这个订阅流还没有发出过 {through}：只能确认收到过的消息"),
            format!("this feed has no event {through} yet; acknowledge what you were given"),
        )
    })?;
    Ok(Json(Acknowledged { acknowledged }))
}

pub(super) async fn status(
    Platform(caller): Platform,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
    headers: HeaderMap,
    JsonText { text, described: PhantomData }: JsonText<StatusUpdateV1>,
) -> Answer<StatusResult> {
    let update = read_status_update(&text).map_err(|reasons| {
        site.metrics.status_update(None);
        let zh = format!("办理状态与约定的格式不符{}", wording::original(reasons.join("; ")));
        Problem::new(RefusalCode::InvalidRequest, zh, reasons.join("; ")).because(reasons)
    })?;
    let trace = headers.get("traceparent").and_then(|value| value.to_str().ok()).filter(|trace| is_traceparent(trace));
    let update = StatusUpdate { sender: Sender::Token(caller.name), trace: trace.map(str::to_owned), ..update };
    let ticket_id = update.ticket_id.clone();
    let judged = site.desk.status_of(update, &site.rules()).await?;
    told(&site, ticket_id, judged).await
}

/// What a sender is told who waits for what came of an update.
pub(in crate::http) async fn told(
    site: &Site,
    ticket_id: String,
    judged: Result<Applied, Refusal>,
) -> Answer<StatusResult> {
    match judged {
        Ok(Applied { verdict, version, status }) => {
            site.metrics.status_update(Some(verdict));
            let (verdict, ticket_status) = (verdict.name(), status.wire());
            Ok(Json(StatusResult { verdict, ticket_id, ticket_version: version, ticket_status }))
        }
        Err(refusal) => {
            site.metrics.status_update(None);
            Err(refused(&as_told(site, refusal).await?))
        }
    }
}

/// A refusal as its platform may hear it: of a matter of a confidential kind that it never had, there is no ticket.
async fn as_told(site: &Site, refusal: Refusal) -> Result<Refusal, StoreError> {
    let Refusal::NotSent { ticket, feed } = &refusal else { return Ok(refusal) };
    let (id, feed, rules) = (ticket.clone(), feed.clone(), site.rules());
    let is_hidden = site.reader.ask(move |store| {
        let key = store.ticket_keys(&[&id])?.remove(&id);
        let found = store.tickets(&key.into_iter().collect::<Vec<_>>(), 0)?;
        let confidential = &rules.feeds.confidential;
        Ok(found.iter().any(|detail| !confidential.lets_feed(&feed, &detail.ticket.route.category)))
    });
    Ok(if is_hidden.await? { Refusal::NoTicket(ticket.clone()) } else { refusal })
}

fn refused(refusal: &Refusal) -> Problem {
    let (code, zh) = match refusal {
        Refusal::NoFeed(name) => {
            (RefusalCode::Forbidden, format!("没有订阅流 {name}：platform 应为该平台订阅流的名字"))
        }
        Refusal::ReadOnly(feed) => {
            (RefusalCode::Forbidden, format!("订阅流 {feed} 只供读取（city.toml 的 read_only），不能报办理状态"))
        }
        Refusal::OtherUser(feed) | Refusal::OtherToken(feed) => {
            (RefusalCode::Forbidden, format!("订阅流 {feed} 的办理状态只接受它自己的令牌（设置 token）"))
        }
        Refusal::NotByPeople(feed) => (
            RefusalCode::Forbidden,
            format!("订阅流 {feed} 的办理状态由它的平台报送；控制台用 carrier = \"console\" 的订阅流"),
        ),
        Refusal::OtherUnit => (RefusalCode::Forbidden, "工单由别的单位承办，协办或被吹哨的单位只能到场响应".to_owned()),
        Refusal::OwnUnit => (RefusalCode::Forbidden, "只能为本单位（含下级）到场响应".to_owned()),
        Refusal::SaidBefore => (RefusalCode::Conflict, "已经记过了，或者事情已经办结".to_owned()),
        Refusal::TooManyPhotos(most) => {
            (RefusalCode::Conflict, format!("一件事最多存 {most} 张经办人的照片，已经满了：请不带照片再提交"))
        }
        Refusal::NotSent { ticket, feed } => (RefusalCode::Forbidden, format!("工单 {ticket} 没有发给订阅流 {feed}")),
        Refusal::Left { ticket, feed } => {
            (RefusalCode::Forbidden, format!("工单 {ticket} 已转到别处，不再由订阅流 {feed} 办理"))
        }
        Refusal::NoTicket(id) => (RefusalCode::NotFound, format!("没有工单 {id}")),
        Refusal::Absorbed(Some(successor)) => {
            (RefusalCode::Conflict, format!("工单已并入 {successor}，请改为更新 {successor}"))
        }
        Refusal::Absorbed(None) => (RefusalCode::Conflict, "工单已并入其他工单".to_owned()),
        Refusal::Ahead(at) => (RefusalCode::InvalidRequest, format!("occurred_at {at} 晚于现在，请核对平台的时钟")),
        Refusal::Deadline(at) => {
            (RefusalCode::InvalidRequest, format!("due_at {at} 早于 occurred_at，或晚于它十年以上"))
        }
        Refusal::NotBehind { ticket, receipt } => {
            (RefusalCode::InvalidRequest, format!("results：诉求 {receipt} 不在工单 {ticket} 之下"))
        }
        Refusal::NoStep { step, known } => {
            (RefusalCode::InvalidRequest, format!("rating.step：没有评价档次 {step}；可用：{}", known.join("、")))
        }
        Refusal::NotAllowed { from, to, allowed } => {
            let allowed: Vec<&str> = allowed.iter().map(|status| status.zh()).collect();
            let (from, to, allowed) = (from.zh(), to.zh(), allowed.join("、"));
            (RefusalCode::Conflict, format!("“{from}”之后不能是“{to}”；按城市的规定可以是：{allowed}"))
        }
        Refusal::Act(refusal) if refusal.is_forbidden() => (RefusalCode::Forbidden, refusal.zh()),
        Refusal::Act(refusal) if refusal.is_mistaken() => (RefusalCode::InvalidRequest, refusal.zh()),
        Refusal::Act(refusal) => (RefusalCode::Conflict, refusal.zh()),
        Refusal::Damaged(what) => {
            (RefusalCode::Internal, format!("库中该工单的数据无法读取（{what}），请运行 huiliu doctor"))
        }
    };
    let en = refusal.to_string();
    Problem::new(code, zh, en.clone()).because([en])
}

/// Whether a feed is pulled, and by this caller.
fn own_feed(site: &Site, caller: &Caller, name: &str) -> Result<(), Problem> {
    let rules = site.rules();
    match rules.feeds.get(name) {
        Some(feed) if feed.carrier == Carrier::Http && feed.believes_token(&caller.name) => Ok(()),
        // Which other feeds there are is nobody's business.
        _ => Err(Problem::new(
            RefusalCode::NotFound,
            "没有这个订阅流，或它不归这个令牌：请核对 city.toml 中该订阅流的 carrier = \"http\" 和 token",
            "there is no such feed for this token; look at `carrier = \"http\"` and `token` of the feed in city.toml",
        )),
    }
}

fn read_cursor(text: &str) -> Result<DeliveryKey, Problem> {
    let is_cursor = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = text.parse().ok().filter(|_| is_cursor);
    read.map(DeliveryKey).ok_or_else(|| {
        let en = "a cursor is the `sequence` of an event";
        Problem::new(RefusalCode::InvalidRequest, "游标应为某个事件的 sequence", en)
    })
}
