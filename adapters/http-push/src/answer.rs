//! How callers are answered: an acknowledgement, a refusal in the caller's own form, a service description for those who ask for one.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use huiliu_adapter_api::{Opening, Outcome, Problems, PushResponse, Refusal, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Escape, FormCharset, Shape, Template, Variables};
use serde::Deserialize;
use serde_json::{Value, json};
use toml::Spanned;

/// `[settings.answer]` and `[settings.refusal]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerSettings {
    /// HTTP status; default 200, for a refusal its own.
    status: Option<Spanned<u16>>,
    /// `Content-Type`; default `application/json`.
    content_type: Option<SpannedText>,
    /// Encoding of the body's bytes: `utf-8` (default), `gbk` or `gb18030`.
    encoding: Option<SpannedText>,
    /// Templates of further header fields.
    #[serde(default)]
    headers: BTreeMap<String, SpannedText>,
    /// Template over `request` (`method`, `path`, `query`, `headers`, `body`), `channel`, and `outcomes` (list of `{id, state, receipt_number,
    /// reason, rule}`; a state is `accepted`, `amended`, `follow_up`, `repeated`, `quarantined` or `discarded`) or `refusal` (`{status, code,
    /// zh, en}`).
    body: SpannedText,
}

/// How callers are answered.
pub(crate) struct AnswerTemplate {
    status: Option<StatusCode>,
    content_type: HeaderValue,
    headers: Vec<(HeaderName, Template)>,
    body: Template,
    charset: FormCharset,
    /// Whether it looks at the body that came.
    pub sees_body: bool,
}

const DEFAULT_ANSWER: &str = r#"{"code":0,"outcomes":{{ outcomes }}}"#;

impl AnswerTemplate {
    /// The template of the acknowledgement, by default one of our own.
    pub(crate) fn of_outcomes(
        read: Option<&AnswerSettings>,
        opening: &Opening<'_>,
        problems: &mut Problems,
    ) -> Option<Self> {
        let variables = variables().with("outcomes", Outcome::shape().list());
        match read {
            Some(read) => Self::compile(read, opening, &variables, problems),
            None => {
                let body = opening.language.template(DEFAULT_ANSWER, &variables, Escape::Json).ok()?;
                let content_type = HeaderValue::from_static("application/json");
                Some(Self::plain(content_type, body))
            }
        }
    }

    /// The template of refusals.
    pub(crate) fn of_refusals(read: &AnswerSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let refusal = Shape::of_singles(["status", "code", "zh", "en"]);
        Self::compile(read, opening, &variables().with("refusal", refusal), problems)
    }

    /// A service description as a template: it may name the host that was asked (`request.headers.host`).
    pub(crate) fn of_wsdl(text: &SpannedText, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let body = opening.settings.template(opening.language, text, variables(), Escape::Xml, problems)?;
        let content_type = HeaderValue::from_static("text/xml; charset=utf-8");
        Some(Self::plain(content_type, body))
    }

    fn plain(content_type: HeaderValue, body: Template) -> Self {
        let charset = FormCharset::Utf8;
        Self { status: None, content_type, headers: Vec::new(), body, charset, sees_body: false }
    }

    fn compile(
        read: &AnswerSettings,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut wrong = |at: std::ops::Range<usize>, zh: &str, en: &str| {
            problems.push(SettingsProblem::new(at, zh, en));
        };
        let status = read.status.as_ref().and_then(|status| {
            let known =
                StatusCode::from_u16(*status.get_ref()).ok().filter(|known| (200..600).contains(&known.as_u16()));
            if known.is_none() {
                wrong(status.span(), "status 应在 200 到 599 之间", "status must be 200 to 599");
            }
            known
        });
        let named = read.content_type.as_ref().map_or("application/json", |text| text.get_ref().as_str());
        let content_type = HeaderValue::try_from(named).unwrap_or_else(|_error| {
            let at = read.content_type.as_ref().map_or(0..0, Spanned::span);
            wrong(at, "content_type 无效", "content_type is not a valid header value");
            HeaderValue::from_static("application/json")
        });
        let charset = read.encoding.as_ref().map_or(Some(FormCharset::Utf8), |name| FormCharset::named(name.get_ref()));
        if charset.is_none() {
            let at = read.encoding.as_ref().map_or(0..0, Spanned::span);
            wrong(at, "encoding 应为 utf-8、gbk 或 gb18030", "encoding must be utf-8, gbk or gb18030");
        }
        let escape = match named {
            kind if kind.contains("json") => Escape::Json,
            kind if kind.contains("xml") => Escape::Xml,
            _ => Escape::None,
        };
        let mut headers = Vec::new();
        for (name, value) in &read.headers {
            match HeaderName::try_from(name.as_str()) {
                Ok(name) => {
                    let template =
                        opening.settings.template(opening.language, value, variables, Escape::None, problems);
                    headers.extend(template.map(|template| (name, template)));
                }
                Err(_) => {
                    problems.push(SettingsProblem::new(value.span(), "请求头名称无效", "not a valid header name"));
                }
            }
        }
        let body = opening.settings.template(opening.language, &read.body, variables, escape, problems)?;
        let all = [&read.body].into_iter().chain(read.headers.values());
        let sees_body = all.into_iter().any(|text| text.get_ref().contains("request"));
        Some(Self { status, content_type, headers, body, charset: charset.unwrap_or_default(), sees_body })
    }

    /// The acknowledgement.
    ///
    /// # Errors
    /// A template cannot be written.
    pub(crate) fn acknowledge(
        &self,
        outcomes: &[Outcome],
        request: &Value,
        channel: &Value,
    ) -> Result<PushResponse, String> {
        let outcomes = Value::Array(outcomes.iter().map(Outcome::to_value).collect());
        let variables = [("outcomes", &outcomes), ("request", request), ("channel", channel)];
        self.write(&Context::new(variables), StatusCode::OK)
    }

    /// A refusal in the caller's own form; its header fields stay.
    ///
    /// # Errors
    /// A template cannot be written.
    pub(crate) fn refuse(&self, refusal: &Refusal, request: &Value, channel: &Value) -> Result<PushResponse, String> {
        let status = refusal.code.status();
        let value =
            json!({ "status": status.as_u16(), "code": refusal.code.name(), "zh": refusal.zh, "en": refusal.en });
        let variables = [("refusal", &value), ("request", request), ("channel", channel)];
        let mut response = self.write(&Context::new(variables), status)?;
        for (name, value) in &refusal.headers {
            response.headers_mut().append(name, value.clone());
        }
        Ok(response)
    }

    /// The service description.
    ///
    /// # Errors
    /// The template cannot be written.
    pub(crate) fn describe(&self, request: &Value, channel: &Value) -> Result<PushResponse, String> {
        self.write(&Context::new([("request", request), ("channel", channel)]), StatusCode::OK)
    }

    fn write(&self, context: &Context, usual: StatusCode) -> Result<PushResponse, String> {
        let body = self.body.render(context).map_err(|fault| fault.en)?;
        let mut response = Response::new(Bytes::from(self.charset.body(&body)));
        *response.status_mut() = self.status.unwrap_or(usual);
        response.headers_mut().insert(CONTENT_TYPE, self.content_type.clone());
        for (name, template) in &self.headers {
            let text = template.render(context).map_err(|fault| fault.en)?;
            let value = HeaderValue::try_from(text.trim())
                .map_err(|_error| format!("what {name} gives cannot stand in a header"))?;
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

fn variables() -> Variables {
    let request = Shape::of([
        ("method", Shape::Single),
        ("path", Shape::Single),
        ("query", Shape::Open),
        ("headers", Shape::Open),
        ("body", Shape::Open),
    ]);
    Variables::default().with("channel", Shape::Single).with("request", request)
}
