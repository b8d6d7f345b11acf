//! One step of the desk: everything that is decided in one transaction. Stages call it; it changes tickets, and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::DeskState;
use super::facts::{Began, Told, Turned, facts};
use super::late::answer_late;
use super::remembered::rerouted;
use super::view::View;
use crate::forward::{Event, Outlets, feeds_of, messages};
use crate::handling::{Covered, Turn, assemble, change_status, reminders};
use crate::key::{ComplaintKey, DecisionKey, RawKey, TicketKey};
use crate::merge::{Evidence, Profile};
use crate::pack::Rules;
use crate::store::{
    AlarmPlan, CannotLink, ComplaintView, ImprintRow, MergeEvent, MergeKind, ReminderRow, ReviewRow, Store, StoreError,
};
use crate::ticket::{CallBackState, Change, EventKind, RouteKey, Status, Ticket};

/// Who acts when nobody does.
pub(super) const SELF: &str = "huiliu";

/// What is worked on in one transaction.
pub(super) struct Step<'a> {
    /// The store with what this step has changed.
    pub view: View<'a>,
    /// What the desk keeps in memory.
    pub state: &'a mut DeskState,
    /// Outlets that messages are written for.
    pub outlets: &'a Outlets,
    /// The rules of what is worked on now.
    pub rules: Arc<Rules>,
    /// The time of the step.
    pub now: Timestamp,
    /// The trace of what is worked on now; none where nobody gave one.
    pub trace: Option<String>,
    /// The destination whose own words are worked on now: it is not told of what they change.
    pub spoken_by: Option<String>,
    /// Complaints that came to a ticket, with it.
    pub joined: BTreeSet<(TicketKey, ComplaintKey)>,
    /// Tickets of which a citizen was heard who was to be called back, and no event is told yet.
    pub heard: BTreeSet<TicketKey>,
    /// How the status of tickets changed of which no event is told yet.
    turned: BTreeMap<TicketKey, Turned>,
}

/// One decision about which complaints belong together: its number, who made it, and what kind it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decided<'a> {
    pub decision: DecisionKey,
    pub kind: MergeKind,
    pub actor: &'a str,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        store: &'a mut dyn Store,
        state: &'a mut DeskState,
        outlets: &'a Outlets,
        rules: Arc<Rules>,
        now: Timestamp,
    ) -> Self {
        Self {
            view: View::new(store),
            state,
            outlets,
            rules,
            now,
            trace: None,
            spoken_by: None,
            joined: BTreeSet::new(),
            heard: BTreeSet::new(),
            turned: BTreeMap::new(),
        }
    }

    /// Tells those who came late to a ticket, and commits everything that changed.
    pub(super) fn commit(mut self) -> Result<(), StoreError> {
        answer_late(&mut self)?;
        self.view.commit()
    }

    /// Lets the index go of what is too old or too much.
    pub(super) fn forget(&mut self) {
        self.state.forget(&self.rules, self.now);
    }

    /// The next number of a raw record.
    pub(super) fn next_raw(&mut self) -> RawKey {
        let next = self.state.counters.raw.next();
        std::mem::replace(&mut self.state.counters.raw, next)
    }

    /// The next number of a complaint.
    pub(super) fn next_complaint(&mut self) -> ComplaintKey {
        let next = self.state.counters.complaint.next();
        std::mem::replace(&mut self.state.counters.complaint, next)
    }

    /// A new decision of somebody.
    pub(super) fn decision<'n>(&mut self, kind: MergeKind, actor: &'n str) -> Decided<'n> {
        let next = self.state.counters.decision.next();
        Decided { decision: std::mem::replace(&mut self.state.counters.decision, next), kind, actor }
    }

    /// Makes a ticket that covers nothing yet; gives its number.
    pub(super) fn open_ticket(&mut self) -> TicketKey {
        let next = self.state.counters.ticket.next();
        let key = std::mem::replace(&mut self.state.counters.ticket, next);
        let id = self.rules.numbering.ticket_id(key, self.now);
        self.view.add_ticket(key, Ticket { id, created_at: self.now, ..Ticket::default() });
        key
    }

    /// Derives what a ticket shows from its complaints again, and plans its reminders anew.
    pub(super) fn reassemble(&mut self, key: TicketKey, members: &[ComplaintView]) -> Result<(), StoreError> {
        self.view.ticket(key)?;
        let rules = Arc::clone(&self.rules);
        if let Some(detail) = self.view.change(key) {
            let covered: Vec<Covered<'_>> = members.iter().map(covered).collect();
            assemble(&mut detail.ticket, &covered, (&rules.routing, &rules.grades, &rules.watch));
            detail.complaints = members.iter().take(crate::forward::MAX_COMPLAINTS_SHOWN).cloned().collect();
        }
        self.plan_reminders(key);
        Ok(())
    }

    /// The one way in which a ticket's status changes: with its finishing time, its deadline and reminders, and whether
    /// complaints can join it.
    pub(super) fn transition(&mut self, key: TicketKey, to: Status) -> Result<Turn, StoreError> {
        self.view.ticket(key)?;
        let (rules, now) = (Arc::clone(&self.rules), self.now);
        let Some(detail) = self.view.change(key) else { return Ok(Turn::None) };
        let (before, restarted_at) = (detail.ticket.status, detail.ticket.restarted_at);
        let turn = change_status(&mut detail.ticket, to, now, &rules.routing);
        if turn != Turn::None {
            detail.ticket.submission = None;
        }
        self.turned.insert(key, Turned { before, turn, restarted_at });
        match turn {
            Turn::None => {}
            Turn::Finished => {
                self.state.finish_ticket(key, now);
                self.plan_reminders(key);
            }
            Turn::Restarted => {
                self.return_to_candidates(key)?;
                self.drop_call_backs(key)?;
                self.plan_reminders(key);
            }
            // Its complaints are on another ticket now, or come to it: whoever moves them sees to the index.
            Turn::Absorbed | Turn::Revived => self.plan_reminders(key),
        }
        Ok(turn)
    }

    /// Makes the complaints of a ticket candidates again.
    fn return_to_candidates(&mut self, key: TicketKey) -> Result<(), StoreError> {
        for view in self.view.members(key)? {
            self.index(&view);
        }
        self.state.reopen_ticket(key);
        Ok(())
    }

    /// Writes the event of a change that was made to a loaded ticket: its version grows, its messages are made, and
    /// what counts of it is noted.
    pub(super) fn tell(&mut self, key: TicketKey, kind: EventKind, about: Option<&ComplaintView>, change: Change) {
        let (rules, at) = (Arc::clone(&self.rules), self.now);
        let left = self.view.former_route(key);
        let former = left.as_ref().map(RouteKey::from);
        let is_moved = former.is_some();
        let Some(detail) = self.view.change(key) else { return };
        detail.ticket.version += 1;
        let began = Began::of(&detail.ticket, &rules);
        // Clocks wait for the citizen: what a supervisor says is no answer.
        if change.rating.as_ref().is_none_or(|rating| kind != EventKind::Rated || rating.rater.is_citizens()) {
            rules.handling.see(&mut detail.ticket, kind, at);
        }
        let (turned, heard) = (self.turned.remove(&key), self.heard.remove(&key));
        let told = Told { kind, detail, about, change: &change, turned, left: left.as_ref(), heard, began, at };
        let counted = facts(&told, &rules);
        let event = Event { kind, detail, about, change, former, at, trace: self.trace.as_deref() };
        let mut messages = messages(&event, &rules.feeds, self.outlets);
        if let Some(speaker) = &self.spoken_by {
            messages.deliveries.retain(|delivery| delivery.destination != *speaker);
        }
        if detail.ticket.version == 1 {
            detail.ticket.sent_to = Some(Vec::new());
        }
        for (feed, leaves) in feeds_of(&messages, self.outlets) {
            match leaves {
                true => detail.ticket.note_left(feed, is_moved),
                false => detail.ticket.note_sent(feed),
            }
        }
        self.view.note_told(key, messages);
        self.view.note_facts(counted);
        if let Some(left) = left {
            rerouted(self, key, &left, kind);
        }
        self.plan_alarms(key);
    }

    /// Counts a call-back that is due and of which no event is told.
    pub(super) fn count_call_back(&mut self, key: TicketKey, about: &ComplaintView) {
        let (rules, kind, at) = (Arc::clone(&self.rules), EventKind::CallbackDue, self.now);
        let Some(detail) = self.view.loaded(key) else { return };
        let change = Change::default();
        let told = Told {
            kind,
            detail,
            about: Some(about),
            change: &change,
            turned: None,
            left: None,
            heard: false,
            began: Began::default(),
            at,
        };
        let counted = facts(&told, &rules);
        self.view.note_facts(counted);
    }

    /// Nobody is called back on a result that does not stand.
    fn drop_call_backs(&mut self, key: TicketKey) -> Result<(), StoreError> {
        let members: Vec<ComplaintKey> = self.view.members(key)?.iter().map(|view| view.id).collect();
        self.view.end_call_backs(&members, CallBackState::Dropped, self.now)?;
        Ok(())
    }

    /// Plans anew what the clocks of a loaded ticket will tell, and the notice of a repeated dissatisfaction.
    pub(super) fn plan_alarms(&mut self, key: TicketKey) {
        let tells = |ticket: &Ticket| !ticket.clocks.is_empty() || ticket.evaluation.dissatisfied > 0;
        let Some(detail) = self.view.loaded(key).filter(|detail| tells(&detail.ticket)) else { return };
        let alarms = self.rules.handling.next_alarms(&detail.ticket);
        self.view.plan_alarms(AlarmPlan { ticket: key, alarms });
    }

    /// Plans the reminders of a ticket anew from its grade and deadline.
    pub(super) fn plan_reminders(&mut self, key: TicketKey) {
        let Some(detail) = self.view.loaded(key) else { return };
        let planned = reminders(&detail.ticket, &self.rules.grades, self.now);
        let rows =
            planned.into_iter().map(|reminder| ReminderRow { ticket: key, percent: reminder.percent, at: reminder.at });
        self.view.plan_reminders(key, rows);
    }

    /// Makes a stored complaint a candidate as it is now, and notes what merging has read of it. One whose words are gone is
    /// none.
    pub(super) fn index(&mut self, view: &ComplaintView) {
        if view.erased {
            return self.state.remove(view.id);
        }
        let profile = self.state.profile_of(view, &self.rules);
        self.index_as(view.id, view.ticket, &profile);
    }

    /// Makes a complaint that was read a candidate, and notes what merging has read of it.
    pub(super) fn index_as(&mut self, id: ComplaintKey, ticket: TicketKey, profile: &Profile) {
        self.state.insert(id, ticket, profile);
        self.stand(ticket);
        self.note_imprint(id, profile);
    }

    /// Lets the index know whether a loaded ticket is pinned: a ticket that had no complaint there is new to it.
    pub(super) fn stand(&mut self, key: TicketKey) {
        if let Some(detail) = self.view.loaded(key) {
            self.state.pin(key, detail.ticket.pinned);
        }
    }

    /// Notes what merging has read of a complaint in its index.
    pub(super) fn note_imprint(&mut self, complaint: ComplaintKey, profile: &Profile) {
        if let Some(body) = self.state.index().imprint(complaint, profile) {
            self.view.note_imprint(ImprintRow { complaint, reading: self.rules.merging.reading(), body });
        }
    }

    /// Writes a merge event of a decision.
    pub(super) fn note(
        &mut self,
        decided: Decided<'_>,
        complaint: Option<ComplaintKey>,
        (from, to): (Option<TicketKey>, TicketKey),
        evidence: Option<Evidence>,
    ) {
        self.view.note_event(MergeEvent {
            decision: decided.decision,
            at: self.now,
            kind: decided.kind,
            complaint,
            from,
            to,
            actor: decided.actor.to_owned(),
            settings_version: self.rules.version.clone(),
            evidence,
        });
    }

    /// Asks a person whether a complaint belongs to a ticket.
    pub(super) fn ask(&mut self, complaint: ComplaintKey, ticket: TicketKey, evidence: Evidence) {
        self.view.note_review(ReviewRow { complaint, ticket, at: self.now, evidence });
    }

    /// Notes that two complaints never belong together by themselves.
    pub(super) fn forbid(&mut self, a: ComplaintKey, b: ComplaintKey, actor: &str) {
        if a != b {
            self.state.forbid(a, b);
            self.view.forbid(CannotLink { a, b, at: self.now, actor: actor.to_owned() });
        }
    }

    /// Takes back [`Step::forbid`].
    pub(super) fn allow(&mut self, a: ComplaintKey, b: ComplaintKey) {
        self.state.allow(a, b);
        self.view.allow(a, b);
    }

    /// The ids of tickets.
    pub(super) fn ids(&mut self, keys: &[TicketKey]) -> Result<Vec<String>, StoreError> {
        let mut ids = Vec::with_capacity(keys.len());
        for key in keys {
            ids.extend(self.view.ticket(*key)?.map(|detail| detail.ticket.id.clone()));
        }
        Ok(ids)
    }

    /// Whether a ticket takes no more complaints; also when there is none.
    pub(super) fn is_finished(&mut self, key: TicketKey) -> Result<bool, StoreError> {
        Ok(self.view.ticket(key)?.is_none_or(|detail| detail.ticket.status.is_final()))
    }
}

pub(super) fn covered(view: &ComplaintView) -> Covered<'_> {
    Covered { complaint: &view.complaint, received_at: view.received_at, erased: view.erased }
}
