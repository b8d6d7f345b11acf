//! Where the records are inside a payload, and what their ids are.

use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use huiliu_expression::{Context, Evaluated, Expression, Language};
use huiliu_payload::{Charset, Format, FormatKind};

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

    /// Reads a payload's bytes as a tree.
    ///
    /// # Errors
    /// A refusal that says where the payload is malformed; also for formats that only files have.
    pub fn parse(&self, bytes: &[u8]) -> Result<Value, AdapterError> {
        let format = Format { kind: self.kind, charset: self.charset };
        format.parse(bytes).map(|parsed| parsed.tree).map_err(|error| AdapterError::refused(error.to_string()))
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
                    .map_err(|fault| AdapterError::refused(format!("the records cannot be found: {}", fault.en)))?;
                value
            }
        };
        match found {
            Value::Null => Ok(Vec::new()),
            Value::Array(items) => Ok(items),
            Value::String(text) if text.trim().is_empty() => Ok(Vec::new()),
            single => Ok(vec![single]),
        }
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
        Ok(Box::new(self.split(unwrap(self.parse(&bytes)?)?)?.into_iter()))
    }

    /// Makes one record of a tree, with its id. An entry that is nothing is a broken record.
    #[must_use]
    pub fn record(&self, tree: Value) -> RawRecord {
        if tree.is_null() {
            let RawRecord { id, .. } = RawRecord::without_id(tree);
            return RawRecord::broken(id, "null", "the entry is empty");
        }
        let id =
            self.id.as_ref().and_then(|id| id.eval(&Context::of("record", &tree)).ok()?.into_text().ok().flatten());
        match id {
            Some(id) => RawRecord::new(id, tree),
            None => RawRecord::without_id(tree),
        }
    }
}
