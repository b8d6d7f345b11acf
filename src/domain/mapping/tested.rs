//! What a channel would read now, in words for people: what works, what does not, and what to do. Nothing of it is kept.

use std::time::Duration;

use huiliu_adapter_api::{AdapterError, Batch};
use jiff::Timestamp;

use super::normalize;
use super::{Channel, Mapped, Normalized};
use crate::catalogue::{Locale, one_of};
use crate::mask::mask_text;

/// Most records that are read for a test.
pub const MAX_TESTED_RECORDS: usize = 10;
/// Most problems of one record that are told.
const MAX_PROBLEMS: usize = 5;

/// How something stands that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It works.
    Works,
    /// It works, and there is something to know.
    Note,
    /// It does not work.
    Fails,
}

impl Standing {
    /// All, with their names in documents.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Works, "works"), (Self::Note, "note"), (Self::Fails, "fails")];

    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(standing, _)| *standing == self).map_or("", |(_, name)| name)
    }
}

/// Something that was found out, with what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// How it stands.
    pub standing: Standing,
    /// In Chinese; free of personal data.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

impl Found {
    /// Something that was found out.
    pub fn new(standing: Standing, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { standing, zh: zh.into(), en: en.into() }
    }
}

/// What would become of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Becomes {
    /// A complaint.
    Complaint,
    /// A word about an earlier one.
    FollowUp,
    /// Kept, and no complaint, by a rule of the channel file.
    Discarded,
    /// Set aside: it cannot be mapped.
    SetAside,
}

impl Becomes {
    /// All, with their names in documents.
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Complaint, "complaint"),
        (Self::FollowUp, "follow_up"),
        (Self::Discarded, "discarded"),
        (Self::SetAside, "set_aside"),
    ];

    /// The name in documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(becomes, _)| *becomes == self).map_or("", |(_, name)| name)
    }
}

/// One record that would be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestedRecord {
    /// The source's id of it.
    pub record_id: String,
    /// What would become of it.
    pub becomes: Becomes,
    /// Its first problems, in Chinese and in English, without what stands in the record.
    pub problems: Vec<(String, String)>,
}

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tested {
    /// In the order in which it was tried.
    pub found: Vec<Found>,
    /// Records that would be read.
    pub records: Vec<TestedRecord>,
}

impl Tested {
    /// Something alone.
    #[must_use]
    pub fn only(found: Vec<Found>) -> Self {
        Self { found, records: Vec::new() }
    }

    /// Of a pull that ended after some time.
    #[must_use]
    pub fn of(channel: &Channel, pulled: &Result<Batch, AdapterError>, took: Duration, now: Timestamp) -> Self {
        let ms = took.as_millis();
        let batch = match pulled {
            Ok(batch) => batch,
            Err(error) => return Self::only(vec![failure(error)]),
        };
        let answered = Found::new(
            Standing::Works,
            format!("来源有应答，用时 {ms} 毫秒"),
            format!("the source answers, after {ms} ms"),
        );
        let records: Vec<TestedRecord> =
            batch.records.iter().map(|record| TestedRecord::of(&normalize(channel, record, now))).collect();
        let mut found = vec![answered, reading(&records, batch.more)];
        found.extend(set_aside(&records));
        found.extend(
            batch.alarms.iter().map(|alarm| Found::new(Standing::Fails, mask_text(&alarm.zh), mask_text(&alarm.en))),
        );
        Self { found, records }
    }
}

impl TestedRecord {
    fn of(record: &Normalized) -> Self {
        let becomes = match record.applied.mapped {
            Mapped::Complaint(_) => Becomes::Complaint,
            Mapped::FollowUp(_) | Mapped::Stated => Becomes::FollowUp,
            Mapped::Discarded(_) => Becomes::Discarded,
            Mapped::Quarantined => Becomes::SetAside,
        };
        let problems = record.applied.warnings.iter().take(MAX_PROBLEMS);
        let problems = problems.map(|warning| {
            let field = &warning.field;
            (mask_text(&format!("{field}：{}", warning.zh)), mask_text(&format!("{field}: {}", warning.en)))
        });
        Self { record_id: mask_text(&record.record_id), becomes, problems: problems.collect() }
    }
}

fn reading(records: &[TestedRecord], more: bool) -> Found {
    let (count, complaints) =
        (records.len(), records.iter().filter(|record| record.becomes == Becomes::Complaint).count());
    match (count, more) {
        (0, false) => Found::new(
            Standing::Note,
            "现在没有新记录可读；来源有新内容时会读到",
            "there is nothing new to read now; it will be read when the source has something",
        ),
        (0, true) => Found::new(
            Standing::Note,
            "这一页没有新记录，后面还有",
            "there is nothing new on this page, and more behind it",
        ),
        (_, more) => {
            let (zh, en) = if more { ("，后面还有", ", and more behind them") } else { ("", "") };
            Found::new(
                Standing::Works,
                format!("会读到 {count} 条记录，其中 {complaints} 条会成为诉求{zh}"),
                format!("{count} records would be read, {complaints} of which make a complaint{en}"),
            )
        }
    }
}

fn set_aside(records: &[TestedRecord]) -> Option<Found> {
    let count = records.iter().filter(|record| record.becomes == Becomes::SetAside).count();
    (count > 0).then(|| {
        Found::new(
            Standing::Fails,
            format!("{count} 条无法映射，会进入待修复：请按下面的原因修改渠道文件，在草稿里试过再发布"),
            format!(
                "records that cannot be mapped: {count}; they would be set aside: mend the channel file by the reasons below, try it in a draft, and publish that"
            ),
        )
    })
}

/// An error with what to do, by its kind.
fn failure(error: &AdapterError) -> Found {
    let text = mask_text(&error.to_string());
    let (zh, en) = match error {
        AdapterError::Transient { .. } => (
            "请检查网络、地址，以及对方系统是否在运行；网关会自行重试",
            "look at the network, the address, and whether the other system runs; the gateway tries again by itself",
        ),
        AdapterError::Refused { .. } => (
            "对方有应答但拒绝了：请核对账号、密钥与权限",
            "the other side answers and refuses: compare user, secret and rights with what it gave you",
        ),
        AdapterError::Misconfigured { .. } => (
            "设置与对方的实际情况不符：请修改渠道文件并重新加载",
            "a setting does not fit what is there: mend the channel file and load the pack again",
        ),
        AdapterError::Gone { .. } => {
            ("对方已没有所要的内容：请核对地址与路径", "what is asked for is no longer there: look at address and path")
        }
    };
    let said = |locale| one_of(&text, locale).to_owned();
    Found::new(Standing::Fails, format!("{}。{zh}", said(Locale::Zh)), format!("{}. {en}", said(Locale::En)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(found: &Found) -> (&str, &str) {
        (&found.zh, &found.en)
    }

    #[test]
    fn an_error_is_told_in_one_language_with_what_to_do_and_without_numbers_of_people() {
        let error = AdapterError::refused("登录被拒绝：13800001111（the login was refused: 13800001111）");
        let found = failure(&error);
        let (zh, en) = words(&found);
        assert_eq!(found.standing, Standing::Fails);
        assert!(zh.starts_with("登录被拒绝：138****1111。") && zh.contains("权限"), "{zh}");
        assert!(en.starts_with("the login was refused: 138****1111. ") && !en.contains('登'), "{en}");
        for kind in [AdapterError::transient("x"), AdapterError::misconfigured("x"), AdapterError::gone("x")] {
            assert_ne!(failure(&kind).en, found.en, "each kind has its own advice");
        }
    }

    #[test]
    fn what_would_be_read_is_counted_and_what_cannot_be_mapped_is_a_failure() {
        let record = |becomes| TestedRecord { record_id: "1".to_owned(), becomes, problems: Vec::new() };
        let records = [Becomes::Complaint, Becomes::SetAside, Becomes::Discarded].map(record);
        let found = reading(&records, true);
        assert!(found.en.starts_with("3 records would be read, 1 of which"), "{}", found.en);
        assert!(found.en.ends_with("more behind them") && found.zh.ends_with("后面还有"));
        let aside = set_aside(&records).unwrap();
        assert_eq!((aside.standing, aside.en.starts_with("records that cannot be mapped: 1")), (Standing::Fails, true));
        assert_eq!(set_aside(&records[..1]), None);
        assert_eq!(reading(&[], false).standing, Standing::Note);
    }
}
