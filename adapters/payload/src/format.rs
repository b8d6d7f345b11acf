//! A channel's declared record format, applied to one payload.

use serde_json::Value;

use crate::json::parse_json;
use crate::{Charset, PayloadError, decode, parse_form, parse_xml};

/// The formats a payload can have. Rows of CSV and XLSX files are read by the file adapter and arrive as objects.
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
}

impl FormatKind {
    /// Reads the name used in channel files; `None` for an unknown name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Xml),
            "form" => Some(Self::Form),
            "text" => Some(Self::Text),
            _ => None,
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
        if self.kind == FormatKind::Form {
            return Ok(Parsed { tree: parse_form(bytes, self.charset)?, charset: "form" });
        }
        let decoded = decode(bytes, self.charset)?;
        let tree = match self.kind {
            FormatKind::Json => parse_json(&decoded.text)?,
            FormatKind::Xml => parse_xml(&decoded.text)?,
            FormatKind::Form | FormatKind::Text => Value::String(decoded.text),
        };
        Ok(Parsed { tree, charset: decoded.charset })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(kind: FormatKind, bytes: &[u8]) -> Result<Value, PayloadError> {
        Format::new(kind).parse(bytes).map(|parsed| parsed.tree)
    }

    #[test]
    fn text_is_one_string() {
        assert_eq!(parse(FormatKind::Text, "路灯".as_bytes()), Ok(Value::String("路灯".to_owned())));
    }
}
