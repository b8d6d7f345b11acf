//! What a caller may not know of, whatever its role: matters of confidential kinds, unless the city names it for them, and matters beyond
//! its scope. Figures of reports and topics are of the whole city for everybody.

mod pages;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

pub(super) use pages::{listed, page, picked};

use super::Site;
use super::caller::Caller;
use crate::desk::Action;
use crate::key::{ComplaintKey, DeliveryKey, RawKey, ReplyKey, ReviewKey, TicketKey, TopicKey};
use crate::pack::Rules;
use crate::people::Reach;
use crate::store::{DeliveryState, Page, QuarantineView, Store, StoreError, TicketDetail, TopicRow};

/// A number that no row has.
const NOTHING: i64 = 0;

/// What a caller may know of.
#[derive(Debug, Clone)]
pub(super) struct Sight {
    rules: Arc<Rules>,
    name: String,
    reach: Arc<Reach>,
}

impl Sight {
    /// That of a caller, by the live pack.
    pub(super) fn of(site: &Site, caller: &Caller) -> Self {
        let rules = site.rules();
        let confidential = &rules.feeds.confidential;
        let hidden = confidential.categories().iter().filter(|code| !confidential.lets_token(&caller.name, code));
        let (units, own) = (rules.handling.units(), &caller.scope.departments);
        let is_own = |unit: &str| own.iter().any(|bound| bound == unit);
        let below = units.iter().map(|(code, _)| code).filter(|code| units.above(code).any(is_own));
        let reach = Reach::new(Arc::clone(&caller.scope), below.map(str::to_owned), hidden.cloned());
        let reach = Arc::new(reach);
        Self { name: caller.name.clone(), reach, rules }
    }

    /// As a store looks for it.
    pub(super) fn reach(&self) -> Arc<Reach> {
        Arc::clone(&self.reach)
    }

    /// Whether nothing is hidden from it.
    pub(super) fn sees_all(&self) -> bool {
        self.reach.is_whole()
    }

    /// Whether it may read what is not sorted into matters yet.
    pub(super) fn sees_unsorted(&self) -> bool {
        self.reach.scope().is_whole() && self.rules.feeds.confidential.lets_read_unsorted(&self.name)
    }

    /// Whether it may know of a ticket.
    pub(super) fn sees(&self, store: &mut dyn Store, ticket: TicketKey) -> Result<bool, StoreError> {
        Ok(store.beyond(&self.reach, &[ticket])?.is_empty())
    }

    /// Keeps those of these tickets that it may know of.
    pub(super) fn keep(&self, store: &mut dyn Store, tickets: &mut Vec<TicketDetail>) -> Result<(), StoreError> {
        let keys: Vec<_> = tickets.iter().map(|detail| detail.key).collect();
        let beyond = store.beyond(&self.reach, &keys)?;
        tickets.retain(|detail| !beyond.contains(&detail.key));
        Ok(())
    }

    /// Those of these tickets that it may not know of.
    pub(super) fn hidden(
        &self,
        store: &mut dyn Store,
        tickets: impl IntoIterator<Item = TicketKey>,
    ) -> Result<BTreeSet<TicketKey>, StoreError> {
        store.beyond(&self.reach, &tickets.into_iter().collect::<Vec<_>>())
    }

    /// Whether it may know of the ticket with an id; also where there is none.
    pub(super) fn sees_id(&self, store: &mut dyn Store, id: &str) -> Result<bool, StoreError> {
        let key = store.ticket_keys(&[id])?.remove(id);
        Ok(self.hidden(store, key)?.is_empty())
    }

    /// Codes of the categories of which it may not know of a matter.
    pub(super) fn without(&self) -> Vec<&str> {
        self.reach.hidden().iter().map(String::as_str).collect()
    }

    /// Those of these complaints that it may not know of.
    fn hidden_complaints(
        &self,
        store: &mut dyn Store,
        complaints: &[ComplaintKey],
    ) -> Result<HashSet<ComplaintKey>, StoreError> {
        if self.sees_all() {
            return Ok(HashSet::new());
        }
        let views = store.complaints(complaints)?;
        let hidden = self.hidden(store, views.iter().map(|view| view.ticket))?;
        Ok(views.iter().filter(|view| hidden.contains(&view.ticket)).map(|view| view.id).collect())
    }

    /// What of some rows it may know of, by the ids of tickets.
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

    /// What a person asks for, as this caller can ask it: of a number of which it may not know, a number that nothing has is left. So it is
    /// answered, and noted, as if there were no such thing.
    pub(super) fn asked(&self, store: &mut dyn Store, mut action: Action) -> Result<Action, StoreError> {
        match &mut action {
            Action::Split { receipt } | Action::CallBack { receipt, .. } => self.blank_receipt(store, receipt)?,
            Action::Merge { from, into } => {
                self.blank_id(store, from)?;
                self.blank_id(store, into)?;
            }
            Action::Move { receipt, into } => {
                self.blank_receipt(store, receipt)?;
                self.blank_id(store, into)?;
            }
            Action::Undo { ticket }
            | Action::Pin { ticket, .. }
            | Action::Release { ticket }
            | Action::Approve { ticket, .. }
            | Action::SendBack { ticket, .. }
            | Action::Send { ticket, .. }
            | Action::Supervise { ticket, .. } => self.blank_id(store, ticket)?,
            Action::RetryReply { reply, .. } | Action::Told { reply, .. } => {
                if !self.sees_reply(store, *reply)? {
                    *reply = ReplyKey(NOTHING);
                }
            }
            Action::Review { review, .. } => {
                if !self.sees_review(store, *review)? {
                    *review = ReviewKey(NOTHING);
                }
            }
            Action::NewTopic { tickets, .. } => self.blank_ids(store, tickets)?,
            Action::AddToTopic { topic, tickets } => {
                self.blank_topic(store, topic)?;
                self.blank_ids(store, tickets)?;
            }
            Action::DecideTopic { topic, .. } | Action::FollowTopic { topic, .. } => self.blank_topic(store, topic)?,
            // The right of a citizen, which admins see to.
            Action::Erase { .. } => {}
        }
        Ok(action)
    }

    fn blank_id(&self, store: &mut dyn Store, id: &mut String) -> Result<(), StoreError> {
        if !self.sees_id(store, id)? {
            id.clear();
        }
        Ok(())
    }

    fn blank_ids(&self, store: &mut dyn Store, ids: &mut [String]) -> Result<(), StoreError> {
        ids.iter_mut().try_for_each(|id| self.blank_id(store, id))
    }

    fn blank_receipt(&self, store: &mut dyn Store, receipt: &mut String) -> Result<(), StoreError> {
        if !self.sees_receipt(store, receipt)? {
            receipt.clear();
        }
        Ok(())
    }

    fn blank_topic(&self, store: &mut dyn Store, topic: &mut TopicKey) -> Result<(), StoreError> {
        if !self.sees_topic(store, *topic)? {
            *topic = TopicKey(NOTHING);
        }
        Ok(())
    }

    /// Whether it may know of a topic: of one of its tickets, or it has none.
    pub(super) fn sees_topic(&self, store: &mut dyn Store, topic: TopicKey) -> Result<bool, StoreError> {
        Ok(store.topics_within(&self.reach, &[topic])?.contains(&topic))
    }

    /// Keeps those of these topics that it may know of.
    pub(super) fn keep_topics(&self, store: &mut dyn Store, topics: &mut Vec<TopicRow>) -> Result<(), StoreError> {
        let keys: Vec<TopicKey> = topics.iter().map(|row| row.id).collect();
        let seen = store.topics_within(&self.reach, &keys)?;
        topics.retain(|row| seen.contains(&row.id));
        Ok(())
    }

    /// Whether it may know of both tickets of a question; also where there is none.
    fn sees_review(&self, store: &mut dyn Store, review: ReviewKey) -> Result<bool, StoreError> {
        let review = store.review(review)?;
        Ok(self.hidden(store, review.iter().flat_map(|view| [view.current_ticket, view.ticket]))?.is_empty())
    }

    /// The number of a delivery, as this caller can ask for it.
    pub(super) fn delivery(&self, store: &mut dyn Store, id: DeliveryKey) -> Result<DeliveryKey, StoreError> {
        Ok(if self.sees_delivery(store, id)? { id } else { DeliveryKey(NOTHING) })
    }

    /// The number of a record in quarantine, as this caller can ask for it.
    pub(super) fn quarantined(&self, store: &mut dyn Store, raw: RawKey) -> Result<RawKey, StoreError> {
        let Some(view) = store.quarantined(raw)? else { return Ok(raw) };
        Ok(if self.sees_record(store, &view.channel, &view.record_id)? { raw } else { RawKey(NOTHING) })
    }

    /// Whether it may know of the ticket that a delivery tells of; also where there is none, or where it cannot be read.
    fn sees_delivery(&self, store: &mut dyn Store, id: DeliveryKey) -> Result<bool, StoreError> {
        for state in [DeliveryState::Pending, DeliveryState::Dead] {
            let just_it = Page { after: Some(id.0.saturating_add(1)), limit: 1 };
            let listed = match store.list_deliveries(None, state, just_it) {
                Err(error) if error.is_damage() => continue,
                listed => listed?,
            };
            if let Some(view) = listed.iter().find(|view| view.id == id) {
                return self.sees_id(store, &view.ticket_id);
            }
        }
        Ok(true)
    }

    /// Those of these raw records that made, changed or are about a complaint of which it may not know; one that is not there, or cannot be
    /// read, is none.
    pub(super) fn hidden_raws(
        &self,
        store: &mut dyn Store,
        raws: &BTreeSet<RawKey>,
    ) -> Result<HashSet<RawKey>, StoreError> {
        if self.sees_all() {
            return Ok(HashSet::new());
        }
        let mut records = Vec::with_capacity(raws.len());
        for raw in raws {
            match store.record(*raw) {
                Err(error) if error.is_damage() => {}
                record => records.extend(record?.map(|record| (*raw, (record.channel, record.record_id)))),
            }
        }
        let numbers: Vec<(String, String)> = records.iter().map(|(_, number)| number.clone()).collect();
        let (latest, heads) = (store.latest_raw(&numbers)?, store.heads_by_number(&numbers)?);
        let complaints: Vec<ComplaintKey> = latest.values().filter_map(|view| view.complaint).collect();
        let complaints = self.hidden_complaints(store, &complaints)?;
        let tickets = self.hidden(store, heads.values().map(|head| head.ticket))?;
        let is_seen = |number: &(String, String)| {
            let brought = latest.get(number).and_then(|view| view.complaint);
            let is_about_seen = match heads.get(number) {
                None => self.reach.scope().holds_unplaced(&number.0),
                Some(head) => !tickets.contains(&head.ticket),
            };
            brought.is_none_or(|complaint| !complaints.contains(&complaint)) && is_about_seen
        };
        Ok(records.into_iter().filter(|(_, number)| !is_seen(number)).map(|(raw, _)| raw).collect())
    }

    /// Whether it may know of the complaint that a record of a channel brought or is about; also where there is none.
    pub(super) fn sees_record(&self, store: &mut dyn Store, channel: &str, record: &str) -> Result<bool, StoreError> {
        if self.sees_all() {
            return Ok(true);
        }
        let known = store.heads_by_number(&[(channel.to_owned(), record.to_owned())])?;
        if known.is_empty() {
            return Ok(self.reach.scope().holds_unplaced(channel));
        }
        Ok(self.hidden(store, known.values().map(|head| head.ticket))?.is_empty())
    }

    /// Keeps those of these records in quarantine that it may know of.
    pub(super) fn keep_records(
        &self,
        store: &mut dyn Store,
        records: &mut Vec<QuarantineView>,
    ) -> Result<(), StoreError> {
        if self.sees_all() {
            return Ok(());
        }
        let number = |view: &QuarantineView| (view.channel.clone(), view.record_id.clone());
        let known = store.heads_by_number(&records.iter().map(number).collect::<Vec<_>>())?;
        let hidden = self.hidden(store, known.values().map(|head| head.ticket))?;
        records.retain(|view| match known.get(&number(view)) {
            None => self.reach.scope().holds_unplaced(&view.channel),
            Some(head) => !hidden.contains(&head.ticket),
        });
        Ok(())
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
