//! Records and complaints, as a step sees them.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::{OfChannel, View};
use crate::key::{ComplaintKey, RawKey, TicketKey};
use crate::store::{
    Amendment, ComplaintHead, ComplaintRow, ComplaintView, Erasure, FileHead, FileMark, FileRow, NewRaw, Placement,
    QuarantineRow, QuarantineView, RawContent, RawState, RawView, SeenAgain, SourceFileRow, StoreError, WarningRow,
};

/// Where a record comes from.
#[derive(Debug, Clone, Copy)]
pub(in crate::desk) struct Origin<'a> {
    pub channel: &'a str,
    /// The adapter's id of it.
    pub record_id: &'a str,
    pub raw_id: RawKey,
    /// The file that it is a row of.
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
}

impl Placed {
    /// The last problem, in Chinese: what a source is told.
    pub(in crate::desk) fn reason(&self) -> String {
        let last = self.problems.as_ref().and_then(|problems| problems.as_array()?.last()?.get("zh")?.as_str());
        last.unwrap_or_default().to_owned()
    }

    pub(in crate::desk) fn on(state: RawState, complaint: ComplaintHead) -> Self {
        Self { state, complaint: Some(complaint), rule: None, problems: None }
    }

    pub(in crate::desk) fn quarantined(problems: Value) -> Self {
        Self { state: RawState::Quarantined, complaint: None, rule: None, problems: Some(problems) }
    }

    pub(in crate::desk) fn discarded(rule: &str) -> Self {
        Self { state: RawState::Discarded, complaint: None, rule: Some(rule.to_owned()), problems: None }
    }

    pub(in crate::desk) fn erased() -> Self {
        Self { state: RawState::Erased, complaint: None, rule: None, problems: None }
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
        self.kept.insert(raw.id, raw);
    }

    /// Whether a record was kept in this step; then its files are at hand.
    pub(in crate::desk) fn is_kept_now(&self, raw: RawKey) -> bool {
        self.kept.contains_key(&raw)
    }

    /// The files of a record that was kept before.
    pub(in crate::desk) fn files_of_record(&mut self, raw: RawKey) -> Result<Vec<FileHead>, StoreError> {
        self.store.files_of_records(&[raw])
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

    /// The complaint with a number of its source.
    pub(in crate::desk) fn head(&mut self, key: &OfChannel) -> Result<Option<ComplaintHead>, StoreError> {
        self.prefetch(&[], std::slice::from_ref(key))?;
        let found = self.numbers.get(key).and_then(Clone::clone);
        Ok(found.map(|head| self.as_now(head)))
    }

    /// The complaint that a follow-up is about: by receipt number, by number on the channel, by telephone hash.
    pub(in crate::desk) fn head_about(
        &mut self,
        channel: &str,
        about: &str,
        phone_hash: u64,
    ) -> Result<Option<ComplaintHead>, StoreError> {
        let of_this_step = self.complaints.values().find(|view| view.receipt == about).map(head_of);
        let exact = match of_this_step {
            Some(head) => Some(head),
            None => self.head(&(channel.to_owned(), about.to_owned()))?,
        };
        if exact.is_some() {
            return Ok(exact);
        }
        let stored = self.store.complaint_about(channel, about, phone_hash)?;
        let latest = self.phones.get(&(channel.to_owned(), phone_hash)).and_then(|key| self.complaints.get(key));
        // A number given by telephone means its latest complaint, which may be of this step.
        let latest =
            latest.filter(|view| stored.as_ref().is_none_or(|head| head.receipt != about && head.id < view.id));
        Ok(latest.map(head_of).or_else(|| stored.map(|head| self.as_now(head))))
    }

    /// A head with what this step changed.
    fn as_now(&self, head: ComplaintHead) -> ComplaintHead {
        self.complaints.get(&head.id).map_or(head, head_of)
    }

    /// One complaint as it is now.
    pub(in crate::desk) fn complaint(&mut self, key: ComplaintKey) -> Result<Option<ComplaintView>, StoreError> {
        if !self.complaints.contains_key(&key) {
            let Some(view) = self.store.complaints(&[key])?.pop() else { return Ok(None) };
            self.complaints.insert(key, view);
        }
        Ok(self.complaints.get(&key).cloned())
    }

    /// One complaint by its receipt number, as it is now.
    pub(in crate::desk) fn complaint_by_receipt(&mut self, receipt: &str) -> Result<Option<ComplaintView>, StoreError> {
        if let Some(view) = self.complaints.values().find(|view| view.receipt == receipt) {
            return Ok(Some(view.clone()));
        }
        let Some(view) = self.store.complaints_by_receipt(&[receipt])?.pop() else { return Ok(None) };
        Ok(Some(self.complaints.entry(view.id).or_insert(view).clone()))
    }

    /// The complaints of a person, by keyed hashes of telephone or identity number.
    pub(in crate::desk) fn complaints_of_person(&mut self, hashes: &[u64]) -> Result<Vec<ComplaintKey>, StoreError> {
        self.store.complaints_of_person(hashes)
    }

    /// Complaints that were received before a time and whose ticket is finished, at most `limit`.
    pub(in crate::desk) fn finished_before(
        &mut self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<ComplaintKey>, StoreError> {
        self.store.finished_before(before, limit)
    }

    /// Adds a new complaint; its ticket must be loaded.
    pub(in crate::desk) fn add_complaint(&mut self, row: ComplaintRow, view: ComplaintView) {
        let key = (row.complaint.channel.clone(), row.complaint.number.clone());
        self.numbers.insert(key, Some(head_of(&view)));
        self.moved.insert(view.id);
        self.note_phone(&row.complaint.channel, row.phone_hash, row.id);
        self.complaints.insert(view.id, view);
        self.pending.complaints.push(Arc::new(row));
    }

    /// Gives a complaint new content.
    pub(in crate::desk) fn amend_complaint(&mut self, amendment: Amendment) -> Result<(), StoreError> {
        self.complaint(amendment.id)?;
        if let Some(view) = self.complaints.get_mut(&amendment.id) {
            view.complaint.clone_from(&amendment.complaint);
            view.raw_id = amendment.raw_id;
            view.revision += 1;
            let changed = view.clone();
            self.show_again(&changed);
        }
        self.note_phone(&amendment.complaint.channel, amendment.phone_hash, amendment.id);
        self.pending.amendments.push(amendment);
        Ok(())
    }

    fn note_phone(&mut self, channel: &str, phone_hash: Option<u64>, complaint: ComplaintKey) {
        if let Some(phone_hash) = phone_hash {
            let latest = self.phones.entry((channel.to_owned(), phone_hash)).or_insert(complaint);
            *latest = complaint.max(*latest);
        }
    }

    /// Puts a complaint on another ticket. Both must be loaded; what they show is derived again by whoever moves it.
    pub(in crate::desk) fn move_complaint(&mut self, view: &ComplaintView, to: TicketKey) {
        self.pending.moves.push((view.id, to));
        self.moved.insert(view.id);
        self.complaints.entry(view.id).or_insert_with(|| view.clone()).ticket = to;
    }

    /// Replaces the personal data of a complaint.
    pub(in crate::desk) fn erase_complaint(&mut self, view: &ComplaintView, at: Timestamp) {
        let gone = ComplaintView { complaint: view.complaint.without_personal_data(), erased: true, ..view.clone() };
        self.show_again(&gone);
        self.complaints.insert(view.id, gone);
        self.pending.erased.push(Erasure { complaint: view.id, at });
    }

    /// Replaces the personal data of a complaint that cannot be read.
    pub(in crate::desk) fn erase_unread(&mut self, key: ComplaintKey, at: Timestamp) {
        self.pending.erased.push(Erasure { complaint: key, at });
    }

    /// Replaces a complaint among those that its ticket shows.
    fn show_again(&mut self, changed: &ComplaintView) {
        let shown = self.tickets.get_mut(&changed.ticket).map(|detail| &mut detail.complaints);
        if let Some(shown) = shown.and_then(|shown| shown.iter_mut().find(|view| view.id == changed.id)) {
            shown.clone_from(changed);
        }
    }
}

/// What is needed to know of a complaint.
fn head_of(view: &ComplaintView) -> ComplaintHead {
    ComplaintHead { id: view.id, receipt: view.receipt.clone(), ticket: view.ticket, erased: view.erased }
}
