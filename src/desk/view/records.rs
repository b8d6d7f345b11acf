//! Raw records, as a step sees them.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{OfChannel, View};
use crate::key::{ComplaintKey, RawKey};
use crate::store::{
    ComplaintHead, FileHead, FileMark, FileRow, NewRaw, Occurrence, OccurrenceKind, Placement, QuarantineRow,
    QuarantineView, RawContent, RawState, RawView, SeenAgain, SourceFileRow, StoreError, WarningRow,
};

/// Where a record comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::desk) struct Origin<'a> {
    pub channel: &'a str,
    /// The adapter's id of it.
    pub record_id: &'a str,
    pub raw_id: RawKey,
    /// What it came with, where that counts.
    pub file: Option<FileMark>,
}

/// What became of a raw record.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Placed {
    pub state: RawState,
    /// The complaint it made or changed.
    pub complaint: Option<ComplaintHead>,
    /// Rule by which it was discarded.
    pub rule: Option<String>,
    /// Why it was set aside, where it was, as JSON.
    pub problems: Option<Value>,
    /// Whether an amendment says what its complaint has said before, or a statement was taken before.
    pub unchanged: bool,
}

impl Placed {
    /// The last problem, in Chinese: what a source is told.
    pub(in crate::desk) fn reason(&self) -> String {
        let last = self.problems.as_ref().and_then(|problems| problems.as_array()?.last()?.get("zh")?.as_str());
        last.unwrap_or_default().to_owned()
    }

    pub(in crate::desk) fn on(state: RawState, complaint: ComplaintHead) -> Self {
        Self { state, complaint: Some(complaint), rule: None, problems: None, unchanged: false }
    }

    pub(in crate::desk) fn quarantined(problems: Value) -> Self {
        Self { state: RawState::Quarantined, complaint: None, rule: None, problems: Some(problems), unchanged: false }
    }

    pub(in crate::desk) fn discarded(rule: &str) -> Self {
        Self {
            state: RawState::Discarded,
            complaint: None,
            rule: Some(rule.to_owned()),
            problems: None,
            unchanged: false,
        }
    }

    pub(in crate::desk) fn erased() -> Self {
        Self { state: RawState::Erased, complaint: None, rule: None, problems: None, unchanged: false }
    }
}

impl View<'_> {
    /// Reads the latest records of ids and the complaints of numbers together, so that a batch asks once.
    pub(in crate::desk) fn prefetch(&mut self, records: &[OfChannel], numbers: &[OfChannel]) -> Result<(), StoreError> {
        let unknown = |known: bool, key: &OfChannel| (!known).then(|| key.clone());
        let records: Vec<OfChannel> =
            records.iter().filter_map(|key| unknown(self.raw.contains_key(key), key)).collect();
        let numbers: Vec<OfChannel> =
            numbers.iter().filter_map(|key| unknown(self.numbers.contains_key(key), key)).collect();
        if !records.is_empty() {
            let found = self.store.latest_raw(&records)?;
            self.raw.extend(records.into_iter().map(|key| {
                let latest = found.get(&key).cloned();
                (key, latest)
            }));
        }
        if !numbers.is_empty() {
            let found = self.store.heads_by_number(&numbers)?;
            self.numbers.extend(numbers.into_iter().map(|key| {
                let head = found.get(&key).cloned();
                (key, head)
            }));
        }
        Ok(())
    }

    /// The latest record of an id.
    pub(in crate::desk) fn latest_raw(&mut self, key: &OfChannel) -> Result<Option<&RawView>, StoreError> {
        self.prefetch(std::slice::from_ref(key), &[])?;
        Ok(self.raw.get(key).and_then(Option::as_ref))
    }

    /// Keeps a record that is to be decided.
    pub(in crate::desk) fn keep(&mut self, raw: NewRaw, files: Vec<FileRow>) {
        let view = RawView {
            id: raw.id,
            digest: raw.digest,
            state: RawState::Received,
            complaint: None,
            rule: None,
            receipt: None,
            erased: false,
            source_file: raw.source_file,
        };
        self.raw.insert((raw.channel.clone(), raw.record_id.clone()), Some(view));
        self.pending.files.extend(files);
        self.kept_now.insert(raw.id);
        self.kept.insert(raw.id, raw);
    }

    /// Keeps a record whose complaint is there.
    pub(in crate::desk) fn keep_past(&mut self, raw: NewRaw) {
        self.raw.remove(&(raw.channel.clone(), raw.record_id.clone()));
        self.pending.raw.push(raw);
    }

    /// Whether a record was kept in this step; then its files are at hand.
    pub(in crate::desk) fn is_kept_now(&self, raw: RawKey) -> bool {
        self.kept_now.contains(&raw)
    }

    /// The files of a record that was kept before.
    pub(in crate::desk) fn files_of_record(&mut self, raw: RawKey) -> Result<Vec<FileHead>, StoreError> {
        self.store.files_of_records(&[raw])
    }

    /// The highest number among the files of a record, with those of this step.
    pub(in crate::desk) fn last_file(&mut self, raw: RawKey) -> Result<Option<u16>, StoreError> {
        let stored = self.store.files_of_records(&[raw])?.into_iter().map(|file| file.number);
        let pending = self.pending.files.iter().filter(|file| file.raw == raw).map(|file| file.number);
        Ok(stored.chain(pending).max())
    }

    /// Keeps files beside those that came with a record.
    pub(in crate::desk) fn keep_files(&mut self, files: Vec<FileRow>) {
        self.pending.files.extend(files);
    }

    /// Lets go of those files of a complaint's records that are meant.
    pub(in crate::desk) fn forget_files(
        &mut self,
        complaint: ComplaintKey,
        is_meant: impl Fn(&FileHead) -> bool,
    ) -> Result<(), StoreError> {
        let files = self.store.files_of(complaint)?;
        let meant = files.iter().filter(|file| is_meant(file)).map(|file| (file.raw, file.number));
        self.pending.files_gone.extend(meant);
        Ok(())
    }

    /// Notes what became of a record that is kept: in this step, or before it.
    pub(in crate::desk) fn settle(&mut self, of: Origin<'_>, placed: &Placed, settings_version: &str, now: Timestamp) {
        let Origin { channel, record_id, raw_id, file } = of;
        let complaint = placed.complaint.as_ref().map(|head| head.id);
        if let (Some(complaint), Some(file), RawState::Complaint | RawState::Amendment) =
            (complaint, file, placed.state)
        {
            self.came_with.insert((complaint, file));
        }
        if let Some(known) = self.raw.get_mut(&(channel.to_owned(), record_id.to_owned())).and_then(Option::as_mut)
            && known.id == raw_id
        {
            (known.state, known.complaint, known.rule) = (placed.state, complaint, placed.rule.clone());
            known.receipt = placed.complaint.as_ref().map(|head| head.receipt.clone());
        }
        if let Some(problems) = &placed.problems {
            let (kind, outcome) = (OccurrenceKind::SetAside, placed.state.name().to_owned());
            let details = json!({ "problems": problems });
            self.pending.occurrences.push(Occurrence { kind, subject: raw_id.0, at: now, outcome, details });
            let (channel, problems) = (channel.to_owned(), problems.clone());
            self.pending.quarantine.push(QuarantineRow { raw_id, channel, at: now, problems });
        }
        if let Some(raw) = self.kept.remove(&raw_id) {
            if placed.state == RawState::Erased {
                self.pending.files.retain(|file| file.raw != raw_id);
            }
            self.pending.raw.push(NewRaw { state: placed.state, complaint, rule: placed.rule.clone(), ..raw });
            return;
        }
        self.released.insert(raw_id);
        self.pending.placed.push(Placement {
            raw_id,
            state: placed.state,
            complaint,
            rule: placed.rule.clone(),
            settings_version: settings_version.to_owned(),
        });
    }

    /// Notes that a record came again in a file with the content that is known.
    pub(in crate::desk) fn note_seen(&mut self, latest: &RawView, file: FileMark) {
        if latest.source_file == Some(file) {
            return;
        }
        self.came_with.extend(latest.complaint.map(|complaint| (complaint, file)));
        self.pending.seen_again.push(SeenAgain { raw_id: latest.id, file });
    }

    /// The latest record of each id with the content that has this digest, as it is stored: nothing of this step.
    pub(in crate::desk) fn raw_with_content(
        &mut self,
        records: &[RawContent],
    ) -> Result<HashMap<RawContent, RawView>, StoreError> {
        if records.is_empty() { Ok(HashMap::new()) } else { self.store.raw_with_content(records) }
    }

    /// Whether a complaint still says what this record of it said. Of one that cannot be read nobody can say so.
    pub(in crate::desk) fn is_still_said(&mut self, record: &RawView) -> Result<bool, StoreError> {
        let Some(complaint) = record.complaint else { return Ok(false) };
        if record.state == RawState::FollowUp {
            return Ok(self.statements_of(complaint)?.iter().any(|row| row.raw_id == record.id));
        }
        match self.complaint(complaint) {
            Err(error) if error.is_damage() => Ok(false),
            found => Ok(found?.is_some_and(|view| view.raw_id == record.id)),
        }
    }

    /// Whether a complaint was made or changed by a record of a file.
    pub(in crate::desk) fn came_with(&mut self, complaint: ComplaintKey, file: FileMark) -> Result<bool, StoreError> {
        Ok(self.came_with.contains(&(complaint, file)) || self.store.came_with(complaint, file)?)
    }

    /// Notes what the mapping remarked on a record that was accepted all the same.
    pub(in crate::desk) fn note_warnings(&mut self, rows: impl Iterator<Item = WarningRow>) {
        self.pending.warnings.extend(rows);
    }

    /// Notes what reading a file has come to.
    pub(in crate::desk) fn note_source_file(&mut self, row: SourceFileRow) {
        self.pending.source_files.push(row);
    }

    /// A record that is in quarantine now; what this step released is not.
    pub(in crate::desk) fn quarantined(&mut self, raw: RawKey) -> Result<Option<QuarantineView>, StoreError> {
        if self.released.contains(&raw) {
            return Ok(None);
        }
        self.store.quarantined(raw)
    }
}
