//! The `[settings]` table of a `soap` channel.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use huiliu_adapter_api::{Opening, Problems, Reply, SettingsProblem, SpannedText};
use huiliu_adapter_http::{
    Access, AccessSettings, Call, CallSettings, HttpClient, LoginSettings, OAuth2Settings, ProxySettings, TlsSettings,
};
use huiliu_expression::{Escape, Expression, FormCharset, Shape, Variables};
use huiliu_payload::{Charset, FormatKind};

use crate::envelope::Version;
use crate::security::SecuritySettings;

/// Most entries fetched whole at the same time.
pub(crate) const MAX_DETAILS_AT_ONCE: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SoapSettings {
    /// Certificates for `https://`; default: the public authorities are trusted, and no client certificate is shown.
    tls: Option<TlsSettings>,
    /// The proxy through which the source is called; default: none, whatever the environment says.
    proxy: Option<ProxySettings>,
    /// Calls whose answers let the others in; default: none.
    login: Option<LoginSettings>,
    /// Their ready case: a token by OAuth 2.0 client credentials.
    oauth2: Option<OAuth2Settings>,
    /// The version of SOAP that is spoken: `1.1` (default) or `1.2`.
    #[serde(default)]
    version: Version,
    /// Encoding of requests: `utf-8` (default), `gbk` or `gb18030`. Answers are read as `[format]` says.
    body_encoding: Option<SpannedText>,
    /// XML template of what stands inside `Header` of every call.
    header: Option<SpannedText>,
    /// A UsernameToken of WS-Security in every call.
    security: Option<SecuritySettings>,
    /// Template of the endpoint's URL.
    pub endpoint: SpannedText,
    /// Lists what is new. Its body sees `page` (`offset`, `size`).
    pub list: Operation,
    /// Expression over `answer` that gives the entries of the list; default: the records are in the list itself.
    pub items: Option<SpannedText>,
    /// Entries asked for at a time, 1 to 256; default 100.
    pub page_size: Option<u64>,
    /// Fetches one entry whole. Its body sees `item`.
    pub detail: Option<Operation>,
    /// Entries fetched whole in one pull, 1 to 256; default 20.
    pub details_per_pull: Option<usize>,
    /// How many entries are fetched whole at the same time, 1 to [`MAX_DETAILS_AT_ONCE`]; default 1.
    details_at_once: Option<usize>,
    /// Tells the source that an entry was taken (签收). Its body sees `item`.
    pub sign: Option<Operation>,
    /// Carries a reply. Its body sees `reply` and `record`.
    pub reply: Option<Operation>,
}

/// One operation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operation {
    /// `SOAPAction` (1.1) or the action of the content type (1.2), without quotes; default empty.
    action: Option<SpannedText>,
    /// XML template of what stands inside `Body`.
    body: SpannedText,
    /// Expression over `status` and `answer` that is true when the operation succeeded; default: no fault.
    success: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when trying again later makes sense.
    retry: Option<SpannedText>,
    /// Expression over `status` and `answer` that is true when the entry no longer exists.
    gone: Option<SpannedText>,
    /// Expression over `status` and `answer` that gives the source's own words for a failure.
    reason: Option<SpannedText>,
    /// Longest wait in seconds; default 30.
    timeout_s: Option<u64>,
}

/// Operations of one channel.
pub(crate) struct Compiled {
    /// The way to the source.
    pub access: Access,
    pub list: Call,
    pub items: Option<Expression>,
    pub page_size: u64,
    pub detail: Option<Call>,
    pub details_per_pull: usize,
    pub details_at_once: usize,
    pub sign: Option<Call>,
    pub reply: Option<Call>,
}

/// Compiles the settings for calls that go through `usual` where nothing else is said, adding to `problems` what is wrong with them.
pub(crate) fn compile(
    read: SoapSettings,
    usual: &HttpClient,
    opening: &Opening<'_>,
    problems: &mut Problems,
) -> Option<Compiled> {
    let (login, oauth2) = (read.login.as_ref(), read.oauth2.as_ref());
    let way = AccessSettings { tls: read.tls.as_ref(), proxy: read.proxy.as_ref(), login, oauth2 };
    let access = Access::compile(usual, way, opening, problems);
    let manner = Manner::read(&read, opening, problems);
    let SoapSettings { endpoint, list, items, detail, sign, reply, .. } = read;
    let settings = &opening.settings;
    let (page_size, details_per_pull) = (read.page_size.unwrap_or(100), read.details_per_pull.unwrap_or(20));
    settings.complain(
        !(1..=256).contains(&page_size) || !(1..=256).contains(&details_per_pull),
        "page_size 和 details_per_pull 应在 1 到 256 之间",
        "page_size and details_per_pull must be 1 to 256",
        problems,
    );
    settings.complain(
        opening.format.kind != FormatKind::Xml,
        "soap 的 format.kind 应为 xml",
        "format.kind of soap must be xml",
        problems,
    );
    settings.complain(
        read.details_per_pull.is_some() && detail.is_none(),
        "没有 detail，details_per_pull 不起作用；请删去",
        "details_per_pull has no effect without detail; remove it",
        problems,
    );
    let details_at_once = read.details_at_once.unwrap_or(1);
    settings.complain(
        !(1..=MAX_DETAILS_AT_ONCE).contains(&details_at_once) || (read.details_at_once.is_some() && detail.is_none()),
        "details_at_once 应在 1 到 16 之间，并且要有 detail",
        "details_at_once must be 1 to 16, and needs detail",
        problems,
    );
    settings.complain(
        sign.is_some() && items.is_none(),
        "有 sign 就需要 items：签收的是列表里的一项",
        "sign needs items: what is signed is an item of the list",
        problems,
    );
    settings.complain(detail.is_some() && items.is_none(), "有 detail 就需要 items", "detail needs items", problems);
    let items = items.and_then(|items| settings.expression(opening.language, &items, &["answer"], problems));
    let security = read.security.as_ref().map(|security| security.template(opening, problems));
    let headers = security.iter().chain(&read.header).filter_map(|text| {
        let variables = access.variables(opening);
        settings.template(opening.language, text, variables, Escape::Xml, problems)
    });
    let envelope = manner.version.envelope(headers.collect(), manner.charset);
    let mut call = |operation: Operation, variables: Variables| {
        let call = operation.call(&endpoint, manner);
        let call = Call::compile(&call, opening, &variables, problems);
        call.map(|call| call.in_envelope(envelope.clone()))
    };
    let of = |name, shape| access.variables(opening).with(name, shape);
    let list = call(list, of("page", Shape::of_singles(["offset", "size"])));
    let detail = detail.and_then(|operation| call(operation, of("item", Shape::Open)));
    let sign = sign.and_then(|operation| call(operation, of("item", Shape::Open)));
    let reply = reply.and_then(|operation| call(operation, of("reply", Reply::shape()).with("record", Shape::Open)));
    Some(Compiled { access, list: list?, items, page_size, detail, details_per_pull, details_at_once, sign, reply })
}

/// How all operations of a channel are written and read.
#[derive(Clone, Copy)]
struct Manner {
    version: Version,
    charset: FormCharset,
    answers: Charset,
}

impl Manner {
    fn read(read: &SoapSettings, opening: &Opening<'_>, problems: &mut Problems) -> Self {
        let named = read.body_encoding.as_ref();
        let charset = named.map_or(Some(FormCharset::Utf8), |name| FormCharset::named(name.get_ref()));
        if let (None, Some(name)) = (charset, named) {
            problems.push(SettingsProblem::new(
                name.span(),
                format!("body_encoding 应为其中之一：{}", FormCharset::NAMES),
                format!("body_encoding must be one of {}", FormCharset::NAMES),
            ));
        }
        Self { version: read.version, charset: charset.unwrap_or_default(), answers: opening.format.charset }
    }
}

impl Operation {
    /// The operation as an HTTP call.
    fn call(self, endpoint: &SpannedText, manner: Manner) -> CallSettings {
        let at = self.action.as_ref().unwrap_or(&self.body).span();
        let action = self.action.as_ref().map_or("", |action| action.get_ref().as_str());
        let headers = manner.version.http_headers(action, manner.charset).into_iter();
        let headers: BTreeMap<String, SpannedText> =
            headers.map(|(name, text)| (name.to_owned(), Spanned::new(at.clone(), text))).collect();
        let named = |name: &str| Some(Spanned::new(at.clone(), name.to_owned()));
        CallSettings {
            body_encoding: named(manner.charset.label()),
            encoding: named(manner.answers.name()),
            success: self.success,
            retry: self.retry,
            gone: self.gone,
            reason: self.reason,
            timeout_s: self.timeout_s,
            ..CallSettings::post(endpoint.clone(), self.body, headers, "xml")
        }
    }
}
