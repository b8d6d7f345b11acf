//! Stage: what a person asks for goes to where it is carried out.

use super::action::{Acted, Action};
use super::step::Step;
use super::{erase, evaluation, holds, people, reviews, send_again, told, topics, undo};
use crate::store::StoreError;

/// Carries out what a person asked for.
pub(super) fn act(step: &mut Step<'_>, action: &Action, actor: &str) -> Result<Acted, StoreError> {
    match action {
        Action::Split { receipt } => people::split(step, receipt, actor),
        Action::Merge { from, into } => match (step.view.ticket_key(from)?, step.view.ticket_key(into)?) {
            (Some(from), Some(into)) if from != into => people::merge(step, (from, into), actor),
            (Some(_), Some(_)) => Ok(Acted::refused("两张工单是同一张", "both are the same ticket")),
            _ => Ok(Acted::unknown("没有这两张工单", "there are no two tickets with these ids")),
        },
        Action::Move { receipt, into } => people::move_one(step, receipt, into, actor),
        Action::Undo { ticket } => undo::undo(step, ticket, actor),
        Action::Pin { ticket, pinned } => people::pin(step, ticket, *pinned, actor),
        Action::Review { review, same } => reviews::answer(step, *review, *same, actor),
        Action::Release { ticket } => holds::release(step, ticket, actor),
        Action::Approve { ticket, update_id } => holds::approve(step, (ticket, update_id), actor),
        Action::SendBack { ticket, update_id, reason } => holds::send_back(step, (ticket, update_id), reason, actor),
        Action::Erase { hashes, receipt } => erase::erase(step, hashes, receipt.as_deref()),
        Action::Send { ticket, to } => send_again::send_again(step, ticket, to),
        Action::Told { reply, how, at } => told::told(step, *reply, (actor, how), *at),
        Action::CallBack { receipt, rating, words } => {
            evaluation::note_call_back(step, receipt, (rating.as_deref(), words.as_deref()), actor)
        }
        Action::Supervise { ticket, rating, words } => {
            evaluation::supervise(step, ticket, (rating, words.as_deref()), actor)
        }
        Action::NewTopic { title, tickets } => topics::make_by_hand(step, title, tickets, actor),
        Action::AddToTopic { topic, tickets } => topics::add(step, *topic, tickets),
        Action::DecideTopic { topic, state, words } => topics::decide(step, *topic, (*state, words), actor),
        Action::FollowTopic { topic, every, words } => {
            topics::follow_up(step, *topic, (*every, words.as_deref()), actor)
        }
        Action::RetryReply { reply, words } => {
            match step.view.retry_reply(*reply, words.as_deref(), actor, step.now)? {
                true => Ok(Acted::Done(Vec::new())),
                false => Ok(Acted::unknown("没有这条答复", "there is no such reply")),
            }
        }
    }
}
