//! The `[settings]` table of a `soap` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Problems, Reply, SpannedText};
use huiliu_adapter_envelope::{EnvelopeSettings, Manner, Operation, Operations, SecuritySettings, Version};
use huiliu_adapter_http::{
    Access, AccessSettings, Call, HttpClient, LoginSettings, OAuth2Settings, ProxySettings, TlsSettings,
};
use huiliu_expression::{Expression, Shape, Variables};
use huiliu_payload::FormatKind;

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
    let manner = Manner::read(read.version, read.body_encoding.as_ref(), opening, problems);
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
    let shared = EnvelopeSettings {
        manner,
        header: read.header.as_ref(),
        security: read.security.as_ref(),
        endpoint: &endpoint,
    };
    let operations = Operations::compile(shared, &access, opening, problems);
    let mut call = |name: &str, operation: Operation, variables: Variables| {
        operations.call(operation, opening, &variables, problems).map(|call| call.named(name))
    };
    let of = |name, shape| access.variables(opening).with(name, shape);
    let list = call("list", list, of("page", Shape::of_singles(["offset", "size"])));
    let detail = detail.and_then(|operation| call("detail", operation, of("item", Shape::Open)));
    let sign = sign.and_then(|operation| call("sign", operation, of("item", Shape::Open)));
    let reply =
        reply.and_then(|operation| call("reply", operation, of("reply", Reply::shape()).with("record", Shape::Open)));
    Some(Compiled { access, list: list?, items, page_size, detail, details_per_pull, details_at_once, sign, reply })
}
