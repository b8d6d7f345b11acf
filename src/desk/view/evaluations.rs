//! Ratings and call-backs, as a step sees them.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::View;
use crate::complaint::Satisfaction;
use crate::key::ComplaintKey;
use crate::store::{CallBackChange, CallBackRow, RatingRow, StoreError};
use crate::ticket::CallBackState;

impl View<'_> {
    /// Keeps what somebody said of a result; what the same one had said of it before, if anything. Whose word a platform heard of several
    /// citizens is not known where it does not say so: each of these stands for itself.
    pub(in crate::desk) fn note_rating(&mut self, row: RatingRow) -> Result<Option<Satisfaction>, StoreError> {
        let is_known = row.complaint.is_some() || !row.rater.is_citizens();
        let is_instead = |known: &RatingRow| {
            is_known
                && known.ticket == row.ticket
                && (known.complaint, known.rater, known.round) == (row.complaint, row.rater, row.round)
                && known.by == row.by
        };
        let pending = self.pending.ratings.iter().rev().find(|known| is_instead(known)).map(|known| known.value);
        let before = match pending {
            Some(value) => Some(value),
            None if !is_known => None,
            None => {
                let kept = self.store.ratings_about(row.ticket, row.complaint)?;
                kept.iter().rev().find(|known| is_instead(known)).map(|known| known.value)
            }
        };
        self.pending.ratings.push(row);
        Ok(before)
    }

    /// Lets a call-back be due.
    pub(in crate::desk) fn begin_call_back(&mut self, row: CallBackRow) {
        self.called.insert(row.complaint, true);
        self.pending.call_backs.push(CallBackChange::Due(row));
    }

    /// Ends the call-backs of complaints that are due. Gives how many were.
    pub(in crate::desk) fn end_call_backs(
        &mut self,
        complaints: &[ComplaintKey],
        state: CallBackState,
        at: Timestamp,
    ) -> Result<usize, StoreError> {
        let stored = self.store.call_backs_of(complaints)?;
        let stored = stored.into_iter().filter(|view| view.state == CallBackState::Due).map(|view| view.complaint);
        let mut due: BTreeSet<ComplaintKey> = stored.collect();
        for complaint in complaints {
            match self.called.get(complaint) {
                Some(true) => drop(due.insert(*complaint)),
                Some(false) => drop(due.remove(complaint)),
                None => {}
            }
        }
        for complaint in &due {
            self.called.insert(*complaint, false);
            self.pending.call_backs.push(CallBackChange::Done { complaint: *complaint, state, at });
        }
        Ok(due.len())
    }
}
