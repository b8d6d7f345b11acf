//! What a caller may not know of, whatever its role: matters of confidential kinds, unless the city names it for them, and matters beyond
//! its scope. Figures of reports and topics are of the whole city for everybody.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::Site;
use super::caller::Caller;
use super::documents;
use crate::desk::Action;
use crate::key::{ComplaintKey, DeliveryKey, RawKey, ReplyKey, ReviewKey, TicketKey, TopicKey};
use crate::pack::Rules;
use crate::people::{Reach, Scope};
use crate::store::{DeliveryState, Listed, Page, Store, StoreError, TicketDetail};

/// A number that no row has.
const NOTHING: i64 = 0;
/// Most tickets of a topic that are looked at.
const MAX_TOPIC_TICKETS: usize = 500;
/// Most pages that are read for one: beyond them a page is shorter than it was asked for.
const MAX_LOOKS: usize = 40;

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
    fn sees_all(&self) -> bool {
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
        if self.sees_all() || store.count_topic(topic, &[])? == 0 {
            return Ok(true);
        }
        let tickets = store.tickets_of_topic(topic, MAX_TOPIC_TICKETS)?;
        let hidden = self.hidden(store, tickets.iter().copied())?;
        Ok(tickets.iter().any(|ticket| !hidden.contains(ticket)))
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

    /// Whether it may know of the complaint that a raw record made or changed; also where there is none, or where it cannot be read.
    pub(super) fn sees_raw(&self, store: &mut dyn Store, raw: RawKey) -> Result<bool, StoreError> {
        if self.sees_all() {
            return Ok(true);
        }
        let record = match store.record(raw) {
            Err(error) if error.is_damage() => None,
            record => record?,
        };
        let Some(record) = record else { return Ok(true) };
        let known = store.latest_raw(&[(record.channel.clone(), record.record_id.clone())])?;
        let complaints: Vec<_> = known.values().filter_map(|view| view.complaint).collect();
        Ok(self.hidden_complaints(store, &complaints)?.is_empty()
            && self.sees_record(store, &record.channel, &record.record_id)?)
    }

    /// Whether it may know of the complaint that a record of a channel brought or is about; also where there is none.
    pub(super) fn sees_record(&self, store: &mut dyn Store, channel: &str, record: &str) -> Result<bool, StoreError> {
        let known = store.heads_by_number(&[(channel.to_owned(), record.to_owned())])?;
        if known.is_empty() {
            return Ok(self.sees_unplaced(channel));
        }
        Ok(self.hidden(store, known.values().map(|head| head.ticket))?.is_empty())
    }

    /// Whether it may know of a channel's record that is no matter yet: nobody knows of which place, kind and unit it is.
    fn sees_unplaced(&self, channel: &str) -> bool {
        let Scope { districts, departments, categories, channels } = self.reach.scope();
        [districts, departments, categories].iter().all(|bounds| bounds.is_empty())
            && (channels.is_empty() || channels.iter().any(|bound| bound == channel))
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

/// A page of a listing with what of it its caller may know of. What it may not know of takes no place in the page and leaves no gap, so that
/// neither its length nor its `next` tells of it. `read` gives rows, `see` takes away those that are hidden.
pub(super) fn page<T>(
    store: &mut dyn Store,
    Page { mut after, limit }: Page,
    read: impl Fn(&mut dyn Store, Page) -> Result<Vec<T>, StoreError>,
    number: impl Fn(&T) -> i64,
    see: impl Fn(&mut dyn Store, Vec<T>) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Option<String>), StoreError> {
    let (mut seen, mut most) = (Vec::new(), limit + 1);
    for _ in 0..MAX_LOOKS {
        let rows = read(store, Page { after, limit: most })?;
        let is_last = rows.len() < most;
        after = rows.last().map(&number);
        seen.extend(see(store, rows)?);
        if is_last || seen.len() > limit {
            let next = documents::next(&mut seen, limit, number);
            return Ok((seen, next));
        }
        most = most.max(Page::MAX);
    }
    Ok((seen, after.map(|after| after.to_string())))
}

/// A page as [`page`] gives it, of a list whose rows tell of tickets: for who may not know of everything the store says which rows to read,
/// so that a page costs what it shows, and they are looked at once more.
pub(super) fn listed<T>(
    store: &mut dyn Store,
    (sight, list): (&Sight, &Listed<'_>),
    part: Page,
    read: impl Fn(&mut dyn Store, Page) -> Result<Vec<T>, StoreError>,
    number: impl Fn(&T) -> i64,
    see: impl Fn(&mut dyn Store, Vec<T>) -> Result<Vec<T>, StoreError>,
) -> Result<(Vec<T>, Option<String>), StoreError> {
    if sight.sees_all() {
        return page(store, part, read, number, see);
    }
    let found = store.within(list, &sight.reach, part)?;
    let mut rows = Vec::with_capacity(found.numbers.len());
    for place in found.numbers {
        let just_it = Page { after: Some(list.just_before(place)), limit: 1 };
        rows.extend(read(store, just_it)?.into_iter().filter(|row| number(row) == place));
    }
    Ok((see(store, rows)?, found.next.map(|next| next.to_string())))
}
