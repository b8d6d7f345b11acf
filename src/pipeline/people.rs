//! Stage: what people decide. Split, merge, pin and the answers to reviews are events like every other change.

use std::collections::BTreeSet;

use super::step::{Step, route_of};
use crate::forward::{ChangeV1, EventKind};
use crate::mapping::Pack;
use crate::merge::{ComplaintKey, Evidence, TicketKey};
use crate::store::{CannotLink, ComplaintView, MergeEvent, MergeKind, StoreError};
use crate::ticket::Status;

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Take one complaint, by its receipt number, out of its ticket.
    Split {
        /// Receipt number.
        receipt: String,
    },
    /// Put all complaints of one ticket to another.
    Merge {
        /// Ticket that is absorbed.
        from: String,
        /// Ticket that answers for it from then on.
        into: String,
    },
    /// Put one complaint to another ticket.
    Move {
        /// Receipt number.
        receipt: String,
        /// Ticket that it belongs to.
        into: String,
    },
    /// Take back what a person decided last on a ticket.
    Undo {
        /// Ticket.
        ticket: String,
    },
    /// Keep a ticket as it is, or let it be joined again.
    Pin {
        /// Ticket.
        ticket: String,
        /// Whether it is pinned.
        pinned: bool,
    },
    /// Answer a review.
    Review {
        /// Number of the review.
        review: i64,
        /// Whether it is the same matter.
        same: bool,
    },
    /// Try replies again that were given up.
    RetryReply {
        /// Number of the reply.
        reply: i64,
    },
}

/// What an action did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// Done; the ids of the tickets concerned.
    Done(Vec<String>),
    /// Not done, and why, in Chinese and English.
    Refused(String, String),
}

impl Acted {
    fn refused(zh: &str, en: &str) -> Self {
        Self::Refused(zh.to_owned(), en.to_owned())
    }

    fn finished() -> Self {
        Self::refused("已办结、已结案或已并入的工单不能改动", "a finished or absorbed ticket cannot be changed")
    }
}

/// Most complaints of a ticket that a "not the same" is noted against; the first are the core.
const MAX_CANNOT_LINKS: usize = 200;

impl Step<'_> {
    /// Carries out what a person asked for.
    pub(super) fn act(&mut self, action: &Action, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        match action {
            Action::Split { receipt } => self.split(receipt, actor, pack),
            Action::Merge { from, into } => match (self.store.ticket_key(from)?, self.store.ticket_key(into)?) {
                (Some(from), Some(into)) if from != into => self.absorb(from, into, actor, pack),
                _ => Ok(Acted::refused("没有这两张不同的工单", "there are no two different tickets with these ids")),
            },
            Action::Move { receipt, into } => self.move_one(receipt, into, actor, pack),
            Action::Undo { ticket } => self.undo(ticket, actor, pack),
            Action::Pin { ticket, pinned } => self.pin(ticket, *pinned, actor, pack),
            Action::Review { review, same } => self.review(*review, *same, actor, pack),
            Action::RetryReply { reply } => {
                if !self.store.reply_exists(*reply)? {
                    return Ok(Acted::refused("没有这条答复", "there is no such reply"));
                }
                self.changes.retried_replies.push((*reply, self.now));
                Ok(Acted::Done(Vec::new()))
            }
        }
    }

    fn split(&mut self, receipt: &str, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        let Some(view) = self.store.complaint_by_receipt(receipt)? else {
            return Ok(Acted::refused("没有这个受理号", "there is no complaint with this receipt number"));
        };
        let (left, rest): (Vec<ComplaintView>, Vec<ComplaintView>) =
            self.members(view.ticket)?.into_iter().partition(|member| member.id == view.id);
        if left.is_empty() || rest.is_empty() {
            return Ok(Acted::refused("这张工单只有这一件诉求，无需拆分", "the ticket covers only this complaint"));
        }
        let origin = self.absorbed_origin(&view)?;
        let target = self.ticket_for_split(&view, origin, pack)?;
        self.move_complaint(view.id, target);
        self.reassemble(view.ticket, &rest, pack)?;
        for other in rest.iter().take(MAX_CANNOT_LINKS) {
            self.forbid(view.id, other.id, actor);
        }
        self.note(MergeKind::Split, Some(view.id), Some(view.ticket), target, actor, pack);
        let ids = self.ids(&[view.ticket, target])?;
        let change = |other: Option<&String>| ChangeV1 {
            receipt_number: Some(view.receipt.clone()),
            other_ticket: other.cloned(),
            ..ChangeV1::default()
        };
        self.tell(view.ticket, EventKind::Split, None, change(ids.get(1)), pack);
        self.tell(target, EventKind::Split, None, change(ids.first()), pack);
        let profile = self.state.profile_of_view(&view, pack);
        self.index_complaint(view.id, target, &profile, pack);
        Ok(Acted::Done(ids))
    }

    /// The ticket from which a person's merge once brought this complaint.
    fn absorbed_origin(&mut self, view: &ComplaintView) -> Result<Option<TicketKey>, StoreError> {
        let events = self.store.merge_events(view.ticket)?;
        let last = events.into_iter().rev().find(|event| event.complaint == Some(view.id) && event.to == view.ticket);
        Ok(last.filter(|event| event.kind == MergeKind::Merge).and_then(|event| event.from))
    }

    /// Where a split complaint goes: back to its own ticket, which gets its old id and status again, or to a new one.
    fn ticket_for_split(
        &mut self,
        view: &ComplaintView,
        origin: Option<TicketKey>,
        pack: &Pack,
    ) -> Result<TicketKey, StoreError> {
        if let Some(key) = origin
            && self.revive(key)?
        {
            let mut members = self.members(key)?;
            members.push(view.clone());
            self.reassemble(key, &members, pack)?;
            return Ok(key);
        }
        let route = route_of(view, pack);
        Ok(self.open_ticket(pack, vec![view.clone()], std::slice::from_ref(&route)))
    }

    fn is_finished(&mut self, key: TicketKey) -> Result<bool, StoreError> {
        Ok(self.ticket(key)?.is_none_or(|detail| detail.ticket.status.is_final()))
    }

    /// Gives an absorbed ticket its old status again; false when the ticket is finished and takes nothing.
    fn revive(&mut self, key: TicketKey) -> Result<bool, StoreError> {
        // A ticket that was absorbed was open then: an older answer does not answer its complaints.
        let status = match self.store.last_status(key)? {
            Some(status) if status.is_final() => Status::Reopened,
            status => status.unwrap_or(Status::Open),
        };
        let Some(detail) = self.ticket(key)? else { return Ok(false) };
        if detail.ticket.status == Status::Absorbed {
            (detail.ticket.status, detail.ticket.successor) = (status, None);
        }
        Ok(!detail.ticket.status.is_final())
    }

    /// Puts complaints from one ticket to another. A ticket that is left without any is absorbed, one that was absorbed is
    /// there again. Both must be unfinished.
    pub(super) fn transfer(
        &mut self,
        moved: &[ComplaintView],
        (from, into): (TicketKey, TicketKey),
        kind: MergeKind,
        actor: &str,
        pack: &Pack,
    ) -> Result<Acted, StoreError> {
        if self.is_finished(from)? || !self.revive(into)? {
            return Ok(Acted::finished());
        }
        let leaving: BTreeSet<ComplaintKey> = moved.iter().map(|view| view.id).collect();
        let rest: Vec<ComplaintView> =
            self.members(from)?.into_iter().filter(|view| !leaving.contains(&view.id)).collect();
        let mut members = self.members(into)?;
        members.extend(moved.iter().cloned());
        members.sort_by_key(|view| view.id);
        for view in moved {
            self.move_complaint(view.id, into);
            self.state.index.reassign(view.id, into);
            self.note(kind, Some(view.id), Some(from), into, actor, pack);
        }
        let ids = self.ids(&[into, from])?;
        self.reassemble(into, &members, pack)?;
        let receipt = match moved {
            [only] => Some(only.receipt.clone()),
            _ => None,
        };
        let change = |other: Option<&String>| ChangeV1 {
            receipt_number: receipt.clone(),
            other_ticket: other.cloned(),
            ..ChangeV1::default()
        };
        if rest.is_empty() {
            if let Some(detail) = self.ticket(from)? {
                detail.ticket.status = Status::Absorbed;
                detail.ticket.successor = ids.first().cloned();
                detail.ticket.complaints = 0;
            }
            self.changes.replanned.push(from);
        } else {
            self.reassemble(from, &rest, pack)?;
        }
        self.tell(into, EventKind::Joined, None, change(ids.get(1)), pack);
        let left = if rest.is_empty() { EventKind::Absorbed } else { EventKind::Split };
        self.tell(from, left, None, change(ids.first()), pack);
        Ok(Acted::Done(ids))
    }

    fn move_one(&mut self, receipt: &str, into: &str, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        let Some(view) = self.store.complaint_by_receipt(receipt)? else {
            return Ok(Acted::refused("没有这个受理号", "there is no complaint with this receipt number"));
        };
        let Some(target) = self.store.ticket_key(into)?.filter(|key| *key != view.ticket) else {
            return Ok(Acted::refused(
                "没有这张工单，或诉求已在其中",
                "there is no such ticket, or it has the complaint",
            ));
        };
        if self.is_finished(target)? {
            return Ok(Acted::finished());
        }
        let from = view.ticket;
        let acted = self.transfer(std::slice::from_ref(&view), (from, target), MergeKind::Move, actor, pack)?;
        if matches!(acted, Acted::Done(_)) {
            for other in self.members(from)?.iter().filter(|other| other.id != view.id).take(MAX_CANNOT_LINKS) {
                self.forbid(view.id, other.id, actor);
            }
        }
        Ok(acted)
    }

    /// Takes back the last decision of a person on a ticket: everything is as if it had not been made.
    fn undo(&mut self, ticket: &str, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        let Some(key) = self.store.ticket_key(ticket)? else {
            return Ok(Acted::refused("没有这张工单", "there is no such ticket"));
        };
        let events = self.store.merge_events(key)?;
        let Some(last) = events.iter().rev().find(|event| event.kind != MergeKind::Auto) else {
            return Ok(Acted::refused("没有可以撤销的操作", "nobody has decided anything here"));
        };
        let (from, into) = match (last.kind, last.from) {
            (MergeKind::Pin, _) => return self.pin(ticket, false, actor, pack),
            (MergeKind::Unpin, _) => return self.pin(ticket, true, actor, pack),
            (MergeKind::Merge | MergeKind::Split | MergeKind::Move, Some(from)) => (from, last.to),
            _ => return Ok(Acted::refused("上一步已经撤销过", "the last decision was taken back already")),
        };
        let same = |event: &&MergeEvent| {
            (event.kind, event.at, event.from, event.to) == (last.kind, last.at, last.from, last.to)
        };
        let ids: BTreeSet<ComplaintKey> = events.iter().filter(same).filter_map(|event| event.complaint).collect();
        let moved: Vec<ComplaintView> = self.members(into)?.into_iter().filter(|view| ids.contains(&view.id)).collect();
        if moved.len() < ids.len() {
            return Ok(Acted::refused(
                "相关诉求后来又被移动，不能整体撤销",
                "a complaint of that decision was moved again since; it cannot be taken back as a whole",
            ));
        }
        if last.kind != MergeKind::Merge {
            for other in self.members(from)? {
                for view in &moved {
                    self.state.index.allow(view.id, other.id);
                    self.changes.lifted_links.push((view.id, other.id));
                }
            }
        }
        self.transfer(&moved, (into, from), MergeKind::Undo, actor, pack)
    }

    fn absorb(&mut self, from: TicketKey, into: TicketKey, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        if self.is_finished(into)? {
            return Ok(Acted::finished());
        }
        let moved = self.members(from)?;
        self.transfer(&moved, (from, into), MergeKind::Merge, actor, pack)
    }

    /// Why two complaints are, or are not, one matter by the settings of now: the earlier one stands for its ticket.
    pub(super) fn explain(&mut self, a: &str, b: &str, pack: &Pack) -> Result<Option<Evidence>, StoreError> {
        let (Some(a), Some(b)) = (self.store.complaint_by_receipt(a)?, self.store.complaint_by_receipt(b)?) else {
            return Ok(None);
        };
        let (earlier, later) = if a.id <= b.id { (a, b) } else { (b, a) };
        let profiles = [&earlier, &later].map(|view| self.state.profile_of_view(view, pack));
        let [of_earlier, of_later] = &profiles;
        let earlier = (earlier.id, earlier.ticket, of_earlier);
        Ok(Some(self.state.index.compare_two(of_later, earlier, &pack.city.merge, &pack.version)))
    }

    fn pin(&mut self, ticket: &str, pinned: bool, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        let Some(key) = self.store.ticket_key(ticket)? else {
            return Ok(Acted::refused("没有这张工单", "there is no such ticket"));
        };
        let Some(detail) = self.ticket(key)? else {
            return Ok(Acted::refused("没有这张工单", "there is no such ticket"));
        };
        detail.ticket.pinned = pinned;
        let unchanged = detail.ticket.clone();
        self.state.index.pin(key, pinned);
        self.note(if pinned { MergeKind::Pin } else { MergeKind::Unpin }, None, None, key, actor, pack);
        // Pinning is the gateway's own affair: platforms are not told, so the version stays.
        self.changes.tickets.push((key, unchanged));
        Ok(Acted::Done(vec![ticket.to_owned()]))
    }

    fn review(&mut self, id: i64, same: bool, actor: &str, pack: &Pack) -> Result<Acted, StoreError> {
        let Some(review) = self.store.review(id)? else {
            return Ok(Acted::refused("没有这条待确认", "there is no such review"));
        };
        if review.answer.is_some() {
            return Ok(Acted::refused("这条已有答复", "this review was answered before"));
        }
        if !same {
            for member in self.members(review.ticket)?.iter().take(MAX_CANNOT_LINKS) {
                self.forbid(review.complaint, member.id, actor);
            }
            self.changes.review_answers.push((id, false, actor.to_owned(), self.now));
            return Ok(Acted::Done(self.ids(&[review.current_ticket, review.ticket])?));
        }
        if review.current_ticket == review.ticket {
            self.changes.review_answers.push((id, true, actor.to_owned(), self.now));
            return Ok(Acted::Done(self.ids(&[review.ticket])?));
        }
        let acted = self.absorb(review.current_ticket, review.ticket, actor, pack)?;
        if matches!(acted, Acted::Done(_)) {
            self.changes.review_answers.push((id, true, actor.to_owned(), self.now));
        }
        Ok(acted)
    }

    fn forbid(&mut self, a: i64, b: i64, actor: &str) {
        if a != b {
            self.state.index.forbid(a, b);
            self.changes.cannot_links.push(CannotLink { a, b, at: self.now, actor: actor.to_owned() });
        }
    }

    fn note(
        &mut self,
        kind: MergeKind,
        complaint: Option<i64>,
        from: Option<TicketKey>,
        to: TicketKey,
        actor: &str,
        pack: &Pack,
    ) {
        self.changes.merge_events.push(MergeEvent {
            at: self.now,
            kind,
            complaint,
            from,
            to,
            actor: actor.to_owned(),
            settings_version: pack.version.clone(),
            evidence: None,
        });
    }

    fn ids(&mut self, keys: &[TicketKey]) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::with_capacity(keys.len());
        for key in keys {
            ids.extend(self.ticket(*key)?.map(|detail| detail.ticket.id.clone()));
        }
        Ok(ids)
    }
}
