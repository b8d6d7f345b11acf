//! How the API refuses: problem documents (RFC 9457), of the same form as those of channels.

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode as Statuses};
use aide::operation::OperationOutput;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use huiliu_adapter_api::wording;
use huiliu_adapter_api::{PROBLEM_JSON, PROBLEM_TYPE, Refusal, RefusalCode};
use schemars::JsonSchema;
use serde::Serialize;

use crate::desk::{DeskError, NotReadable};
use crate::store::StoreError;

/// A refusal with a reason in both languages.
#[derive(Debug)]
pub(super) struct Problem {
    pub refusal: Refusal,
    /// Everything that is wrong, in words that stay the same; mostly there is nothing to add.
    reasons: Vec<String>,
}

impl Problem {
    pub(super) fn new(code: RefusalCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Refusal::new(code, zh, en).into()
    }

    /// Says after how many seconds it is worth trying again.
    pub(super) fn after(self, seconds: i64) -> Self {
        Self { refusal: self.refusal.with_header(RETRY_AFTER, HeaderValue::from(seconds)), ..self }
    }

    /// Says everything that is wrong.
    pub(super) fn because(self, reasons: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { reasons: reasons.into_iter().map(Into::into).collect(), ..self }
    }

    pub(super) fn not_found() -> Self {
        Self::new(RefusalCode::NotFound, "没有找到", "not found")
    }

    /// What was sent is not understood.
    pub(super) fn invalid(reason: &str) -> Self {
        Self::new(RefusalCode::InvalidRequest, format!("请求有误{}", wording::original(reason)), reason)
    }

    /// A list is asked for by a state that there is not.
    pub(super) fn no_state(name: &str) -> Self {
        Self::new(RefusalCode::InvalidRequest, format!("没有这种状态：{name}"), format!("there is no state {name}"))
    }

    /// Something stored cannot be understood; trying again does not help.
    fn damaged(what: &str) -> Self {
        tracing::error!(what, "A request meets something stored that cannot be read.");
        let zh = format!("库中数据损坏，重试无用，请运行 huiliu doctor{}", wording::original(what));
        Self::new(RefusalCode::Internal, zh, what)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.refusal.into_response().map(Body::from);
        if !self.reasons.is_empty() {
            response.extensions_mut().insert(Reasons(self.reasons));
        }
        response
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, reasons: Vec::new() }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_damage() {
            return Self::damaged(&error.to_string());
        }
        tracing::error!(%error, "A request failed in the store.");
        Self::new(RefusalCode::Unavailable, "数据库暂时不可用", "the store is not available; try again")
    }
}

impl From<NotReadable> for Problem {
    fn from(reason: NotReadable) -> Self {
        Self::new(RefusalCode::InvalidRequest, reason.zh(), reason.to_string())
    }
}

impl From<DeskError> for Problem {
    fn from(error: DeskError) -> Self {
        let zh = match &error {
            DeskError::Damaged(what) => return Self::damaged(what),
            DeskError::NotRead(_) => "数据库暂时读不了，请重试",
            DeskError::NotStored(_) | DeskError::Stopped => "没有存下任何更改，请重试",
        };
        Self::new(RefusalCode::Unavailable, zh, format!("{error}; try again"))
    }
}

/// A refusal by RFC 9457. Programs decide by `code` (or `type`), people read `detail` or `error_zh`; with `request_id` the operator
/// finds the request in the log.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
struct ProblemDocument {
    /// `urn:huiliu:problem:` and the code.
    r#type: String,
    /// What the code means.
    #[schemars(example = &"There is no such thing")]
    title: String,
    /// The HTTP status again.
    #[schemars(example = 404)]
    status: u16,
    /// What is wrong and what to do.
    detail: String,
    /// Why; stable.
    #[schemars(extend("enum" = codes()))]
    #[schemars(example = &"not_found")]
    code: String,
    /// What is wrong and what to do, in Chinese.
    error_zh: String,
    /// The number of the request, as in the header `x-request-id` and in the log.
    request_id: String,
    /// Everything that is wrong with a status update; what signing in still needs: `code`; what somebody has to do first: `password`,
    /// `second_factor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = ["sequence: missing"])]
    reasons: Option<Vec<String>>,
}

/// All reasons of a refusal, on their way to its document in the extensions of its response.
#[derive(Debug, Clone)]
pub(super) struct Reasons(pub Vec<String>);

fn codes() -> Vec<&'static str> {
    RefusalCode::ALL.iter().map(|(_, name, ..)| *name).collect()
}

impl OperationOutput for Problem {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, _operation: &mut Operation) -> Option<Described> {
        let example = serde_json::json!({
            "type": format!("{PROBLEM_TYPE}not_found"), "title": "Not found", "status": 404, "detail": "not found",
            "code": "not_found", "error_zh": "没有找到", "request_id": "7f3a5c0e9b1d4a26",
        });
        let json_schema = context.schema.subschema_for::<ProblemDocument>();
        let media = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            example: Some(example),
            ..MediaType::default()
        };
        Some(Described {
            description: "Refused.".to_owned(),
            content: [(PROBLEM_JSON.to_owned(), media)].into_iter().collect(),
            ..Described::default()
        })
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<Statuses>, Described)> {
        let described = Self::operation_response(context, operation);
        let ranges = [Statuses::Range(4), Statuses::Range(5)];
        described
            .into_iter()
            .flat_map(|described| ranges.clone().map(|range| (Some(range), described.clone())))
            .collect()
    }
}
