//! What was decided: the route with its reasons, clocks, what put complaints together or apart, and what people were asked.

use serde_json::json;

use super::{Telling, called};
use crate::catalogue::{Locale, states};
use crate::http::documents::{ClockDocument, MergeEventDocument};
use crate::key::ComplaintKey;
use crate::store::{AskedView, ComplaintView, MergeEvent, OccurrenceKind, StoreError, TicketDetail};

impl Telling<'_> {
    pub(super) fn decided(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        self.routes(detail)?;
        self.clocks(detail)?;
        let own: Vec<ComplaintKey> = self.complaints.iter().map(|view| view.id).collect();
        let whole = self.stays.is_whole();
        let events: Vec<MergeEvent> = self
            .store
            .merge_events(detail.key)?
            .into_iter()
            // An event stands with both of its tickets, and is told once: with the one that was joined.
            .filter(|event| event.to == detail.key || whole)
            .filter(|event| whole || event.complaint.is_none_or(|complaint| own.contains(&complaint)))
            .filter(|event| self.stays.has(detail.key, event.at))
            .collect();
        let matched = |event: &MergeEvent| event.evidence.as_ref().map(|e| ComplaintKey(e.matched_complaint));
        let complaints: Vec<_> = events.iter().flat_map(|event| [event.complaint, matched(event)]).flatten().collect();
        let tickets: Vec<_> = events.iter().flat_map(|event| event.from.into_iter().chain([event.to])).collect();
        let named = self.named(complaints, tickets)?;
        for event in &events {
            let document = MergeEventDocument::of(event, &named, self.teller.contacts);
            let receipt = document.receipt().map(str::to_owned);
            let details = serde_json::to_value(document).unwrap_or_default();
            let (zh, en) = called(states::merge_event, event.kind.name());
            let said = (format!("{}：{zh}", event.actor), format!("{}: {en}", event.actor));
            self.tell((event.at, "merge"), (receipt.as_deref(), Some(&detail.ticket.id)), said, details);
        }
        Ok(())
    }

    /// What of a ticket waited for a person, and what the person decided.
    fn waiting(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let about = (None, Some(detail.ticket.id.as_str()));
        for row in self.happened(OccurrenceKind::Waiting, detail, "waiting")? {
            if !self.stays.has(detail.key, row.at) {
                continue;
            }
            let text = |name: &str| row.details[name].as_str().unwrap_or_default().to_owned();
            let (list, by) = (text("name"), text("by"));
            let said = match row.outcome.as_str() {
                "held" => (format!("分派前待审：{list}"), format!("it waits in {list} before it is dispatched")),
                "released" => (format!("{by} 放行分派"), format!("{by} let it be dispatched")),
                "submitted" => (format!("答复待审：{list}"), format!("its answer waits in {list}")),
                "approved" => (format!("{by} 同意答复"), format!("{by} approved the answer")),
                _ => (
                    format!("{by} 退回答复：{}", text("reason")),
                    format!("{by} sent the answer back: {}", text("reason")),
                ),
            };
            self.tell((row.at, "waiting"), about, said, row.details);
        }
        Ok(())
    }

    fn clocks(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let ticket = &detail.ticket;
        let about = (None, Some(ticket.id.as_str()));
        for reminder in self.store.reminders_of(detail.key)? {
            if !self.stays.has(detail.key, reminder.at) {
                continue;
            }
            let (zh, en) =
                if reminder.sent { ("已提醒", "reminder sent") } else { ("计划提醒", "reminder planned") };
            let percent = reminder.percent;
            let said = (format!("{zh}：时限的 {percent}%"), format!("{en}: {percent}% of the time"));
            self.tell((reminder.at, "reminder"), about, said, json!({ "percent": percent, "sent": reminder.sent }));
        }
        for run in &ticket.clocks.runs {
            let name = self.teller.live.rules.names.clock(&run.clock).unwrap_or(&run.clock).to_owned();
            let details =
                serde_json::to_value(ClockDocument::of(run, &self.teller.live.rules.names)).unwrap_or_default();
            let ended = run.ended.map(|(at, _)| {
                let (zh, en) = match run.was_kept() {
                    Some(true) => ("按时停下", "stopped in time"),
                    Some(false) => ("超时后停下", "stopped too late"),
                    None => ("作废", "given up"),
                };
                (at, format!("时钟“{name}”{zh}"), format!("the clock {name} was {en}"))
            });
            let began = (run.started_at, format!("时钟“{name}”开始"), format!("the clock {name} began"));
            for (at, zh, en) in std::iter::once(began).chain(ended) {
                if self.stays.has(detail.key, at) {
                    self.tell((at, "clock"), about, (zh, en), details.clone());
                }
            }
        }
        self.waiting(detail)?;
        for row in self.happened(OccurrenceKind::Notice, detail, "notice")? {
            if !self.stays.has(detail.key, row.at) {
                continue;
            }
            let text = |name: &str| row.details[name].as_str().unwrap_or_default().to_owned();
            let names = row.details["to"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str);
            let (title, to) = (text("title"), names.collect::<Vec<_>>().join(", "));
            let left_out = row.details["left_out"].as_array().into_iter().flatten();
            let left_out: Vec<&str> = left_out.filter_map(serde_json::Value::as_str).collect();
            let said = match left_out.as_slice() {
                [] => (format!("发出{title}，收件人：{to}"), format!("{title} was sent to {to}")),
                some => {
                    let others = some.join(", ");
                    (
                        format!("发出{title}，收件人：{to}；当日通知已满，未发：{others}"),
                        format!("{title} was sent to {to}; not to {others}, who had all notices of the day"),
                    )
                }
            };
            self.tell((row.at, "notice"), about, said, row.details);
        }
        if let Some(due_at) = ticket.route.due_at.filter(|at| self.stays.has(detail.key, *at)) {
            let details = json!({ "due_at": due_at, "extended_until": ticket.extended_until, "restarted_at": ticket.restarted_at });
            self.tell((due_at, "deadline"), about, ("办理时限".to_owned(), "the deadline".to_owned()), details);
        }
        if let Some(at) = ticket.finished_at.filter(|at| self.stays.has(detail.key, *at)) {
            let details = json!({ "status": ticket.status.wire() });
            self.tell((at, "finished"), about, ("办结".to_owned(), "the matter was finished".to_owned()), details);
        }
        Ok(())
    }

    pub(super) fn asked(&mut self, view: &ComplaintView) -> Result<(), StoreError> {
        for AskedView { review, answered } in self.store.reviews_of(view.id)? {
            let matched = ComplaintKey(review.evidence.matched_complaint);
            let named = self.named([review.complaint, matched], [review.ticket])?;
            // That there is such a question is withheld, too, as in the list of questions.
            if named.is_withheld([Some(review.complaint), Some(matched)], self.teller.contacts) {
                continue;
            }
            let ticket = named.ticket(review.ticket);
            let about = (Some(view.receipt.as_str()), ticket.as_deref());
            let details = json!({ "review": review.id.0, "card": review.evidence.card(Locale::Zh), "card_en": review.evidence.card(Locale::En) });
            let said =
                ("请人判断是否同一事项".to_owned(), "a person was asked whether it is the same matter".to_owned());
            self.tell((review.at, "asked"), about, said, details);
            if let Some((actor, at)) = answered {
                let same = review.answer == Some(true);
                let (zh, en) =
                    if same { ("是同一事项", "the same matter") } else { ("不是同一事项", "not the same") };
                let said = (format!("{actor} 判断：{zh}"), format!("{actor} decided: {en}"));
                let details = json!({ "review": review.id.0, "actor": actor, "same": same });
                self.tell((at, "decided"), about, said, details);
            }
        }
        Ok(())
    }
}
