//! The `[settings]` table of an `http-poll` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Problems, SpannedText};
use huiliu_adapter_http::{Call, CallSettings};
use huiliu_adapter_paging::{Paging, Rescan};
use huiliu_expression::Expression;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PollSettings {
    /// The call that fetches a page. Its templates see `page`.
    list: CallSettings,
    /// How pages follow each other.
    paging: Paging,
    /// Expression over `record`: a number that grows with new records (last-id paging and watermarks).
    order: Option<SpannedText>,
    /// The call that fetches one record whole. Its templates see `record`; the answer is put to the record as `detail`.
    detail: Option<CallSettings>,
    /// Reads older pages again, for records that may have changed.
    rescan: Option<Rescan>,
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
    pub list: Call,
    pub paging: Paging,
    pub next_cursor: Option<Expression>,
    pub order: Option<Expression>,
    pub detail: Option<Call>,
    pub rescan: Option<Rescan>,
    pub conditional: bool,
    pub reply: Option<Call>,
}

/// Compiles the settings, adding to `problems` what is wrong with them.
pub(crate) fn compile(read: PollSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Compiled> {
    let (settings, language) = (&opening.settings, opening.language);
    let mut call =
        |call: &CallSettings, variables: &[&str]| Call::compile(call, settings, language, variables, problems);
    let list = call(&read.list, &["page"]);
    let detail = read.detail.as_ref().and_then(|detail| call(detail, &["record"]));
    let reply = read.reply.as_ref().and_then(|reply| call(reply, &["reply", "record"]));
    let order = read.order.as_ref().and_then(|order| settings.expression(language, order, &["record"], problems));
    let next_cursor = read.paging.compile(settings, language, problems);
    settings.complain(
        matches!(read.paging, Paging::LastId) && read.order.is_none(),
        "按最后编号翻页需要 order（如 record.tid）",
        "paging by last id needs order, e.g. record.tid",
        problems,
    );
    if let Some(rescan) = read.rescan {
        rescan.check(settings, problems);
    }
    let (paging, rescan, conditional) = (read.paging, read.rescan, read.conditional);
    Some(Compiled { list: list?, paging, next_cursor, order, detail, rescan, conditional, reply })
}
