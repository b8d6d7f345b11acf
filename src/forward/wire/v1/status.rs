//! `StatusUpdateV1`: a status update as platforms write it, and its one reader.
//!
//! The reader accepts exactly the documents that the published schema accepts; what depends on the time of day or on the ticket
//! is decided by the desk.

use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};

use super::act::ActV1;
use super::strict::read_object;
use crate::complaint::Satisfaction;
use crate::mask::mask_text;
use crate::ticket::{ActBook, AnswerFile, GivenRating, Handler, OwnResult, Rater, Sender, Status, StatusUpdate};

/// Longest text of an update, in characters.
const MAX_TEXT_CHARS: usize = 20_000;
/// Most results for single citizens.
const MAX_RESULTS: usize = 200;
/// Longest of the other fields, in characters.
const MAX_FIELD_CHARS: usize = 200;
/// Longest reason, in characters: a reason may quote what was sent.
const MAX_REASON_CHARS: usize = 300;
/// Longest name that is logged, in characters.
const MAX_NAME_CHARS: usize = 64;
/// Greatest sequence: the greatest whole number that every JSON reader keeps exactly.
const MAX_SEQUENCE: i64 = 1 << 53;
/// How times are written: RFC 3339 with seconds and offset, in the years 2000 to 2199. An unset clock and a placeholder for
/// "never" are no times.
const TIME: &str = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$";
/// How telephone numbers are written.
const PHONE: &str = r"^[0-9+() -]{3,40}$";
/// How addresses of attachments are written: without blanks and what could end a header or a tag.
const ADDRESS: &str = "^https?://[!#-;=?-~\u{a1}-\u{167f}\u{3001}-\u{fefe}]{1,1990}$";
/// How media types are written.
const MEDIA_TYPE: &str = r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,80}$";
/// Most attachments of an update.
const MAX_ATTACHMENTS: usize = 10;
/// At least one character that is not white space; the class is ECMA-262's, written out so that every engine means the same.
pub(super) const SAYS_SOMETHING: &str =
    "[^\u{9}-\u{d} \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}]";

/// Version 1 of a status update, sent to the exchange `huiliu.status`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "if" = json!({"properties": {"status": {"enum": ["rejected", "resolved", "closed"]}}, "required": ["status"]}),
    "then" = json!({"properties": {"result": {"type": "string", "pattern": SAYS_SOMETHING}}, "required": ["result"]}),
    "anyOf" = json!([
        {"properties": {"status": {"type": "string"}}, "required": ["status"]},
        {"properties": {"act": {"type": "object"}}, "required": ["act"]},
    ])
))]
#[schemars(example = json!({
    "update_id": "20261123-000017",
    "platform": "command",
    "ticket_id": "RC-20261122-000001",
    "sequence": 2,
    "status": "resolved",
    "occurred_at": "2026-11-23T10:20:00+08:00",
    "department": "综合行政执法局",
    "result": "路灯已于今日修复。",
    "results": [{ "receipt_number": "RC2611220000001", "result": "您家门前的路灯已于今日修复，谢谢。" }],
    "person": { "name": "李工", "unit": "照明管理所", "phone": "0631-7550000" },
    "attachments": [{ "url": "https://files.example.com/after.jpg", "name": "修复后.jpg", "media_type": "image/jpeg" }],
}))]
pub struct StatusUpdateV1 {
    /// The platform's own id of this update; the same update sent again has the same id. 1 to 200 characters.
    #[schemars(length(min = 1, max = 200))]
    pub update_id: String,
    /// Name of the platform: of the feed that it receives. Only updates of tickets that were sent to this feed are accepted, and
    /// where the city names a user of the broker for the feed, only those that carry it in the property `user_id`. 1 to 200
    /// characters.
    #[schemars(length(min = 1, max = 200))]
    pub platform: String,
    /// Ticket id.
    #[schemars(length(min = 1, max = 200))]
    pub ticket_id: String,
    /// The platform's counter for this ticket, growing with every update; an update that is not above the last one is late.
    #[serde(deserialize_with = "whole")]
    #[schemars(range(min = 0, max = 9_007_199_254_740_992_i64))]
    pub sequence: i64,
    /// accepted, in_progress, extension_requested, extended, returned, rejected, resolved, closed or reopened. May be left out where
    /// there is an act: the ticket keeps its status then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["accepted", "in_progress", "extension_requested", "extended", "returned", "rejected", "resolved", "closed", "reopened", null]))]
    pub status: Option<String>,
    /// What the platform does with the ticket besides setting its status; after that, where there is a status too.
    #[serde(default, deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    #[schemars(example = json!({"kind": "assign", "unit": "housing", "co_units": ["power"], "words": "产权属住建部门。"}))]
    pub act: Option<ActV1>,
    /// When it happened, RFC 3339 with seconds and offset. Not more than a day ahead of the gateway's clock.
    #[schemars(extend("format" = "date-time", "pattern" = TIME))]
    #[schemars(example = &"2026-11-23T10:20:00+08:00")]
    pub occurred_at: String,
    /// Name of the department that acts, for the citizen. At most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    #[schemars(example = &"综合行政执法局")]
    pub department: Option<String>,
    /// What the citizen is told. Required for rejected, resolved and closed, and not blank then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20_000))]
    pub result: Option<String>,
    /// What single citizens are told instead of `result`, each by the receipt number of a complaint of this ticket. Words for one
    /// citizen never go to another one. At most 200.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub results: Option<Vec<OwnResultV1>>,
    /// Who handles the matter (经办人). The telephone number is given to feeds that get contacts in full and to channels whose file says
    /// so; everybody else gets it masked, or not at all.
    #[serde(default, deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonV1>,
    /// Pictures and documents that belong to the answer, by address: the platform keeps them, and citizens' systems fetch them there.
    /// At most 10.
    #[serde(default, deserialize_with = "objects", skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 10))]
    pub attachments: Option<Vec<AttachmentV1>>,
    /// Satisfaction found in a call-back: satisfied, fair or dissatisfied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["satisfied", "fair", "dissatisfied", null]))]
    pub satisfaction: Option<String>,
    /// What somebody said of the result, on the city's own scale; it counts before `satisfaction`, which says the same of a call-back
    /// in three steps. A platform that has only heard a rating sends it with the status that the ticket has.
    #[serde(default, deserialize_with = "object", skip_serializing_if = "Option::is_none")]
    pub rating: Option<GivenRatingV1>,
    /// New deadline with status extended, RFC 3339 with seconds and offset; without one it is the deadline that was asked for, and
    /// where none was, the deadline stays. With status extension_requested the deadline that is asked for. At most ten years after
    /// `occurred_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date-time", "pattern" = TIME))]
    #[schemars(example = &"2026-11-27T17:30:00+08:00")]
    pub due_at: Option<String>,
}

/// What somebody said of a result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenRatingV1 {
    /// Who said it: citizen, supervisor, or call_back for a citizen who was called back.
    #[schemars(extend("enum" = Rater::ALL.map(|(.., name)| name)))]
    #[schemars(example = &"supervisor")]
    pub rater: String,
    /// Code of a step of the city's scale; without one satisfied, fair or dissatisfied.
    #[schemars(length(min = 1, max = 200))]
    #[schemars(example = &"satisfied")]
    pub step: String,
    /// The words. At most 20,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 20_000))]
    #[schemars(example = &"处理及时")]
    pub words: Option<String>,
    /// Receipt number of the complaint whose citizen is meant; without one the ticket as a whole, or its only complaint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub receipt_number: Option<String>,
}

/// What one citizen is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnResultV1 {
    /// Receipt number of the complaint.
    #[schemars(length(min = 1, max = 200))]
    pub receipt_number: String,
    /// What the citizen is told; not blank.
    #[schemars(length(max = 20_000), extend("pattern" = SAYS_SOMETHING))]
    #[schemars(example = &"您反映的路灯已于今日修复，谢谢。")]
    pub result: String,
}

/// Who handles a matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonV1 {
    /// Name; not blank.
    #[schemars(length(max = 200), extend("pattern" = SAYS_SOMETHING))]
    #[schemars(example = &"李工")]
    pub name: String,
    /// The unit or section that the person belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    pub unit: Option<String>,
    /// Telephone number: digits, which `+`, `-`, blanks and parentheses may be between.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = PHONE))]
    #[schemars(example = &"0631-7550000")]
    pub phone: Option<String>,
}

/// A picture or document of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentV1 {
    /// Its address, `http://` or `https://`, at most 2,000 characters.
    #[schemars(extend("pattern" = ADDRESS))]
    pub url: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 200))]
    #[schemars(example = &"修复后.jpg")]
    pub name: Option<String>,
    /// Media type, such as `image/jpeg`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = MEDIA_TYPE))]
    pub media_type: Option<String>,
}

/// Reads an update. The text is JSON in UTF-8, with or without a byte order mark, in which no object has a member twice.
///
/// # Errors
/// Every reason why it cannot be used, for the sender.
pub fn read_status_update(body: &[u8]) -> Result<StatusUpdate, Vec<String>> {
    read(body).map_err(|reasons| reasons.into_iter().map(shortened).collect())
}

fn shortened(reason: String) -> String {
    match reason.char_indices().nth(MAX_REASON_CHARS) {
        Some((end, _)) => format!("{}…", reason.get(..end).unwrap_or_default()),
        None => reason,
    }
}

fn read(body: &[u8]) -> Result<StatusUpdate, Vec<String>> {
    let value = read_object(body).map_err(|reason| vec![reason])?;
    let update: StatusUpdateV1 =
        serde_json::from_value(value).map_err(|error| vec![format!("not a StatusUpdateV1: {error}")])?;
    update.parse()
}

/// What can be said of an update that cannot be used, for the log: its ticket and its platform, as far as they look like names
/// and numbers of such. Anything else could be a citizen's words.
#[must_use]
pub fn names_in(body: &[u8]) -> (Option<String>, Option<String>) {
    let value = read_object(body).unwrap_or_default();
    let name = |member: &str| value.get(member)?.as_str().filter(|text| is_name(text)).map(str::to_owned);
    (name("ticket_id"), name("platform"))
}

/// Whether a text can be a name or number that no citizen is known by: short, of letters, digits and a few signs, and nothing of
/// it would be masked.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    (1..=MAX_NAME_CHARS).contains(&text.len()) && text.chars().all(plain) && mask_text(text) == text
}

/// A whole number, also one that is written with a fraction of nothing: JSON knows one kind of number.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = serde_json::Number::deserialize(deserializer)?;
    let from_float = || {
        let float = number.as_f64().filter(|float| float.fract() == 0.0)?;
        // Exact: beyond this a double is no sequence anyway.
        format!("{float:.0}").parse().ok()
    };
    let whole = number.as_i64().or_else(from_float);
    whole.ok_or_else(|| serde::de::Error::custom(format!("this must be a whole number of 0 to {MAX_SEQUENCE}")))
}

/// One object, or null: what is derived would also read the members of an object from a list, which the schema does not.
fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Option::<Map<String, Value>>::deserialize(deserializer)?;
    value.map(|members| T::deserialize(Value::Object(members)).map_err(serde::de::Error::custom)).transpose()
}

/// A list of objects, or null.
fn objects<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
    let values = Option::<Vec<Map<String, Value>>>::deserialize(deserializer)?;
    let read = |members| T::deserialize(Value::Object(members)).map_err(serde::de::Error::custom);
    values.map(|values| values.into_iter().map(read).collect()).transpose()
}

fn is_time(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(TIME).ok());
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn is_like(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn says_something(text: &str) -> bool {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SAYS_SOMETHING).ok());
    PATTERN.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Collects what is wrong with an update while its values are read.
pub(super) struct Reading {
    reasons: Vec<String>,
}

impl Reading {
    pub(super) fn bounded(&mut self, name: &str, text: String) -> String {
        if text.is_empty() || text.chars().count() > MAX_FIELD_CHARS {
            self.reasons.push(format!("{name} must have 1 to {MAX_FIELD_CHARS} characters"));
        }
        text
    }

    fn time(&mut self, name: &str, text: &str) -> Option<Timestamp> {
        let time = text.parse().ok().filter(|_| is_time(text));
        if time.is_none() {
            self.reasons
                .push(format!("{name} is not an RFC 3339 time with seconds and offset, in the years 2000 to 2199"));
        }
        time
    }

    fn status(&mut self, name: &str, result: Option<&str>) -> Option<Status> {
        let status = Status::from_wire(name).filter(|status| Status::SET_BY_PLATFORMS.contains(status));
        match status {
            None => self.reasons.push(format!("status {name:?} is not one that a platform may set")),
            Some(status) if status.is_final() && !says_something(result.unwrap_or_default()) => {
                self.reasons.push(format!("status {name} needs a result for the citizen"));
            }
            Some(_) => {}
        }
        status
    }

    fn results(&mut self, results: Vec<OwnResultV1>) -> Vec<OwnResult> {
        if results.len() > MAX_RESULTS {
            self.reasons.push(format!("results has more than {MAX_RESULTS} entries"));
            return Vec::new();
        }
        let mut read = Vec::with_capacity(results.len());
        for OwnResultV1 { receipt_number, result } in results {
            let receipt = self.bounded("receipt_number", receipt_number);
            if !says_something(&result) || result.chars().count() > MAX_TEXT_CHARS {
                self.reasons
                    .push(format!("a result of results must say something in at most {MAX_TEXT_CHARS} characters"));
            }
            read.push(OwnResult { receipt, text: result });
        }
        read
    }

    pub(super) fn optional(&mut self, name: &str, text: Option<String>) -> Option<String> {
        if text.as_ref().is_some_and(|text| text.chars().count() > MAX_FIELD_CHARS) {
            self.reasons.push(format!("{name} is longer than {MAX_FIELD_CHARS} characters"));
        }
        text
    }

    /// A name that is not blank.
    pub(super) fn name(&mut self, member: &str, name: String) -> String {
        if !says_something(&name) || name.chars().count() > MAX_FIELD_CHARS {
            self.reasons.push(format!("{member} must say something in at most {MAX_FIELD_CHARS} characters"));
        }
        name
    }

    /// Codes of at least so many units.
    pub(super) fn units(&mut self, member: &str, units: Vec<String>, least: usize) -> Vec<String> {
        let most = ActBook::MAX_UNITS;
        if !(least..=most).contains(&units.len()) {
            self.reasons.push(format!("{member} must have {least} to {most} entries"));
            return Vec::new();
        }
        units.into_iter().map(|unit| self.bounded(member, unit)).collect()
    }

    /// The words of an act.
    pub(super) fn words(&mut self, words: Option<String>) -> Option<String> {
        if words.as_ref().is_some_and(|words| words.chars().count() > MAX_TEXT_CHARS) {
            self.reasons.push(format!("act.words is longer than {MAX_TEXT_CHARS} characters"));
        }
        words.filter(|words| says_something(words))
    }

    /// The words of an act that is nothing without them.
    pub(super) fn said(&mut self, words: String) -> String {
        if !says_something(&words) || words.chars().count() > MAX_TEXT_CHARS {
            self.reasons.push(format!("act.words must say something in at most {MAX_TEXT_CHARS} characters"));
        }
        words
    }

    fn person(&mut self, person: PersonV1) -> Handler {
        static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(PHONE).ok());
        let PersonV1 { name, unit, phone } = person;
        let name = self.name("person.name", name);
        let unit = self.optional("person.unit", unit);
        if phone.as_ref().is_some_and(|phone| !is_like(&PATTERN, phone)) {
            self.reasons.push("person.phone must be 3 to 40 digits, blanks and signs of + - ( )".to_owned());
        }
        Handler { name, unit, phone }
    }

    fn attachments(&mut self, attachments: Vec<AttachmentV1>) -> Vec<AnswerFile> {
        static ADDRESSES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ADDRESS).ok());
        static TYPES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(MEDIA_TYPE).ok());
        if attachments.len() > MAX_ATTACHMENTS {
            self.reasons.push(format!("attachments has more than {MAX_ATTACHMENTS} entries"));
            return Vec::new();
        }
        let mut read = Vec::with_capacity(attachments.len());
        for AttachmentV1 { url, name, media_type } in attachments {
            if !is_like(&ADDRESSES, &url) {
                self.reasons
                    .push("attachments.url must be an http or https address of at most 2,000 characters".to_owned());
            }
            let name = self.optional("attachments.name", name);
            if media_type.as_ref().is_some_and(|kind| !is_like(&TYPES, kind)) {
                self.reasons.push("attachments.media_type must be a media type such as image/jpeg".to_owned());
            }
            read.push(AnswerFile { url, name, media_type });
        }
        read
    }

    fn rating(&mut self, given: GivenRatingV1) -> Option<GivenRating> {
        let rater = Rater::from_name(&given.rater);
        if rater.is_none() {
            self.reasons.push("rating.rater must be citizen, supervisor or call_back".to_owned());
        }
        let step = self.bounded("rating.step", given.step);
        let receipt = given.receipt_number.map(|receipt| self.bounded("rating.receipt_number", receipt));
        if given.words.as_ref().is_some_and(|words| words.chars().count() > MAX_TEXT_CHARS) {
            self.reasons.push(format!("rating.words is longer than {MAX_TEXT_CHARS} characters"));
        }
        Some(GivenRating { rater: rater?, step, words: given.words, receipt })
    }

    fn satisfaction(&mut self, name: Option<&str>) -> Option<Satisfaction> {
        let name = name?;
        let satisfaction = Satisfaction::from_wire(name);
        if satisfaction.is_none() {
            self.reasons.push("satisfaction must be satisfied, fair or dissatisfied".to_owned());
        }
        satisfaction
    }
}

impl StatusUpdateV1 {
    /// Reads every value once; what cannot be read is a reason.
    fn parse(self) -> Result<StatusUpdate, Vec<String>> {
        let mut reading = Reading { reasons: Vec::new() };
        let update_id = reading.bounded("update_id", self.update_id);
        let platform = reading.bounded("platform", self.platform);
        let ticket_id = reading.bounded("ticket_id", self.ticket_id);
        if !(0..=MAX_SEQUENCE).contains(&self.sequence) {
            reading.reasons.push(format!("sequence must be 0 to {MAX_SEQUENCE}"));
        }
        if self.department.as_ref().is_some_and(|name| name.chars().count() > MAX_FIELD_CHARS) {
            reading.reasons.push(format!("department is longer than {MAX_FIELD_CHARS} characters"));
        }
        let occurred_at = reading.time("occurred_at", &self.occurred_at);
        let due_at = self.due_at.as_ref().and_then(|due_at| reading.time("due_at", due_at));
        let status = self.status.as_deref().and_then(|name| reading.status(name, self.result.as_deref()));
        let act = self.act.map(|act| act.parse(&mut reading));
        if self.status.is_none() && act.is_none() {
            reading.reasons.push("an update has a status, an act, or both".to_owned());
        }
        if self.result.as_ref().is_some_and(|result| result.chars().count() > MAX_TEXT_CHARS) {
            reading.reasons.push(format!("result is longer than {MAX_TEXT_CHARS} characters"));
        }
        let results = reading.results(self.results.unwrap_or_default());
        let person = self.person.map(|person| reading.person(person));
        let attachments = reading.attachments(self.attachments.unwrap_or_default());
        let satisfaction = reading.satisfaction(self.satisfaction.as_deref());
        let rating = self.rating.and_then(|given| reading.rating(given));
        match occurred_at {
            Some(occurred_at) if reading.reasons.is_empty() => Ok(StatusUpdate {
                update_id,
                platform,
                ticket_id,
                sequence: self.sequence,
                status,
                act,
                occurred_at,
                department: self.department,
                result: self.result,
                results,
                person,
                attachments,
                satisfaction,
                rating,
                due_at,
                sender: Sender::User(None),
                trace: None,
            }),
            _ => Err(reading.reasons),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{Above, Act, Score};
    use serde_json::json;

    fn valid() -> Value {
        json!({
            "update_id": "u1", "platform": "urban", "ticket_id": "RC-20261121-000001", "sequence": 1,
            "status": "resolved", "occurred_at": "2026-11-22T09:00:00+08:00", "result": "已修复",
        })
    }

    fn read_text(text: &str) -> Result<StatusUpdate, Vec<String>> {
        read_status_update(text.as_bytes())
    }

    #[test]
    fn what_a_validator_cannot_see_is_decided_here() {
        let text = valid().to_string();
        let read = read_text(&text).unwrap();
        assert_eq!(read_text(&format!("\u{feff}{text}")).unwrap(), read, "a byte order mark");
        assert_eq!(read_text(&text.replace(":1,", ":1.0,")).unwrap(), read, "one kind of number");
        assert_eq!(read_text(&text.replace(":1,", ":10e-1,")).unwrap(), read, "in any spelling");
        let refused = |text: &str, says: &str| {
            let reasons = read_text(text).unwrap_err();
            assert!(reasons.iter().any(|reason| reason.contains(says)), "{text}: {reasons:?}");
        };
        refused(&text.replace('{', r#"{"status":"closed","#), "twice");
        refused(&text.replace('{', r#"{"result":{"a":1,"a":2},"#), "twice");
        refused(
            r#"["u1","urban","RC-1",1,"accepted","2026-11-22T09:00:00+08:00",null,null,null,null]"#,
            "not an object",
        );
        refused(&json!({"specversion": "1.0", "data": valid()}).to_string(), "unknown field");
        refused(&text.replace(":1,", ":1.5,"), "whole number");
        refused(&format!("{text}{text}"), "not JSON");
        refused(&text.replace("已修复", "\u{3000}\u{a0}\u{feff}"), "needs a result");
    }

    #[test]
    fn times_have_one_spelling_and_are_of_this_age() {
        let read = |time: &str| read_text(&valid().to_string().replace("2026-11-22T09:00:00+08:00", time)).is_ok();
        for good in ["2026-11-22T01:00:00Z", "2026-02-28T09:00:00.123456789+08:00", "2199-12-31T23:59:59-12:00"] {
            assert!(read(good), "{good}");
        }
        for bad in [
            "2026-11-22 09:00:00+08:00",
            "2026-11-22T09:00:00",
            "2026-11-22T09:00+08:00",
            "2026-02-30T09:00:00+08:00",
            "20261122T090000+0800",
            "2026-11-22T09:00:00+0800",
            "2026-11-22T09:00:00+08:00[Asia/Shanghai]",
            "1970-01-01T00:00:00Z",
            "9999-12-31T00:00:00Z",
            "2026-11-22T23:59:60Z",
            "2026-11-22t09:00:00z",
            "",
        ] {
            assert!(!read(bad), "{bad}");
        }
    }

    #[test]
    fn only_names_that_nobody_is_known_by_are_logged() {
        let names = |ticket: &str| {
            let update = json!({"ticket_id": ticket, "platform": "urban", "surprise": "张三"});
            names_in(update.to_string().as_bytes())
        };
        assert_eq!(names("RC-20261121-000001"), (Some("RC-20261121-000001".to_owned()), Some("urban".to_owned())));
        for private in ["13800001111", "张三", "110101199003070134", &"x".repeat(65), ""] {
            assert_eq!(names(private).0, None, "{private}");
        }
        assert_eq!(names_in(b"{"), (None, None));
    }

    #[test]
    fn a_person_and_attachments_are_read_whole_or_refused() {
        let with = |person: Value, attachments: Value| {
            let mut update = valid();
            (update["person"], update["attachments"]) = (person, attachments);
            read_status_update(update.to_string().as_bytes())
        };
        let photo =
            json!({ "url": "https://p.example/a.jpg?x=1&y=2", "name": "修好后.jpg", "media_type": "image/jpeg" });
        let read = with(json!({ "name": "王工", "unit": "照明科", "phone": "0631-7562345" }), json!([photo])).unwrap();
        assert_eq!(read.person.unwrap().phone.as_deref(), Some("0631-7562345"));
        assert_eq!(read.attachments[0].name.as_deref(), Some("修好后.jpg"));
        let none = with(json!(null), json!(null)).unwrap();
        assert!(none.person.is_none() && none.attachments.is_empty());
        for (person, attachments, says) in [
            (json!({ "name": " " }), json!([]), "person.name"),
            (json!({ "name": "王工", "phone": "see below" }), json!([]), "person.phone"),
            (json!({ "name": "王工", "unit": "u".repeat(201) }), json!([]), "person.unit"),
            (json!({ "name": "王工", "post": "x" }), json!([]), "unknown field"),
            (json!(null), json!([{ "url": "file:///etc/passwd" }]), "attachments.url"),
            (json!(null), json!([{ "url": "https://p.example/a b" }]), "attachments.url"),
            (json!(null), json!([{ "url": "https://p.example/a", "media_type": "a photo" }]), "media_type"),
            (json!(null), json!(vec![photo.clone(); 11]), "more than 10"),
        ] {
            let reasons = with(person, attachments).unwrap_err();
            assert!(reasons.iter().any(|reason| reason.contains(says)), "{says}: {reasons:?}");
        }
    }

    #[test]
    fn an_act_is_read_whole_or_refused() {
        let with = |act: Value| {
            let mut update = valid();
            (update["status"], update["result"], update["act"]) = (json!(null), json!(null), act);
            read_status_update(update.to_string().as_bytes())
        };
        let read = |act: Value| {
            let update = with(act).unwrap();
            assert_eq!(update.status, None);
            update.act.unwrap()
        };
        let assign = json!({ "kind": "assign", "unit": "housing", "co_units": ["power"], "words": "产权属住建" });
        let co_units = Some(vec!["power".to_owned()]);
        let words = Some("产权属住建".to_owned());
        assert_eq!(read(assign.clone()), Act::Assign { unit: "housing".to_owned(), co_units, words });
        assert_eq!(read(json!({ "kind": "escalate" })), Act::Escalate { to: Above::Next, words: None });
        let level = Above::Level("city".to_owned());
        assert_eq!(
            read(json!({ "kind": "escalate", "to_level": "city", "unit": null })),
            Act::Escalate { to: level, words: None }
        );
        let score = json!({ "kind": "score", "unit": "housing", "speed": 5.0, "quality": 1 });
        assert!(matches!(read(score), Act::Score { score: Score { speed: 5, quality: 1 }, .. }));
        for (act, says) in [
            (json!(null), "a status, an act, or both"),
            (json!({ "kind": "sign" }), "unknown variant"),
            (json!(["assign", "housing"]), "invalid type"),
            (json!({ "kind": "assign" }), "missing field"),
            (json!({ "kind": "assign", "unit": "" }), "act.unit"),
            (json!({ "kind": "assign", "unit": "u", "co_units": vec!["u"; 41] }), "act.co_units"),
            (json!({ "kind": "assign", "unit": "u", "units": [] }), "unknown field"),
            (json!({ "kind": "whistle", "units": [] }), "act.units"),
            (json!({ "kind": "score", "unit": "u", "speed": 6, "quality": 1 }), "1 to 5"),
            (json!({ "kind": "score", "unit": "u", "speed": 1, "quality": 1.5 }), "whole"),
            (json!({ "kind": "instruct", "author": " ", "words": "办" }), "act.author"),
            (json!({ "kind": "instruct", "author": "王", "words": "" }), "act.words"),
            (json!({ "kind": "claim", "leader": "王", "words": "w".repeat(20_001) }), "act.words"),
            (json!({ "kind": "refuse_extension", "words": " " }), "act.words"),
            (json!({ "kind": "transfer_out", "to": "p", "number": "n".repeat(201) }), "act.number"),
        ] {
            let reasons = with(act.clone()).unwrap_err();
            assert!(reasons.iter().any(|reason| reason.contains(says)), "{act}: {reasons:?}");
        }
        let mut both = valid();
        both["act"] = assign;
        let both = read_status_update(both.to_string().as_bytes()).unwrap();
        assert!(both.status == Some(Status::Resolved) && both.act.is_some());
    }

    #[test]
    fn a_rating_is_read_whole_or_refused() {
        let with = |rating: Value| {
            let mut update = valid();
            update["rating"] = rating;
            read_status_update(update.to_string().as_bytes())
        };
        let said = json!({ "rater": "call_back", "step": "very-good", "words": "很快", "receipt_number": "RC1" });
        let read = with(said).unwrap().rating.unwrap();
        assert_eq!((read.rater, read.step.as_str()), (Rater::CallBack, "very-good"));
        assert_eq!((read.words.as_deref(), read.receipt.as_deref()), (Some("很快"), Some("RC1")));
        assert!(with(json!(null)).unwrap().rating.is_none());
        for (rating, says) in [
            (json!({ "rater": "neighbour", "step": "fair" }), "rating.rater"),
            (json!({ "rater": "citizen", "step": "" }), "rating.step"),
            (json!({ "rater": "citizen" }), "step"),
            (json!({ "rater": "citizen", "step": "fair", "words": "x".repeat(20_001) }), "rating.words"),
            (json!({ "rater": "citizen", "step": "fair", "stars": 5 }), "unknown field"),
        ] {
            let reasons = with(rating).unwrap_err();
            assert!(reasons.iter().any(|reason| reason.contains(says)), "{says}: {reasons:?}");
        }
    }

    #[test]
    fn every_reason_is_given_at_once() {
        let mut update = valid();
        update["status"] = json!("finished");
        update["occurred_at"] = json!("yesterday");
        update["sequence"] = json!(-1);
        assert_eq!(read_status_update(update.to_string().as_bytes()).unwrap_err().len(), 3);
        let mut silent = valid();
        silent["result"] = json!(" ");
        assert_eq!(
            read_status_update(silent.to_string().as_bytes()).unwrap_err(),
            ["status resolved needs a result for the citizen"]
        );
        let mut huge = valid();
        (huge["status"], huge["department"]) = (json!("s".repeat(140_000)), json!("d".repeat(201)));
        (huge["sequence"], huge["due_at"]) = (json!(i64::MAX), json!("9999-11-22T09:00:00Z"));
        let reasons = read_status_update(huge.to_string().as_bytes()).unwrap_err();
        assert!(reasons.len() == 4 && reasons.iter().all(|reason| reason.len() < 400), "{reasons:?}");
        assert!(read_status_update(b"{").unwrap_err()[0].starts_with("not JSON"));
        assert!(read_status_update(br#"{"a":1}"#).unwrap_err()[0].contains("unknown field"));
    }
}
