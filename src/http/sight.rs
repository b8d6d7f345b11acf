//! What a caller may not know of, whatever its role: matters of confidential kinds, unless the city names its token for them.

use std::collections::HashSet;
use std::sync::Arc;

use super::Site;
use super::caller::Caller;
use crate::city::Confidential;
use crate::desk::Action;
use crate::key::{ReplyKey, TicketKey};
use crate::store::{Store, StoreError};
use crate::ticket::Ticket;

/// What a caller may know of.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    confidential: Arc<Confidential>,
    token: String,
}

impl Sight {
    /// That of a caller, by the live pack.
    pub(super) fn of(site: &Site, caller: &Caller) -> Self {
        Self { confidential: Arc::clone(&site.rules().feeds.confidential), token: caller.name.clone() }
    }

    /// Whether it may know of a ticket.
    pub(super) fn sees(&self, ticket: &Ticket) -> bool {
        self.confidential.lets_token(&self.token, &ticket.route.category)
    }

    /// Those of these tickets that it may not know of.
    pub(super) fn hidden(
        &self,
        store: &mut dyn Store,
        tickets: impl IntoIterator<Item = TicketKey>,
    ) -> Result<HashSet<TicketKey>, StoreError> {
        if self.confidential.categories().is_empty() {
            return Ok(HashSet::new());
        }
        let tickets: HashSet<TicketKey> = tickets.into_iter().collect();
        let found = store.tickets(&tickets.into_iter().collect::<Vec<_>>(), 0)?;
        Ok(found.iter().filter(|detail| !self.sees(&detail.ticket)).map(|detail| detail.key).collect())
    }

    /// Whether it may know of the ticket with an id; also where there is none.
    pub(super) fn sees_id(&self, store: &mut dyn Store, id: &str) -> Result<bool, StoreError> {
        let key = store.ticket_keys(&[id])?.remove(id);
        Ok(self.hidden(store, key)?.is_empty())
    }

    /// What of a listing it may know of, by the ids of tickets.
    pub(super) fn seen<T>(
        &self,
        store: &mut dyn Store,
        listed: Vec<T>,
        ticket: impl Fn(&T) -> &str,
    ) -> Result<Vec<T>, StoreError> {
        let keys = store.ticket_keys(&listed.iter().map(&ticket).collect::<Vec<_>>())?;
        let hidden = self.hidden(store, keys.values().copied())?;
        let is_seen = |one: &T| keys.get(ticket(one)).is_none_or(|key| !hidden.contains(key));
        Ok(listed.into_iter().filter(is_seen).collect())
    }

    /// Whether it may do this: it may know of every ticket and complaint that it names. What is decided on a question concerns no matter of
    /// a confidential kind unless both are of one, and whoever may not know of them was not shown it.
    pub(super) fn may(&self, store: &mut dyn Store, action: &Action) -> Result<bool, StoreError> {
        match action {
            Action::Split { receipt } | Action::CallBack { receipt, .. } => self.sees_receipt(store, receipt),
            Action::Merge { from, into } => Ok(self.sees_id(store, from)? && self.sees_id(store, into)?),
            Action::Move { receipt, into } => Ok(self.sees_receipt(store, receipt)? && self.sees_id(store, into)?),
            Action::Undo { ticket }
            | Action::Pin { ticket, .. }
            | Action::Release { ticket }
            | Action::Approve { ticket, .. }
            | Action::SendBack { ticket, .. }
            | Action::Send { ticket, .. }
            | Action::Supervise { ticket, .. } => self.sees_id(store, ticket),
            Action::RetryReply { reply, .. } | Action::Told { reply, .. } => self.sees_reply(store, *reply),
            Action::NewTopic { tickets, .. } | Action::AddToTopic { tickets, .. } => {
                for ticket in tickets {
                    if !self.sees_id(store, ticket)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Action::Review { .. } | Action::Erase { .. } | Action::DecideTopic { .. } | Action::FollowTopic { .. } => {
                Ok(true)
            }
        }
    }

    /// Whether it may know of the ticket that a reply answers; also where there is none.
    pub(super) fn sees_reply(&self, store: &mut dyn Store, reply: ReplyKey) -> Result<bool, StoreError> {
        let answer = store.answer_of_reply(reply)?;
        answer.map_or(Ok(true), |answer| self.sees_id(store, &answer.ticket_id))
    }

    /// Whether it may know of the complaint with a receipt number; also where there is none.
    pub(super) fn sees_receipt(&self, store: &mut dyn Store, receipt: &str) -> Result<bool, StoreError> {
        let found = store.complaints_by_receipt(&[receipt])?;
        Ok(self.hidden(store, found.iter().map(|view| view.ticket))?.is_empty())
    }
}
