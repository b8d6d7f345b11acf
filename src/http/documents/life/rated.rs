//! What was said of results, and whose citizens were called back.

use serde_json::json;

use super::Telling;
use crate::key::ComplaintKey;
use crate::store::{CallBackView, ComplaintView, RatingRow, StoreError, TicketDetail};
use crate::ticket::{CallBackState, Rater};

impl Telling<'_> {
    pub(super) fn rated(&mut self, detail: &TicketDetail) -> Result<(), StoreError> {
        let own: Vec<ComplaintKey> = self.complaints.iter().map(|view| view.id).collect();
        let is_told = |row: &RatingRow| row.complaint.is_none_or(|complaint| own.contains(&complaint));
        let rows = self.store.ratings_of(&[detail.key])?;
        for row in rows.iter().filter(|row| is_told(row)) {
            if self.stays.has(detail.key, row.at) {
                self.rating(detail, row);
            }
        }
        Ok(())
    }

    fn rating(&mut self, detail: &TicketDetail, row: &RatingRow) {
        let view = row.complaint.and_then(|key| self.complaints.iter().find(|view| view.id == key));
        let receipt = view.map(|view| view.receipt.clone());
        let step = self.teller.live.rules.handling.scale_step(&row.step);
        let name = step.map_or_else(|| row.step.clone(), |step| step.name);
        let words = Some(row.words.as_str()).filter(|words| !words.is_empty()).and_then(|words| self.words(words));
        // Through whom it came is a channel's or a feed's name, or who works here.
        let details = json!({
            "rater": row.rater.name(), "round": row.round, "step": row.step, "step_name": name, "value": row.value.wire(),
            "consequence": row.consequence.name(), "by": self.inner(row.by.clone()), "words": words,
        });
        let (rater, round, value) = (row.rater, row.round, row.value.wire());
        let said = (
            format!("{}评价第 {round} 次办理：{name}；{}", rater_zh(rater), row.consequence.zh()),
            format!("{} rated result {round}: {value}; {}", rater.name(), row.consequence.name()),
        );
        self.tell((row.at, "rating"), (receipt.as_deref(), Some(&detail.ticket.id)), said, details);
    }

    pub(super) fn called_back(&mut self, view: &ComplaintView) -> Result<(), StoreError> {
        for row in self.store.call_backs_of(&[view.id])? {
            let CallBackView { round, way, state, at, done_at, .. } = row;
            let details = json!({ "way": way.name(), "round": round, "state": state.name(), "done_at": done_at });
            let said = (
                format!("列入回访（{}，第 {round} 次办理）", way.zh()),
                format!("the citizen is to be called back on result {round} ({})", way.name()),
            );
            self.tell((at, "call_back"), (Some(&view.receipt), None), said, details.clone());
            if let Some(done_at) = done_at {
                let (zh, en) = match state {
                    CallBackState::Heard => ("已回访", "the citizen was heard"),
                    CallBackState::Unreached => ("回访未接通", "the citizen was not reached"),
                    CallBackState::Due | CallBackState::Dropped => ("不再回访", "nobody is called back any more"),
                };
                let said = (zh.to_owned(), en.to_owned());
                self.tell((done_at, "call_back"), (Some(&view.receipt), None), said, details);
            }
        }
        Ok(())
    }
}

fn rater_zh(rater: Rater) -> &'static str {
    match rater {
        Rater::CallBack => "诉求人在回访中",
        Rater::Citizen | Rater::Supervisor => rater.zh(),
    }
}
