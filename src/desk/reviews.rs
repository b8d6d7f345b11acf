//! Stage: a person answers whether a complaint belongs to a ticket.

use super::action::Acted;
use super::people::{MAX_CANNOT_LINKS, absorb};
use super::step::Step;
use crate::key::ReviewKey;
use crate::store::StoreError;

/// Carries out an answer: the same matter goes together, another one stays apart for good.
pub(super) fn answer(step: &mut Step<'_>, key: ReviewKey, same: bool, actor: &str) -> Result<Acted, StoreError> {
    let Some(review) = step.view.open_review(key)? else {
        return Ok(Acted::unknown("没有这条待确认", "there is no such review"));
    };
    if review.answer.is_some() {
        return Ok(Acted::refused("这条已有答复", "this review was answered before"));
    }
    let together = review.current_ticket == review.ticket;
    let acted = if !same {
        for member in step.view.members(review.ticket)?.iter().take(MAX_CANNOT_LINKS) {
            step.forbid(review.complaint, member.id, actor);
        }
        Acted::Done(step.ids(&[review.current_ticket, review.ticket])?)
    } else if together {
        Acted::Done(step.ids(&[review.ticket])?)
    } else {
        absorb(step, (review.current_ticket, review.ticket), actor)?
    };
    if matches!(acted, Acted::Done(_)) {
        step.view.answer_review(key, same, actor, step.now);
    }
    Ok(acted)
}
