//! A photo as a browser shows it: written anew as a picture, whatever was sent, and under a policy by which it is nothing else.

use aide::OperationOutput;
use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode};
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use huiliu_photo::{Photo, read};
use schemars::json_schema;

use super::Site;
use super::problem::Problem;
use crate::key::RawKey;

/// The media types that a picture has.
pub(super) const KINDS: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];

/// A picture.
pub(super) struct Picture(Photo);

impl Picture {
    /// A file that is kept.
    ///
    /// # Errors
    /// It is not there, or is no photo.
    pub(super) async fn of(site: &Site, raw: RawKey, number: u16) -> Result<Self, Problem> {
        let found = site.reader.ask(move |store| store.file(raw, number)).await?;
        found.and_then(|file| read(file.bytes.into()).ok()).map(Self).ok_or_else(Problem::not_found)
    }
}

impl IntoResponse for Picture {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.0.media_type())),
            (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        ];
        (headers, self.0.bytes).into_response()
    }
}

impl OperationOutput for Picture {
    type Inner = Self;

    fn operation_response(_context: &mut GenContext, _operation: &mut Operation) -> Option<Described> {
        let mut described = Described { description: "The photo.".to_owned(), ..Described::default() };
        for kind in KINDS {
            let json_schema = json_schema!({ "type": "string" });
            let media = MediaType {
                schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
                example: Some("…".into()),
                ..MediaType::default()
            };
            described.content.insert(kind.to_owned(), media);
        }
        Some(described)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<StatusCode>, Described)> {
        let described = Self::operation_response(context, operation);
        described.into_iter().map(|described| (Some(StatusCode::Code(200)), described)).collect()
    }
}
