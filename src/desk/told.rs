//! Stage: a person has told a citizen what no channel could, and says so.

use jiff::Timestamp;

use super::action::Acted;
use super::step::Step;
use crate::key::ReplyKey;
use crate::store::{ReplyState, StoreError, Told, ToldReply};

/// Notes who told the citizen of a reply, when and how. Said again, the first time stays.
pub(super) fn told(
    step: &mut Step<'_>,
    reply: ReplyKey,
    (by, how): (&str, &str),
    at: Option<Timestamp>,
) -> Result<Acted, StoreError> {
    let Some(view) = step.view.reply_view(reply)? else {
        return Ok(Acted::unknown("没有这条答复", "there is no such reply"));
    };
    match view.state {
        ReplyState::Told => return Ok(Acted::Told { ticket: view.ticket_id, told: view.told, before: true }),
        ReplyState::Pending => {
            return Ok(Acted::refused("这条答复还在由渠道发送", "the reply is still being sent by its channel"));
        }
        ReplyState::Sent => {
            return Ok(Acted::refused("渠道已经送达这条答复", "the channel has delivered the reply"));
        }
        ReplyState::ByHand | ReplyState::Dead | ReplyState::Held | ReplyState::NoRoute => {}
    }
    let at = at.unwrap_or(step.now);
    if at < view.at || at > step.now {
        return Ok(Acted::refused(
            "告知时间不能早于答复产生的时间，也不能晚于现在",
            "a citizen is told after the reply was made, and not later than now",
        ));
    }
    // Of an erased citizen no words are kept, not even of how he was told.
    let is_erased = step.view.complaint_by_receipt(&view.receipt)?.is_none_or(|complaint| complaint.erased);
    let how = if is_erased { String::new() } else { how.to_owned() };
    let told = Told { by: by.to_owned(), at, how };
    step.view.note_told_by_hand(ToldReply { reply, told: told.clone() });
    Ok(Acted::Told { ticket: view.ticket_id, told: Some(told), before: false })
}
