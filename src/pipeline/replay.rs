//! Stage: quarantined records are mapped again after the mapping or the record was mended.

use serde_json::Value;

use super::normalize::{normalize, record_of};
use super::step::Step;
use crate::mapping::{Mapped, Pack};
use crate::store::{Page, RawState, Release, StoreError};

/// How a replay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Records that are complaints (or discarded, or follow-ups) now.
    pub released: usize,
    /// Records that are still in quarantine.
    pub kept: usize,
}

impl Step<'_> {
    /// Maps a quarantined record again; `mended` stands in for its content.
    pub(super) fn replay(&mut self, raw_id: i64, mended: Option<Value>, pack: &Pack) -> Result<Replayed, StoreError> {
        let kept = Replayed { released: 0, kept: 1 };
        // Only what is in quarantine now: a record that was released before must not count twice.
        let found = self.store.quarantine(None, Page { after: Some(raw_id - 1), limit: 1 })?.pop();
        let Some(view) = found.filter(|view| view.raw_id == raw_id) else { return Ok(kept) };
        let (channel_id, record_id, body) = (view.channel, view.record_id, view.body);
        let key = (channel_id.clone(), record_id.clone());
        let latest = self.store.latest_raw(std::slice::from_ref(&key))?.remove(&key);
        if let Some(newer) = latest.filter(|latest| latest.id > raw_id && latest.complaint.is_some()) {
            // A later version of the same record is in use; the older one must not overwrite it.
            self.changes.released.push(Release {
                raw_id,
                state: RawState::Amendment,
                complaint: newer.complaint,
                rule: None,
                settings_version: pack.version.clone(),
            });
            return Ok(Replayed { released: 1, kept: 0 });
        }
        let Some(channel) = pack.channels.get(&channel_id) else { return Ok(kept) };
        let record = normalize(channel, &record_of(record_id, mended.unwrap_or(body)));
        let before = self.changes.quarantine.len();
        let (state, complaint, rule, _) = match &record.applied.mapped {
            Mapped::Quarantined => {
                let problems = record.applied.warnings.iter().map(crate::mapping::Warning::to_value).collect();
                self.changes.quarantine.push(crate::store::QuarantineRow {
                    raw_id,
                    channel: channel_id,
                    at: self.now,
                    problems: Value::Array(problems),
                });
                return Ok(kept);
            }
            _ => self.place_record(&channel_id, raw_id, &record, None, pack)?,
        };
        if state == RawState::Quarantined || self.changes.quarantine.len() > before {
            return Ok(kept);
        }
        self.changes.released.push(Release { raw_id, state, complaint, rule, settings_version: pack.version.clone() });
        Ok(Replayed { released: 1, kept: 0 })
    }
}
