//! Where the records are inside a payload, and what their ids are.

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use huiliu_expression::{Context, Evaluated, Expression, Language};
use huiliu_payload::{Charset, Format, FormatKind, broken};

use crate::settings::read_charset;
use crate::{AdapterError, MAX_PAYLOAD_BYTES, Problems, RawRecord, Records, Settings, SettingsProblem, SpannedText};

/// The `[format]` table of a channel file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFormatSettings {
    /// `json`, `xml`, `form` or `text`; for files also `csv`, `xlsx` and `json-lines`.
    pub kind: SpannedText,
    /// Character encoding; default `auto`.
    pub encoding: Option<SpannedText>,
    /// Expression over `payload` that gives the list of records; default: the payload itself (each item, if it is a list).
    pub records: Option<SpannedText>,
    /// Expression over `record` that gives the source's stable id; default: a digest of the content.
    pub id: Option<SpannedText>,
}

/// Format, place of the records and their ids.
#[derive(Debug, Clone)]
pub struct RecordFormat {
    /// The format as declared.
    pub kind: FormatKind,
    /// Declared encoding.
    pub charset: Charset,
    records: Option<Expression>,
    id: Option<Expression>,
}

impl RecordFormat {
    /// Compiles the `[format]` table.
    ///
    /// # Errors
    /// All problems of the table.
    pub fn compile(settings: &Settings<'_>, language: &Language) -> Result<Self, Problems> {
        let read: RecordFormatSettings = settings.read()?;
        let mut problems = Problems::new();
        let kind = FormatKind::from_name(read.kind.get_ref());
        if kind.is_none() {
            let known = FormatKind::ALL.map(FormatKind::name).join(", ");
            problems.push(SettingsProblem::new(
                read.kind.span(),
                format!("未知的格式；可用：{known}"),
                format!("unknown format; known are: {known}"),
            ));
        }
        let charset = read_charset(read.encoding.as_ref(), &mut problems);
        let records =
            read.records.as_ref().and_then(|text| settings.expression(language, text, &["payload"], &mut problems));
        let id = read.id.as_ref().and_then(|text| settings.expression(language, text, &["record"], &mut problems));
        match kind {
            Some(kind) if problems.is_empty() => Ok(Self { kind, charset, records, id }),
            _ => Err(problems),
        }
    }

    /// The text of the expression that gives the source's id, where there is one.
    #[must_use]
    pub fn id_source(&self) -> Option<&str> {
        self.id.as_ref().map(Expression::source)
    }

    /// Reads a payload's bytes as a tree; its `Content-Type`, where it came with one, says how it is put together. Where single records
    /// are damaged beyond mending, they are broken entries of it.
    ///
    /// # Errors
    /// A refusal that says where the payload is malformed; also for formats that only files have.
    pub fn parse(&self, bytes: &[u8], content_type: Option<&str>) -> Result<Value, AdapterError> {
        let format = Format { kind: self.kind, charset: self.charset };
        let parsed = format.parse_as(bytes, content_type).map(|parsed| parsed.tree);
        parsed.or_else(|error| self.salvage(&format, bytes).ok_or_else(|| AdapterError::refused(error.to_string())))
    }

    /// A payload in `format` that cannot be parsed, with its damaged records as broken entries; `None` where the records beside them
    /// cannot be told.
    #[must_use]
    pub fn salvage(&self, format: &Format, bytes: &[u8]) -> Option<Value> {
        let has_broken = |payload: &Value| {
            self.find(payload.clone()).is_ok_and(|found| found.iter().any(|record| broken::parts(record).is_some()))
        };
        format.salvage(bytes, &has_broken)
    }

    /// Finds the records in a payload and their ids.
    ///
    /// # Errors
    /// As [`RecordFormat::find`].
    pub fn split(&self, payload: Value) -> Result<Vec<RawRecord>, AdapterError> {
        Ok(self.find(payload)?.into_iter().map(|tree| self.record(tree)).collect())
    }

    /// Finds the records in a payload, without their ids: for who may not want that many.
    ///
    /// # Errors
    /// A refusal when the expression fails.
    pub fn find(&self, payload: Value) -> Result<Vec<Value>, AdapterError> {
        let found = match &self.records {
            None => payload,
            Some(expression) => {
                let Evaluated { value, .. } = expression
                    .eval(&Context::of("payload", &payload))
                    .and_then(Evaluated::understood)
                    .map_err(|fault| AdapterError::refused(format!("the records cannot be found: {}", fault.en)))?;
                value
            }
        };
        Ok(match found {
            Value::Null => Vec::new(),
            // A list of nothing but nil: how some systems write that there is none.
            Value::Array(items) if items.iter().all(Value::is_null) => Vec::new(),
            Value::Array(items) => items,
            Value::String(text) if matches!(text.trim(), "" | "null") => Vec::new(),
            // Where a list is meant, PHP writes one with gaps as an object with numbers for names, and Java's bridges write an
            // empty one as an empty object.
            Value::Object(members) if members.is_empty() && self.records.is_some() => Vec::new(),
            Value::Object(members) if is_list_with_gaps(&members) => {
                members.into_iter().map(|(_, item)| item).collect()
            }
            single => vec![single],
        })
    }

    /// Reads a file that holds one payload, at most [`MAX_PAYLOAD_BYTES`]; `unwrap` takes off what the protocol puts around it.
    ///
    /// # Errors
    /// Refused when the file cannot be read, is too large or not in this format; whatever `unwrap` meets.
    pub fn read_file(
        &self,
        path: &Path,
        unwrap: impl FnOnce(Value) -> Result<Value, AdapterError>,
    ) -> Result<Records, AdapterError> {
        let failed = |error: std::io::Error| AdapterError::refused(format!("{}: {error}", path.display()));
        let most = u64::try_from(MAX_PAYLOAD_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > MAX_PAYLOAD_BYTES {
            return Err(AdapterError::refused(format!("{}: larger than {MAX_PAYLOAD_BYTES} bytes", path.display())));
        }
        Ok(Box::new(self.split(unwrap(self.parse(&bytes, None)?)?)?.into_iter()))
    }

    /// Makes one record of a tree, with its id. An entry that is nothing, could not be read or is no text any more is a broken record.
    #[must_use]
    pub fn record(&self, tree: Value) -> RawRecord {
        if let Some((text, reason)) = broken::parts(&tree) {
            let (text, reason) = (bounded_text(text), reason.to_owned());
            return RawRecord::broken(RawRecord::without_id(tree).id, text, reason);
        }
        if is_undecodable(&tree) {
            let text = bounded_text(&tree.to_string());
            let reason = "a text of the record is not in the channel's encoding";
            return RawRecord::broken(RawRecord::without_id(tree).id, text, reason);
        }
        if tree.is_null() {
            let RawRecord { id, .. } = RawRecord::without_id(tree);
            return RawRecord::broken(id, "null", "the entry is empty");
        }
        let id = self
            .id
            .as_ref()
            .and_then(|id| id.eval(&Context::of("record", &tree)).ok()?.understood().ok()?.into_text().ok().flatten());
        match id {
            Some(id) => RawRecord::new(id, tree),
            None => RawRecord::without_id(tree),
        }
    }
}

/// Whether an object stands for a list: it has only numbers for names and only objects as members.
fn is_list_with_gaps(members: &Map<String, Value>) -> bool {
    !members.is_empty()
        && members.iter().all(|(name, item)| name.bytes().all(|byte| byte.is_ascii_digit()) && item.is_object())
}

/// Whether a text of a record is more damage than text: it was in another encoding than the rest of the payload.
fn is_undecodable(tree: &Value) -> bool {
    /// Fewer damaged characters than this are damage of single characters.
    const MIN_DAMAGED: usize = 4;
    match tree {
        Value::Array(items) => items.iter().any(is_undecodable),
        Value::Object(members) => members.values().any(is_undecodable),
        Value::String(text) if text.contains(char::REPLACEMENT_CHARACTER) => {
            let damaged = text.matches(char::REPLACEMENT_CHARACTER).count();
            let sound = text.chars().filter(|c| !c.is_ascii() && *c != char::REPLACEMENT_CHARACTER).count();
            damaged >= MIN_DAMAGED && damaged > sound
        }
        _ => false,
    }
}

/// At most [`RawRecord::MAX_BROKEN_CHARS`] characters.
fn bounded_text(text: &str) -> String {
    text.chars().take(RawRecord::MAX_BROKEN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use toml::de::{DeTable, DeValue};

    use super::*;
    use crate::RecordBody;

    fn format(table: &str) -> RecordFormat {
        let parsed = DeTable::parse(table).unwrap();
        let value = toml::Spanned::new(0..table.len(), DeValue::Table(parsed.into_inner()));
        let language = Language::new(jiff::tz::TimeZone::UTC, Arc::default());
        RecordFormat::compile(&Settings::new(table, value), &language).unwrap()
    }

    /// Ids of the records of a payload, of broken ones their text.
    fn check(table: &str, payload: &[u8], wanted: &[&str]) {
        let format = format(table);
        let records = format.parse(payload, None).and_then(|payload| format.split(payload)).unwrap();
        let told = |record: RawRecord| match record.body {
            RecordBody::Tree(_) => record.id,
            RecordBody::Broken { text, .. } => format!("!{text}"),
        };
        assert_eq!(records.into_iter().map(told).collect::<Vec<_>>(), wanted, "{}", String::from_utf8_lossy(payload));
    }

    const ROWS: &str = "kind = \"json\"\nrecords = \"payload.data.rows\"\nid = \"record.n\"\n";
    const LIST: &str = "kind = \"json\"\nid = \"record.n\"\n";
    const XML: &str = "kind = \"xml\"\nrecords = \"payload.r.list.item\"\nid = \"record.n\"\n";

    #[test]
    fn records_beside_damaged_ones_are_found() {
        check(
            ROWS,
            br#"{"data":{"rows":[{"n":1},{"n":2,"t":"a" b"},{"n":3}]},"ok":[1]}"#,
            &["1", r#"!{"n":2,"t":"a" b"}"#, "3"],
        );
        check(
            LIST,
            b"[{\"n\":1,\"t\":\"\\ud83d\"},{\"n\":2,\"t\":\"a\nb\"},{\"n\":3,\"t\":\"\xE8\xB7\xAF\xE7\x81\"}]",
            &["1", "2", "3"],
        );
        check(
            "kind = \"json\"\nrecords = \"payload.data\"\nid = \"record.n\"\n",
            br#"{"data":{"rows":1}}"#,
            &[&format("kind = \"json\"").record(json!({"rows": 1})).id],
        );
        let mixed = [
            format!("[{{\"n\":1,\"t\":\"{}\"}},{{\"n\":2,\"t\":\"", "路灯不亮".repeat(9)).as_bytes(),
            &[0xC2, 0xB7, 0xB5, 0xC6, 0xB2, 0xBB, 0xC1, 0xC1],
            b"\"}]",
        ]
        .concat();
        let format = format(LIST);
        let records = format.parse(&mixed, None).and_then(|payload| format.split(payload)).unwrap();
        assert!(matches!(&records[1].body, RecordBody::Broken { reason, .. } if reason.contains("encoding")));
        assert_eq!(records[0].id, "1");
    }

    #[test]
    fn damage_outside_of_the_records_is_damage_of_the_whole() {
        let format = format(ROWS);
        for payload in [
            &br#"{"data":{"rows":[{"n":1}]},"other":[x]}"#[..],
            br#"{"data":{"rows":[{"n":1},{"n":2"#,
            b"<html>busy</html>",
        ] {
            assert!(format.parse(payload, None).is_err(), "{}", String::from_utf8_lossy(payload));
        }
    }

    #[test]
    fn a_list_of_nothing_has_no_records() {
        for rows in ["null", "[]", "{}", "\"\"", "\"null\"", "[null]", "[{\"@nil\":\"true\"}]", "{\"@nil\":true}"] {
            check(ROWS, format!("{{\"data\":{{\"rows\":{rows}}}}}").as_bytes(), &[]);
        }
        for rows in [
            "",
            "<list/>",
            "<list><item i:nil='true'/></list>",
            "<list i:nil='1'/>",
            "<list><item i:nil='true'/><item i:nil='true'/></list>",
            "<list> </list>",
        ] {
            check(XML, format!("<r xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>{rows}</r>").as_bytes(), &[]);
        }
    }

    #[test]
    fn one_record_and_a_list_with_gaps_are_lists() {
        check(ROWS, br#"{"data":{"rows":{"n":1}}}"#, &["1"]);
        check(ROWS, br#"{"data":{"rows":{"0":{"n":1},"2":{"n":3}}}}"#, &["1", "3"]);
        check(XML, b"<r><list><item><n>1</n></item></list></r>", &["1"]);
        check(XML, b"<r><list><item><n>1</n></item><item><n>2</n></item></list></r>", &["1", "2"]);
        check(LIST, b"{}", &[&format(LIST).record(json!({})).id]);
    }
}
