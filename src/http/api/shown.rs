//! An answer in the form that was asked for: a document for programs, or a page or file for people.

use aide::generate::GenContext;
use aide::openapi::{MediaType, Operation, Response as Described, SchemaObject, StatusCode};
use aide::operation::OperationOutput;
use axum::Json;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::{JsonSchema, json_schema};
use serde::{Deserialize, Serialize};

use crate::catalogue::Locale;
use crate::page::POLICY;
use crate::report::Format;

/// A document that people can have in other forms.
pub(super) trait Forms: Serialize + JsonSchema {
    /// These forms, with what each looks like.
    const FORMS: &'static [(Format, &'static str)];
}

/// An answer.
pub(super) enum Shown<T> {
    /// For programs.
    Document(T),
    /// For people.
    File(PeopleFile),
}

/// A page or a file.
pub(in crate::http) struct PeopleFile {
    /// Its form.
    pub format: Format,
    /// Its name, for people.
    pub name: String,
    /// It.
    pub content: Vec<u8>,
}

/// A language in which people read.
#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Language {
    #[default]
    Zh,
    En,
}

impl Language {
    pub(super) fn locale(self) -> Locale {
        match self {
            Self::Zh => Locale::Zh,
            Self::En => Locale::En,
        }
    }
}

impl<T: Forms> IntoResponse for Shown<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Document(document) => Json(document).into_response(),
            Self::File(file) => file.into_response(),
        }
    }
}

impl IntoResponse for PeopleFile {
    fn into_response(self) -> Response {
        (headers(self.format, &self.name), self.content).into_response()
    }
}

/// A page is shown under its own policy, a file is saved; both by the name that people know.
fn headers(format: Format, name: &str) -> [(HeaderName, HeaderValue); 6] {
    let shown = if format == Format::Html { "inline" } else { "attachment" };
    let encoded = utf8_percent_encode(name, NON_ALPHANUMERIC);
    // RFC 6266: whoever does not know the second form takes the first.
    let disposition = format!("{shown}; filename=\"report.{}\"; filename*=UTF-8''{encoded}", format.word());
    let policy = format!("{}; frame-ancestors 'none'", *POLICY);
    let value = |text: &str| HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""));
    [
        (CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (CONTENT_DISPOSITION, value(&disposition)),
        (CONTENT_SECURITY_POLICY, value(&policy)),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ]
}

/// Adds forms to what an operation gives.
fn describe(described: &mut Described, forms: &[(Format, &'static str)]) {
    for (format, example) in forms {
        let json_schema = json_schema!({ "type": "string" });
        let media = MediaType {
            schema: Some(SchemaObject { json_schema, example: None, external_docs: None }),
            example: Some((*example).into()),
            ..MediaType::default()
        };
        let essence = format.media_type().split(';').next().unwrap_or_default();
        described.content.insert(essence.to_owned(), media);
    }
}

impl<T: Forms> OperationOutput for Shown<T> {
    type Inner = Self;

    fn operation_response(context: &mut GenContext, operation: &mut Operation) -> Option<Described> {
        let mut described = Json::<T>::operation_response(context, operation)?;
        describe(&mut described, T::FORMS);
        Some(described)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<StatusCode>, Described)> {
        let described = Self::operation_response(context, operation);
        described.into_iter().map(|described| (Some(StatusCode::Code(200)), described)).collect()
    }
}

impl OperationOutput for PeopleFile {
    type Inner = Self;

    fn operation_response(_context: &mut GenContext, _operation: &mut Operation) -> Option<Described> {
        let mut described = Described { description: "The file.".to_owned(), ..Described::default() };
        describe(&mut described, REPORT_FORMS);
        Some(described)
    }

    fn inferred_responses(context: &mut GenContext, operation: &mut Operation) -> Vec<(Option<StatusCode>, Described)> {
        let described = Self::operation_response(context, operation);
        described.into_iter().map(|described| (Some(StatusCode::Code(200)), described)).collect()
    }
}

/// What pages look like.
pub(super) const PAGE_EXAMPLE: &str = "<!doctype html>\n<html lang=\"zh-CN\">…</html>";

/// What the forms of reports look like.
pub(super) const REPORT_FORMS: &[(Format, &str)] = &[
    (Format::Html, PAGE_EXAMPLE),
    (Format::Csv, "自,至,承办单位,工单\r\n2026-11-01,2026-11-30,综合行政执法局,128\r\n"),
    (Format::Xlsx, "PK…"),
];
