//! A call as channel files write it, and the closed sets of words in it.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;

use huiliu_adapter_api::{Problems, SettingsProblem, SpannedText, read_charset};
use huiliu_expression::{Escape, FormCharset};
use huiliu_payload::{Format, FormatKind};

use super::multipart::PartSettings;

/// Longest wait for one call, in seconds.
pub const MAX_CALL_TIMEOUT_S: u64 = 300;
/// Wait for one call where the channel file says nothing, in seconds.
const DEFAULT_TIMEOUT_S: u64 = 30;

/// A call as channel files write it. Templates see `secrets`, `channel` and what the adapter documents for the call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallSettings {
    /// Template of the URL, `http://` or `https://`.
    pub url: SpannedText,
    /// HTTP method; default GET without a body, POST with one.
    pub method: Option<SpannedText>,
    /// Templates of header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, SpannedText>,
    /// Template of the body.
    pub body: Option<SpannedText>,
    /// Encoding of the body's bytes, and of percent-encoded values of a form: `utf-8` (default), `gbk` or `gb18030`.
    pub body_encoding: Option<SpannedText>,
    /// Parts of a `multipart/form-data` body, instead of `body`.
    #[serde(default)]
    pub part: Vec<PartSettings>,
    /// How printed values are escaped in the body: `json`, `xml`, `form` or `none`; default by `Content-Type`.
    pub escape: Option<SpannedText>,
    /// Format of the answer: `json`, `xml`, `form` or `text`; default `json`.
    pub answer: Option<SpannedText>,
    /// Encoding of the answer; default `auto`.
    pub encoding: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the call succeeded; default `status is 2xx`.
    pub success: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when trying again later makes sense.
    pub retry: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the thing asked for no longer exists.
    pub gone: Option<SpannedText>,
    /// Expression over `status` and `answer` that gives the source's own words for a failure.
    pub reason: Option<SpannedText>,
    /// Of a login only: expressions over `answer`, `status`, `headers`, `cookies` and `session` that give names for later calls.
    #[serde(default)]
    pub names: BTreeMap<String, SpannedText>,
    /// Longest wait in seconds, 1 to [`MAX_CALL_TIMEOUT_S`]; default 30.
    pub timeout_s: Option<u64>,
}

impl CallSettings {
    /// A POST of `body` to `url` with `headers`, escaped and answered as `format`; the rest as where the channel file says
    /// nothing.
    #[must_use]
    pub fn post(url: SpannedText, body: SpannedText, headers: BTreeMap<String, SpannedText>, format: &str) -> Self {
        let format = Some(SpannedText::new(body.span(), format.to_owned()));
        Self {
            url,
            method: None,
            headers,
            body: Some(body),
            body_encoding: None,
            part: Vec::new(),
            escape: format.clone(),
            answer: format,
            encoding: None,
            success: None,
            retry: None,
            gone: None,
            reason: None,
            names: BTreeMap::new(),
            timeout_s: None,
        }
    }

    pub(super) fn read_method(&self, problems: &mut Problems) -> Option<Method> {
        match &self.method {
            None if self.body.is_some() || !self.part.is_empty() => Some(Method::POST),
            None => Some(Method::GET),
            Some(name) => match name.get_ref().as_str() {
                "GET" => Some(Method::GET),
                "POST" => Some(Method::POST),
                "PUT" => Some(Method::PUT),
                _ => {
                    problems.push(SettingsProblem::new(
                        name.span(),
                        "方法应为 GET、POST 或 PUT",
                        "method must be GET, POST or PUT",
                    ));
                    None
                }
            },
        }
    }

    /// Adds what is said of a URL that begins with neither a scheme nor a template.
    pub(super) fn check_url(&self, problems: &mut Problems) {
        let url = self.url.get_ref().trim_start();
        let lower = url.to_ascii_lowercase();
        if !(url.starts_with('{') || lower.starts_with("http://") || lower.starts_with("https://")) {
            problems.push(SettingsProblem::new(
                self.url.span(),
                "网址应以 http:// 或 https:// 开头",
                "a URL begins with http:// or https://",
            ));
        }
    }

    /// Adds what is said of a body that is not sent.
    pub(super) fn check_body(&self, method: Option<&Method>, problems: &mut Problems) {
        if let (Some(body), Some(&Method::GET)) = (&self.body, method) {
            problems.push(SettingsProblem::new(
                body.span(),
                "method 是 GET，body 常被来源忽略；请删去 body，或改用 POST",
                "method is GET, whose body sources ignore; remove body, or write POST",
            ));
        }
        if let (Some(part), Some(&Method::GET)) = (self.part.first(), method) {
            problems.push(SettingsProblem::new(
                part.span(),
                "method 是 GET，不能带 part；请改用 POST",
                "method is GET, which sends no parts; write POST",
            ));
        }
        let content_type = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let (Some((_, named)), false) = (content_type, self.part.is_empty()) {
            problems.push(SettingsProblem::new(
                named.span(),
                "有 part 时 content-type 由网关写（带分界线）；请删去",
                "with parts content-type is written here, for it names the boundary; remove it",
            ));
        }
        if let (Some(escape), None) = (&self.escape, &self.body) {
            problems.push(SettingsProblem::new(
                escape.span(),
                "没有 body，escape 不起作用；请删去",
                "escape has no effect without body; remove it",
            ));
        }
    }

    /// The encoding of the body.
    pub(super) fn read_body_encoding(&self, problems: &mut Problems) -> FormCharset {
        let Some(name) = &self.body_encoding else { return FormCharset::Utf8 };
        if self.body.is_none() {
            problems.push(SettingsProblem::new(
                name.span(),
                "没有 body，body_encoding 不起作用；请删去",
                "body_encoding has no effect without body; remove it",
            ));
        }
        FormCharset::named(name.get_ref()).unwrap_or_else(|| {
            problems.push(SettingsProblem::new(
                name.span(),
                format!("body_encoding 应为其中之一：{}", FormCharset::NAMES),
                format!("body_encoding must be one of {}", FormCharset::NAMES),
            ));
            FormCharset::Utf8
        })
    }

    pub(super) fn read_escape(&self, charset: FormCharset, problems: &mut Problems) -> Escape {
        if let Some(escape) = &self.escape {
            match escape.get_ref().as_str() {
                "json" => return Escape::Json,
                "xml" => return Escape::Xml,
                "form" => return Escape::Form(charset),
                "none" => return Escape::None,
                _ => problems.push(SettingsProblem::new(
                    escape.span(),
                    "escape 应为 json、xml、form 或 none",
                    "escape must be json, xml, form or none",
                )),
            }
        }
        let content_type = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        match content_type.map(|(_, value)| value.get_ref().as_str()) {
            Some(value) if value.contains("json") => Escape::Json,
            Some(value) if value.contains("xml") => Escape::Xml,
            Some(value) if value.contains("x-www-form-urlencoded") => Escape::Form(charset),
            _ => Escape::None,
        }
    }

    pub(super) fn read_answer_format(&self, problems: &mut Problems) -> Format {
        let known = |kind: &FormatKind| kind.is_payload();
        let kind = match &self.answer {
            None => FormatKind::Json,
            Some(name) => FormatKind::from_name(name.get_ref()).filter(known).unwrap_or_else(|| {
                problems.push(SettingsProblem::new(
                    name.span(),
                    "answer 应为 json、xml、form 或 text",
                    "answer must be json, xml, form or text",
                ));
                FormatKind::Json
            }),
        };
        Format { kind, charset: read_charset(self.encoding.as_ref(), problems) }
    }

    pub(super) fn read_timeout_s(&self, problems: &mut Problems) -> u64 {
        let timeout_s = self.timeout_s.unwrap_or(DEFAULT_TIMEOUT_S);
        if !(1..=MAX_CALL_TIMEOUT_S).contains(&timeout_s) {
            problems.push(SettingsProblem::new(
                self.url.span(),
                format!("timeout_s 应在 1 到 {MAX_CALL_TIMEOUT_S} 之间"),
                format!("timeout_s must be 1 to {MAX_CALL_TIMEOUT_S}"),
            ));
        }
        timeout_s
    }
}
