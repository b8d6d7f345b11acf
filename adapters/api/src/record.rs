//! What an adapter delivers.

use huiliu_payload::Charset;
use serde_json::Value;

use crate::{LeftOut, RecordFile};

/// One record in the source's own field names.
#[derive(Debug, Clone, PartialEq)]
pub struct RawRecord {
    /// The source's own stable id; the same record has the same id whenever it is delivered. Where the source has none, a
    /// digest of the content. At most [`RawRecord::MAX_ID_CHARS`] characters.
    pub id: String,
    /// The content.
    pub body: RecordBody,
    /// The files it brings, within the limits of [`RawRecord::attach`].
    pub files: Vec<RecordFile>,
    /// The files it should have brought.
    pub left_out: Vec<LeftOut>,
    /// The W3C `traceparent` of the call that brought it, as its caller gave it; see [`RawRecord::traced`].
    pub trace: Option<String>,
}

/// The content of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordBody {
    /// A tree of fields.
    Tree(Value),
    /// Something that could not be read as a record; kept for quarantine.
    Broken {
        /// What arrived, as far as it is text.
        text: String,
        /// Why it could not be read, and what to do where that is known; free of content.
        reason: String,
        /// The same in Chinese.
        zh: String,
    },
}

impl RawRecord {
    /// Longest id kept, in characters; longer ones are replaced by their digest.
    pub const MAX_ID_CHARS: usize = 200;
    /// Longest text kept of what could not be read, in characters.
    pub const MAX_BROKEN_CHARS: usize = 20_000;

    /// A record with an id of the source.
    #[must_use]
    pub fn new(id: impl Into<String>, tree: Value) -> Self {
        Self::of(bounded_id(id.into()), RecordBody::Tree(tree))
    }

    /// The record with the trace of the call that brought it. What is no `traceparent` of version 00 is none.
    #[must_use]
    pub fn traced(mut self, traceparent: Option<&str>) -> Self {
        self.trace = traceparent.filter(|text| is_traceparent(text)).map(str::to_owned);
        self
    }

    /// A record whose id is a digest of its content.
    #[must_use]
    pub fn without_id(tree: Value) -> Self {
        let id = digest(tree.to_string().as_bytes());
        Self::of(id, RecordBody::Tree(tree))
    }

    /// A record that could not be read; the reason is shown as it is in every language.
    #[must_use]
    pub fn broken(id: impl Into<String>, text: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self::broken_because(id, text, reason.clone(), reason)
    }

    /// A record that could not be read, with the reason in Chinese and in English.
    #[must_use]
    pub fn broken_because(
        id: impl Into<String>,
        text: impl Into<String>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let body = RecordBody::Broken { text: text.into(), reason: en.into(), zh: zh.into() };
        Self::of(bounded_id(id.into()), body)
    }

    /// A whole payload that could not be read: known by its bytes, kept as far as it is text and at most
    /// [`RawRecord::MAX_BROKEN_CHARS`] characters.
    #[must_use]
    pub fn unreadable(payload: &[u8], reason: impl Into<String>) -> Self {
        let text = match huiliu_payload::decode_mended(payload, Charset::Auto) {
            Ok(decoded) => decoded.text,
            Err(_no_text) => String::from_utf8_lossy(payload).into_owned(),
        };
        let text: String = text.chars().take(Self::MAX_BROKEN_CHARS).collect();
        Self::broken(digest(payload), text, reason)
    }

    fn of(id: String, body: RecordBody) -> Self {
        Self { id, body, files: Vec::new(), left_out: Vec::new(), trace: None }
    }
}

/// Whether a text is a `traceparent` of version 00 as W3C Trace Context writes it.
#[must_use]
pub fn is_traceparent(text: &str) -> bool {
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let id = |part: &str, length: usize| hex(part, length) && part.bytes().any(|byte| byte != b'0');
    let parts: Vec<&str> = text.split('-').take(5).collect();
    matches!(parts[..], ["00", trace, parent, flags] if id(trace, 32) && id(parent, 16) && hex(flags, 2))
}

fn bounded_id(id: String) -> String {
    if id.chars().count() <= RawRecord::MAX_ID_CHARS { id } else { digest(id.as_bytes()) }
}

/// `sha256:` and 40 hexadecimal digits.
fn digest(bytes: &[u8]) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, bytes);
    let hex: String = hash.as_ref().iter().take(20).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_traceparent_of_version_00_is_handed_on() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert!(is_traceparent(good));
        let bad = [
            String::new(),
            good.replace("00-0af", "01-0af"),
            good.to_uppercase(),
            format!("{good}-extra"),
            good.replace("b7ad6b7169203331", "0000000000000000"),
            good.replace("0af7651916cd43dd8448eb211c80319c", "张三"),
        ];
        assert!(bad.iter().all(|text| !is_traceparent(text)));
    }
}
