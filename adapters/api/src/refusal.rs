//! How a caller is refused: a problem document (RFC 9457) that says in both languages what is wrong and what to do.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::push::PushResponse;

/// Media type of problem documents.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// What the type of a problem begins with; its code follows.
pub const PROBLEM_TYPE: &str = "urn:huiliu:problem:";

/// Why a caller is refused. Names are stable: programs decide by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalCode {
    /// The request cannot be understood.
    InvalidRequest,
    /// Who calls is not known.
    Unauthorized,
    /// The caller is known and may not do this.
    Forbidden,
    /// There is nothing of this name.
    NotFound,
    /// What is there cannot be called in this way.
    MethodNotAllowed,
    /// The request came too slowly, or took too long.
    RequestTimeout,
    /// As things stand this cannot be done.
    Conflict,
    /// A signed request came a second time.
    RequestRepeated,
    /// The body, or what is in it, exceeds a limit.
    PayloadTooLarge,
    /// The body is in a format or an encoding that is not read here.
    UnsupportedMediaType,
    /// The city pack has problems; the old one stays live.
    PackHasProblems,
    /// The caller calls too often.
    TooManyRequests,
    /// What is stored cannot be read, or the program has a fault; trying again does not help.
    Internal,
    /// Not now; trying again helps.
    Unavailable,
}

impl RefusalCode {
    /// All codes with their names, statuses and titles.
    pub const ALL: [(Self, &'static str, StatusCode, &'static str); 14] = [
        (Self::InvalidRequest, "invalid_request", StatusCode::BAD_REQUEST, "The request cannot be understood"),
        (Self::Unauthorized, "unauthorized", StatusCode::UNAUTHORIZED, "Credentials are missing or wrong"),
        (Self::Forbidden, "forbidden", StatusCode::FORBIDDEN, "The caller may not do this"),
        (Self::NotFound, "not_found", StatusCode::NOT_FOUND, "Not found"),
        (Self::MethodNotAllowed, "method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"),
        (Self::RequestTimeout, "request_timeout", StatusCode::REQUEST_TIMEOUT, "The request took too long"),
        (Self::Conflict, "conflict", StatusCode::CONFLICT, "This cannot be done as things stand"),
        (Self::RequestRepeated, "request_repeated", StatusCode::CONFLICT, "This signed request came before"),
        (Self::PayloadTooLarge, "payload_too_large", StatusCode::PAYLOAD_TOO_LARGE, "The request is too large"),
        (
            Self::UnsupportedMediaType,
            "unsupported_media_type",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The format or encoding of the body is not read here",
        ),
        (
            Self::PackHasProblems,
            "pack_has_problems",
            StatusCode::UNPROCESSABLE_ENTITY,
            "The city pack has problems; the old one stays live",
        ),
        (Self::TooManyRequests, "too_many_requests", StatusCode::TOO_MANY_REQUESTS, "Too many requests"),
        (Self::Internal, "internal", StatusCode::INTERNAL_SERVER_ERROR, "Something stored or written here is faulty"),
        (Self::Unavailable, "unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not available; try again"),
    ];

    fn row(self) -> (&'static str, StatusCode, &'static str) {
        let found = Self::ALL.iter().find(|(code, ..)| *code == self);
        found.map_or(("internal", StatusCode::INTERNAL_SERVER_ERROR, ""), |(_, name, status, title)| {
            (*name, *status, *title)
        })
    }

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// The status that goes with it.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.row().1
    }
}

/// A refusal. It travels in the extensions of its response too, so that the listener can add the number of the request.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// Why, for programs.
    pub code: RefusalCode,
    /// Why, and what to do, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Further header fields of the answer, e.g. `allow`.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// A refusal without further header fields.
    pub fn new(code: RefusalCode, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, zh: zh.into(), en: en.into(), headers: Vec::new() }
    }

    /// With one more header field.
    #[must_use]
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The problem document.
    #[must_use]
    pub fn document(&self, request_id: Option<&str>) -> Value {
        let (name, status, title) = self.code.row();
        let mut document = json!({
            "type": format!("{PROBLEM_TYPE}{name}"), "title": title, "status": status.as_u16(), "detail": self.en,
            "code": name, "error_zh": self.zh,
        });
        if let (Some(id), Some(members)) = (request_id, document.as_object_mut()) {
            members.insert("request_id".to_owned(), json!(id));
        }
        document
    }

    /// The answer to the caller.
    #[must_use]
    pub fn into_response(self) -> PushResponse {
        let mut response = Response::new(Bytes::from(self.document(None).to_string()));
        *response.status_mut() = self.code.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        for (name, value) in &self.headers {
            response.headers_mut().append(name, value.clone());
        }
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_problem_document_with_both_languages() {
        let refusal = Refusal::new(RefusalCode::RequestRepeated, "重复", "repeated");
        let expected = json!({
            "type": "urn:huiliu:problem:request_repeated", "title": "This signed request came before", "status": 409,
            "detail": "repeated", "code": "request_repeated", "error_zh": "重复", "request_id": "r1",
        });
        assert_eq!(refusal.document(Some("r1")), expected);
        let response = refusal.into_response();
        assert_eq!(response.status(), StatusCode::CONFLICT);
        assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), PROBLEM_JSON);
    }
}
