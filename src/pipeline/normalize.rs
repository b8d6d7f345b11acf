//! Stage: a raw record is mapped. Pure.

use huiliu_adapter_api::{RawRecord, RecordBody};
use serde_json::{Value, json};

use crate::mapping::{Applied, Channel};

/// A record with what its channel's mapping made of it.
#[derive(Debug, Clone)]
pub struct Normalized {
    /// The adapter's stable id.
    pub record_id: String,
    /// The record as it is kept.
    pub body: Value,
    /// SHA-256 of that, first 16 bytes: equal content has an equal digest.
    pub digest: [u8; 16],
    /// What the mapping made of it.
    pub applied: Applied,
}

/// Member under which a record that could not be read keeps its text.
const BROKEN: &str = "huiliu:broken";

/// Applies a channel's mapping to one record.
#[must_use]
pub fn normalize(channel: &Channel, record: &RawRecord) -> Normalized {
    let body = match &record.body {
        RecordBody::Tree(tree) => tree.clone(),
        RecordBody::Broken { text, reason } => json!({ BROKEN: { "text": text, "reason": reason } }),
    };
    let hash = ring::digest::digest(&ring::digest::SHA256, body.to_string().as_bytes());
    let digest = hash.as_ref().first_chunk().copied().unwrap_or_default();
    Normalized { record_id: record.id.clone(), digest, applied: channel.apply(record), body }
}

/// The record that a kept body stands for.
pub(super) fn record_of(record_id: String, body: Value) -> RawRecord {
    match body.get(BROKEN) {
        Some(broken) => {
            let text = |name: &str| broken.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            RawRecord::broken(record_id, text("text"), text("reason"))
        }
        None => RawRecord::new(record_id, body),
    }
}
