//! The `[settings]` table of an `http-poll` channel.

use serde::Deserialize;

use huiliu_adapter_api::{Call, CallSettings, Problems, Settings, SettingsProblem, SpannedText};
use huiliu_expression::{Expression, Language};

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
    rescan: Option<RescanSettings>,
    /// Sends `If-None-Match` and `If-Modified-Since` for the first page; default yes.
    #[serde(default = "yes")]
    conditional: bool,
    /// How replies are sent back; default: not at all.
    reply: Option<CallSettings>,
}

fn yes() -> bool {
    true
}

/// How pages follow each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Paging {
    /// Newest first; the next page begins after the last record's order. `page.last` is 0 at the start.
    LastId,
    /// The answer holds an opaque cursor for the next page: an expression over `answer`. `page.cursor` is empty at the start.
    Cursor {
        /// The expression; no value ends the reading.
        next: SpannedText,
    },
    /// Numbered pages from `first`. `page.number`, `page.size`.
    Number {
        /// Number of the first page; default 1.
        #[serde(default = "one")]
        first: u64,
        /// Records on a page.
        size: u64,
    },
    /// Offset and count. `page.offset`, `page.size`.
    Offset {
        /// Records on a page.
        size: u64,
    },
    /// Windows of time. `page.from`, `page.to` (RFC 3339), and `page.number` within a window.
    Window {
        /// Length of a window in hours.
        hours: u32,
        /// How much of the last window is read again, in hours.
        overlap_hours: u32,
        /// Where reading begins, RFC 3339; default: one window ago.
        start: Option<SpannedText>,
        /// Records on a page; a shorter page is the last of its window.
        size: u64,
    },
}

fn one() -> u64 {
    1
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RescanSettings {
    /// Hours between two readings of older pages.
    pub every_hours: u32,
    /// How many pages are read again.
    pub pages: u32,
}

/// Expressions and calls of one channel.
pub(crate) struct Compiled {
    pub list: Call,
    pub paging: Paging,
    pub next_cursor: Option<Expression>,
    pub order: Option<Expression>,
    pub detail: Option<Call>,
    pub rescan: Option<RescanSettings>,
    pub conditional: bool,
    pub reply: Option<Call>,
}

/// Compiles the settings, adding to `problems` what is wrong with them.
pub(crate) fn compile(
    read: &PollSettings,
    settings: &Settings<'_>,
    language: &Language,
    problems: &mut Problems,
) -> Option<Compiled> {
    let mut call =
        |call: &CallSettings, variables: &[&str]| Call::compile(call, settings, language, variables, problems);
    let list = call(&read.list, &["page"]);
    let detail = read.detail.as_ref().and_then(|detail| call(detail, &["record"]));
    let reply = read.reply.as_ref().and_then(|reply| call(reply, &["reply", "record"]));
    let order = read.order.as_ref().and_then(|order| settings.expression(language, order, &["record"], problems));
    let next_cursor = match &read.paging {
        Paging::Cursor { next } => settings.expression(language, next, &["answer"], problems),
        _ => None,
    };
    let mut complain = |wrong: bool, zh: &str, en: &str| {
        if wrong {
            problems.push(SettingsProblem::new(settings.span(), zh, en));
        }
    };
    complain(
        matches!(read.paging, Paging::LastId) && read.order.is_none(),
        "按最后编号翻页需要 order（如 record.tid）",
        "paging by last id needs order, e.g. record.tid",
    );
    let size_wrong = match &read.paging {
        Paging::Number { size, .. } | Paging::Offset { size } => !(1..=10_000).contains(size),
        Paging::Window { size, hours, .. } => !(1..=10_000).contains(size) || !(1..=8_784).contains(hours),
        _ => false,
    };
    complain(
        size_wrong,
        "size 应在 1 到 10000 之间，hours 应在 1 到 8784 之间",
        "size must be 1 to 10000 and hours 1 to 8784",
    );
    complain(
        read.rescan.is_some_and(|rescan| rescan.every_hours == 0 || !(1..=1_000).contains(&rescan.pages)),
        "rescan：every_hours 至少 1，pages 1 到 1000",
        "rescan: every_hours at least 1, pages 1 to 1000",
    );
    if let Paging::Window { start: Some(start), .. } = &read.paging {
        complain(
            start.get_ref().parse::<jiff::Timestamp>().is_err(),
            "start 应为 RFC 3339 时间",
            "start must be an RFC 3339 time",
        );
    }
    Some(Compiled {
        list: list?,
        paging: read.paging.clone(),
        next_cursor,
        order,
        detail,
        rescan: read.rescan,
        conditional: read.conditional,
        reply,
    })
}
