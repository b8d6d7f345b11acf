//! What was said of results, and who is called back.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{CallBackChange, CallBackView, Evaluations, Page, RatingRow, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};
use huiliu_domain::ticket::CallBackState;

impl Contents {
    pub(super) fn note_rating(&mut self, mut row: RatingRow) {
        row.at = kept(row.at);
        self.ratings.push(row);
    }

    pub(super) fn change_call_back(&mut self, change: CallBackChange) {
        match change {
            CallBackChange::Due(row) => {
                let is_due =
                    |known: &CallBackView| (known.complaint, known.state) == (row.complaint, CallBackState::Due);
                if self.call_backs.iter().any(is_due) {
                    return;
                }
                self.call_backs.push(CallBackView {
                    id: self.call_backs.last().map_or(1, |last| last.id + 1),
                    complaint: row.complaint,
                    ticket: row.ticket,
                    round: row.round,
                    way: row.way,
                    state: CallBackState::Due,
                    at: kept(row.at),
                    done_at: None,
                });
            }
            CallBackChange::Done { complaint, state, at } => self.end_call_back(complaint, state, at),
        }
    }

    fn end_call_back(&mut self, complaint: ComplaintKey, state: CallBackState, at: Timestamp) {
        let due = |known: &&mut CallBackView| (known.complaint, known.state) == (complaint, CallBackState::Due);
        for known in self.call_backs.iter_mut().filter(due) {
            (known.state, known.done_at) = (state, Some(kept(at)));
        }
    }

    pub(super) fn erase_evaluations(&mut self, key: ComplaintKey, tickets: &BTreeSet<TicketKey>, at: Timestamp) {
        let of = |row: &&mut RatingRow| match row.complaint {
            Some(complaint) => complaint == key,
            None => tickets.contains(&row.ticket),
        };
        for row in self.ratings.iter_mut().filter(of) {
            row.by.clear();
            row.words.clear();
        }
        self.end_call_back(key, CallBackState::Dropped, at);
    }
}

impl Evaluations for Model {
    fn ratings_of(&mut self, tickets: &[TicketKey]) -> Result<Vec<RatingRow>, StoreError> {
        let contents = self.contents();
        Ok(contents.ratings.iter().filter(|row| tickets.contains(&row.ticket)).cloned().collect())
    }

    fn ratings_about(
        &mut self,
        ticket: TicketKey,
        complaint: Option<ComplaintKey>,
    ) -> Result<Vec<RatingRow>, StoreError> {
        let contents = self.contents();
        let about = |row: &&RatingRow| (row.ticket, row.complaint) == (ticket, complaint);
        Ok(contents.ratings.iter().filter(about).cloned().collect())
    }

    fn call_backs_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<CallBackView>, StoreError> {
        let contents = self.contents();
        Ok(contents.call_backs.iter().filter(|known| complaints.contains(&known.complaint)).cloned().collect())
    }

    fn due_call_backs(&mut self, page: Page) -> Result<Vec<CallBackView>, StoreError> {
        let contents = self.contents();
        let after = page.after.unwrap_or(0);
        let due = contents.call_backs.iter().filter(|known| known.state == CallBackState::Due && known.id > after);
        Ok(due.take(page.limit).cloned().collect())
    }
}
