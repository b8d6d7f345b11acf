//! A channel's declared record format, applied to one payload.

use serde_json::Value;

use crate::json::parse_json;
use crate::{Charset, PayloadError, decode, parse_form, parse_xml};

/// The formats that channels can declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatKind {
    /// One JSON document (RFC 8259).
    Json,
    /// One XML 1.0 document, made a tree by [`parse_xml`].
    Xml,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Plain text, delivered as one string.
    Text,
    /// A file of rows separated by commas, semicolons or tabs, read row by row.
    Csv,
    /// A workbook, read row by row.
    Xlsx,
    /// A file with one JSON document a line, read line by line.
    JsonLines,
}

impl FormatKind {
    /// All of them, in the order in which messages list them.
    pub const ALL: [Self; 7] = [Self::Json, Self::Xml, Self::Form, Self::Text, Self::Csv, Self::Xlsx, Self::JsonLines];

    /// The name used in channel files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Xml => "xml",
            Self::Form => "form",
            Self::Text => "text",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::JsonLines => "json-lines",
        }
    }

    /// Reads the name used in channel files; `None` for an unknown name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether a payload can have it; the others are formats of files, read row by row by the file adapter.
    #[must_use]
    pub fn is_payload(self) -> bool {
        match self {
            Self::Json | Self::Xml | Self::Form | Self::Text => true,
            Self::Csv | Self::Xlsx | Self::JsonLines => false,
        }
    }
}

/// Format and encoding of a channel's payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// How the text is structured.
    pub kind: FormatKind,
    /// How the bytes mean characters.
    pub charset: Charset,
}

/// A payload that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The payload as a tree.
    pub tree: Value,
    /// The encoding that was used, for messages.
    pub charset: &'static str,
}

impl Format {
    /// A format with automatic detection of the encoding.
    #[must_use]
    pub fn new(kind: FormatKind) -> Self {
        Self { kind, charset: Charset::Auto }
    }

    /// Reads one payload.
    ///
    /// # Errors
    /// Any [`PayloadError`]; the payload is then to be refused or quarantined as a whole.
    pub fn parse(&self, bytes: &[u8]) -> Result<Parsed, PayloadError> {
        let read: fn(String) -> Result<Value, PayloadError> = match self.kind {
            FormatKind::Json => |text| parse_json(&text),
            FormatKind::Xml => |text| parse_xml(&text),
            FormatKind::Text => |text| Ok(Value::String(text)),
            FormatKind::Form => return Ok(Parsed { tree: parse_form(bytes, self.charset)?, charset: "form" }),
            FormatKind::Csv | FormatKind::Xlsx | FormatKind::JsonLines => {
                return Err(PayloadError::FileOnly { format: self.kind.name() });
            }
        };
        let decoded = decode(bytes, self.charset)?;
        Ok(Parsed { tree: read(decoded.text)?, charset: decoded.charset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: FormatKind, bytes: &[u8]) -> Result<Value, PayloadError> {
        Format::new(kind).parse(bytes).map(|parsed| parsed.tree)
    }

    #[test]
    fn every_name_means_its_format_and_rows_are_no_payload() {
        for kind in FormatKind::ALL {
            assert_eq!(FormatKind::from_name(kind.name()), Some(kind));
            assert_eq!(matches!(parse(kind, b"1"), Err(PayloadError::FileOnly { .. })), !kind.is_payload());
        }
    }

    #[test]
    fn text_is_one_string() {
        assert_eq!(parse(FormatKind::Text, "路灯".as_bytes()), Ok(Value::String("路灯".to_owned())));
    }
}
