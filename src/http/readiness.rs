//! `/readyz`: whether everything works that a gateway is for, and what does not.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use aide::transform::TransformOperation;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Site;
use super::health::{BrokerHealth, broker};
use crate::forward::ForwardState;
use crate::store::StoreHandle;

/// For how long an answer of the store is believed: asking it writes, and anybody may ask.
const BELIEVED: Duration = Duration::from_secs(1);

/// What a question writes: little, because it is asked often and the disk may be small.
const PROBE_BYTES: u32 = 16;

/// What the store said last.
#[derive(Debug, Default)]
pub struct Readiness {
    store: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    /// Whether the store can be written.
    pub(super) async fn store_takes(&self, writer: &StoreHandle) -> bool {
        let mut last = self.store.lock().await;
        if let Some((at, takes)) = *last
            && at.elapsed() < BELIEVED
        {
            return takes;
        }
        let written = writer.ask(|store| store.probe(PROBE_BYTES)).await;
        if let Err(error) = &written {
            tracing::warn!(%error, "The store takes nothing.");
        }
        *last = Some((Instant::now(), written.is_ok()));
        written.is_ok()
    }
}

/// Whether everything works.
#[derive(Serialize, JsonSchema)]
pub(super) struct ReadinessDocument {
    /// Whether nothing is missing.
    ready: bool,
    /// Whether complaints are taken: also while the broker is away.
    intake: bool,
    /// What is missing.
    missing: Vec<Missing>,
    /// The broker.
    broker: BrokerHealth,
}

/// A part that does not work.
#[derive(Serialize, JsonSchema)]
struct Missing {
    /// Which: `store`, `forwarding` or `status_updates`.
    #[schemars(example = &"forwarding")]
    part: &'static str,
    /// What is wrong, in Chinese.
    #[schemars(example = &"RabbitMQ 连接中断")]
    zh: &'static str,
    /// The same in English.
    #[schemars(example = &"the connection to RabbitMQ is lost")]
    en: &'static str,
}

/// The answers of [`readyz`], for the OpenAPI document.
pub(super) fn answers(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.response::<200, Json<ReadinessDocument>>().response::<503, Json<ReadinessDocument>>()
}

/// Ready: what comes in can be stored, what is stored can leave, and platforms are heard. What is missing is named. Complaints
/// are taken also while the broker is away, as long as the store takes them: `intake` says so.
pub(super) async fn readyz(State(site): State<Arc<Site>>) -> (StatusCode, Json<ReadinessDocument>) {
    let stored = site.readiness.store_takes(&site.writer).await;
    let missing = missing(stored, &site.forward);
    let ready = missing.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(ReadinessDocument { ready, intake: stored, missing, broker: broker(&site) }))
}

/// What does not work.
fn missing(stored: bool, forward: &ForwardState) -> Vec<Missing> {
    let parts = [
        (stored, "store", "数据库不可写", "the store takes nothing"),
        (
            forward.connected.load(Ordering::Relaxed),
            "forwarding",
            "未连接消息队列，或交换机与队列尚未声明",
            "not connected to the broker, or its exchanges and queues are not declared yet",
        ),
        (
            !forward.blocked.load(Ordering::Relaxed),
            "forwarding",
            "消息队列暂停接收消息（内存或磁盘不足）",
            "the broker takes no messages for now (it is short of memory or disk)",
        ),
        (
            forward.consuming.load(Ordering::Relaxed),
            "status_updates",
            "未接收办理状态",
            "status updates are not consumed",
        ),
    ];
    parts.into_iter().filter(|(there, ..)| !there).map(|(_, part, zh, en)| Missing { part, zh, en }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_work_is_named() {
        let named = |stored, forward: &ForwardState| -> Vec<&'static str> {
            missing(stored, forward).iter().map(|missing| missing.part).collect()
        };
        let forward = ForwardState::default();
        assert_eq!(named(false, &forward), ["store", "forwarding", "status_updates"]);
        forward.connected.store(true, Ordering::Relaxed);
        forward.consuming.store(true, Ordering::Relaxed);
        assert!(named(true, &forward).is_empty());
        forward.blocked.store(true, Ordering::Relaxed);
        assert_eq!(named(true, &forward), ["forwarding"], "connected, and nothing can leave");
    }
}
