//! Where the records are inside a payload, and what their ids are.

mod beside;
mod envelope;

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use huiliu_expression::{Context, Evaluated, Expression, Language};
use huiliu_payload::{Charset, Format, FormatKind, broken, unreadable};

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
    /// What is made of records in other lists of a payload than the one that `records` names.
    #[serde(default)]
    pub beside: Beside,
}

/// What is made of records in other lists of a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beside {
    /// They are set aside, so that an operator sees them.
    #[default]
    SetAside,
    /// They are no complaints, and passed over.
    Ignore,
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
    beside: Beside,
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
            Some(kind) if problems.is_empty() => Ok(Self { kind, charset, records, id, beside: read.beside }),
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
        let parsed = format.parse_as(bytes, content_type).map(|parsed| {
            if parsed.mended {
                let (kind, size_bytes) = (self.kind.name(), bytes.len());
                tracing::warn!(
                    kind,
                    size_bytes,
                    "A payload was damaged and has been mended; its source should write it rightly."
                );
            }
            parsed.tree
        });
        parsed.or_else(|error| {
            self.salvage(&format, bytes).ok_or_else(|| AdapterError::refused(unreadable(bytes, &error)))
        })
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

    /// Finds the records in a payload, without their ids: for who may not want that many. Records in a list beside theirs are a broken entry,
    /// for nobody would miss them otherwise.
    ///
    /// # Errors
    /// A refusal when the expression fails; [misconfigured](AdapterError::Misconfigured) where the list is elsewhere in the payload: it
    /// names `records` and says where.
    pub fn find(&self, payload: Value) -> Result<Vec<Value>, AdapterError> {
        let mut beside = Vec::new();
        let found = match &self.records {
            None => {
                self.refuse_misplaced(&payload, &payload)?;
                payload
            }
            Some(expression) => {
                let Evaluated { value, .. } = expression
                    .eval(&Context::of("payload", &payload))
                    .and_then(Evaluated::understood)
                    .map_err(|fault| {
                        AdapterError::refused(format!(
                            "按 format.records 找不到记录：{}（the records cannot be found: {}）",
                            fault.zh, fault.en
                        ))
                    })?;
                self.refuse_misplaced(&payload, &value)?;
                if self.beside == Beside::SetAside {
                    beside = beside::lists(&payload, &value, expression.source(), &|tree| self.id_of(tree));
                }
                value
            }
        };
        let mut records = match found {
            Value::Null => Vec::new(),
            // A list of nothing but nil: how some systems write that there is none.
            Value::Array(items) if items.iter().all(Value::is_null) => Vec::new(),
            Value::Array(items) => items,
            Value::String(text) if matches!(text.trim(), "" | "null") => Vec::new(),
            // Where a list is meant, PHP writes one with gaps as an object with numbers for names, and Java's bridges write an
            // empty one as an empty object.
            Value::Object(members) if members.is_empty() && self.records.is_some() => Vec::new(),
            Value::Object(_) if self.id.is_some() && self.id_of(&found).is_none() && envelope::is_empty(&found) => {
                Vec::new()
            }
            Value::Object(members) if is_list_with_gaps(&members) => {
                members.into_iter().map(|(_, item)| item).collect()
            }
            single => vec![single],
        };
        records.append(&mut beside);
        Ok(records)
    }

    fn refuse_misplaced(&self, payload: &Value, found: &Value) -> Result<(), AdapterError> {
        // Without an id nothing shows what is a record.
        if self.id.is_none() || broken::parts(found).is_some() {
            return Ok(());
        }
        let records = self.records.as_ref().map(Expression::source);
        let is_record = |tree: &Value| self.id_of(tree).is_some();
        match envelope::misplaced(records, payload, found, &is_record) {
            Some(reason) => Err(AdapterError::misconfigured(reason)),
            None => Ok(()),
        }
    }

    /// What the source calls a record, where it says so.
    fn id_of(&self, tree: &Value) -> Option<String> {
        let id = self.id.as_ref()?;
        id.eval(&Context::of("record", tree)).ok()?.understood().ok()?.into_text().ok().flatten()
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
        let failed = |error: std::io::Error| {
            let (path, words) = (path.display(), crate::wording::of_system(&error));
            AdapterError::refused(format!("{path} 读不了{words}（{path}: {error}）"))
        };
        let most = u64::try_from(MAX_PAYLOAD_BYTES).unwrap_or(u64::MAX);
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() > MAX_PAYLOAD_BYTES {
            return Err(AdapterError::refused(format!(
                "{path} 超过 {MAX_PAYLOAD_BYTES} 字节（{path}: larger than {MAX_PAYLOAD_BYTES} bytes）",
                path = path.display()
            )));
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
        match self.id_of(&tree) {
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
mod tests;
