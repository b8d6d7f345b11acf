//! What an operator has to look at although a channel goes on.

use huiliu_adapter_api::SourceAlarm;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::mask::mask_text;

/// The kind of alarm of a field that fails for most records.
pub const FAILING_FIELD: &str = "failing_field";

/// Least time between two lines in the log about the same kind of alarm of a source.
const LOG_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// An alarm of a channel: a field that fails for most records, until it is well again; or something about the source, which
/// stands until the channel is started again.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Alarm {
    /// `failing_field`, or a kind of the adapter's alarms.
    #[schemars(example = &"failing_field")]
    pub kind: &'static str,
    /// The field of the complaint, where it is about one.
    pub field: Option<String>,
    /// Where in the pack the field's expression stands: file, line and column.
    pub place: Option<String>,
    /// How often it was met.
    pub count: u64,
    /// When it was met first.
    pub first_at: Timestamp,
    /// When it was met last.
    pub last_at: Timestamp,
    /// What happened and what to do, as it was said last, in Chinese.
    #[schemars(example = &"字段 occurred_at 的多数记录有告警")]
    pub zh: String,
    /// The same in English.
    #[schemars(example = &"most records have a warning in field occurred_at")]
    pub en: String,
    #[serde(skip)]
    logged_at: Timestamp,
}

impl Alarm {
    /// An alarm of a field that fails for most records; free of content.
    pub(super) fn failing_field(field: &str, place: &str, (warned, of): (usize, usize), now: Timestamp) -> Self {
        Self {
            kind: FAILING_FIELD,
            field: Some(field.to_owned()),
            place: Some(place.to_owned()),
            count: 1,
            first_at: now,
            last_at: now,
            zh: format!(
                "字段 {field} 最近 {of} 条记录中有 {warned} 条有告警（{place}）：来源的格式可能变了；用 huiliu warnings 查看样例，改好表达式后重新加载"
            ),
            en: format!(
                "field {field}: {warned} of the latest {of} records have a warning ({place}): the source may have changed its \
                 format; see samples with `huiliu warnings`, mend the expression and reload"
            ),
            logged_at: now,
        }
    }
}

/// Notes an alarm of a source among those there are, one for each kind. Whether it is to be logged now.
pub(super) fn note(alarms: &mut Vec<Alarm>, met: &SourceAlarm, now: Timestamp) -> bool {
    let (zh, en) = (mask_text(&met.zh), mask_text(&met.en));
    let Some(known) = alarms.iter_mut().find(|alarm| alarm.kind == met.kind.name()) else {
        let kind = met.kind.name();
        alarms.push(Alarm {
            kind,
            field: None,
            place: None,
            count: 1,
            first_at: now,
            last_at: now,
            zh,
            en,
            logged_at: now,
        });
        return true;
    };
    (known.count, known.last_at, known.zh, known.en) = (known.count + 1, now, zh, en);
    let is_due = now.duration_since(known.logged_at) >= LOG_EVERY;
    if is_due {
        known.logged_at = now;
    }
    is_due
}

#[cfg(test)]
mod tests {
    use huiliu_adapter_api::AlarmKind;

    use super::*;

    #[test]
    fn alarms_of_a_kind_are_counted_and_logged_now_and_then() {
        let mut alarms = Vec::new();
        let met = |kind, zh: &str| SourceAlarm { kind, zh: zh.to_owned(), en: "a page".to_owned() };
        let at = |minutes: i64| Timestamp::from_second(minutes * 60).unwrap();
        let page = AlarmKind::UnreadablePage;
        assert!(note(&mut alarms, &met(page, "第 1 页"), at(0)));
        assert!(!note(&mut alarms, &met(page, "第 2 页"), at(9)));
        assert!(note(&mut alarms, &met(AlarmKind::NoProgress, "回到第 1 页"), at(9)));
        assert!(note(&mut alarms, &met(page, "第 3 页，电话 13800001111"), at(10)));
        let shown: Vec<_> = alarms.iter().map(|alarm| (alarm.kind, alarm.count, alarm.zh.as_str())).collect();
        assert_eq!(shown, [("unreadable_page", 3, "第 3 页，电话 138****1111"), ("no_progress", 1, "回到第 1 页")]);
        assert_eq!((alarms[0].first_at, alarms[0].last_at), (at(0), at(10)));
    }
}
