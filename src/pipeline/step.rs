//! One step of the desk: what is loaded, what changes, what is told. Given to the store as [`Changes`], part by part, and
//! committed whole.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::DeskState;
use crate::complaint::Complaint;
use crate::forward::ChangeV1;
use crate::forward::{Event, EventKind, MAX_COMPLAINTS_SHOWN, messages};
use crate::mapping::Pack;
use crate::merge::{ComplaintKey, Profile, TicketKey};
use crate::store::{
    Changes, ComplaintHead, ComplaintRow, ComplaintView, ImprintRow, RawView, ReminderRow, Store, StoreError,
    TicketDetail,
};
use crate::ticket::{Route, Status, Ticket};

/// Exchanges that a step writes messages for.
#[derive(Debug, Clone)]
pub(super) struct Exchanges {
    pub tickets: String,
    pub feeds: String,
}

/// What is worked on in one transaction.
pub(super) struct Step<'a> {
    pub store: &'a mut dyn Store,
    pub state: &'a mut DeskState,
    pub exchanges: &'a Exchanges,
    pub now: Timestamp,
    /// What the store has not been given yet.
    pub changes: Changes,
    /// Tickets loaded or made in this step, as they are now.
    tickets: HashMap<TicketKey, TicketDetail>,
    /// Records and complaints of this step, which the store does not show yet.
    pub fresh_raw: HashMap<(String, String), RawView>,
    pub fresh_complaints: HashMap<(String, String), ComplaintHead>,
    pub complaints: Vec<Arc<ComplaintRow>>,
    /// Complaints that this step put on another ticket.
    pub moved: HashMap<ComplaintKey, TicketKey>,
    /// Complaints that this step amended.
    pub amended: HashSet<ComplaintKey>,
}

impl<'a> Step<'a> {
    pub(super) fn new(
        store: &'a mut dyn Store,
        state: &'a mut DeskState,
        exchanges: &'a Exchanges,
        now: Timestamp,
    ) -> Self {
        Self {
            store,
            state,
            exchanges,
            now,
            changes: Changes::default(),
            tickets: HashMap::new(),
            fresh_raw: HashMap::new(),
            fresh_complaints: HashMap::new(),
            complaints: Vec::new(),
            moved: HashMap::new(),
            amended: HashSet::new(),
        }
    }

    /// Commits everything that changed.
    pub(super) fn commit(mut self) -> Result<(), StoreError> {
        let rest = self.take_changes();
        self.store.commit(rest)
    }

    /// Gives the store what has changed so far, so that it is written while the rest is decided.
    pub(super) fn write_ahead(&mut self) -> Result<(), StoreError> {
        let part = self.take_changes();
        self.store.write_ahead(part)
    }

    fn take_changes(&mut self) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        for (key, ticket) in &mut changes.tickets {
            if let Some(detail) = self.tickets.get(key) {
                ticket.clone_from(&detail.ticket);
            }
        }
        changes
    }

    /// Notes a new complaint.
    pub(super) fn add_complaint(&mut self, row: ComplaintRow) {
        let row = Arc::new(row);
        self.changes.complaints.push(Arc::clone(&row));
        self.complaints.push(row);
    }

    /// Puts a complaint on another ticket.
    pub(super) fn move_complaint(&mut self, complaint: ComplaintKey, ticket: TicketKey) {
        self.changes.moves.push((complaint, ticket));
        self.moved.insert(complaint, ticket);
    }

    /// A ticket as it is now, with its first complaints.
    pub(super) fn ticket(&mut self, key: TicketKey) -> Result<Option<&mut TicketDetail>, StoreError> {
        if !self.tickets.contains_key(&key) {
            let Some(detail) = self.store.tickets(&[key], MAX_COMPLAINTS_SHOWN)?.pop() else { return Ok(None) };
            self.tickets.insert(key, detail);
        }
        Ok(self.tickets.get_mut(&key))
    }

    /// Makes a ticket for complaints that have a route each, in order; gives its number.
    pub(super) fn open_ticket(&mut self, pack: &Pack, complaints: Vec<ComplaintView>, routes: &[Route]) -> TicketKey {
        let key = self.state.counters.ticket;
        self.state.counters.ticket += 1;
        let zone = pack.city.time_zone().unwrap_or(jiff::tz::TimeZone::UTC);
        let day = self.now.to_zoned(zone);
        let mut ticket = Ticket {
            id: format!("{}-{}-{key:06}", pack.city.prefix.get_ref(), day.strftime("%Y%m%d")),
            created_at: self.now,
            ..Ticket::default()
        };
        assemble(&mut ticket, &complaints, routes, pack);
        self.tickets.insert(key, TicketDetail { key, ticket, complaints });
        self.plan_reminders(key, pack);
        key
    }

    /// Writes the event of a change that was made to a loaded ticket: its version grows, its messages are made.
    pub(super) fn tell(
        &mut self,
        key: TicketKey,
        kind: EventKind,
        about: Option<&ComplaintView>,
        change: ChangeV1,
        pack: &Pack,
    ) {
        let Some(detail) = self.tickets.get_mut(&key) else { return };
        detail.ticket.version += 1;
        let event = Event { kind, detail, about, change, at: self.now };
        self.changes.outbox.extend(messages(&event, pack, &self.exchanges.tickets, &self.exchanges.feeds));
        if !self.changes.tickets.iter().any(|(known, _)| *known == key) {
            self.changes.tickets.push((key, Ticket::default()));
        }
    }

    /// Plans the reminders of a ticket anew from its grade and deadline.
    pub(super) fn plan_reminders(&mut self, key: TicketKey, pack: &Pack) {
        let Some(detail) = self.tickets.get(&key) else { return };
        let ticket = &detail.ticket;
        self.changes.replanned.push(key);
        self.changes.reminders.retain(|reminder| reminder.ticket != key);
        let (Some(due_at), Some(grade)) = (ticket.route.due_at, pack.city.grade(&ticket.route.grade)) else { return };
        let allowed_ms = due_at.as_millisecond() - ticket.created_at.as_millisecond();
        for percent in &grade.remind_percent {
            let after = SignedDuration::from_millis(allowed_ms.saturating_mul(i64::from(*percent)) / 100);
            // A reminder in the past would only repeat what is known; the deadline itself is always told.
            let at = ticket.created_at.saturating_add(after).unwrap_or(due_at);
            if at > self.now || *percent == 100 {
                self.changes.reminders.push(ReminderRow { ticket: key, percent: *percent, at });
            }
        }
    }

    /// Reads all complaints of a ticket and derives its title, place and route from them again.
    pub(super) fn reassemble(
        &mut self,
        key: TicketKey,
        members: &[ComplaintView],
        pack: &Pack,
    ) -> Result<(), StoreError> {
        let routes: Vec<Route> = members.iter().map(|view| route_of(view, pack)).collect();
        if let Some(detail) = self.ticket(key)? {
            let extended = (detail.ticket.status == Status::Extended).then_some(detail.ticket.route.due_at).flatten();
            assemble(&mut detail.ticket, members, &routes, pack);
            // A granted extension outlives a split or merge.
            detail.ticket.route.due_at = detail.ticket.route.due_at.max(extended);
            detail.complaints = members.iter().take(MAX_COMPLAINTS_SHOWN).cloned().collect();
        }
        self.plan_reminders(key, pack);
        Ok(())
    }

    /// Makes a complaint a candidate, and notes what merging has read of it.
    pub(super) fn index_complaint(&mut self, id: ComplaintKey, ticket: TicketKey, profile: &Profile, pack: &Pack) {
        self.state.index.insert(id, ticket, profile);
        self.note_imprint(id, profile, pack);
    }

    /// Notes what merging has read of a complaint in its index.
    pub(super) fn note_imprint(&mut self, complaint: ComplaintKey, profile: &Profile, pack: &Pack) {
        if let Some(body) = self.state.index.imprint(complaint, profile) {
            self.changes.imprints.push(ImprintRow { complaint, reading: pack.reading, body });
        }
    }

    /// Puts a complaint's number after those of the store: numbers of one step are known before it is committed.
    pub(super) fn next_complaint(&mut self) -> ComplaintKey {
        let id = self.state.counters.complaint;
        self.state.counters.complaint += 1;
        id
    }

    /// The next number of a raw record.
    pub(super) fn next_raw(&mut self) -> i64 {
        let id = self.state.counters.raw;
        self.state.counters.raw += 1;
        id
    }
}

/// The route of a stored complaint by the live pack, counted from when it was received.
pub(super) fn route_of(view: &ComplaintView, pack: &Pack) -> Route {
    pack.routing.route(&view.complaint, counted_from(&view.complaint, view.received_at))
}

/// When the time of a complaint begins to run: when its source received it, if that is not in the future.
pub(super) fn counted_from(complaint: &Complaint, received_at: Timestamp) -> Timestamp {
    complaint.received_at.filter(|at| *at <= received_at).unwrap_or(received_at)
}

/// Derives what a ticket shows from its complaints: title, text and place of the first, the route of the first, the grade
/// of the most urgent, the earliest deadline.
fn assemble(ticket: &mut Ticket, complaints: &[ComplaintView], routes: &[Route], pack: &Pack) {
    let Some(first) = complaints.first() else { return };
    ticket.title.clone_from(&first.complaint.title);
    ticket.text.clone_from(&first.complaint.text);
    ticket.address = complaints.iter().find_map(|view| view.complaint.place.address.clone());
    ticket.point = complaints.iter().find_map(|view| view.complaint.place.point);
    ticket.complaints = u64::try_from(complaints.len()).unwrap_or(u64::MAX);
    let mut routes = routes.iter();
    ticket.route = routes.next().cloned().unwrap_or_default();
    for route in routes {
        escalate(ticket, route, pack);
    }
}

/// Takes over a more urgent grade and an earlier deadline.
pub(super) fn escalate(ticket: &mut Ticket, route: &Route, pack: &Pack) -> bool {
    let more_urgent = pack.routing.grade_rank(&route.grade) < pack.routing.grade_rank(&ticket.route.grade);
    if more_urgent {
        ticket.route.reasons.push("等级：后来的诉求更急，已提高".to_owned());
        ticket.route.grade.clone_from(&route.grade);
    }
    let earlier = match (ticket.route.due_at, route.due_at) {
        (Some(known), Some(other)) => other < known,
        (None, Some(_)) => true,
        _ => false,
    };
    if earlier {
        ticket.route.reasons.push("时限：后来的诉求时限更早，已提前".to_owned());
        ticket.route.due_at = route.due_at;
    }
    more_urgent || earlier
}
