//! What reading page by page has to tell an operator, and which setting to look at.

use huiliu_adapter_api::{AlarmKind, SourceAlarm};

/// Something about a source that does not fit what the settings say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Pages bring only records that this pass has read already.
    Repeats,
    /// The key of the next page is that of this one, or one that was read already.
    GoesRound,
    /// A pass has read [`MAX_PASS_PAGES`](crate::MAX_PASS_PAGES).
    TooManyPages,
    /// A page is larger than was asked for.
    LargerThanAsked,
    /// Records do not come newest first.
    Disordered,
    /// `order` gives no whole number for any record of a page.
    NoOrder,
    /// The source states more records than came.
    FewerThanStated,
    /// The source states fewer records than came.
    MoreThanStated,
    /// A window whose request names no page is as full as a page can be.
    WindowFull,
}

impl Notice {
    /// As operators see it.
    #[must_use]
    pub fn alarm(self) -> SourceAlarm {
        let (kind, zh, en) = match self {
            Self::Repeats => (
                AlarmKind::NoProgress,
                "来源重复返回已经读过的页，本轮读取到此为止。请核对 list 请求是否真的带上了页码或偏移（page.number、page.offset）；如果来源对超出末页的页码总是返回末页，请用 total 写明总数，例如 total = \"answer.total\"",
                "the source gives pages again that were read already, so the pass ends here: check that the list call sends the page number or offset (page.number, page.offset); where the source answers the last page for every number beyond it, state the total, e.g. total = \"answer.total\"",
            ),
            Self::GoesRound => (
                AlarmKind::NoProgress,
                "翻页游标或最后编号原地不动或绕回已读过的页，本轮读取到此为止，水位不前移，下一轮从头再读。请核对 paging 的 next（或 order）取的是不是下一页的游标，以及 list 请求是否带上了 page.cursor（page.last）",
                "the cursor or last id of the next page stays or goes round, so the pass ends here, the watermark stays, and the next pass begins anew: check what next (or order) of paging takes and that the list call sends page.cursor (page.last)",
            ),
            Self::TooManyPages => (
                AlarmKind::NoProgress,
                "一轮读取的页数达到上限，来源可能没有尽头。先从头读新记录，再从停下的页继续。请核对 list 请求的页码参数，或缩小请求的范围",
                "a pass has read as many pages as it may, the source may be endless: new records are read first, then reading goes on where it stopped; check the page parameters of the list call or ask for less",
            ),
            Self::LargerThanAsked => (
                AlarmKind::Unexpected,
                "来源返回的页比 size 大，记录照收。请核对 list 请求的每页条数参数与 size 是否一致",
                "a page is larger than size, its records are taken: check the size parameter of the list call against size",
            ),
            Self::Disordered => (
                AlarmKind::Unexpected,
                "记录不是从新到旧排列，不能凭水位停止，每轮都要读完整个列表。请在 list 请求中按 order 从大到小排序，或核对 order 取的字段",
                "records do not come newest first, so the watermark cannot end a pass and every pass reads the whole list: ask for them sorted by order, largest first, or check order",
            ),
            Self::NoOrder => (
                AlarmKind::Unexpected,
                "order 没有取到整数，水位不起作用，每轮都要读完整个列表。请让 order 取一个随新记录增大的整数字段",
                "order gives no whole number, so there is no watermark and every pass reads the whole list: let it take a whole number that grows with new records",
            ),
            Self::FewerThanStated => (
                AlarmKind::Unexpected,
                "来源声明的总数多于实际读到的记录。请核对 total 取的字段，以及来源是否按权限隐藏了部分记录",
                "the source states more records than came: check what total takes, and whether the source hides some",
            ),
            Self::MoreThanStated => (
                AlarmKind::Unexpected,
                "来源声明的总数少于实际读到的记录，已不按总数停止。请核对 total 取的是总条数，而不是页数或本页条数",
                "the source states fewer records than came, so the total did not end the pass: check that total takes the number of all records, not of pages or of this page",
            ),
            Self::WindowFull => (
                AlarmKind::Unexpected,
                "一个时间窗口返回的记录达到 size，可能被截断。请缩短 hours，或在 list 请求中带上 page.number",
                "a window gave as many records as size, it may be cut off: shorten hours or send page.number in the list call",
            ),
        };
        SourceAlarm { kind, zh: zh.to_owned(), en: en.to_owned() }
    }
}
