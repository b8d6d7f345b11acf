//! What waits for somebody: quarantine, warnings, source files, replies.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::mapping::{Broken, broken_of};
use crate::mask::{mask_name, mask_text};
use crate::store::{
    ByHandReason, QuarantineView, ReplyState, ReplyView, SourceFileView, SourceSheet, Told, WarningGroup,
};

/// Longest text of an unreadable record that is listed whole, in bytes: a page that could not be read is one record.
const MAX_LISTED_TEXT_BYTES: usize = 64 << 10;
/// Characters that are shown of the beginning of an unreadable record.
const BEGINNING_CHARS: usize = 500;

/// A record that could not be mapped.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Quarantined {
    /// Number of the raw record.
    raw_id: i64,
    /// Channel.
    channel: String,
    /// The source's id of it.
    record_id: String,
    /// Since when.
    at: Timestamp,
    /// All that is wrong with it.
    #[schemars(example = serde_json::json!([{ "field": "text", "zh": "没有正文", "en": "there is no text" }]))]
    problems: Value,
    /// The record as it was delivered; null where it is too long for a listing.
    #[schemars(example = serde_json::json!({ "number": "2611220001", "title": "路灯不亮" }))]
    record: Value,
    /// Why it could not be read, where it could not.
    broken: Option<BrokenRecord>,
}

/// A record that could not be read.
#[derive(Serialize, JsonSchema)]
struct BrokenRecord {
    /// Why, in Chinese.
    #[schemars(example = &"不是完整的 JSON")]
    zh: String,
    /// Why, in English.
    #[schemars(example = &"is no whole JSON")]
    en: String,
    /// Its size.
    size_bytes: usize,
    /// How it begins, masked.
    beginning: String,
}

/// Records that could not be mapped.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct QuarantinedPage {
    /// In the order in which they came.
    pub quarantine: Vec<Quarantined>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl Quarantined {
    /// A quarantined record whole. One that could not be read has what an operator needs to find out why: the reason, its size and
    /// how it begins.
    pub(in crate::http) fn whole(view: &QuarantineView) -> Self {
        let broken = broken_of(&view.body).map(|Broken { text, zh, en }| {
            let beginning: String = text.chars().take(BEGINNING_CHARS).collect();
            BrokenRecord {
                zh: zh.to_owned(),
                en: en.to_owned(),
                size_bytes: text.len(),
                beginning: mask_text(&beginning),
            }
        });
        Self {
            raw_id: view.raw_id.0,
            channel: view.channel.clone(),
            record_id: view.record_id.clone(),
            at: view.at,
            problems: view.problems.clone(),
            record: view.body.clone(),
            broken,
        }
    }

    /// A quarantined record among others: a long one without its content.
    pub(in crate::http) fn listed(view: &QuarantineView) -> Self {
        let mut document = Self::whole(view);
        if document.broken.as_ref().is_some_and(|broken| broken.size_bytes > MAX_LISTED_TEXT_BYTES) {
            document.record = Value::Null;
        }
        document
    }
}

/// Warnings that say the same of one field of a channel.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Warning {
    /// Number of the newest one.
    last: i64,
    /// Channel.
    channel: String,
    /// Field of the complaint.
    field: String,
    /// Where in the pack: file, line and column.
    place: String,
    /// What is wrong and what to do, in Chinese.
    #[schemars(example = &"不是日期或时间；请检查表达式")]
    zh: String,
    /// The same in English.
    #[schemars(example = &"is no date or time; look at the expression")]
    en: String,
    /// How many there are.
    count: u64,
    /// When the newest one was made.
    last_at: Timestamp,
    /// The newest of them.
    samples: Vec<Sample>,
}

/// One warning of a group.
#[derive(Serialize, JsonSchema)]
struct Sample {
    /// Number of the raw record.
    raw_id: i64,
    /// The value that was met, masked.
    #[schemars(example = &"昨天晚上")]
    value: Option<String>,
}

/// Warnings, grouped.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct WarningPage {
    /// The newest first.
    pub warnings: Vec<Warning>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl From<&WarningGroup> for Warning {
    fn from(group: &WarningGroup) -> Self {
        let samples = group.samples.iter();
        Self {
            last: group.last,
            channel: group.channel.clone(),
            field: group.field.clone(),
            place: group.place.clone(),
            zh: mask_text(&group.zh),
            en: mask_text(&group.en),
            count: group.count,
            last_at: group.last_at,
            samples: samples
                .map(|sample| Sample { raw_id: sample.raw_id.0, value: sample.value.as_deref().map(mask_text) })
                .collect(),
        }
    }
}

/// Something to be known of a file.
#[derive(Serialize, JsonSchema)]
struct Notice {
    /// In Chinese.
    #[schemars(example = &"两列同名：地址")]
    zh: String,
    /// In English.
    #[schemars(example = &"two columns have one name: 地址")]
    en: String,
}

/// A file that was read as a source.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct SourceFile {
    /// Number.
    id: i64,
    /// Channel.
    channel: String,
    /// Its name; masked below operator.
    #[schemars(example = &"台账.xlsx")]
    name: String,
    /// Its size.
    size_bytes: u64,
    /// When it was changed last.
    modified_at: Timestamp,
    /// When its first rows were taken.
    begun_at: Timestamp,
    /// When its last rows were taken, or it failed.
    finished_at: Option<Timestamp>,
    /// How reading stands.
    #[schemars(extend("enum" = ["reading", "done", "failed"]))]
    #[schemars(example = &"done")]
    state: &'static str,
    /// Rows that were delivered.
    rows: u64,
    /// Rows that made a complaint, or said something about an earlier one.
    taken: u64,
    /// Rows that changed a complaint.
    amended: u64,
    /// Rows that were there before with the same content.
    repeated: u64,
    /// Rows that went into quarantine.
    set_aside: u64,
    /// Rows that a rule keeps from being complaints, or whose complaint was erased.
    #[schemars(example = 2)]
    discarded: u64,
    /// Its sheets.
    sheets: Vec<Sheet>,
    /// Why it could not be read, masked.
    failure: Option<String>,
    /// The same in Chinese.
    failure_zh: Option<String>,
    /// What is to be known of it: columns of one name, rows passed over.
    notices: Vec<Notice>,
}

/// A sheet of a source file.
#[derive(Serialize, JsonSchema)]
struct Sheet {
    /// Its name; masked below operator.
    #[schemars(example = &"十一月")]
    name: String,
    /// Rows that were delivered of it.
    rows: u64,
    /// Why it was left out, in Chinese.
    left_out_zh: Option<String>,
    /// The same in English.
    left_out: Option<String>,
}

/// Source files.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct SourceFilePage {
    /// The newest first.
    pub source_files: Vec<SourceFile>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

impl SourceFile {
    /// A source file; with `names` its name in full.
    pub(in crate::http) fn of(view: &SourceFileView, names: bool) -> Self {
        let name = |name: &str| if names { name.to_owned() } else { mask_name(name) };
        let sheet = |sheet: &SourceSheet| {
            let (left_out_zh, left_out) = sheet.left_out.clone().unzip();
            Sheet { name: name(&sheet.name), rows: sheet.rows, left_out_zh, left_out }
        };
        let counts = &view.counts;
        Self {
            id: view.id,
            channel: view.channel.clone(),
            name: name(&view.name),
            size_bytes: view.size_bytes,
            modified_at: view.modified_at,
            begun_at: view.begun_at,
            finished_at: view.finished_at,
            state: view.state.name(),
            rows: view.rows,
            taken: counts.taken,
            amended: counts.amended,
            repeated: counts.repeated,
            set_aside: counts.set_aside,
            discarded: counts.discarded,
            sheets: view.sheets.iter().map(sheet).collect(),
            failure: view.failure.as_ref().map(|(_, en)| mask_text(en)),
            failure_zh: view.failure.as_ref().map(|(zh, _)| mask_text(zh)),
            notices: view.notices.iter().map(|(zh, en)| Notice { zh: mask_text(zh), en: mask_text(en) }).collect(),
        }
    }
}

/// A reply to one citizen.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct Reply {
    /// Number.
    id: i64,
    /// Channel that carries it.
    channel: String,
    /// Receipt number of the complaint.
    receipt_number: String,
    /// Id of the ticket.
    ticket: String,
    /// The status that it tells.
    #[schemars(example = &"resolved")]
    status: &'static str,
    /// How it stands.
    #[schemars(extend("enum" = states()))]
    #[schemars(example = &"dead")]
    state: &'static str,
    /// How often it was tried.
    attempts: u32,
    /// What went wrong last, masked; null below operator: another system's words may name somebody.
    last_error: Option<String>,
    /// Why a person has to tell the citizen; null where none has to.
    #[schemars(extend("enum" = by_hand_reasons()))]
    by_hand_reason: Option<&'static str>,
    /// When it was made.
    at: Timestamp,
    /// Who told the citizen by hand, when and how; null where nobody did, or the citizen's data was erased.
    told: Option<ToldDocument>,
}

/// That a person told a citizen.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Told")]
pub(in crate::http) struct ToldDocument {
    /// Who told: the name of a token.
    by: String,
    /// When.
    at: Timestamp,
    /// How, in the person's words; personal data in them is masked.
    how: String,
}

impl From<&Told> for ToldDocument {
    fn from(told: &Told) -> Self {
        Self { by: told.by.clone(), at: told.at, how: mask_text(&told.how) }
    }
}

/// The names of all states of replies.
pub(in crate::http) fn states() -> Vec<&'static str> {
    ReplyState::ALL.iter().map(|(_, name)| *name).collect()
}

/// Replies.
#[derive(Serialize, JsonSchema)]
pub(in crate::http) struct ReplyPage {
    /// The newest first.
    pub replies: Vec<Reply>,
    /// `after` of the next page; null on the last.
    pub next: Option<String>,
}

/// The names of all reasons for which people tell citizens, and null.
fn by_hand_reasons() -> Vec<Option<&'static str>> {
    ByHandReason::ALL.iter().map(|(_, name, _)| Some(*name)).chain([None]).collect()
}

impl Reply {
    /// As somebody may see it: `whole` for those who see what citizens say.
    pub fn of(view: &ReplyView, whole: bool) -> Self {
        let kept = view.last_error.as_deref();
        let reason = kept.and_then(ByHandReason::from_sentence);
        Self {
            id: view.id.0,
            channel: view.channel.clone(),
            receipt_number: view.receipt.clone(),
            ticket: view.ticket_id.clone(),
            status: view.status.wire(),
            state: view.state.name(),
            attempts: view.attempts,
            last_error: kept.filter(|_| whole).map(mask_text),
            by_hand_reason: reason.map(ByHandReason::name),
            at: view.at,
            told: view.told.as_ref().map(ToldDocument::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::key::RawKey;

    fn aside(body: Value) -> Value {
        let view = QuarantineView {
            raw_id: RawKey(1),
            channel: "generic".to_owned(),
            record_id: "1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            problems: json!([]),
            source_file: None,
            body,
        };
        serde_json::to_value(Quarantined::listed(&view)).unwrap()
    }

    fn broken(text: &str) -> Value {
        json!({ "huiliu:broken": { "text": text, "reason": "the text is cut at byte 7" } })
    }

    #[test]
    fn an_unreadable_record_is_listed_with_its_reason_size_and_beginning() {
        let listed = aside(broken("{\"tel\": \"13800001111\", \"text\": \"路"));
        let expected = json!({
            "zh": "the text is cut at byte 7", "en": "the text is cut at byte 7", "size_bytes": 35, "beginning": "{\"tel\": \"138****1111\", \"text\": \"路",
        });
        assert_eq!(listed["broken"], expected);
        assert!(listed["record"].is_object(), "whole, to be mended");
    }

    #[test]
    fn a_page_that_could_not_be_read_is_not_listed_whole() {
        let listed = aside(broken(&"路".repeat(100_000)));
        assert_eq!((&listed["record"], &listed["broken"]["size_bytes"]), (&Value::Null, &json!(300_000)));
        assert_eq!(listed["broken"]["beginning"].as_str().unwrap().chars().count(), BEGINNING_CHARS);
    }

    #[test]
    fn a_record_that_could_be_read_is_listed_as_it_is() {
        let listed = aside(json!({ "text": "路灯不亮" }));
        assert_eq!((&listed["record"], &listed["broken"]), (&json!({ "text": "路灯不亮" }), &Value::Null));
    }
}
