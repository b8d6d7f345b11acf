//! Stage: a person answers whether a complaint belongs to a ticket.

use super::action::Acted;
use super::people::{MAX_CANNOT_LINKS, absorb};
use super::step::Step;
use crate::key::{ComplaintKey, ReviewKey, TicketKey};
use crate::store::{ReviewView, StoreError};
use crate::ticket::Status;

/// Carries out an answer: the same matter goes together, another one stays apart for good.
pub(super) fn answer(step: &mut Step<'_>, key: ReviewKey, same: bool, actor: &str) -> Result<Acted, StoreError> {
    let Some(review) = step.view.open_review(key)? else {
        return Ok(Acted::unknown("没有这条待确认", "there is no such review"));
    };
    if review.answer.is_some() {
        return Ok(Acted::refused("这条已有答复", "this review was answered before"));
    }
    let asked = asked(step, &review)?;
    let together = review.current_ticket == asked;
    let acted = if !same {
        for member in step.view.members(asked)?.iter().take(MAX_CANNOT_LINKS) {
            step.forbid(review.complaint, member.id, actor);
        }
        Acted::Done(step.ids(&[review.current_ticket, asked])?)
    } else if together {
        Acted::Done(step.ids(&[asked])?)
    } else {
        absorb(step, (review.current_ticket, asked), actor)?
    };
    if matches!(acted, Acted::Done(_)) {
        step.view.answer_review(key, same, actor, step.now);
    }
    Ok(acted)
}

/// The ticket that is asked about; where another has absorbed it, the one in which the complaint is now that matched.
fn asked(step: &mut Step<'_>, review: &ReviewView) -> Result<TicketKey, StoreError> {
    let absorbed = step.view.ticket(review.ticket)?.is_some_and(|detail| detail.ticket.status == Status::Absorbed);
    if !absorbed {
        return Ok(review.ticket);
    }
    let matched = step.view.complaint(ComplaintKey(review.evidence.matched_complaint))?;
    Ok(matched.map_or(review.ticket, |complaint| complaint.ticket))
}
