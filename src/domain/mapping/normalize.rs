//! Stage: a raw record is mapped. Pure.

use huiliu_adapter_api::{RawRecord, RecordBody, RecordFile};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::mapping::{Applied, Channel};

/// A record with what its channel's mapping made of it.
#[derive(Debug, Clone)]
pub struct Normalized {
    /// The adapter's stable id.
    pub record_id: String,
    /// The record as it is kept.
    pub body: Value,
    /// SHA-256 of that and of its files, first 16 bytes: equal content has an equal digest.
    pub digest: [u8; 16],
    /// What the mapping made of it.
    pub applied: Applied,
    /// The files that it brought.
    pub files: Vec<RecordFile>,
    /// The trace of the call that brought it.
    pub trace: Option<String>,
}

/// Member under which a record that could not be read keeps its text.
const BROKEN: &str = "huiliu:broken";

/// Applies a channel's mapping to one record, received at `now`.
#[must_use]
pub fn normalize(channel: &Channel, record: &RawRecord, now: Timestamp) -> Normalized {
    let body = match &record.body {
        RecordBody::Tree(tree) => tree.clone(),
        RecordBody::Broken { text, reason, zh } if zh == reason => {
            json!({ BROKEN: { "text": text, "reason": reason } })
        }
        RecordBody::Broken { text, reason, zh } => json!({ BROKEN: { "text": text, "reason": reason, "zh": zh } }),
    };
    let digest = digest(&body, &record.files);
    Normalized {
        record_id: record.id.clone(),
        digest,
        applied: channel.apply(record, now),
        body,
        files: record.files.clone(),
        trace: record.trace.clone(),
    }
}

/// A record without files has the digest of its content alone.
fn digest(body: &Value, files: &[RecordFile]) -> [u8; 16] {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(body.to_string().as_bytes());
    for file in files {
        // Lengths first, so that no other division of the same bytes has the same digest.
        for part in [file.name.as_bytes(), &file.bytes] {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        }
    }
    context.finish().as_ref().first_chunk().copied().unwrap_or_default()
}

/// The record that a kept body stands for.
#[must_use]
pub fn record_of(record_id: String, body: Value) -> RawRecord {
    match broken_of(&body) {
        Some(Broken { text, zh, en }) => RawRecord::broken_because(record_id, text, zh, en),
        None => RawRecord::new(record_id, body),
    }
}

/// A kept body that could not be read as a record.
#[derive(Debug, Clone, Copy)]
pub struct Broken<'a> {
    /// What arrived, as far as it is text.
    pub text: &'a str,
    /// Why it could not be read, in Chinese.
    pub zh: &'a str,
    /// The same in English.
    pub en: &'a str,
}

/// A kept body as what could not be read; none of any other.
#[must_use]
pub fn broken_of(body: &Value) -> Option<Broken<'_>> {
    let broken = body.get(BROKEN)?;
    let text = |name: &str| broken.get(name).and_then(Value::as_str).unwrap_or_default();
    let (en, zh) = (text("reason"), text("zh"));
    Some(Broken { text: text("text"), zh: if zh.is_empty() { en } else { zh }, en })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_count_for_the_digest_and_records_without_any_keep_theirs() {
        let record = |files: &[(&str, &'static [u8])]| {
            let mut record = RawRecord::new("1", json!({ "text": "路灯不亮" }));
            files.iter().for_each(|(name, bytes)| record.attach(name, (*bytes).into()));
            digest(&json!({ "text": "路灯不亮" }), &record.files)
        };
        let plain = ring::digest::digest(&ring::digest::SHA256, json!({ "text": "路灯不亮" }).to_string().as_bytes());
        assert_eq!(record(&[]), plain.as_ref()[..16]);
        assert_eq!(record(&[("a", b"bc")]), record(&[("a", b"bc")]));
        let different = [
            record(&[]),
            record(&[("a", b"bc")]),
            record(&[("a", b"bd")]),
            record(&[("ab", b"c")]),
            record(&[("a", b"b"), ("a", b"c")]),
        ];
        for (index, one) in different.iter().enumerate() {
            assert!(different.iter().skip(index + 1).all(|other| one != other));
        }
    }
}
