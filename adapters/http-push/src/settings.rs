//! The `[settings]` table of an `http-push` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Outcome, Problems, Reply, SettingsProblem, SpannedText};
use huiliu_adapter_http::{Call, CallSettings, HttpClient, ProxySettings, TlsSettings};
use huiliu_expression::{Escape, Shape, Template, Variables};

use crate::auth::{Auth, AuthSettings};

/// Largest body by default, in bytes.
const DEFAULT_BODY_BYTES: usize = 1 << 20;
/// Largest body that may be set, in bytes.
const MAX_BODY_BYTES: usize = 16 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PushSettings {
    /// Certificates for `https://`; default: the public authorities are trusted, and no client certificate is shown.
    tls: Option<TlsSettings>,
    /// The proxy through which the source is called; default: none, whatever the environment says.
    proxy: Option<ProxySettings>,
    /// Who may call.
    pub auth: AuthSettings,
    /// Largest body in bytes, 1 to 16 MiB; default 1 MiB.
    pub max_body_bytes: Option<usize>,
    /// Most records in one call, 1 to 10,000; default 1,000.
    pub max_records: Option<usize>,
    /// Most calls in a minute; default 6,000.
    pub calls_per_minute: Option<u32>,
    /// How the caller is answered; default `{"code": 0}` with the outcomes.
    answer: Option<AnswerSettings>,
    /// How replies are sent back; default: not at all.
    pub reply: Option<CallSettings>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerSettings {
    /// `Content-Type`; default `application/json`.
    content_type: Option<SpannedText>,
    /// Template over `outcomes` (list of `{id, state, receipt_number, reason, rule}`) and `channel`; a state is `accepted`,
    /// `amended`, `follow_up`, `repeated`, `quarantined` or `discarded`.
    body: SpannedText,
}

/// How callers are answered.
#[derive(Debug)]
pub(crate) struct AnswerTemplate {
    pub content_type: String,
    pub body: Template,
}

const DEFAULT_ANSWER: &str = r#"{"code":0,"outcomes":{{ outcomes }}}"#;

/// Limits of one channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub body_bytes: usize,
    pub records: usize,
    pub calls_per_minute: u32,
}

/// Settings that were checked.
pub(crate) struct Compiled {
    /// Calls the source.
    pub client: HttpClient,
    pub auth: Auth,
    pub answer: AnswerTemplate,
    pub reply: Option<Call>,
    pub limits: Limits,
}

/// Compiles the settings for calls that go through `usual` where nothing else is said, adding to `problems` what is wrong with them.
pub(crate) fn compile(
    read: PushSettings,
    usual: &HttpClient,
    opening: &Opening<'_>,
    problems: &mut Problems,
) -> Option<Compiled> {
    let client = usual.reaching(read.tls.as_ref(), read.proxy.as_ref(), opening, problems);
    opening.require_payload(problems);
    let auth = Auth::compile(&read.auth, opening, problems);
    let answer = answer_template(&read, opening, problems);
    let reply_variables = opening.variables().with("record", Shape::Open).with("reply", Reply::shape());
    let reply = read.reply.as_ref().and_then(|call| Call::compile(call, opening, &reply_variables, problems));
    let limits = Limits {
        body_bytes: read.max_body_bytes.unwrap_or(DEFAULT_BODY_BYTES),
        records: read.max_records.unwrap_or(1_000),
        calls_per_minute: read.calls_per_minute.unwrap_or(6_000),
    };
    opening.settings.complain(
        !(1..=MAX_BODY_BYTES).contains(&limits.body_bytes)
            || !(1..=10_000).contains(&limits.records)
            || limits.calls_per_minute == 0,
        "限额超出范围：max_body_bytes 1–16777216，max_records 1–10000，calls_per_minute 至少 1",
        "a limit is out of range: max_body_bytes 1 to 16777216, max_records 1 to 10000, calls_per_minute at least 1",
        problems,
    );
    Some(Compiled { client, auth: auth?, answer: answer?, reply, limits })
}

/// The template of the acknowledgement, by default one of our own.
fn answer_template(read: &PushSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<AnswerTemplate> {
    let variables = Variables::default().with("outcomes", Outcome::shape().list()).with("channel", Shape::Single);
    let Some(answer) = &read.answer else {
        let body = opening.language.template(DEFAULT_ANSWER, &variables, Escape::Json).ok()?;
        return Some(AnswerTemplate { content_type: "application/json".to_owned(), body });
    };
    let content_type = answer.content_type.as_ref().map_or("application/json", |text| text.get_ref().as_str());
    if http::HeaderValue::try_from(content_type).is_err() {
        problems.push(SettingsProblem::new(
            opening.settings.span(),
            "content_type 无效",
            "content_type is not a valid header value",
        ));
    }
    let escape = match content_type {
        kind if kind.contains("json") => Escape::Json,
        kind if kind.contains("xml") => Escape::Xml,
        _ => Escape::None,
    };
    let body = opening.settings.template(opening.language, &answer.body, &variables, escape, problems)?;
    Some(AnswerTemplate { content_type: content_type.to_owned(), body })
}
