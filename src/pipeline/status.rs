//! Stage: a platform's status update changes its ticket and answers every citizen behind it.

use jiff::Timestamp;
use serde_json::json;

use super::step::Step;
use crate::forward::{ChangeV1, EventKind, StatusUpdateV1};
use crate::mapping::Pack;
use crate::merge::TicketKey;
use crate::store::{ComplaintView, DueReminder, ReplyRow, StatusRow, StoreError, Verdict};
use crate::ticket::Status;

/// How a status update ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Applied {
    /// It is stored, with this verdict.
    Stored(Verdict),
    /// It cannot be used, for these reasons.
    Refused(Vec<String>),
}

impl Step<'_> {
    /// Applies a valid update.
    pub(super) fn status(&mut self, update: &StatusUpdateV1, pack: &Pack) -> Result<Applied, StoreError> {
        let Some(status) = update.parsed_status() else {
            return Ok(Applied::Refused(vec![format!("status {:?} is not known", update.status)]));
        };
        let Some(key) = self.store.ticket_key(&update.ticket_id)? else {
            return Ok(Applied::Refused(vec![format!("there is no ticket {}", update.ticket_id)]));
        };
        let verdict = self.judge(key, update)?;
        if let (Verdict::Accepted, Some(detail)) = (verdict, self.ticket(key)?)
            && detail.ticket.status == Status::Absorbed
        {
            let successor = detail.ticket.successor.clone().unwrap_or_default();
            return Ok(Applied::Refused(vec![format!("the ticket was absorbed; send updates of {successor} instead")]));
        }
        let occurred_at = update.occurred_at.parse().unwrap_or(self.now);
        self.changes.statuses.push(StatusRow {
            ticket: key,
            platform: update.platform.clone(),
            sequence: update.sequence,
            update_id: update.update_id.clone(),
            status,
            verdict,
            occurred_at,
            received_at: self.now,
            body: json!(update),
        });
        if verdict == Verdict::Accepted {
            self.change_status(key, status, update, occurred_at, pack)?;
        }
        Ok(Applied::Stored(verdict))
    }

    fn judge(&mut self, key: TicketKey, update: &StatusUpdateV1) -> Result<Verdict, StoreError> {
        let (last, known) = self.store.status_known(key, &update.platform, &update.update_id)?;
        let of_this_step = |row: &&StatusRow| row.platform == update.platform && row.ticket == key;
        let repeated = self.changes.statuses.iter().filter(of_this_step).any(|row| row.update_id == update.update_id);
        let newest = self.changes.statuses.iter().filter(of_this_step).map(|row| row.sequence).chain(last).max();
        Ok(match newest {
            _ if known || repeated => Verdict::Repeated,
            Some(newest) if update.sequence <= newest => Verdict::Late,
            _ => Verdict::Accepted,
        })
    }

    fn change_status(
        &mut self,
        key: TicketKey,
        status: Status,
        update: &StatusUpdateV1,
        occurred_at: Timestamp,
        pack: &Pack,
    ) -> Result<(), StoreError> {
        let now = self.now;
        let Some(detail) = self.ticket(key)? else { return Ok(()) };
        let before = std::mem::replace(&mut detail.ticket.status, status);
        let already = detail.ticket.finished_at.filter(|_| before.is_final());
        detail.ticket.finished_at = status.is_final().then_some(already.unwrap_or(now));
        let due_at =
            update.due_at.as_ref().and_then(|due_at| due_at.parse().ok()).filter(|_| status == Status::Extended);
        if let Some(due_at) = due_at {
            detail.ticket.route.due_at = Some(due_at);
            detail.ticket.route.reasons.push("时限：已批准延期".to_owned());
            self.plan_reminders(key, pack);
        }
        let change =
            ChangeV1 { note: update.result.clone(), satisfaction: update.satisfaction.clone(), ..ChangeV1::default() };
        let kind = if status == Status::Reopened { EventKind::Reopened } else { EventKind::Status };
        self.tell(key, kind, None, change, pack);
        match (before.is_final(), status.is_final()) {
            (false, true) => self.state.index.finish_ticket(key, self.now),
            (true, false) => self.return_to_candidates(key, pack)?,
            _ => {}
        }
        self.answer(key, before, status, update, occurred_at, pack)
    }

    /// Makes a reply for every complaint behind a ticket: always when the matter is answered, else where the channel wants it.
    fn answer(
        &mut self,
        key: TicketKey,
        before: Status,
        status: Status,
        update: &StatusUpdateV1,
        occurred_at: Timestamp,
        pack: &Pack,
    ) -> Result<(), StoreError> {
        let members = self.members(key)?;
        let Some(detail) = self.ticket(key)? else { return Ok(()) };
        let (ticket_id, version) = (detail.ticket.id.clone(), detail.ticket.version);
        let department = update.department.clone().unwrap_or_else(|| {
            pack.routing.department_name(&detail.ticket.route.department).unwrap_or_default().to_owned()
        });
        // Closing after the answer was given tells the citizen nothing new.
        let already_answered = before.is_final() && status == Status::Closed;
        for view in members {
            let wanted = pack.channels.get(&view.complaint.channel).and_then(|channel| channel.reply.as_ref());
            let wanted = wanted.is_some_and(|rule| rule.on.contains(&status));
            if !(wanted || status.is_final() && !already_answered) {
                continue;
            }
            self.changes.replies.push(ReplyRow {
                key: format!("{ticket_id}.{version}.{}", view.receipt),
                complaint: view.id,
                ticket: key,
                channel: view.complaint.channel.clone(),
                status,
                at: self.now,
                body: json!({
                    "text": update.result.clone().unwrap_or_default(), "department": department,
                    "at": occurred_at.to_string(), "ticket_id": ticket_id,
                }),
            });
        }
        Ok(())
    }

    /// All complaints of a ticket, those of this step included.
    pub(super) fn members(&mut self, key: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        let mut members = self.store.complaints_of(key)?;
        members.retain(|view| self.moved.get(&view.id).is_none_or(|to| *to == key));
        let fresh =
            self.complaints.iter().filter(|row| *self.moved.get(&row.id).unwrap_or(&row.ticket) == key).map(|row| {
                ComplaintView {
                    id: row.id,
                    receipt: row.receipt.clone(),
                    ticket: key,
                    raw_id: row.raw_id,
                    received_at: row.received_at,
                    erased: false,
                    revision: 1,
                    complaint: row.complaint.clone(),
                }
            });
        members.extend(fresh);
        Ok(members)
    }

    /// Makes the complaints of a ticket candidates again.
    pub(super) fn return_to_candidates(&mut self, key: TicketKey, pack: &Pack) -> Result<(), StoreError> {
        for view in self.members(key)? {
            let profile = self.state.profile_of_view(&view, pack);
            self.index_complaint(view.id, key, &profile, pack);
        }
        self.state.index.reopen_ticket(key);
        Ok(())
    }

    /// Sends reminders whose time has come, for tickets that still wait.
    pub(super) fn remind(&mut self, due: &[DueReminder], pack: &Pack) -> Result<(), StoreError> {
        for reminder in due {
            self.changes.reminded.push(reminder.id);
            let Some(detail) = self.ticket(reminder.ticket)? else { continue };
            if !detail.ticket.status.is_final() {
                let change = ChangeV1 { percent_of_time: Some(reminder.percent), ..ChangeV1::default() };
                self.tell(reminder.ticket, EventKind::Reminder, None, change, pack);
            }
        }
        Ok(())
    }
}
