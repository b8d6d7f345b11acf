//! Tickets, updates and merge events, as a step sees them.

use jiff::Timestamp;

use super::View;

use crate::forward::{MAX_COMPLAINTS_SHOWN, Messages};
use crate::key::{ReviewKey, TicketKey};
use crate::store::{
    ComplaintView, LastSaid, MergeEvent, MergeKind, ReviewAnswer, ReviewView, StatusKnown, StatusRow, StoreError,
    TicketDetail, Verdict,
};
use crate::ticket::{Route, RouteKey, Status, StatusUpdate, Ticket};

impl View<'_> {
    /// The number of a ticket by its id.
    pub(in crate::desk) fn ticket_key(&mut self, id: &str) -> Result<Option<TicketKey>, StoreError> {
        if let Some((key, _)) = self.tickets.iter().find(|(_, detail)| detail.ticket.id == id) {
            return Ok(Some(*key));
        }
        Ok(self.store.ticket_keys(&[id])?.remove(id))
    }

    /// A ticket as it is now, with its first complaints.
    pub(in crate::desk) fn ticket(&mut self, key: TicketKey) -> Result<Option<&TicketDetail>, StoreError> {
        if !self.tickets.contains_key(&key) {
            let Some(mut detail) = self.store.tickets(&[key], MAX_COMPLAINTS_SHOWN)?.pop() else { return Ok(None) };
            if self.complaints.values().any(|view| self.moved.contains(&view.id) && view.ticket == key)
                || detail.complaints.iter().any(|shown| self.moved.contains(&shown.id))
            {
                detail.complaints = self.members(key)?;
                detail.complaints.truncate(MAX_COMPLAINTS_SHOWN);
            }
            for shown in &mut detail.complaints {
                if let Some(now) = self.complaints.get(&shown.id) {
                    shown.clone_from(now);
                }
            }
            // A route is stored in the step that tells of it.
            self.told_routes.insert(key, detail.ticket.route.clone());
            self.tickets.insert(key, detail);
        }
        Ok(self.tickets.get(&key))
    }

    /// A ticket that was loaded or made in this step.
    pub(in crate::desk) fn loaded(&self, key: TicketKey) -> Option<&TicketDetail> {
        self.tickets.get(&key)
    }

    /// Changes a ticket that was loaded or made in this step; it will be written.
    pub(in crate::desk) fn change(&mut self, key: TicketKey) -> Option<&mut TicketDetail> {
        let detail = self.tickets.get_mut(&key)?;
        self.dirty.insert(key);
        Some(detail)
    }

    /// Where a loaded ticket was by its last event, where it is elsewhere now.
    pub(in crate::desk) fn former_route(&self, key: TicketKey) -> Option<Route> {
        let now = RouteKey::from(&self.tickets.get(&key)?.ticket.route);
        self.told_routes.get(&key).filter(|told| RouteKey::from(*told) != now).cloned()
    }

    /// Notes the messages of an event of a ticket.
    pub(in crate::desk) fn note_told(&mut self, key: TicketKey, messages: Messages) {
        let now = self.tickets.get(&key).map(|detail| detail.ticket.route.clone());
        self.told_routes.extend(now.map(|now| (key, now)));
        self.pending.outbox.extend(messages.outbox);
        self.pending.deliveries.extend(messages.deliveries);
    }

    /// Makes a ticket.
    pub(in crate::desk) fn add_ticket(&mut self, key: TicketKey, ticket: Ticket) {
        self.whole.insert(key);
        self.dirty.insert(key);
        self.tickets.insert(key, TicketDetail { key, ticket, complaints: Vec::new() });
    }

    /// All complaints of a ticket as they are now, in the order of their numbers.
    pub(in crate::desk) fn members(&mut self, key: TicketKey) -> Result<Vec<ComplaintView>, StoreError> {
        if !self.whole.contains(&key) {
            for view in self.store.members(key)? {
                self.complaints.entry(view.id).or_insert(view);
            }
            self.whole.insert(key);
        }
        Ok(self.complaints.values().filter(|view| view.ticket == key).cloned().collect())
    }

    /// The complaint of a ticket that covers one alone.
    pub(in crate::desk) fn only_member(&mut self, key: TicketKey) -> Result<Option<ComplaintView>, StoreError> {
        let Some(detail) = self.ticket(key)? else { return Ok(None) };
        let only = detail.ticket.complaints == 1;
        Ok(detail.complaints.first().filter(|_| only).cloned())
    }

    /// Shows a complaint among the first of its ticket, if there is room.
    pub(in crate::desk) fn show(&mut self, view: &ComplaintView) {
        if let Some(detail) = self.tickets.get_mut(&view.ticket)
            && detail.complaints.len() < MAX_COMPLAINTS_SHOWN
        {
            detail.complaints.push(view.clone());
        }
    }

    /// Merge events of a ticket, oldest first, those of this step included.
    pub(in crate::desk) fn merge_events(&mut self, key: TicketKey) -> Result<Vec<MergeEvent>, StoreError> {
        let mut events = self.store.merge_events(key)?;
        events.extend(self.events.iter().filter(|event| event.to == key || event.from == Some(key)).cloned());
        Ok(events)
    }

    /// Merge events of this step.
    #[cfg(test)]
    pub(in crate::desk) fn events(&self) -> &[MergeEvent] {
        &self.events
    }

    pub(in crate::desk) fn note_event(&mut self, event: MergeEvent) {
        self.events.push(event.clone());
        self.pending.merge_events.push(event);
    }

    /// What is known of a platform's updates of a ticket.
    pub(in crate::desk) fn status_known(
        &mut self,
        key: TicketKey,
        update: &StatusUpdate,
    ) -> Result<StatusKnown, StoreError> {
        let asked = (key, update.platform.as_str(), update.update_id.as_str());
        let mut known = self.store.statuses_known(&[asked])?.pop().unwrap_or_default();
        let here = self.statuses.iter().filter(|row| row.ticket == key && row.update.platform == update.platform);
        for row in here {
            known.repeated |= row.update.update_id == update.update_id;
            if matches!(row.verdict, Verdict::Accepted | Verdict::Submitted) {
                known.newest_sequence = known.newest_sequence.max(Some(row.update.sequence));
            }
        }
        Ok(known)
    }

    /// The status that the last accepted update set.
    pub(in crate::desk) fn last_status(&mut self, key: TicketKey) -> Result<Option<Status>, StoreError> {
        let accepted = |row: &&StatusRow| row.ticket == key && row.verdict == Verdict::Accepted;
        if let Some(status) = self.statuses.iter().rev().filter(accepted).find_map(|row| row.update.status) {
            return Ok(Some(status));
        }
        Ok(self.store.last_statuses(&[key])?.remove(&key))
    }

    /// What the last accepted update of a ticket said, those of this step aside: they answer those who are there.
    pub(in crate::desk) fn last_said(&mut self, key: TicketKey) -> Result<Option<LastSaid>, StoreError> {
        self.store.last_said(key)
    }

    pub(in crate::desk) fn note_status(&mut self, row: StatusRow) {
        self.statuses.push(row.clone());
        self.pending.statuses.push(row);
    }

    /// A question that is not answered yet. Its current ticket is the one that the complaint is on now.
    pub(in crate::desk) fn open_review(&mut self, key: ReviewKey) -> Result<Option<ReviewView>, StoreError> {
        let Some(mut review) = self.store.review(key)? else { return Ok(None) };
        if self.answered.contains(&key) {
            review.answer = review.answer.or(Some(false));
        }
        if let Some(view) = self.complaint(review.complaint)? {
            review.current_ticket = view.ticket;
        }
        Ok(Some(review))
    }

    pub(in crate::desk) fn answer_review(&mut self, review: ReviewKey, same: bool, actor: &str, at: Timestamp) {
        self.answered.insert(review);
        self.pending.review_answers.push(ReviewAnswer { review, same, actor: actor.to_owned(), at });
    }

    /// The ticket from which a person's merge once brought a complaint.
    pub(in crate::desk) fn merged_from(&mut self, view: &ComplaintView) -> Result<Option<TicketKey>, StoreError> {
        let events = self.merge_events(view.ticket)?;
        let last = events.into_iter().rev().find(|event| event.complaint == Some(view.id) && event.to == view.ticket);
        Ok(last.filter(|event| event.kind == MergeKind::Merge).and_then(|event| event.from))
    }
}
