//! The `[settings]` table of an `http-poll` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Outcome, Problems, Reply, SpannedText};
use huiliu_adapter_http::{
    Access, AccessSettings, Call, CallSettings, HttpClient, LoginSettings, OAuth2Settings, ProxySettings, TlsSettings,
};
use huiliu_adapter_paging::{Paging, Rescan};
use huiliu_expression::{Expression, Shape, Variables};

use crate::detail::WithoutDetail;

/// Most details that are fetched at the same time.
pub(crate) const MAX_DETAILS_AT_ONCE: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PollSettings {
    /// Certificates for `https://`; default: the public authorities are trusted, and no client certificate is shown.
    tls: Option<TlsSettings>,
    /// The proxy through which the source is called; default: none, whatever the environment says.
    proxy: Option<ProxySettings>,
    /// Calls whose answers let the others in; default: none.
    login: Option<LoginSettings>,
    /// Their ready case: a token by OAuth 2.0 client credentials.
    oauth2: Option<OAuth2Settings>,
    /// The call that fetches a page. Its templates see `page`.
    list: CallSettings,
    /// How pages follow each other.
    paging: Paging,
    /// Expression over `record`: a number that grows with new records (last-id paging and watermarks).
    order: Option<SpannedText>,
    /// The call that fetches one record whole. Its templates see `record`; the answer is put to the record as `detail`.
    detail: Option<CallSettings>,
    /// How many details are fetched at the same time, 1 to [`MAX_DETAILS_AT_ONCE`]; default 1.
    details_at_once: Option<usize>,
    /// Tells the source, after the commit, that a record was taken (签收). Its templates see `record` and `outcome` (`id`, `state`, `receipt_number`,
    /// `reason`, `rule`). A record that has no detail is not signed.
    sign: Option<CallSettings>,
    /// Expression over `record` that is true while the source holds a listed record as not signed: it is delivered and signed again. Default:
    /// all that it lists.
    unsigned: Option<SpannedText>,
    /// What becomes of a record whose detail is refused, gone or unreadable: `set_aside` (default) or `take`.
    without_detail: Option<WithoutDetail>,
    /// Reads older pages again, for records that may have changed.
    rescan: Option<Rescan>,
    /// Expression over `answer`: how many records the whole list (or window) holds. Reading ends there, and it is checked against
    /// what came.
    total: Option<SpannedText>,
    /// Sends `If-None-Match` and `If-Modified-Since` for the first page; default yes.
    #[serde(default = "yes")]
    conditional: bool,
    /// How replies are sent back; default: not at all.
    reply: Option<CallSettings>,
}

fn yes() -> bool {
    true
}

/// Expressions and calls of one channel.
pub(crate) struct Compiled {
    /// The way to the source.
    pub access: Access,
    pub list: Call,
    pub paging: Paging,
    pub next_cursor: Option<Expression>,
    pub order: Option<Expression>,
    pub total: Option<Expression>,
    /// Whether the list call names the page.
    pub numbered: bool,
    pub detail: Option<Call>,
    pub details_at_once: usize,
    pub sign: Option<Call>,
    pub unsigned: Option<Expression>,
    pub without_detail: WithoutDetail,
    pub rescan: Option<Rescan>,
    pub conditional: bool,
    pub reply: Option<Call>,
}

/// Compiles the settings for calls that go through `usual` where nothing else is said, adding to `problems` what is wrong with them.
pub(crate) fn compile(
    read: PollSettings,
    usual: &HttpClient,
    opening: &Opening<'_>,
    problems: &mut Problems,
) -> Option<Compiled> {
    let (login, oauth2) = (read.login.as_ref(), read.oauth2.as_ref());
    let way = AccessSettings { tls: read.tls.as_ref(), proxy: read.proxy.as_ref(), login, oauth2 };
    let access = Access::compile(usual, way, opening, problems);
    let (settings, language) = (&opening.settings, opening.language);
    let of_record = || access.variables(opening).with("record", Shape::Open);
    let mut call =
        |name: &str, call: &CallSettings, seen: Variables| compile_call(name, call, opening, &seen, problems);
    let list = call("list", &read.list, access.variables(opening).with("page", read.paging.page_shape()));
    let list = list.map(|list| list.of_records(&opening.format));
    let detail = read.detail.as_ref().and_then(|detail| call("detail", detail, of_record()));
    let reply = read.reply.as_ref().and_then(|reply| call("reply", reply, of_record().with("reply", Reply::shape())));
    let order = read.order.as_ref().and_then(|order| settings.expression(language, order, &["record"], problems));
    let total = read.total.as_ref().and_then(|total| settings.expression(language, total, &["answer"], problems));
    let numbered = names_page(&read.list);
    let next_cursor = read.paging.compile(settings, language, problems);
    settings.complain(
        matches!(read.paging, Paging::LastId) && read.order.is_none(),
        "按最后编号翻页需要 order（如 record.tid）",
        "paging by last id needs order, e.g. record.tid",
        problems,
    );
    settings.complain(
        read.without_detail.is_some() && read.detail.is_none(),
        "没有 detail，without_detail 不起作用；请删去",
        "without_detail has no effect without detail; remove it",
        problems,
    );
    opening.require_payload(problems);
    if let Some(rescan) = read.rescan {
        rescan.check(settings, problems);
    }
    let details_at_once = read.details_at_once.unwrap_or(1);
    settings.complain(
        !(1..=MAX_DETAILS_AT_ONCE).contains(&details_at_once)
            || (read.details_at_once.is_some() && read.detail.is_none()),
        "details_at_once 应在 1 到 16 之间，并且要有 detail",
        "details_at_once must be 1 to 16, and needs detail",
        problems,
    );
    let of_signed = of_record().with("outcome", Outcome::shape());
    let sign = read.sign.as_ref().and_then(|sign| compile_call("sign", sign, opening, &of_signed, problems));
    let unsigned = read.unsigned.as_ref();
    settings.complain(
        unsigned.is_some() && read.sign.is_none(),
        "没有 sign，unsigned 不起作用；请删去",
        "unsigned has no effect without sign; remove it",
        problems,
    );
    let unsigned = unsigned.and_then(|text| settings.expression(language, text, &["record"], problems));
    let PollSettings { paging, rescan, conditional, without_detail, .. } = read;
    Some(Compiled {
        access,
        details_at_once,
        sign,
        unsigned,
        without_detail: without_detail.unwrap_or_default(),
        list: list?,
        paging,
        next_cursor,
        order,
        total,
        numbered,
        detail,
        rescan,
        conditional,
        reply,
    })
}

fn compile_call(
    name: &str,
    call: &CallSettings,
    opening: &Opening<'_>,
    variables: &Variables,
    problems: &mut Problems,
) -> Option<Call> {
    Call::compile(call, opening, variables, problems).map(|call| call.named(name))
}

/// Whether a template of the list call uses `page.number`. A window whose call does not is one page.
fn names_page(list: &CallSettings) -> bool {
    let templates = list.headers.values().chain(&list.body).chain([&list.url]);
    templates.into_iter().any(|template| template.get_ref().contains("page.number"))
}
