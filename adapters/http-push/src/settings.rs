//! The `[settings]` table of an `http-push` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Problems, Reply, SpannedText};
use huiliu_adapter_http::{
    Access, AccessSettings, Call, CallSettings, HttpClient, LoginSettings, OAuth2Settings, ProxySettings, TlsSettings,
};
use huiliu_expression::Shape;

use crate::answer::{AnswerSettings, AnswerTemplate};
use crate::auth::{Auth, AuthSettings, SeenNonces};

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
    /// Calls whose answers let the others in; default: none.
    login: Option<LoginSettings>,
    /// Their ready case: a token by OAuth 2.0 client credentials.
    oauth2: Option<OAuth2Settings>,
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
    /// How a refused caller is answered; default: a problem document (RFC 9457).
    refusal: Option<AnswerSettings>,
    /// What is answered to `GET …?wsdl`, for callers that insist on a service description; default: nothing.
    wsdl: Option<SpannedText>,
    /// Whether a call without records is a success, as a sign of life; default: it is refused, for what it brought was not found.
    #[serde(default)]
    accept_empty: bool,
    /// How replies are sent back; default: not at all.
    pub reply: Option<CallSettings>,
}

/// Limits of one channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub body_bytes: usize,
    pub records: usize,
    pub calls_per_minute: u32,
    /// Whether a call without records is a success.
    pub accept_empty: bool,
}

/// How callers are answered.
pub(crate) struct Answers {
    pub answer: AnswerTemplate,
    pub refusal: Option<AnswerTemplate>,
    pub wsdl: Option<AnswerTemplate>,
}

/// Settings that were checked.
pub(crate) struct Compiled {
    /// The way to the source.
    pub access: Access,
    pub auth: Auth,
    pub answers: Answers,
    pub reply: Option<Call>,
    pub limits: Limits,
}

/// Compiles the settings for calls that go through `usual` where nothing else is said and nonces that are remembered in `seen`, adding to `problems` what is wrong with them.
pub(crate) fn compile(
    read: PushSettings,
    (usual, seen): (&HttpClient, &SeenNonces),
    opening: &Opening<'_>,
    problems: &mut Problems,
) -> Option<Compiled> {
    let (login, oauth2) = (read.login.as_ref(), read.oauth2.as_ref());
    let way = AccessSettings { tls: read.tls.as_ref(), proxy: read.proxy.as_ref(), login, oauth2 };
    let access = Access::compile(usual, way, opening, problems);
    opening.require_payload(problems);
    let auth = Auth::compile(&read.auth, seen, opening, problems);
    let answer = AnswerTemplate::of_outcomes(read.answer.as_ref(), opening, problems);
    let refusal = read.refusal.as_ref().and_then(|read| AnswerTemplate::of_refusals(read, opening, problems));
    let wsdl = read.wsdl.as_ref().and_then(|text| AnswerTemplate::of_wsdl(text, opening, problems));
    let reply_variables = access.variables(opening).with("record", Shape::Open).with("reply", Reply::shape());
    let reply = read.reply.as_ref().and_then(|call| Call::compile(call, opening, &reply_variables, problems));
    let limits = Limits {
        body_bytes: read.max_body_bytes.unwrap_or(DEFAULT_BODY_BYTES),
        records: read.max_records.unwrap_or(1_000),
        accept_empty: read.accept_empty,
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
    Some(Compiled { access, auth: auth?, answers: Answers { answer: answer?, refusal, wsdl }, reply, limits })
}
