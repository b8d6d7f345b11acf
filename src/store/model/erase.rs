//! Erasing the personal data of one complaint.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::json;

use super::Contents;
use crate::{Erasure, ReplyState};
use huiliu_domain::key::RawKey;
use huiliu_domain::ticket::Answer;

impl Contents {
    /// Erases complaints, and lets go of files that go with that.
    pub(super) fn let_go(&mut self, erased: &[Erasure], files: &[(RawKey, u16)]) {
        erased.iter().for_each(|erasure| self.erase(erasure));
        files.iter().for_each(|gone| drop(self.files.remove(gone)));
    }

    fn erase(&mut self, erasure: &Erasure) {
        let key = erasure.complaint;
        let Some(found) = self.complaints.get_mut(&key) else { return };
        let mut tickets = BTreeSet::from([found.row.ticket]);
        let own = self.events.iter().filter(|event| event.complaint == Some(key));
        tickets.extend(own.flat_map(|event| event.from.into_iter().chain([event.to])));
        let row = &mut found.row;
        let receipt = row.receipt.clone();
        found.erased = true;
        row.complaint = row.complaint.without_personal_data();
        (row.phone_hash, row.id_hash, row.account_hash) = (None, None, None);
        self.imprints.remove(&key);
        for (number, raw) in self.raw.iter_mut().filter(|(_, raw)| raw.complaint == Some(key)) {
            (raw.body, raw.digest) = (json!({ "erased": true }), [0; 16]);
            self.unlabelled.insert(*number);
            self.files.retain(|(of, _), _| of != number);
            self.warnings.retain(|_, warning| warning.raw_id != *number);
        }
        for statement in self.statements.iter_mut().filter(|statement| statement.complaint == key) {
            (statement.mark, statement.satisfaction) = ([0; 16], None);
            statement.text.clear();
        }
        for event in self.events.iter_mut().filter(|event| event.complaint == Some(key) || tickets.contains(&event.to))
        {
            event.evidence = event.evidence.take().map(|evidence| evidence.without_words());
        }
        for (row, answer) in self.reviews.values_mut() {
            if row.complaint == key || tickets.contains(&row.ticket) {
                row.evidence = row.evidence.clone().without_words();
            }
            if row.complaint == key {
                answer.get_or_insert(false);
            }
        }
        let told = |reply: &&mut super::KeptReply| reply.row.complaint == key && reply.state != ReplyState::Pending;
        for reply in self.replies.values_mut().filter(told) {
            (reply.erased, reply.last_error, reply.told) = (true, None, None);
            let nothing = String::new;
            reply.row.answer = Answer {
                text: nothing(),
                department: nothing(),
                person: None,
                attachments: Vec::new(),
                at: Timestamp::UNIX_EPOCH,
                ticket_id: nothing(),
            };
        }
        for (place, status) in
            self.statuses.iter_mut().enumerate().filter(|(_, status)| tickets.contains(&status.ticket))
        {
            self.erased_statuses.insert(place);
            (status.update.result, status.update.department, status.update.person) = (None, None, None);
            status.update.attachments.clear();
        }
        self.forget_rewards_of(key);
        self.erase_evaluations(key, &tickets, erasure.at);
        self.erase_topics(key);
        self.erase_occurrences(key, &tickets);
        self.erase_deliveries(&tickets, &receipt);
        self.outbox.retain(|_, (message, published)| !tickets.contains(&message.ticket) || published.is_none());
    }
}
