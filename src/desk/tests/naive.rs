//! A naive model of what the desk must do, written from its promises alone: which complaints a ticket covers, and what it shows
//! of them. What merging decides is taken from the events that the desk stored; everything that follows from a decision is worked
//! out here again, in the plainest way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::complaint::{Complaint, ComplaintState, ERASED, StatementKind};
use crate::key::{ComplaintKey, TicketKey};
use crate::pack::Rules;
use crate::store::{MergeEvent, MergeKind};
use crate::ticket::Status;

/// A complaint as the model knows it.
#[derive(Debug, Clone)]
pub struct Told {
    pub complaint: Complaint,
    pub received_at: Timestamp,
    pub ticket: TicketKey,
    pub erased: bool,
    pub state: ComplaintState,
    /// What was stated of it, once each.
    pub stated: BTreeSet<(&'static str, usize)>,
}

/// A ticket as the model knows it.
#[derive(Debug, Clone)]
pub struct Matter {
    pub status: Status,
    pub grade: String,
    pub due_at: Option<Timestamp>,
    pub pinned: bool,
    pub extended_until: Option<Timestamp>,
    pub restarted_at: Option<Timestamp>,
    /// The last status that a platform set.
    pub last_update: Option<Status>,
}

/// A person put complaints from one ticket to another.
#[derive(Debug, Clone, PartialEq)]
struct Decision {
    from: TicketKey,
    into: TicketKey,
    moved: Vec<ComplaintKey>,
}

/// Everything that was said and decided.
#[derive(Debug)]
pub struct Naive {
    rules: Arc<Rules>,
    pub complaints: BTreeMap<ComplaintKey, Told>,
    pub tickets: BTreeMap<TicketKey, Matter>,
    pub cannot: BTreeSet<(ComplaintKey, ComplaintKey)>,
    /// Which complaints each decision of a person put from one ticket to another, in their order.
    decisions: Vec<Decision>,
    next_complaint: ComplaintKey,
    next_ticket: TicketKey,
}

fn pair(a: ComplaintKey, b: ComplaintKey) -> (ComplaintKey, ComplaintKey) {
    (a.min(b), a.max(b))
}

impl Naive {
    pub fn new(rules: Arc<Rules>) -> Self {
        Self {
            rules,
            complaints: BTreeMap::new(),
            tickets: BTreeMap::new(),
            cannot: BTreeSet::new(),
            decisions: Vec::new(),
            next_complaint: ComplaintKey(1),
            next_ticket: TicketKey(1),
        }
    }

    pub fn members(&self, ticket: TicketKey) -> Vec<(ComplaintKey, &Told)> {
        self.complaints.iter().filter(|(_, told)| told.ticket == ticket).map(|(key, told)| (*key, told)).collect()
    }

    pub fn by_number(&self, number: &str) -> Option<ComplaintKey> {
        self.complaints.iter().find(|(_, told)| told.complaint.number == number).map(|(key, _)| *key)
    }

    /// Title and text that a ticket must show: those of its first complaint.
    pub fn shown(&self, ticket: TicketKey) -> Option<(String, String)> {
        let (_, first) = self.members(ticket).into_iter().next()?;
        let words = |words: &str| if first.erased { ERASED.to_owned() } else { words.to_owned() };
        Some((words(&first.complaint.title), words(&first.complaint.text)))
    }

    /// A record of the hotline: a new complaint, or new content of one. `events` are those of the step, in their order.
    pub fn record(&mut self, complaint: &Complaint, now: Timestamp, events: &mut VecDeque<MergeEvent>) {
        let Some(key) = self.by_number(&complaint.number) else { return self.new_complaint(complaint, now, events) };
        let Some(told) = self.complaints.get_mut(&key).filter(|told| !told.erased) else { return };
        if told.complaint == *complaint {
            return;
        }
        told.complaint = complaint.clone();
        let ticket = told.ticket;
        if !self.is_final(ticket) {
            self.urge(ticket, complaint, now);
            if let Some(event) = events.pop_front_if(|event| event.complaint == Some(key) && event.from == Some(ticket))
            {
                self.carry_over(&[key], ticket, event.to);
            }
        }
    }

    fn new_complaint(&mut self, complaint: &Complaint, now: Timestamp, events: &mut VecDeque<MergeEvent>) {
        let key = self.next_complaint;
        self.next_complaint = key.next();
        let joins = events.pop_front_if(|event| event.complaint == Some(key) && event.from.is_none());
        let ticket = match joins {
            Some(event) => {
                self.urge(event.to, complaint, now);
                event.to
            }
            None => self.open(complaint, now),
        };
        let told = Told {
            complaint: complaint.clone(),
            received_at: now,
            ticket,
            erased: false,
            state: ComplaintState::Open,
            stated: BTreeSet::new(),
        };
        self.complaints.insert(key, told);
    }

    fn open(&mut self, complaint: &Complaint, now: Timestamp) -> TicketKey {
        let key = self.next_ticket;
        self.next_ticket = key.next();
        let route = self.rules.routing.route(complaint, now);
        let matter = Matter {
            status: Status::Open,
            grade: route.grade,
            due_at: route.due_at,
            pinned: false,
            extended_until: None,
            restarted_at: None,
            last_update: None,
        };
        self.tickets.insert(key, matter);
        key
    }

    pub fn is_final(&self, ticket: TicketKey) -> bool {
        self.tickets[&ticket].status.is_final()
    }

    /// A complaint makes its ticket more urgent, never less.
    fn urge(&mut self, ticket: TicketKey, complaint: &Complaint, from: Timestamp) {
        let (rules, matter) = (&self.rules, self.tickets.get_mut(&ticket).unwrap());
        let route = rules.routing.route(complaint, from);
        if rules.grades.rank(&route.grade) < rules.grades.rank(&matter.grade) {
            matter.grade = route.grade;
        }
        if matter.extended_until.is_none() {
            matter.due_at = [matter.due_at, route.due_at].into_iter().flatten().min();
        }
    }

    /// Grade and deadline from all complaints of a ticket: the most urgent, the earliest.
    fn work_out(&mut self, ticket: TicketKey) {
        let restarted_at = self.tickets[&ticket].restarted_at;
        let rules = Arc::clone(&self.rules);
        let members = self.members(ticket);
        let first_is_erased = members.first().is_some_and(|(_, told)| told.erased);
        let readable = members.iter().filter(|(_, told)| !told.erased);
        let routes: Vec<_> = readable
            .map(|(_, told)| {
                let from = restarted_at.map_or(told.received_at, |restarted| told.received_at.max(restarted));
                rules.routing.route(&told.complaint, from)
            })
            .collect();
        let matter = self.tickets.get_mut(&ticket).unwrap();
        let known = first_is_erased.then(|| (matter.grade.clone(), matter.due_at));
        let grades = routes.iter().map(|route| route.grade.clone()).chain(known.iter().map(|(grade, _)| grade.clone()));
        if let Some(grade) = grades.min_by_key(|grade| rules.grades.rank(grade)) {
            matter.grade = grade;
        }
        let dues = routes.iter().map(|route| route.due_at).chain(known.iter().map(|(_, due)| *due));
        matter.due_at = matter.extended_until.or(dues.flatten().min());
    }

    /// Complaints go from one ticket to another. What is left empty is absorbed; what was absorbed is there again.
    fn carry_over(&mut self, moved: &[ComplaintKey], from: TicketKey, into: TicketKey) {
        self.revive(into);
        for key in moved {
            self.complaints.get_mut(key).unwrap().ticket = into;
        }
        self.work_out(into);
        if self.members(from).is_empty() {
            self.tickets.get_mut(&from).unwrap().status = Status::Absorbed;
        } else {
            self.work_out(from);
        }
    }

    fn revive(&mut self, ticket: TicketKey) {
        let matter = self.tickets.get_mut(&ticket).unwrap();
        if matter.status == Status::Absorbed {
            matter.status = match matter.last_update {
                Some(status) if status.is_final() => Status::Reopened,
                status => status.unwrap_or(Status::Open),
            };
        }
    }

    /// What a person decided, told by the events that it wrote.
    pub fn decided(&mut self, events: &[MergeEvent], now: Timestamp) {
        let Some(first) = events.first() else { return };
        let moved: Vec<ComplaintKey> = events.iter().filter_map(|event| event.complaint).collect();
        self.note_decision(first, &moved);
        match (first.kind, first.from) {
            (MergeKind::Pin | MergeKind::Unpin, _) => {
                self.tickets.get_mut(&first.to).unwrap().pinned = first.kind == MergeKind::Pin;
            }
            (MergeKind::Split, Some(from)) => {
                if !self.tickets.contains_key(&first.to) {
                    let complaint = self.complaints[&moved[0]].complaint.clone();
                    assert_eq!(self.open(&complaint, now), first.to);
                    let left = self.tickets[&from].clone();
                    let made = self.tickets.get_mut(&first.to).unwrap();
                    (made.grade, made.due_at) = (left.grade, left.due_at);
                }
                self.carry_over(&moved, from, first.to);
                self.keep_apart(&moved, from);
            }
            (MergeKind::Move, Some(from)) => {
                self.carry_over(&moved, from, first.to);
                self.keep_apart(&moved, from);
            }
            (MergeKind::Undo, Some(from)) => {
                let stayed: Vec<ComplaintKey> = self.members(first.to).iter().map(|(key, _)| *key).collect();
                self.carry_over(&moved, from, first.to);
                for key in &moved {
                    for other in &stayed {
                        self.cannot.remove(&pair(*key, *other));
                    }
                }
            }
            (_, Some(from)) => self.carry_over(&moved, from, first.to),
            _ => {}
        }
    }

    /// An undo takes back the last decision that put complaints there, and all of that one.
    fn note_decision(&mut self, first: &MergeEvent, moved: &[ComplaintKey]) {
        let Some(from) = first.from else { return };
        if first.kind == MergeKind::Undo {
            let was = |decision: &Decision| (decision.from, decision.into) == (first.to, from);
            let last = self.decisions.iter().rposition(was).map(|at| self.decisions.remove(at).moved);
            assert_eq!(Some(moved), last.as_deref(), "what an undo takes back");
        } else {
            self.decisions.push(Decision { from, into: first.to, moved: moved.to_vec() });
        }
    }

    fn keep_apart(&mut self, moved: &[ComplaintKey], left: TicketKey) {
        let stayed: Vec<ComplaintKey> = self.members(left).iter().map(|(key, _)| *key).collect();
        self.cannot.extend(moved.iter().flat_map(|key| stayed.iter().map(|other| pair(*key, *other))));
    }

    /// A person said that a complaint is not of a ticket's matter.
    pub fn not_the_same(&mut self, complaint: ComplaintKey, ticket: TicketKey) {
        let members: Vec<ComplaintKey> = self.members(ticket).iter().map(|(key, _)| *key).collect();
        let apart = members.into_iter().filter(|member| *member != complaint);
        self.cannot.extend(apart.map(|member| pair(complaint, member)));
    }

    /// An accepted status update.
    pub fn update(&mut self, ticket: TicketKey, to: Status, due_at: Option<Timestamp>, now: Timestamp) {
        self.set(ticket, to, now);
        let matter = self.tickets.get_mut(&ticket).unwrap();
        matter.last_update = Some(to);
        if let (Status::Extended, Some(until)) = (to, due_at) {
            (matter.extended_until, matter.due_at) = (Some(until), Some(until));
        }
    }

    fn set(&mut self, ticket: TicketKey, to: Status, now: Timestamp) {
        let rules = Arc::clone(&self.rules);
        let matter = self.tickets.get_mut(&ticket).unwrap();
        let restarts = matter.status.is_final() && !to.is_final();
        matter.status = to;
        if restarts {
            (matter.restarted_at, matter.extended_until) = (Some(now), None);
            matter.due_at = rules.routing.due_again(&matter.grade, now).map(|due| due.at);
        }
    }

    /// A citizen is not satisfied.
    pub fn dissatisfied(&mut self, complaint: ComplaintKey, now: Timestamp) {
        let ticket = self.complaints[&complaint].ticket;
        if matches!(self.tickets[&ticket].status, Status::Resolved | Status::Closed | Status::Rejected) {
            self.set(ticket, Status::Reopened, now);
            self.complaints.get_mut(&complaint).unwrap().state = ComplaintState::Open;
        }
    }

    /// A source states something later of a complaint; said before in the same words, it is nothing new.
    pub fn stated(&mut self, complaint: ComplaintKey, (kind, words): (StatementKind, usize), now: Timestamp) {
        let told = self.complaints.get_mut(&complaint).unwrap();
        if told.erased || !told.stated.insert((kind.name(), words)) {
            return;
        }
        match kind {
            StatementKind::Urging => return,
            StatementKind::Rating => return self.dissatisfied(complaint, now),
            StatementKind::Withdrawal => told.state = ComplaintState::Withdrawn,
            StatementKind::Closing => told.state = ComplaintState::Closed,
        }
        let ticket = told.ticket;
        let waits = self.members(ticket).iter().any(|(_, told)| told.state == ComplaintState::Open);
        if !waits && !self.is_final(ticket) {
            self.set(ticket, Status::Closed, now);
        }
    }

    pub fn erase(&mut self, complaint: ComplaintKey) {
        self.complaints.get_mut(&complaint).unwrap().erased = true;
    }
}
