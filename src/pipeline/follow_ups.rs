//! Stage: what a citizen says about an earlier complaint reaches its ticket.

use super::step::Step;
use crate::complaint::{FollowUp, Satisfaction};
use crate::forward::{ChangeV1, EventKind};
use crate::mapping::Pack;
use crate::store::{ComplaintHead, StoreError};
use crate::ticket::Status;

impl Step<'_> {
    /// Puts a follow-up on its ticket; `None` when the complaint is not known.
    pub(super) fn follow_up(&mut self, follow_up: &FollowUp, pack: &Pack) -> Result<Option<ComplaintHead>, StoreError> {
        let phone_hash = self.state.vault.hash("phone", &follow_up.about);
        let fresh = self.fresh_complaints.get(&(follow_up.channel.clone(), follow_up.about.clone())).cloned();
        let stored = match fresh {
            Some(head) => Some(head),
            None => self.store.complaint_about(&follow_up.channel, &follow_up.about, phone_hash)?,
        };
        let Some(head) = stored else {
            return Ok(None);
        };
        let Some(detail) = self.ticket(head.ticket)? else { return Ok(None) };
        let reopens = follow_up.satisfaction == Some(Satisfaction::Dissatisfied)
            && pack.city.reopen_on_dissatisfied
            && matches!(detail.ticket.status, Status::Resolved | Status::Closed | Status::Rejected);
        let change = ChangeV1 {
            receipt_number: Some(head.receipt.clone()),
            satisfaction: follow_up.satisfaction.map(|satisfaction| satisfaction.wire().to_owned()),
            note: (!follow_up.text.is_empty()).then(|| follow_up.text.clone()),
            ..ChangeV1::default()
        };
        self.tell(head.ticket, EventKind::Rated, None, change.clone(), pack);
        if reopens {
            if let Some(detail) = self.ticket(head.ticket)? {
                detail.ticket.status = Status::Reopened;
            }
            self.tell(head.ticket, EventKind::Reopened, None, change, pack);
            self.return_to_candidates(head.ticket, pack)?;
        }
        Ok(Some(head))
    }
}
