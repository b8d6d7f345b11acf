//! What the citizen of a complaint was told: every reply with its attempts and the channel's answer, and what people did about it.

use serde_json::json;

use super::came::shown_error;
use super::{Telling, called, status_en};
use crate::catalogue::states;
use crate::mapping::Off;
use crate::mask::mask_text;
use crate::store::{ComplaintView, Occurrence, OccurrenceKind, ReplyState, ReplyTimes, ReplyView, StoreError};
use crate::ticket::Answer;

/// What is known of a reply beside its row.
struct Known<'a> {
    /// What it tells.
    answer: Option<&'a Answer>,
    times: Option<&'a ReplyTimes>,
    /// Whether it tells somebody who joined late what the platform had said last.
    is_late: bool,
}

impl Telling<'_> {
    pub(super) fn told(&mut self, view: &ComplaintView) -> Result<(), StoreError> {
        let mut replies = self.store.replies_of(view.id)?;
        let ids: Vec<String> = self.tickets.iter().map(|detail| detail.ticket.id.clone()).collect();
        replies.retain(|reply| ids.contains(&reply.ticket_id));
        let numbers: Vec<i64> = replies.iter().map(|reply| reply.id.0).collect();
        let times = self.store.reply_times(view.id)?;
        for kind in [OccurrenceKind::ReplyAttempt, OccurrenceKind::ReplyRetried] {
            for row in self.store.occurrences(kind, &numbers)? {
                let of = replies.iter().find(|reply| reply.id.0 == row.subject);
                if let Some(reply) = of {
                    self.attempt(view, reply, &row);
                }
            }
        }
        let late = self.store.occurrences(OccurrenceKind::ToldLate, &[view.id.0])?;
        for reply in &replies {
            let answer = self.store.answer_of_reply(reply.id)?;
            let times = times.iter().find(|times| times.reply == reply.id);
            let is_late = times.is_some_and(|times| late.iter().any(|row| row.details["key"] == times.key.as_str()));
            self.reply(view, reply, &Known { answer: answer.as_ref(), times, is_late });
            self.by_hand(view, reply);
        }
        Ok(())
    }

    fn reply(&mut self, view: &ComplaintView, reply: &ReplyView, known: &Known<'_>) {
        let Known { times, is_late, .. } = known;
        let answer = known.answer.filter(|answer| !answer.ticket_id.is_empty());
        let waits = reply.state == ReplyState::Pending;
        let off = Off::of(&self.teller.live.channels, &reply.channel).filter(|_| waits);
        let files: Vec<&str> =
            answer.into_iter().flat_map(|answer| &answer.attachments).map(|file| file.url.as_str()).collect();
        let person = answer.and_then(|answer| answer.person.as_ref());
        let person = person.map(|person| json!({ "name": person.name, "unit": person.unit, "phone": person.phone }));
        let details = json!({
            "reply": reply.id.0, "key": times.map(|times| &times.key), "channel": reply.channel,
            "status": reply.status.wire(), "state": reply.state.name(), "attempts": reply.attempts,
            "done_at": times.and_then(|times| times.done_at), "next_at": times.and_then(|times| times.next_at),
            "text": answer.and_then(|answer| self.words(&answer.text)),
            "department": answer.map(|answer| &answer.department),
            "said_at": answer.map(|answer| answer.at), "person": self.inner(person), "attachments": self.inner(files),
            "last_error": reply.last_error.as_deref().map(mask_text),
            "waits_for": off.as_ref().map(Off::name), "told_late": is_late,
        });
        let (channel, status) = (&reply.channel, reply.status);
        let (mut zh, mut en) = called(states::reply, reply.state.name());
        if let Some(off) = &off {
            zh = format!("{zh}：{}", off.zh());
            en = format!("{en}: {}", off.en());
        }
        let (late_zh, late_en) = match is_late {
            true => ("；并入时平台已有答复，补告最新一次", "; joined late, and was told the newest answer"),
            false => ("", ""),
        };
        let said = (
            format!("经 {channel} 答复：{}（{zh}）{late_zh}", status.zh()),
            format!("a reply by {channel}: {} ({en}){late_en}", status_en(status)),
        );
        self.tell((reply.at, "reply"), (Some(&view.receipt), Some(&reply.ticket_id)), said, details);
    }

    fn attempt(&mut self, view: &ComplaintView, reply: &ReplyView, row: &Occurrence) {
        let about = (Some(view.receipt.as_str()), Some(reply.ticket_id.as_str()));
        let (id, outcome) = (reply.id.0, &row.outcome);
        if row.kind == OccurrenceKind::ReplyRetried {
            let actor = row.details["actor"].as_str().unwrap_or_default();
            let details = json!({ "reply": id, "actor": actor, "other_words": row.details["other_words"] });
            let said = (format!("{actor} 让答复 {id} 重新发送"), format!("{actor} had reply {id} sent again"));
            return self.tell((row.at, "decided"), about, said, details);
        }
        let details = json!({ "reply": id, "outcome": outcome, "answer": shown_error(&row.details) });
        let (zh, en) = called(states::reply, outcome);
        let said = (format!("发送答复 {id} 一次：{zh}"), format!("an attempt to send reply {id}: {en}"));
        self.tell((row.at, "reply_attempt"), about, said, details);
    }

    fn by_hand(&mut self, view: &ComplaintView, reply: &ReplyView) {
        let Some(told) = &reply.told else { return };
        let about = (Some(view.receipt.as_str()), Some(reply.ticket_id.as_str()));
        let details = json!({ "reply": reply.id.0, "by": told.by, "how": mask_text(&told.how) });
        let said = (
            format!("{} 已人工告知市民（答复 {}）", told.by, reply.id.0),
            format!("{} told the citizen by hand (reply {})", told.by, reply.id.0),
        );
        self.tell((told.at, "told"), about, said, details);
    }
}
