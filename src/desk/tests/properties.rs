//! Random steps over the desk, beside a naive model of what must come of them.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::super::erase::Erased;
use super::super::prepare::Prepared;
use super::naive::Naive;
use super::statements::statement;
use super::*;
use crate::complaint::{Statement, StatementKind};
use crate::key::ComplaintKey;
use crate::merge::{Listing, MergeIndex};
use crate::store::Page;

/// What is said; some of it nearly alike, so that merging has to do something, to join and to ask.
const TEXTS: [&str; 6] = [
    "青鱼滩路与松涛街交叉口东侧第三盏路灯已经三天不亮，晚上行人看不清路面，请尽快维修",
    "青鱼滩路松涛街路口东边第三盏路灯不亮三天了，晚上看不清路，请尽快维修",
    "望海路八号工地夜间十一点以后仍在施工，噪音扰民，影响老人和学生休息",
    "望海路八号工地夜里施工噪音很大，影响学生休息，请管一管",
    "成山大道菜市场门口垃圾堆积多日无人清运，气味刺鼻，苍蝇成群",
    "斑马线旁边的井盖缺失，已有老人摔倒受伤",
];
const URGENCIES: [Option<&str>; 3] = [None, Some("紧急"), Some("特急")];
const STATUSES: [Status; 6] =
    [Status::Accepted, Status::InProgress, Status::Resolved, Status::Closed, Status::Rejected, Status::Reopened];
const MOST_NUMBERS: usize = 7;

/// One record of a batch.
#[derive(Debug, Clone)]
enum Said {
    Complaint { number: usize, text: usize, urgency: usize, place: bool },
    Dissatisfied { number: usize },
    Stated { number: usize, kind: usize, words: usize },
}

/// One step of the desk. Places are taken modulo what there is.
#[derive(Debug, Clone)]
enum Op {
    Take(Vec<Said>),
    Split(usize),
    Merge(usize, usize),
    Move(usize, usize),
    Undo(usize),
    Pin(usize, bool),
    Set(usize, usize),
    Extend(usize, i64),
    Review(usize, bool),
    Erase(usize),
    Wait(i64),
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        8 => (0..MOST_NUMBERS, 0..TEXTS.len(), 0..URGENCIES.len(), any::<bool>())
            .prop_map(|(number, text, urgency, place)| Said::Complaint { number, text, urgency, place }),
        1 => (0..MOST_NUMBERS).prop_map(|number| Said::Dissatisfied { number }),
        2 => (0..MOST_NUMBERS, 0..StatementKind::ALL.len(), 0..2_usize)
            .prop_map(|(number, kind, words)| Said::Stated { number, kind, words }),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let at = || 0..32_usize;
    prop_oneof![
        8 => prop::collection::vec(said(), 1..5).prop_map(Op::Take),
        1 => at().prop_map(Op::Split),
        1 => (at(), at()).prop_map(|(from, into)| Op::Merge(from, into)),
        1 => (at(), at()).prop_map(|(one, into)| Op::Move(one, into)),
        1 => at().prop_map(Op::Undo),
        1 => (at(), any::<bool>()).prop_map(|(ticket, pinned)| Op::Pin(ticket, pinned)),
        3 => (at(), 0..STATUSES.len()).prop_map(|(ticket, status)| Op::Set(ticket, status)),
        1 => (at(), 1..4_000_i64).prop_map(|(ticket, hours)| Op::Extend(ticket, hours)),
        2 => (at(), any::<bool>()).prop_map(|(review, same)| Op::Review(review, same)),
        1 => at().prop_map(Op::Erase),
        1 => (1..200_i64).prop_map(Op::Wait),
    ]
}

/// A town and what the model says of it.
struct Beside {
    town: Town,
    naive: Naive,
}

impl Beside {
    fn new() -> Self {
        let town = Town::new();
        let naive = Naive::new(Arc::clone(&town.rules));
        Self { town, naive }
    }

    fn ticket_id(&mut self, at: usize) -> Option<(TicketKey, String)> {
        let keys: Vec<TicketKey> = self.naive.tickets.keys().copied().collect();
        let key = *keys.get(at % keys.len().max(1))?;
        Some((key, self.town.ticket(key).ticket.id))
    }

    fn receipt(&mut self, at: usize) -> Option<(ComplaintKey, String)> {
        let keys: Vec<ComplaintKey> = self.naive.complaints.keys().copied().collect();
        let key = *keys.get(at % keys.len().max(1))?;
        Some((key, self.town.store.complaints(&[key]).unwrap().remove(0).receipt))
    }

    fn carry_out(&mut self, op: &Op) {
        match op {
            Op::Take(records) => self.take(records),
            Op::Split(at) => self.person(at, |receipt| Action::Split { receipt }),
            Op::Merge(from, into) => {
                let (Some((_, from)), Some((_, into))) = (self.ticket_id(*from), self.ticket_id(*into)) else { return };
                self.decide(Action::Merge { from, into });
            }
            Op::Move(at, into) => {
                let Some((_, into)) = self.ticket_id(*into) else { return };
                self.person(at, |receipt| Action::Move { receipt, into });
            }
            Op::Undo(at) => {
                let Some((_, ticket)) = self.ticket_id(*at) else { return };
                self.decide(Action::Undo { ticket });
            }
            Op::Pin(at, pinned) => {
                let Some((_, ticket)) = self.ticket_id(*at) else { return };
                self.decide(Action::Pin { ticket, pinned: *pinned });
            }
            Op::Set(at, status) => self.set(*at, STATUSES[*status], None),
            Op::Extend(at, hours) => self.set(*at, Status::Extended, Some(*hours)),
            Op::Review(at, same) => self.review(*at, *same),
            Op::Erase(at) => {
                let Some((key, receipt)) = self.receipt(*at) else { return };
                if self.town.act(Action::Erase { hashes: Vec::new(), receipt: Some(receipt) })
                    == Acted::Erased(Erased { found: 1, erased: 1 })
                {
                    self.naive.erase(key);
                }
            }
            Op::Wait(hours) => self.town.wait_hours(*hours),
        }
    }

    fn take(&mut self, records: &[Said]) {
        // What is stated later is decided after all contents of its batch.
        let (stated, contents): (Vec<Said>, Vec<Said>) =
            records.iter().cloned().partition(|said| matches!(said, Said::Stated { .. }));
        let mapped = self.told_apart(&contents);
        self.town.take(mapped.clone());
        let (now, mut events) = (self.town.now, VecDeque::from(self.town.events.clone()));
        for mapped in &mapped {
            match mapped {
                Mapped::Complaint(complaint) => self.naive.record(complaint, now, &mut events),
                Mapped::FollowUp(said) => {
                    if let Some(key) = self.naive.by_number(&said.about) {
                        self.naive.dissatisfied(key, now);
                    }
                }
                _ => {}
            }
        }
        assert!(events.is_empty(), "every event belongs to a record: {events:?}");
        for said in stated {
            self.state_later(&said);
        }
    }

    fn state_later(&mut self, said: &Said) {
        let Said::Stated { number, kind, words } = said else { return };
        let (number, kind) = (number.to_string(), StatementKind::ALL[*kind].0);
        let statement = Statement { id: Some(words.to_string()), ..statement(kind, &number, "请尽快") };
        self.town.states(statement);
        if let Some(key) = self.naive.by_number(&number) {
            self.naive.stated(key, (kind, *words), self.town.now);
        }
    }

    /// The records, with at most one amendment of a complaint: of two, events do not tell which one moved it.
    fn told_apart(&self, records: &[Said]) -> Vec<Mapped> {
        let mut known: Vec<String> = self.naive.complaints.values().map(|told| told.complaint.number.clone()).collect();
        let mut amended = BTreeSet::new();
        let mut mapped: Vec<Mapped> = records.iter().map(mapped).collect();
        mapped.retain(|mapped| match mapped {
            Mapped::Complaint(complaint) if known.contains(&complaint.number) => {
                amended.insert(complaint.number.clone())
            }
            Mapped::Complaint(complaint) => {
                known.push(complaint.number.clone());
                true
            }
            _ => true,
        });
        mapped
    }

    fn person(&mut self, at: &usize, action: impl FnOnce(String) -> Action) {
        if let Some((_, receipt)) = self.receipt(*at) {
            self.decide(action(receipt));
        }
    }

    fn decide(&mut self, action: Action) {
        if let Acted::Done(_) = self.town.act(action) {
            self.naive.decided(&self.town.events.clone(), self.town.now);
        }
    }

    fn set(&mut self, at: usize, status: Status, hours: Option<i64>) {
        let Some((key, id)) = self.ticket_id(at) else { return };
        let due_at = hours.map(|hours| self.town.now.saturating_add(SignedDuration::from_hours(hours)).unwrap());
        let update = StatusUpdate { due_at, ..self.town.update(&id, status) };
        let judged = self.town.run(&ApplyUpdates(vec![update])).remove(0);
        assert_eq!(judged.is_err(), self.naive.tickets[&key].status == Status::Absorbed);
        if judged.is_ok() {
            self.naive.update(key, status, due_at, self.town.now);
        }
    }

    fn review(&mut self, at: usize, same: bool) {
        let open = self.town.store.open_reviews(Page::first(100)).unwrap();
        let Some(review) = open.get(at % open.len().max(1)).cloned() else { return };
        let asked = match self.town.ticket(review.ticket).ticket.status {
            Status::Absorbed => self.naive.complaints[&ComplaintKey(review.evidence.matched_complaint)].ticket,
            _ => review.ticket,
        };
        if let Acted::Done(_) = self.town.act(Action::Review { review: review.id, same }) {
            if same {
                self.naive.decided(&self.town.events.clone(), self.town.now);
            } else {
                self.naive.not_the_same(review.complaint, asked);
            }
        }
    }

    fn judge(&mut self) {
        assert!(self.town.balances(), "the ledger balances");
        let keys: Vec<TicketKey> = self.naive.tickets.keys().copied().collect();
        for key in keys {
            self.judge_ticket(key);
        }
        let links = self.town.store.cannot_links().unwrap().into_iter().collect();
        assert_eq!(self.naive.cannot, links, "cannot-links");
        let (live, rebuilt) = (self.town.state.index().listings(), self.town.rebuilt().index().listings());
        assert_eq!(live, rebuilt, "the live index is the one that a start would make");
        for (key, listing) in &live {
            self.judge_listing(*key, listing);
        }
    }

    /// A start takes the stored imprints at their word. What is listed must be what was said last.
    fn judge_listing(&self, key: ComplaintKey, listing: &Listing) {
        let told = &self.naive.complaints[&key];
        let read = Prepared::new(&told.complaint, self.town.state.vault(), &self.town.rules, told.received_at);
        let mut fresh = MergeIndex::new();
        fresh.insert(key, told.ticket, &read.reading.profile);
        let expected = fresh.listing(key).unwrap();
        assert_eq!(listing.ticket, told.ticket, "the ticket that {key} is listed for");
        assert_eq!(listing.words, expected.words, "the words that {key} is listed by");
        assert_eq!(listing.facts, expected.facts, "the facts that {key} is listed with");
    }

    fn judge_ticket(&mut self, key: TicketKey) {
        let (detail, matter) = (self.town.ticket(key), &self.naive.tickets[&key]);
        let ticket = &detail.ticket;
        let members: Vec<ComplaintKey> = self.naive.members(key).iter().map(|(member, _)| *member).collect();
        let stored: Vec<ComplaintKey> = detail.complaints.iter().map(|view| view.id).collect();
        assert_eq!(stored, members, "members of {}", ticket.id);
        for view in &detail.complaints {
            let told = &self.naive.complaints[&view.id];
            assert_eq!(view.state, told.state, "state of {}", view.receipt);
            let stated = self.town.store.statements_of(&[view.id]).unwrap();
            assert_eq!(stated.len(), told.stated.len(), "what was stated of {}", view.receipt);
        }
        assert_eq!(ticket.complaints, u64::try_from(members.len()).unwrap(), "count of {}", ticket.id);
        assert_eq!(ticket.status, matter.status, "status of {}", ticket.id);
        assert_eq!(ticket.pinned, matter.pinned);
        let finished = ticket.status.is_final() && ticket.status != Status::Absorbed;
        assert_eq!(ticket.finished_at.is_some(), finished, "finishing time of {}", ticket.id);
        if let Some(shown) = self.naive.shown(key) {
            assert_eq!((ticket.title.clone(), ticket.text.clone()), shown, "words of {}", ticket.id);
            assert_eq!(ticket.route.grade, matter.grade, "grade of {}", ticket.id);
            assert_eq!(ticket.route.due_at, matter.due_at, "deadline of {}", ticket.id);
        }
        let far = Timestamp::from_second(4_000_000_000).unwrap();
        let planned = self.town.store.due_reminders(far, 1_000).unwrap();
        let planned = planned.iter().any(|reminder| reminder.ticket == key);
        assert_eq!(planned, !ticket.status.is_final(), "reminders of {}", ticket.id);
    }
}

fn mapped(said: &Said) -> Mapped {
    match said {
        Said::Dissatisfied { number } => dissatisfied(&number.to_string()),
        Said::Stated { .. } => unreachable!(),
        Said::Complaint { number, text, urgency, place } => {
            let Mapped::Complaint(mut complaint) = complaint(&number.to_string(), TEXTS[*text]) else { unreachable!() };
            complaint.urgency_hint = URGENCIES[*urgency].map(str::to_owned);
            complaint.place.address = place.then(|| TEXTS[*text].chars().take(6).collect());
            Mapped::Complaint(complaint)
        }
    }
}

fn cases() -> u32 {
    std::env::var("HULIU_PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(Config { cases: cases(), failure_persistence: None, ..Config::default() })]

    #[test]
    fn the_desk_does_what_a_naive_model_says(ops in prop::collection::vec(op(), 1..24)) {
        let mut beside = Beside::new();
        for op in &ops {
            beside.carry_out(op);
            beside.judge();
        }
    }
}
