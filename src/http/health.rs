//! `/healthz` and `/metrics`. They and `/readyz` hold no personal data and need no token: keep the listener inside.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::Site;
use super::site::ApiError;

/// Alive, with what an operator wants to see at once.
pub(super) async fn healthz(State(site): State<Arc<Site>>) -> Result<Json<Value>, ApiError> {
    let queues = site.reader.ask(|store| store.queue_counts()).await?;
    let (pack, reload) = (site.supervisor.pack(), site.supervisor.reload_state());
    let channels: Vec<Value> = site
        .supervisor
        .channels()
        .into_iter()
        .map(|running| {
            let health = running.health.snapshot();
            json!({ "id": running.channel.id, "state": health.state, "failures": health.failures, "records": health.records, "alarms": health.alarms.len() })
        })
        .collect();
    Ok(Json(json!({
        "status": "ok",
        "pack": {
            "city": pack.city.name, "version": pack.version, "live_since": reload.live_since,
            "last_reload_failed_at": reload.failed.as_ref().map(|(at, _)| at),
            "last_reload_problems": reload.failed.map_or(0, |(_, problems)| problems.len()),
        },
        "broker": broker(&site),
        "channels": channels,
        "queues": {
            "outbox": queues.outbox, "replies_pending": queues.replies_pending, "replies_dead": queues.replies_dead,
            "reviews": queues.reviews, "quarantine": queues.quarantine,
        },
    })))
}

/// The broker as it is seen from here.
pub(super) fn broker(site: &Site) -> Value {
    let lengths = site.forward.lengths();
    let alarms: Vec<Value> = site.forward.alarms().into_iter().map(|(zh, en)| json!({ "zh": zh, "en": en })).collect();
    let stopped: Vec<String> = site.forward.faults().into_iter().filter_map(|fault| fault.feed).collect();
    json!({
        "connected": site.forward.connected.load(Ordering::Relaxed),
        "consuming": site.forward.consuming.load(Ordering::Relaxed),
        "blocked": site.forward.blocked.load(Ordering::Relaxed),
        "unrouted": lengths.unrouted,
        "dead": lengths.dead,
        "refused": lengths.refused,
        "stopped_feeds": stopped,
        "alarms": alarms,
        "last_error": site.forward.last_error(),
    })
}

/// OpenMetrics text.
pub(super) async fn metrics(State(site): State<Arc<Site>>) -> Result<impl IntoResponse, ApiError> {
    let queues = site.reader.ask(|store| store.queue_counts()).await?;
    let text = site.metrics.encode(queues, &site.forward);
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}
