//! The live trace of one channel: asking for it turns it on, and it goes off by itself. Who may not see citizens' data, or not the
//! matters of every kind, sees neither bodies nor header fields, and of URLs no query.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use huiliu_adapter_api::{Judged, RefusalCode, Trace, TracedMessage};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::Answer;
use crate::audit::AuditAction;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::extract::{Path, Query};
use crate::http::problem::Problem;
use crate::http::sight::Sight;
use crate::mask::mask_text;

/// Longest wait for a call, in seconds.
const MAX_WAIT_S: u64 = 30;

/// A channel.
#[derive(Deserialize, JsonSchema)]
pub(super) struct ChannelPath {
    /// Id of the channel.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,40}$"))]
    #[schemars(example = &"hotline")]
    pub(super) id: String,
}

/// Which calls, and how long to wait for one.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TraceQuery {
    /// `after` of the page before; without it all that are remembered are given.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: Option<String>,
    /// Seconds to wait where there is none; default 0.
    #[schemars(range(min = 0, max = 30))]
    wait_s: Option<u64>,
}

/// Calls of a channel.
#[derive(Serialize, JsonSchema)]
pub(super) struct TracePage {
    /// The calls, the oldest first; at most 50 are remembered.
    calls: Vec<TracedCall>,
    /// For `after` of the next page.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    after: String,
    /// Until when calls are remembered; asking again puts it off. What is remembered is forgotten then.
    on_until: Timestamp,
}

/// One call to the channel's source, or of it. Secrets are left out.
#[derive(Serialize, JsonSchema)]
pub(super) struct TracedCall {
    /// Number, growing from call to call.
    #[schemars(regex(pattern = r"^[0-9]{1,18}$"))]
    #[schemars(example = &"17")]
    id: String,
    /// When it began.
    at: Timestamp,
    /// Which call: `list`, `detail`, `sign`, `reply`, `login.1`…; `push` where the source calls.
    call: String,
    /// HTTP method.
    method: String,
    /// URL; of a push what follows the host. Without its query for whom bodies are not shown.
    #[schemars(example = &"https://hotline.example.com/orders?page=1")]
    url: String,
    /// What was asked.
    request: Message,
    /// HTTP status of the answer; null where none came.
    status: Option<u16>,
    /// What was answered; null where nothing came.
    answer: Option<Message>,
    /// How it was judged: by the rules of the call, or of a push whether it was taken.
    #[schemars(extend("enum" = judged()))]
    judged: &'static str,
    /// Why, where it was no success; null for whom bodies are not shown: the other side's words may name somebody.
    #[schemars(example = None::<&str>)]
    reason: Option<String>,
    /// How long it took, in milliseconds.
    took_ms: u64,
}

/// Header fields and the beginning of a body.
#[derive(Serialize, JsonSchema)]
pub(super) struct Message {
    /// Header fields in their order; null for whom bodies are not shown.
    headers: Option<Vec<HeaderField>>,
    /// The first 4,096 bytes of the body as text; null of a login, below operator, and, where a city has confidential kinds, for tokens
    /// that they do not name.
    body: Option<String>,
    /// Bytes of the whole body.
    bytes: usize,
}

/// One header field.
#[derive(Serialize, JsonSchema)]
pub(super) struct HeaderField {
    /// Name in small letters.
    #[schemars(example = &"content-type")]
    name: String,
    /// Value, without secrets.
    #[schemars(example = &"application/json")]
    value: String,
}

fn judged() -> Vec<&'static str> {
    Judged::ALL.iter().map(|(_, name)| *name).collect()
}

impl TracedCall {
    fn of(call: &huiliu_adapter_api::TracedCall, whole: bool) -> Self {
        let masked = |text: &str| if whole { text.to_owned() } else { mask_text(text) };
        let path = call.url.split('?').next().unwrap_or_default();
        Self {
            id: call.id.to_string(),
            at: call.at,
            call: call.call.clone(),
            method: call.method.clone(),
            url: masked(if whole { &call.url } else { path }),
            request: Message::of(&call.request, whole),
            status: call.status,
            answer: call.answer.as_ref().map(|answer| Message::of(answer, whole)),
            judged: call.judged.name(),
            reason: call.reason.clone().filter(|_| whole),
            took_ms: u64::try_from(call.took.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

impl Message {
    fn of(message: &TracedMessage, whole: bool) -> Self {
        let fields =
            message.headers.iter().map(|(name, value)| HeaderField { name: name.clone(), value: value.clone() });
        Self {
            headers: whole.then(|| fields.collect()),
            body: message.body.clone().filter(|_| whole),
            bytes: message.bytes,
        }
    }
}

pub(super) async fn trace(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Path(ChannelPath { id }): Path<ChannelPath>,
    Query(query): Query<TraceQuery>,
) -> Answer<TracePage> {
    let (after, wait_s) = (read_after(query.after.as_deref())?, query.wait_s.unwrap_or(0));
    if wait_s > MAX_WAIT_S {
        return Err(Problem::new(
            RefusalCode::InvalidRequest,
            format!("wait_s 应为 0 到 {MAX_WAIT_S}"),
            format!("wait_s must be 0 to {MAX_WAIT_S}"),
        ));
    }
    let channel = site.supervisor.pack().channels.get(&id).cloned().ok_or_else(Problem::not_found)?;
    let trace = channel.adapter.trace().ok_or_else(|| {
        let (zh, en) = ("这个渠道没有 HTTP 调用可跟踪", "this channel makes no HTTP calls that could be followed");
        Problem::new(RefusalCode::Conflict, zh, en)
    })?;
    let whole = caller.sees_contacts() && Sight::of(&site, &caller).sees_unsorted();
    if whole {
        site.note(site.entry(AuditAction::FollowChannel, caller.actor()).about("channel", [&id])).await?;
    }
    let on_until = trace.keep_on(site.clock.now());
    let until = Instant::now() + Duration::from_secs(wait_s);
    // Who waits holds a connection: there are so many for it, and no more.
    let place = (wait_s > 0).then(|| Arc::clone(&site.event_waits).try_acquire_owned().ok()).flatten();
    let calls = calls_after(trace, after, place.is_some().then_some(until)).await;
    let last = calls.last().map_or(after, |call| call.id);
    let calls = calls.iter().map(|call| TracedCall::of(call, whole)).collect();
    Ok(Json(TracePage { calls, after: last.to_string(), on_until }))
}

async fn calls_after(trace: &Trace, after: i64, until: Option<Instant>) -> Vec<huiliu_adapter_api::TracedCall> {
    loop {
        let bell = trace.noted();
        tokio::pin!(bell);
        // Before the look: what is noted after it rings.
        bell.as_mut().enable();
        let found = trace.since(after);
        let left = until.map(|until| until.saturating_duration_since(Instant::now())).unwrap_or_default();
        if !found.is_empty() || left.is_zero() {
            return found;
        }
        drop(tokio::time::timeout(left, bell).await);
    }
}

fn read_after(text: Option<&str>) -> Result<i64, Problem> {
    let Some(text) = text else { return Ok(0) };
    let is_cursor = (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = text.parse().ok().filter(|_| is_cursor);
    read.ok_or_else(|| Problem::invalid("after is not the `after` of a page"))
}
