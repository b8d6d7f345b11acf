//! A page of a list that cannot be read: asked for again, and then set aside with what arrived, so that the others come.

use std::sync::{Mutex, PoisonError};

use huiliu_adapter_api::{AlarmKind, RawRecord, SourceAlarm};

/// Times that a page is asked for, with the gateway's waits between, before it is set aside.
pub const MAX_PAGE_TRIES: u32 = 5;

/// How often a page was asked for in vain. This is no progress: a restart only begins to count anew.
#[derive(Debug, Default)]
pub struct Tries(Mutex<(String, u32)>);

impl Tries {
    /// Counts a failure of the page at this place; gives how many there were in a row.
    pub fn failed(&self, place: &str) -> u32 {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.0 != place {
            *tries = (place.to_owned(), 0);
        }
        tries.1 += 1;
        tries.1
    }

    /// Forgets what was counted.
    pub fn over(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (String::new(), 0);
    }
}

/// The record that a page set aside becomes: its text, its place, and what is wrong with it, free of content.
#[must_use]
pub fn page_aside(text: String, digest: &str, place: &str, reason: &str) -> RawRecord {
    let zh = format!("有一页读不了（{place}）：{reason}");
    RawRecord::broken_because(
        format!("page-{digest}"),
        text,
        zh,
        format!("a page that cannot be read ({place}): {reason}"),
    )
}

/// What an operator has to know of a page set aside; `goes_on`: whether what follows it can be reached.
#[must_use]
pub fn page_alarm(place: &str, goes_on: bool) -> SourceAlarm {
    let (zh, en) = if goes_on {
        ("已跳过该页继续读取", "reading goes on behind it")
    } else {
        (
            "该页之后的记录暂时读不到，下一轮从头再读，水位不前移",
            "what follows it cannot be reached: the next pass begins anew, and the watermark stays",
        )
    };
    SourceAlarm {
        kind: AlarmKind::UnreadablePage,
        zh: format!(
            "有一页无法读取（{place}），已连同原文放入待修复；{zh}。请核对 format 的 kind、encoding、records，或请来源修正"
        ),
        en: format!(
            "a page cannot be read ({place}) and was set aside with its text; {en}; check kind, encoding and records of [format], or have the source mended"
        ),
    }
}
