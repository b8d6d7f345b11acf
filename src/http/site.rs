//! What the handlers share, and how they refuse.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Readiness;
use crate::channels::Supervisor;
use crate::clock::Clock;
use crate::desk::{DeskError, DeskHandle};
use crate::forward::{FileAddresses, ForwardState};
use crate::pack::Rules;
use crate::store::{StoreError, StoreHandle, Vault};
use crate::telemetry::Metrics;

/// What the handlers share.
#[derive(Debug)]
pub struct Site {
    /// The channels and the live pack.
    pub supervisor: Arc<Supervisor>,
    /// Where changes go.
    pub desk: DeskHandle,
    /// The store's writer.
    pub writer: StoreHandle,
    /// The store's reader.
    pub reader: StoreHandle,
    /// For erasure by telephone number.
    pub vault: Arc<Vault>,
    /// Checks addresses of files; none where feeds get no such addresses.
    pub files: Option<FileAddresses>,
    /// Metrics.
    pub metrics: Arc<Metrics>,
    /// Forwarding.
    pub forward: Arc<ForwardState>,
    /// Whether the store can be written.
    pub readiness: Readiness,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl Site {
    /// What the desk decides by now.
    pub(super) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.supervisor.pack().rules)
    }
}

/// A refusal with a status and a reason in both languages.
#[derive(Debug)]
pub(super) struct ApiError {
    pub status: StatusCode,
    pub zh: String,
    pub en: String,
}

impl ApiError {
    /// Something stored cannot be understood; trying again does not help.
    fn damaged(what: &str) -> Self {
        tracing::error!(what, "A request meets something stored that cannot be read.");
        let zh = format!("库中数据损坏，重试无用，请运行 huiliu doctor（{what}）");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, zh, what)
    }

    pub(super) fn new(status: StatusCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { status, zh: zh.into(), en: en.into() }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "没有找到", "not found")
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, axum::Json(json!({ "error": self.en, "error_zh": self.zh }))).into_response()
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if error.is_damage() {
            return Self::damaged(&error.to_string());
        }
        tracing::error!(%error, "A request failed in the store.");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "数据库暂时不可用", "the store is not available; try again")
    }
}

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::Damaged(what) => return Self::damaged(&what),
            DeskError::NotRead(_) => {
                let zh = "数据库暂时读不了，请重试";
                return Self::new(StatusCode::SERVICE_UNAVAILABLE, zh, format!("{error}; try again"));
            }
            DeskError::NotStored(_) | DeskError::Stopped => {}
        }
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "没有存下任何更改，请重试", format!("{error}; try again"))
    }
}
