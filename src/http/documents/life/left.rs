//! What left of a ticket, with confirmations and attempts, and what platforms said of it.

use serde_json::{Value, json};

use super::came::shown_error;
use super::not_kept::NotKept;
use super::{MAX_OF_A_KIND, Telling, called, status_en};
use crate::catalogue::states;
use crate::store::{DeliveryState, DeliveryView, Occurrence, OccurrenceKind, StoreError, TicketDetail, UpdateView};
use crate::ticket::{ActKind, Status};

impl Telling<'_> {
    pub(super) fn left(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        self.messages(detail)?;
        self.deliveries(detail)?;
        self.updates(detail)?;
        let id = detail.ticket.id.as_str();
        for row in self.store.foreign_numbers(&[detail.key])? {
            if self.stays.has(detail.key, row.at) {
                let details = json!({ "destination": row.destination, "number": row.number });
                let said = (
                    format!("{} 给的编号是 {}", row.destination, row.number),
                    format!("{} calls it {}", row.destination, row.number),
                );
                self.tell((row.at, "foreign_number"), (None, Some(id)), said, details);
            }
        }
        Ok(())
    }

    fn messages(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let rows = self.store.messages_of(detail.key, MAX_OF_A_KIND)?;
        if rows.len() == MAX_OF_A_KIND {
            self.note_cut(detail, "message", MAX_OF_A_KIND);
        }
        let first = rows.iter().map(|row| row.version).min().unwrap_or(1);
        if first > 1 && rows.len() < MAX_OF_A_KIND {
            self.not_kept.push(NotKept::messages(detail, first));
        }
        for row in rows.into_iter().filter(|row| self.stays.has(detail.key, row.at)).collect::<Vec<_>>() {
            let details = json!({
                "message_id": row.message_id, "kind": row.kind, "version": row.version, "exchange": row.exchange,
                "routing_key": row.routing_key, "confirmed_at": row.published_at,
            });
            let (zh, en) = match row.published_at {
                Some(_) => ("消息已由消息服务器确认", "the broker confirmed the message"),
                None => ("消息等待发出", "the message waits to be published"),
            };
            let said = (
                format!("{zh}：{} → {}", row.message_id, row.exchange),
                format!("{en}: {} to {}", row.message_id, row.exchange),
            );
            self.tell((row.at, "message"), (None, Some(&detail.ticket.id)), said, details);
        }
        Ok(())
    }

    fn deliveries(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let rows = self.store.deliveries_of(detail.key, MAX_OF_A_KIND)?;
        if rows.len() == MAX_OF_A_KIND {
            self.note_cut(detail, "delivery", MAX_OF_A_KIND);
        }
        let rows: Vec<DeliveryView> = rows.into_iter().filter(|row| self.stays.has(detail.key, row.at)).collect();
        let ids: Vec<i64> = rows.iter().map(|row| row.id.0).collect();
        let attempts = self.store.occurrences(OccurrenceKind::DeliveryAttempt, &ids)?;
        for row in rows {
            let tried = attempts.iter().filter(|attempt| attempt.subject == row.id.0);
            tried.for_each(|attempt| self.delivery_attempt(detail, &row, attempt));
            let (to, state) = (&row.destination, row.state.name());
            let details = json!({
                "delivery": row.id.0, "destination": to, "message_id": row.message_id, "kind": row.kind,
                "version": row.version, "state": state, "attempts": row.attempts, "done_at": row.done_at,
                "next_at": (row.state == DeliveryState::Pending).then_some(row.next_at),
                "last_error": self.inner(row.last_error.clone()), "proof": self.inner(row.proof.clone()),
            });
            let (zh, en) = called(states::delivery, state);
            let said = (
                format!("投送给 {to}：{}（{zh}）", row.message_id),
                format!("delivery to {to}: {} ({en})", row.message_id),
            );
            self.tell((row.at, "delivery"), (None, Some(&detail.ticket.id)), said, details);
        }
        Ok(())
    }

    fn delivery_attempt(&mut self, detail: &TicketDetail, delivery: &DeliveryView, row: &Occurrence) {
        let (to, outcome) = (&delivery.destination, &row.outcome);
        let error = shown_error(&row.details).filter(|_| self.teller.contacts);
        let details = json!({
            "delivery": delivery.id.0, "destination": to, "message_id": delivery.message_id, "outcome": outcome,
            "error": error,
        });
        let (zh, en) = called(states::delivery, outcome);
        let said = (format!("向 {to} 投送一次：{zh}"), format!("an attempt to deliver to {to}: {en}"));
        self.tell((row.at, "delivery_attempt"), (None, Some(&detail.ticket.id)), said, details);
    }

    fn updates(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let rows = self.store.updates_of(detail.key, MAX_OF_A_KIND)?;
        if rows.len() == MAX_OF_A_KIND {
            self.note_cut(detail, "update", MAX_OF_A_KIND);
        }
        for row in rows {
            if self.stays.has(detail.key, row.received_at) {
                self.update(detail, &row);
            }
        }
        for row in self.happened(OccurrenceKind::UpdateRefused, detail, "refused_update")? {
            if self.stays.has(detail.key, row.at) {
                self.refused_update(detail, &row);
            }
        }
        Ok(())
    }

    fn update(&mut self, detail: &TicketDetail, row: &UpdateView) {
        let said = &row.said;
        let receipts: Vec<&str> = self.complaints.iter().map(|view| view.receipt.as_str()).collect();
        let own = row.results.iter().filter(|(receipt, _)| receipts.contains(&receipt.as_str()));
        let own: Vec<Value> =
            own.map(|(receipt, text)| json!({ "receipt_number": receipt, "text": self.words(text) })).collect();
        let details = json!({
            "platform": row.platform, "update_id": row.update_id, "sequence": row.sequence, "sent_by": row.sent_by,
            "status": said.status.map(Status::wire), "act": row.act.map(ActKind::wire), "verdict": row.verdict.name(),
            "occurred_at": said.occurred_at,
            "department": said.department, "result": said.result.as_deref().and_then(|text| self.words(text)),
            "results": own, "due_at": row.due_at,
            "satisfaction": row.satisfaction.map(|satisfaction| satisfaction.wire()),
        });
        let platform = &row.platform;
        let (zh, en) = called(states::verdict, row.verdict.name());
        let said = match (said.status, row.act) {
            (Some(status), _) => (
                format!("{platform} 报来状态“{}”（{zh}）", status.zh()),
                format!("{platform} sent the status {} ({en})", status_en(status)),
            ),
            (None, act) => (
                format!("{platform} 报来办理动作“{}”（{zh}）", act.map_or("", ActKind::zh)),
                format!("{platform} sent the act {} ({en})", act.map_or("", ActKind::wire)),
            ),
        };
        self.tell((row.received_at, "update"), (None, Some(&detail.ticket.id)), said, details);
    }

    fn refused_update(&mut self, detail: &TicketDetail, row: &Occurrence) {
        let known = |name: &str| row.details[name].clone();
        let details = json!({
            "platform": known("platform"), "update_id": known("update_id"), "sequence": known("sequence"),
            "status": known("status"), "act": known("act"), "sent_by": known("sent_by"), "refusal": row.outcome,
            "reason": self.inner(known("reason")),
        });
        let platform = row.details["platform"].as_str();
        let (zh, en) = called(states::refusal, &row.outcome);
        let said = (
            format!("拒绝了 {} 的状态：{zh}", platform.unwrap_or("不知名平台")),
            format!("a status of {} was refused: {en}", platform.unwrap_or("an unknown platform")),
        );
        self.tell((row.at, "refused_update"), (None, Some(&detail.ticket.id)), said, details);
    }
}
