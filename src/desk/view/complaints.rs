//! Complaints, as a step sees them.

use std::sync::Arc;

use jiff::Timestamp;

use super::{OfChannel, View};
use crate::complaint::ComplaintState;
use crate::key::{ComplaintKey, ReplyKey, TicketKey};
use crate::store::{
    Amendment, ComplaintHead, ComplaintRow, ComplaintView, Erasure, ReplyView, StatementRow, StoreError,
};
use crate::ticket::Answer;

impl View<'_> {
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

    /// The replies to a complaint, as they are stored.
    pub(in crate::desk) fn replies_of(&mut self, complaint: ComplaintKey) -> Result<Vec<ReplyView>, StoreError> {
        self.store.replies_of(complaint)
    }

    /// What a reply tells, as it is stored.
    pub(in crate::desk) fn answer_of_reply(&mut self, key: ReplyKey) -> Result<Option<Answer>, StoreError> {
        self.store.answer_of_reply(key)
    }

    /// A reply, as it is stored.
    pub(in crate::desk) fn reply_view(&mut self, key: ReplyKey) -> Result<Option<ReplyView>, StoreError> {
        self.store.reply_view(key)
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

    /// What sources have stated later of a complaint, in their order.
    pub(in crate::desk) fn statements_of(&mut self, key: ComplaintKey) -> Result<Vec<StatementRow>, StoreError> {
        let mut found = self.store.statements_of(&[key])?;
        found.extend(self.statements.iter().filter(|row| row.complaint == key).cloned());
        Ok(found)
    }

    pub(in crate::desk) fn note_statement(&mut self, row: StatementRow) {
        self.statements.push(row.clone());
        self.pending.statements.push(row);
    }

    /// Notes whether the citizen of a complaint waits for an answer.
    pub(in crate::desk) fn set_state(&mut self, key: ComplaintKey, state: ComplaintState) -> Result<(), StoreError> {
        self.complaint(key)?;
        if let Some(view) = self.complaints.get_mut(&key).filter(|view| view.state != state) {
            view.state = state;
            let changed = view.clone();
            self.show_again(&changed);
            self.pending.states.push((key, state));
        }
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
