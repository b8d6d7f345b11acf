//! Stage: what a citizen says about an earlier complaint reaches its ticket.

use super::citizen::hash_of_phone;
use super::step::Step;
use crate::complaint::{FollowUp, Satisfaction};
use crate::store::{ComplaintHead, StoreError};
use crate::ticket::{Change, EventKind, Status};

/// Puts a follow-up on its ticket; `None` when the complaint is not known.
pub(super) fn follow_up(step: &mut Step<'_>, follow_up: &FollowUp) -> Result<Option<ComplaintHead>, StoreError> {
    let phone_hash = hash_of_phone(step.state.vault(), &follow_up.about);
    let Some(head) = step.view.head_about(&follow_up.channel, &follow_up.about, phone_hash)? else { return Ok(None) };
    let Some(detail) = step.view.ticket(head.ticket)? else { return Ok(None) };
    let reopens = follow_up.satisfaction == Some(Satisfaction::Dissatisfied)
        && step.rules.reopen_on_dissatisfied
        && matches!(detail.ticket.status, Status::Resolved | Status::Closed | Status::Rejected);
    let change = Change {
        receipt: Some(head.receipt.clone()),
        satisfaction: follow_up.satisfaction,
        note: (!follow_up.text.is_empty()).then(|| follow_up.text.clone()),
        ..Change::default()
    };
    step.tell(head.ticket, EventKind::Rated, None, change.clone());
    if reopens {
        step.transition(head.ticket, Status::Reopened)?;
        step.tell(head.ticket, EventKind::Reopened, None, change);
    }
    Ok(Some(head))
}
