//! A channel's declared record format, applied to one payload.

use serde_json::Value;

use crate::json::{read_json, salvaged};
use crate::multipart::related;
use crate::{Charset, PayloadError, decode, decode_mended, parse_form, parse_xml};

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
    /// Whether something in it was damaged and has been mended.
    pub mended: bool,
}

impl Format {
    /// A format with automatic detection of the encoding.
    #[must_use]
    pub fn new(kind: FormatKind) -> Self {
        Self { kind, charset: Charset::Auto }
    }

    /// Reads one payload. What is damaged in few places is mended or becomes U+FFFD; see the format's reader.
    ///
    /// # Errors
    /// Any [`PayloadError`]; the payload is then to be refused or quarantined as a whole, or [salvaged](Self::salvage).
    pub fn parse(&self, bytes: &[u8]) -> Result<Parsed, PayloadError> {
        self.parse_as(bytes, None)
    }

    /// As [`parse`](Self::parse), of a payload that came with a `Content-Type`: XML may be one part of several.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_as(&self, bytes: &[u8], content_type: Option<&str>) -> Result<Parsed, PayloadError> {
        let parts = if self.kind == FormatKind::Xml { related(bytes, content_type)? } else { None };
        match parts {
            None => self.parse_one(bytes),
            Some(parts) => {
                let mut parsed = self.parse_one(&parts.root)?;
                parts.resolve(&mut parsed.tree);
                Ok(parsed)
            }
        }
    }

    fn parse_one(&self, bytes: &[u8]) -> Result<Parsed, PayloadError> {
        let read: fn(&str) -> Result<(Value, bool), PayloadError> = match self.kind {
            FormatKind::Json => read_json,
            FormatKind::Xml => |text| Ok((parse_xml(text)?, false)),
            FormatKind::Text => |text| Ok((Value::String(text.to_owned()), false)),
            FormatKind::Form => {
                return Ok(Parsed { tree: parse_form(bytes, self.charset)?, charset: "form", mended: false });
            }
            FormatKind::Csv | FormatKind::Xlsx | FormatKind::JsonLines => {
                return Err(PayloadError::FileOnly { format: self.kind.name() });
            }
        };
        let (decoded, damaged) = match decode(bytes, self.charset) {
            Ok(decoded) => (decoded, false),
            Err(_damaged) => (decode_mended(bytes, self.charset)?, true),
        };
        let (tree, mended) = read(&decoded.text)?;
        Ok(Parsed { tree, charset: decoded.charset, mended: mended || damaged })
    }

    /// A payload that cannot be parsed, with the damaged entries of one list [broken](crate::broken): of the outermost list that holds
    /// the damage and with which the payload fits. `None` where there is none.
    #[must_use]
    pub fn salvage(&self, bytes: &[u8], fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
        match (self.kind, decode_mended(bytes, self.charset)) {
            (FormatKind::Json, Ok(decoded)) => salvaged(&decoded.text, fits),
            _ => None,
        }
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
