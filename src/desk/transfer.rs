//! Complaints go from one ticket to another: by a person's decision, by taking one back, or by what an amendment says now.

use std::collections::BTreeSet;

use super::action::Acted;
use super::holds::dispatch;
use super::rewards::regrouped;
use super::step::{Decided, Step};
use super::watch::look_again;
use crate::key::{ComplaintKey, TicketKey};
use crate::merge::Evidence;
use crate::store::{ComplaintView, StoreError, TicketDetail};
use crate::ticket::{Change, EventKind, Status};

impl Step<'_> {
    /// Puts complaints from one ticket to another. A ticket that is left without any is absorbed, one that was absorbed is
    /// there again. Both must be unfinished. Where a comparison decided, its evidence is stored with the decision.
    pub(super) fn transfer(
        &mut self,
        moved: &[ComplaintView],
        (from, into): (TicketKey, TicketKey),
        decided: Decided<'_>,
        evidence: Option<&Evidence>,
    ) -> Result<Acted, StoreError> {
        if self.is_finished(from)? || !self.can_take(into)? {
            return Ok(Acted::finished());
        }
        // What platforms know of is not hidden again by going to a ticket that they do not.
        let is_known = self.view.ticket(from)?.is_some_and(|detail| detail.ticket.hold.is_none());
        let waited = !is_known || self.view.ticket(into)?.is_some_and(|detail| detail.ticket.hold.is_some());
        let leaving: BTreeSet<ComplaintKey> = moved.iter().map(|view| view.id).collect();
        let rest: Vec<ComplaintView> =
            self.view.members(from)?.into_iter().filter(|view| !leaving.contains(&view.id)).collect();
        self.view.members(into)?;
        self.revive(into)?;
        for view in moved {
            self.view.move_complaint(view, into);
            self.state.reassign(view.id, into);
            self.joined.insert((into, view.id));
            self.note(decided, Some(view.id), (Some(from), into), evidence.cloned());
        }
        self.stand(into);
        let members = self.view.members(into)?;
        self.reassemble(into, &members)?;
        let ids = self.ids(&[into, from])?;
        if rest.is_empty() {
            self.transition(from, Status::Absorbed)?;
            if let Some(detail) = self.view.change(from) {
                detail.ticket.successor = ids.first().cloned();
                detail.ticket.complaints = 0;
            }
        } else {
            self.reassemble(from, &rest)?;
        }
        let receipt = match moved {
            [only] => Some(only.receipt.clone()),
            _ => None,
        };
        let change = |other: Option<&String>| Change {
            receipt: receipt.clone(),
            other_ticket: other.cloned(),
            ..Change::default()
        };
        // Whoever reads of one ticket may not know of the other where one alone is of a confidential kind.
        let may_know = self.is_secret(from) == self.is_secret(into);
        let other = |at: usize| ids.get(at).filter(|_| may_know);
        self.tell(into, EventKind::Joined, None, change(other(1)));
        if is_known {
            dispatch(self, into);
        }
        let left = if rest.is_empty() { EventKind::Absorbed } else { EventKind::Split };
        self.tell(from, left, None, change(other(0)));
        if waited && self.view.ticket(into)?.is_some_and(|detail| detail.ticket.hold.is_none()) {
            look_again(self, into)?;
        }
        regrouped(self, &leaving.into_iter().collect::<Vec<_>>(), &[from, into])?;
        Ok(Acted::Done(ids))
    }

    /// Whether a loaded ticket is of a confidential kind.
    pub(super) fn is_secret(&self, key: TicketKey) -> bool {
        let covers = |detail: &TicketDetail| self.rules.feeds.confidential.covers(&detail.ticket.route.category);
        self.view.loaded(key).is_some_and(covers)
    }

    /// Whether complaints can be put to a ticket: it is unfinished, or was absorbed and can be there again.
    fn can_take(&mut self, key: TicketKey) -> Result<bool, StoreError> {
        let status = self.view.ticket(key)?.map(|detail| detail.ticket.status);
        Ok(status.is_some_and(|status| !status.is_final() || status == Status::Absorbed))
    }

    /// Gives an absorbed ticket its old status again; false when the ticket is finished and takes nothing.
    pub(super) fn revive(&mut self, key: TicketKey) -> Result<bool, StoreError> {
        if !self.can_take(key)? {
            return Ok(false);
        }
        if self.view.loaded(key).is_some_and(|detail| detail.ticket.status == Status::Absorbed) {
            let before = self.view.loaded(key).and_then(|detail| detail.ticket.acts.before_absorbed);
            // A ticket that was absorbed was open then: an older answer does not answer its complaints. Of one that was absorbed by an
            // earlier version only its platform's words are known.
            let last = if before.is_none() { self.view.last_status(key)? } else { before };
            let status = match last {
                Some(status) if status.is_final() => Status::Reopened,
                status => status.unwrap_or(Status::Open),
            };
            self.transition(key, status)?;
        }
        Ok(true)
    }
}
